/** Which conflict is it, and what is said of it: so that one is told once, and the next one again. */
import * as l10n from '@vscode/l10n';
import type { Finding, ServiceSnapshot } from '../../api';
import { processKey } from './processText';
import { inertLabel } from './sanitize';

export function conflictFindings(service: ServiceSnapshot): Finding[] {
  return service.findings.filter(({ severity }) => severity === 'conflict');
}

/**
 * The same text as long as the same processes are in conflict for the same reasons, across reloads. undefined: a
 * conflict that only a log reports, whose other side cannot be identified.
 */
export function conflictKey(service: ServiceSnapshot): string | undefined {
  const kinds = [...new Set(conflictFindings(service).map(({ kind }) => kind))].sort();
  if (kinds.every((kind) => kind === 'conflictInLog')) {
    return undefined;
  }
  const instances = service.instances
    .filter(({ role }) => role !== 'possibleDuplicate')
    .map(({ root }) => processKey(root));
  const holders = service.lockFiles.flatMap((file) =>
    file.holders.map(({ pid, process }) =>
      process === undefined ? String(pid ?? '?') : processKey(process),
    ),
  );
  return [service.id, ...kinds, ...[...new Set([...instances, ...holders])].sort()].join(' ');
}

/** Short enough for a notification; the evidence document has the rest. */
export function conflictSentence(service: ServiceSnapshot): string {
  const name = inertLabel(service.name, 60);
  const kinds = new Set(conflictFindings(service).map(({ kind }) => kind));
  const live = conflictingPids(service);
  if (kinds.has('splitBrain')) {
    const pids = conflictFindings(service).find(({ kind }) => kind === 'splitBrain')?.pids ?? live;
    return l10n.t('{0}: two files with one path are locked at once, by pids {1}.', name, pids.join(', '));
  }
  if (kinds.has('duplicateInstances')) {
    return l10n.t('{0}: {1} instances are running at once, pids {2}.', name, live.length, live.join(', '));
  }
  return live.length <= 1
    ? l10n.t('{0}: its log reports another instance, which does not run on this machine.', name)
    : l10n.t('{0}: its log reports a conflict.', name);
}

/** Of the instances that may not run side by side. */
export function conflictingPids(service: ServiceSnapshot): number[] {
  return service.instances
    .filter(({ role }) => role !== 'possibleDuplicate')
    .map(({ root }) => root.pid)
    .sort((a, b) => a - b);
}
