/** The history as a page: a table per day, the newest first, in which everything foreign is inert. */
import * as l10n from '@vscode/l10n';
import type { Steps } from '../../../common/steps';
import { EVENTS_SHOWN, HISTORY_LIMIT, type HistoryEvent } from '../../../model/history';
import { stateWord } from '../../../model/stateWord';
import { markdownText } from '../words/sanitize';
import { asItIs, type ShortenIn } from '../words/shortPaths';
import { localTime } from '../../../model/text';
import { paragraphs } from './markdown';

export interface ServiceHistory {
  name: string;
  /** The oldest first. */
  events: readonly HistoryEvent[];
}

export interface HistoryPage {
  histories: readonly ServiceHistory[];
  /** How many events there are, those that are not among the histories included. */
  total: number;
  /** The one service this page is about; undefined: all of them, and the table names each event's. */
  of?: string;
  shortenIn?: ShortenIn;
}

export function* historyPage({ histories, total, of, shortenIn = asItIs }: HistoryPage): Steps<string> {
  const events = histories
    .flatMap(({ name, events: own }) => own.map((event) => ({ name, ...event })))
    // Of one look at things, the last that was noted comes first too.
    .sort((a, b) => a.at - b.at)
    .reverse();
  const days = new Map<string, string[]>();
  const shown = events.slice(0, EVENTS_SHOWN);
  for (const { at, kind, text, name } of shown) {
    yield;
    const [day = '', time = ''] = localTime(at).split(' ');
    const word = kind === 'conflict' || kind === 'stale' ? `**${stateWord(kind)}** ` : '';
    const cells = [
      time,
      ...(of === undefined ? [markdownText(name)] : []),
      `${word}${markdownText(shortenIn(text), 600)}`,
    ];
    const rows = days.get(day) ?? [];
    rows.push(`| ${cells.join(' | ')} |`);
    days.set(day, rows);
  }
  const columns = [l10n.t('Time'), ...(of === undefined ? [l10n.t('Service')] : []), l10n.t('What happened')];
  const head = [`| ${columns.join(' | ')} |`, `|${' --- |'.repeat(columns.length)}`];
  return `${paragraphs([
    `# ${of === undefined ? l10n.t('History') : l10n.t('History of {0}', markdownText(of))}`,
    events.length === 0
      ? l10n.t('Nothing has happened yet.')
      : l10n.t(
          'Newest first. Times are when the monitor noticed the change, at most one interval late. The last {0} events of each service survive reloads.',
          HISTORY_LIMIT,
        ),
    ...[...days].map(([day, rows]) => [`## ${day}`, '', ...head, ...rows].join('\n')),
    total > shown.length
      ? l10n.t('{0} older events are not shown here; open the history of one service.', total - shown.length)
      : '',
  ])}\n`;
}
