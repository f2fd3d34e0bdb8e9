/** Which conflict is it, and what is said of it: so that one is told once, and the next one again. */
import * as l10n from '@vscode/l10n';
import type { Finding, InstanceSnapshot, ServiceSnapshot } from '../../../api';
import { listWords } from '../../../model/processes/process';
import { inertLabel } from './sanitize';

export function conflictFindings(service: ServiceSnapshot): Finding[] {
  return service.findings.filter(({ severity }) => severity === 'conflict');
}

export interface ConflictProcess {
  pid: number;
  /** ms since the epoch; two runs of the monitor reckon it some ms apart. */
  startTime?: number;
}

/** What makes a conflict this one, also after a reload and in another window. */
export interface Conflict {
  /** Windows on several machines share one user's store. */
  host: string;
  serviceId: string;
  /** Those in it. None: only a log reports it, and the other side has no identity. */
  processes: readonly ConflictProcess[];
  /** What the log says, without times and numbers. */
  line?: string;
}

const isCounted = ({ role, counted }: InstanceSnapshot): boolean => counted ?? role !== 'possibleDuplicate';

const identityOf = (pid: number, startTime: number | undefined): ConflictProcess =>
  startTime === undefined ? { pid } : { pid, startTime };

/** Those whom findings of the kinds name, by pid. */
function namedBy(service: ServiceSnapshot, isMeant: (kind: string) => boolean): ConflictProcess[] {
  const known = [
    ...service.lockFiles.flatMap(({ holders }) => holders.map(({ process }) => process)),
    ...service.instances.flatMap(({ processes }) => processes),
  ];
  const pids = conflictFindings(service)
    .filter(({ kind }) => isMeant(kind))
    .flatMap((finding) => finding.pids ?? []);
  return [...new Set(pids)]
    .sort((a, b) => a - b)
    .map((pid) => identityOf(pid, known.find((process) => process?.pid === pid)?.startTime));
}

/** Returns the identity of a service's present conflict; undefined: it is in none. `host`: where it was seen. */
export function conflictOf(service: ServiceSnapshot, host: string): Conflict | undefined {
  const findings = conflictFindings(service);
  const [first] = findings;
  if (first === undefined) {
    return undefined;
  }
  const where = { host, serviceId: service.id };
  if (findings.every(({ kind }) => kind === 'conflictInLog')) {
    return { ...where, processes: [], line: first.fingerprint ?? '' };
  }
  const instances = service.instances
    .filter(isCounted)
    .map(({ root }) => identityOf(root.pid, root.startTime));
  const named = namedBy(service, (kind) => kind !== 'conflictInLog');
  const byPid = new Map([...named, ...instances].map((process) => [process.pid, process]));
  return { ...where, processes: [...byPid.values()].sort((a, b) => a.pid - b.pid) };
}

/** Short enough for a notification; the evidence document has the rest. */
export function conflictSentence(service: ServiceSnapshot): string {
  const name = inertLabel(service.name, 60);
  const kinds = new Set(conflictFindings(service).map(({ kind }) => kind));
  if (kinds.has('splitBrain')) {
    // The holders of the two files, not a parent that they share.
    const pids = namedBy(service, (kind) => kind === 'splitBrain').map(({ pid }) => pid);
    return l10n.t(
      '{0}: pids {1} hold its lock at the same time. The lock file was replaced while it was locked, so each has locked a different file.',
      name,
      pids.join(', '),
    );
  }
  if (kinds.has('duplicateInstances')) {
    const live = conflictingPids(service);
    return l10n.t('{0}: {1} instances are running at once, pids {2}.', name, live.length, live.join(', '));
  }
  const [first] = conflictFindings(service);
  return first === undefined || first.kind === 'conflictInLog'
    ? l10n.t('{0}: its log reports a conflict.', name)
    : `${name}: ${inertLabel(first.message, 200)}`;
}

/** Of several conflicts at once. */
export function conflictsSentence(services: readonly ServiceSnapshot[]): string {
  return l10n.t(
    '{0} services are in conflict: {1}.',
    services.length,
    listWords(services, ({ name }) => inertLabel(name, 40)),
  );
}

/** Of the instances that may not run side by side. */
export function conflictingPids(service: ServiceSnapshot): number[] {
  return service.instances
    .filter(isCounted)
    .map(({ root }) => root.pid)
    .sort((a, b) => a - b);
}

/** Whether ending one of several instances is a remedy. */
export const isKillable = (service: ServiceSnapshot): boolean =>
  service.state === 'conflict' && conflictingPids(service).length > 1;

/**
 * Returns why a request from a notification is not carried out: what it was about may be over by now, or no longer watched.
 * `service`: as it is now. undefined: nothing is in the way.
 */
export function overSentence(
  name: string,
  service: ServiceSnapshot | undefined,
  wish: 'kill' | 'evidence',
): string | undefined {
  const label = inertLabel(name, 60);
  if (service === undefined) {
    return l10n.t('{0} is no longer watched.', label);
  }
  return wish === 'kill' && !isKillable(service)
    ? l10n.t('{0} no longer has a second instance, so nothing was terminated.', label)
    : undefined;
}
