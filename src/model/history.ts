/** What changed and when, per service: pure transitions between two diagnoses, kept in a bounded list. */
import * as l10n from '@vscode/l10n';
import type { Finding, ServiceSnapshot, ServiceState } from '../api';
import { withoutFolders } from './processes/process';
import { compareIdentity } from './processes/processIdentity';
import { stateWord } from './stateWord';
import { oneLine } from './text';

export type HistoryKind = 'held' | 'released' | 'stale' | 'conflict' | 'resolved' | 'finding' | 'action';

export interface HistoryEvent {
  /** ms since the epoch: when the monitor saw it, at most one interval after it happened. */
  at: number;
  kind: HistoryKind;
  /** One sentence, in the language it was recorded in. */
  text: string;
}

/** Enough of a command line to know the process again; it is kept, and read in a table. */
const COMMAND_LENGTH = 60;

/** Characters of an event; the rest of a longer sentence is in the evidence. */
const TEXT_LENGTH = 600;

/** Events kept per service; the oldest go first. */
export const HISTORY_LIMIT = 200;

/** Events on one page: all services together may have many more. */
export const EVENTS_SHOWN = 500;

/** Holders and findings kept of the last look. */
const KNOWN_LIMIT = 1000;

export interface KnownHold {
  /** In words. */
  who: string;
  path: string;
  pid?: number;
  startTime?: number;
}

/** What the next look is compared with. It is kept across reloads, so it has no process trees. */
export interface Known {
  name: string;
  state: ServiceState;
  holds: readonly KnownHold[];
  /** What each is about, without those that only inform. */
  findings: readonly string[];
}

/** They may come from two runs of the monitor. */
const isSame = ({ pid: a = 0, ...one }: KnownHold, { pid: b = 0, ...other }: KnownHold): boolean =>
  one.path === other.path && compareIdentity({ ...one, pid: a }, { ...other, pid: b }) !== 'other';

const holdsOf = (service: ServiceSnapshot): KnownHold[] =>
  service.lockFiles.flatMap((file) =>
    file.holders.map(({ pid, process }) => {
      const who =
        pid === undefined
          ? l10n.t('pid unknown')
          : l10n.t('pid {0} ({1})', pid, oneLine(withoutFolders(process?.command ?? '?'), COMMAND_LENGTH));
      return {
        who: `${who}, ${file.path}`,
        path: file.path,
        ...(pid === undefined ? {} : { pid }),
        ...(process?.startTime === undefined ? {} : { startTime: process.startTime }),
      };
    }),
  );

/** What it is about rather than its sentence, which another language, or another version, says otherwise. */
const findingKey = ({ kind, path = '', pids = [], fingerprint = '' }: Finding): string =>
  [kind, path, fingerprint, ...[...pids].sort((a, b) => a - b)].join('\0');

/** Returns what is kept of a look. */
export function knownOf(service: ServiceSnapshot): Known {
  return {
    name: service.name,
    state: service.state,
    holds: holdsOf(service).slice(0, KNOWN_LIMIT),
    findings: service.findings
      .filter(({ severity }) => severity !== 'information')
      .map(findingKey)
      .slice(0, KNOWN_LIMIT),
  };
}

/** Returns what happened between one look at a service and the next. `before` undefined: the first sight of it. */
export function transitions(before: Known | undefined, after: ServiceSnapshot, at: number): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  const held = before?.holds ?? [];
  const holds = holdsOf(after);
  for (const hold of held) {
    if (!holds.some((other) => isSame(hold, other))) {
      events.push({ at, kind: 'released', text: l10n.t('Released: {0}', hold.who) });
    }
  }
  for (const hold of holds) {
    if (!held.some((other) => isSame(hold, other))) {
      events.push({ at, kind: 'held', text: l10n.t('Held: {0}', hold.who) });
    }
  }
  const known = new Set(before?.findings);
  for (const finding of after.findings) {
    if (!known.has(findingKey(finding)) && finding.severity !== 'information') {
      const kind =
        finding.severity === 'conflict' || finding.severity === 'stale' ? finding.severity : 'finding';
      events.push({ at, kind, text: finding.message });
    }
  }
  const wasBad = before !== undefined && (before.state === 'conflict' || before.state === 'stale');
  const isBad = after.state === 'conflict' || after.state === 'stale';
  if (wasBad && !isBad) {
    events.push({
      at,
      kind: 'resolved',
      text:
        before.state === 'conflict'
          ? l10n.t('The conflict is over; the state is now {0}.', stateWord(after.state))
          : l10n.t('The stale record is gone; the state is now {0}.', stateWord(after.state)),
    });
  }
  return events;
}

/** Adds events to a service's list, dropping the oldest beyond `HISTORY_LIMIT`. */
export function remember(list: readonly HistoryEvent[], events: readonly HistoryEvent[]): HistoryEvent[] {
  const bounded = events.map((event) => ({ ...event, text: oneLine(event.text, TEXT_LENGTH) }));
  return [...list, ...bounded].slice(-HISTORY_LIMIT);
}
