/** What changed and when, per service: pure transitions between two diagnoses, kept in a bounded list. */
import * as l10n from '@vscode/l10n';
import type { Holder, ServiceSnapshot } from '../api';
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

/** Events kept per service; the oldest go first. */
export const HISTORY_LIMIT = 200;

/** A start time is the boot time, as this run of the monitor reckons it, and ticks: two runs differ by some ms. */
const SAME_START_MS = 1000;

interface Hold {
  who: string;
  path: string;
  holder: Holder;
}

const isSame = (a: Hold, b: Hold): boolean =>
  a.path === b.path &&
  a.holder.pid === b.holder.pid &&
  Math.abs((a.holder.process?.startTime ?? 0) - (b.holder.process?.startTime ?? 0)) < SAME_START_MS;

const holdsOf = (service: ServiceSnapshot | undefined): Hold[] => {
  const holds: Hold[] = [];
  for (const file of service?.lockFiles ?? []) {
    for (const holder of file.holders) {
      const who =
        holder.pid === undefined
          ? l10n.t('pid unknown')
          : l10n.t('pid {0} ({1})', holder.pid, oneLine(holder.process?.command ?? '?', COMMAND_LENGTH));
      holds.push({ who: `${who}, ${file.path}`, path: file.path, holder });
    }
  }
  return holds;
};

const findingKey = (finding: { kind: string; message: string }): string =>
  `${finding.kind}\0${finding.message}`;

/** The transitions from one snapshot of a service to the next. `before` undefined: the first sight of it. */
export function transitions(
  before: ServiceSnapshot | undefined,
  after: ServiceSnapshot,
  at: number,
): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  const held = holdsOf(before);
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
  const known = new Set((before?.findings ?? []).map(findingKey));
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
          ? l10n.t('The conflict is over. State now: {0}', stateWord(after.state))
          : l10n.t('The stale record is gone. State now: {0}', stateWord(after.state)),
    });
  }
  return events;
}

/** Adds events to a service's list, dropping the oldest beyond `HISTORY_LIMIT`. */
export function remember(list: readonly HistoryEvent[], events: readonly HistoryEvent[]): HistoryEvent[] {
  return [...list, ...events].slice(-HISTORY_LIMIT);
}
