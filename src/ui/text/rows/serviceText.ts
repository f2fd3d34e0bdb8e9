/** What a service's row says: `state · warnings · who · since`; that it is held is the icon's to say. */
import * as l10n from '@vscode/l10n';
import type { Finding, Holder, ProcessInfo, ServiceSnapshot, ServiceState } from '../../../api';
import { assertNever } from '../../../common/assertNever';
import { fewPids, pidAndProgram } from './processText';
import { stateWord } from '../../../model/stateWord';
import { since, sinceSpoken } from '../words/time';
import { remarkOf } from '../words/titles';

export interface ServiceText {
  /** "held · inherited · pid 4242 bot.py · 3 h" */
  line: string;
  /** The same beside an icon, which says that it is held: "pid 4242 bot.py · 3 h", "inherited · pid 4242 bot.py". */
  description: string;
  /** "held, inherited, pid 4242 bot.py, for 3 hours" */
  spoken: string;
  /** What of the description must be in sight: the state and the first warning. */
  lead: string;
}

export function serviceText(service: ServiceSnapshot, now: number): ServiceText {
  const start = service.state === 'held' ? sinceWhen(service) : undefined;
  const state = shownState(service);
  const holder = who(service);
  const notes = remarks(service);
  // In a narrow side bar the end of a row is cut off: what the user looks for comes first.
  const parts = [...notes, holder];
  const age = start === undefined ? '' : since(start, now);
  // That it is held is the icon's to say.
  const besideIcon = service.state === 'held' && holder !== '' ? '' : state;
  return {
    line: join(' · ', [state, ...parts, age]),
    // Beside a warning there is no room for the age, which the tooltip has too.
    description: join(' · ', [besideIcon, ...parts, notes.length === 0 ? age : '']),
    spoken: join(', ', [state, ...parts, start === undefined ? '' : sinceSpoken(start, now)]),
    lead: join(' · ', [besideIcon, ...notes.slice(0, 1)]),
  };
}

/** The holder or owner that the row names, where there is exactly one to name. */
export function soleProcess(service: ServiceSnapshot): ProcessInfo | undefined {
  const holders = distinctHolders(service);
  if (holders.length > 1) {
    return undefined;
  }
  return holders[0]?.process ?? service.instances.find(({ role }) => role === 'owner')?.root;
}

function join(separator: string, parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(separator);
}

/** A lock that is held by someone unknown is still held: that is the first thing to say. */
function shownState(service: ServiceSnapshot): string {
  return stateWord(service.state === 'unverified' && isHeldByUnknown(service) ? 'held' : service.state);
}

/** Not merely a lock that could not have been seen from here: that one may as well be free. */
function isHeldByUnknown(service: ServiceSnapshot): boolean {
  return has(service, 'holderUnknown') && service.lockFiles.some(({ held }) => held);
}

function who(service: ServiceSnapshot): string {
  const state: ServiceState = service.state;
  switch (state) {
    case 'conflict':
      return whoConflicts(service);
    case 'stale':
      return whoIsStale(service);
    case 'unverified':
      if (isHeldByUnknown(service)) {
        return whoHolds(service);
      }
      return has(service, 'holderUnknown') ? '' : whoIsUnverifiable(service);
    case 'held':
      return whoHolds(service);
    case 'free':
    case 'absent':
      return '';
    default:
      return assertNever(state);
  }
}

function whoConflicts(service: ServiceSnapshot): string {
  const live = service.instances.filter(
    ({ counted, role }) => counted ?? role !== 'possibleDuplicate',
  ).length;
  if (has(service, 'duplicateInstances')) {
    return l10n.t('{0} instances', live);
  }
  if (has(service, 'splitBrain')) {
    return l10n.t('two locked files at one path');
  }
  if (has(service, 'portConflict')) {
    const port = takenPort(service);
    return port === undefined ? l10n.t('its port is in use') : l10n.t('port {0} is in use', port);
  }
  return l10n.t('reported in the log');
}

/** The first port on which something else listens. */
const takenPort = ({ ports = [] }: ServiceSnapshot): number | undefined =>
  ports.find(({ listeners }) => listeners.some(({ relation }) => relation === 'other'))?.port;

function whoIsStale(service: ServiceSnapshot): string {
  const dead = service.pidFiles.find(({ verdict }) => verdict === 'dead');
  if (dead?.recordedPid !== undefined) {
    return l10n.t('pid {0} is gone', dead.recordedPid);
  }
  const reused = service.pidFiles.find(({ verdict }) => verdict === 'reused');
  if (reused?.recordedPid !== undefined) {
    return l10n.t('pid {0} was reused', reused.recordedPid);
  }
  return l10n.t('its owner is gone');
}

function whoIsUnverifiable(service: ServiceSnapshot): string {
  const pid = service.pidFiles.find(({ verdict }) => verdict === 'unverifiable')?.recordedPid;
  return pid === undefined
    ? l10n.t('the record cannot be verified')
    : l10n.t('pid {0} cannot be verified', pid);
}

function whoHolds(service: ServiceSnapshot): string {
  const holders = distinctHolders(service);
  const known = holders.filter((holder) => holder.pid !== undefined);
  const [first] = known;
  if (first === undefined) {
    const owner = service.instances.find(({ role }) => role === 'owner')?.root;
    if (holders.length > 0) {
      return l10n.t('pid unknown');
    }
    return owner === undefined ? '' : namedPid(owner.pid, owner);
  }
  if (known.length === 1) {
    return namedPid(first.pid ?? 0, first.process);
  }
  return fewPids(known.map((holder) => holder.pid ?? 0));
}

function namedPid(pid: number, process: ProcessInfo | undefined): string {
  return pidAndProgram(pid, process?.command ?? '');
}

function distinctHolders(service: ServiceSnapshot): Holder[] {
  const seen = new Map<number | string, Holder>();
  for (const file of service.lockFiles) {
    for (const holder of file.holders) {
      seen.set(holder.pid ?? 'unknown', holder);
    }
  }
  return [...seen.values()];
}

/** ms since the epoch: the start of the process that has held or run it longest. */
function sinceWhen(service: ServiceSnapshot): number | undefined {
  const processes = distinctHolders(service).map(({ process }) => process);
  if (processes.length === 0) {
    processes.push(...service.instances.filter(({ role }) => role === 'owner').map(({ root }) => root));
  }
  const starts = processes.flatMap((process) => process?.startTime ?? []);
  return starts.length === 0 ? undefined : Math.min(...starts);
}

function has(service: ServiceSnapshot, kind: Finding['kind']): boolean {
  return service.findings.some((finding) => finding.kind === kind);
}

/** Warnings and information: on the row, without changing the state. */
const remarks = ({ findings }: ServiceSnapshot): string[] =>
  findings.flatMap(({ kind, severity }) => (severity === 'conflict' ? [] : (remarkOf(kind) ?? [])));
