/** What changed and when, per service: pure transitions between two diagnoses, kept in a bounded list. */
import * as l10n from '@vscode/l10n';
import type { ServiceSnapshot } from '../api';

export type HistoryKind = 'held' | 'released' | 'stale' | 'conflict' | 'resolved' | 'finding' | 'action';

export interface HistoryEvent {
  /** ms since the epoch: when the monitor saw it, at most one interval after it happened. */
  at: number;
  kind: HistoryKind;
  /** One sentence, in the language it was recorded in. */
  text: string;
}

/** Events kept per service; the oldest go first. */
export const HISTORY_LIMIT = 200;

const holdersOf = (service: ServiceSnapshot): Map<string, string> => {
  const holders = new Map<string, string>();
  for (const file of service.lockFiles) {
    for (const holder of file.holders) {
      const who =
        holder.pid === undefined
          ? l10n.t('pid unknown')
          : l10n.t('pid {0} ({1})', holder.pid, holder.process?.command ?? '?');
      holders.set(
        `${file.path}\0${holder.pid ?? '?'}\0${holder.process?.startTime ?? ''}`,
        `${who}, ${file.path}`,
      );
    }
  }
  return holders;
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
  const held = before === undefined ? new Map<string, string>() : holdersOf(before);
  const holds = holdersOf(after);
  for (const [key, who] of held) {
    if (!holds.has(key)) {
      events.push({ at, kind: 'released', text: l10n.t('Released: {0}', who) });
    }
  }
  for (const [key, who] of holds) {
    if (!held.has(key)) {
      events.push({ at, kind: 'held', text: l10n.t('Held: {0}', who) });
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
          ? l10n.t('The conflict is over. State now: {0}', after.state)
          : l10n.t('The stale record is gone. State now: {0}', after.state),
    });
  }
  return events;
}

/** Adds events to a service's list, dropping the oldest beyond `HISTORY_LIMIT`. */
export function remember(list: readonly HistoryEvent[], events: readonly HistoryEvent[]): HistoryEvent[] {
  return [...list, ...events].slice(-HISTORY_LIMIT);
}
