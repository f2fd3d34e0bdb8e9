/** The history as a page: a table per day, the newest first, in which everything foreign is inert. */
import * as l10n from '@vscode/l10n';
import { HISTORY_LIMIT, type HistoryEvent } from '../../model/history';
import { stateWord } from '../../model/stateWord';
import { markdownText } from './sanitize';
import { localTime } from '../../model/text';
import { paragraphs } from './markdown';

export interface ServiceHistory {
  name: string;
  /** The oldest first. */
  events: readonly HistoryEvent[];
}

/** Events on one page; a service keeps at most 200, all together may have many more. */
const EVENTS_SHOWN = 1000;

/** `of`: the one service this page is about; undefined: all of them, and the table names each event's. */
export function historyPage(histories: readonly ServiceHistory[], of?: string): string {
  const events = histories
    .flatMap(({ name, events: own }) => own.map((event) => ({ name, ...event })))
    // Of one look at things, the last that was noted comes first too.
    .sort((a, b) => a.at - b.at)
    .reverse();
  const days = new Map<string, string[]>();
  for (const { at, kind, text, name } of events.slice(0, EVENTS_SHOWN)) {
    const [day = '', time = ''] = localTime(at).split(' ');
    const word = kind === 'conflict' || kind === 'stale' ? `**${stateWord(kind)}** ` : '';
    const cells = [
      time,
      ...(of === undefined ? [markdownText(name)] : []),
      `${word}${markdownText(text, 600)}`,
    ];
    days.set(day, [...(days.get(day) ?? []), `| ${cells.join(' | ')} |`]);
  }
  const columns = [l10n.t('Time'), ...(of === undefined ? [l10n.t('Service')] : []), l10n.t('What happened')];
  const head = [`| ${columns.join(' | ')} |`, `|${' --- |'.repeat(columns.length)}`];
  return `${paragraphs([
    `# ${of === undefined ? l10n.t('History') : l10n.t('History of {0}', markdownText(of))}`,
    events.length === 0
      ? l10n.t('Nothing has happened yet.')
      : l10n.t(
          'The newest first. A time is when the monitor saw it: at most one interval after it happened. Kept across reloads, the last {0} events of each service.',
          HISTORY_LIMIT,
        ),
    ...[...days].map(([day, rows]) => [`## ${day}`, '', ...head, ...rows].join('\n')),
    events.length > EVENTS_SHOWN
      ? l10n.t(
          '{0} older events are not shown here; open the history of one service.',
          events.length - EVENTS_SHOWN,
        )
      : '',
  ])}\n`;
}
