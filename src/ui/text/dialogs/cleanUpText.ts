/** What a clean-up would remove, in words: in a list, in the question, and as a page. */
import * as l10n from '@vscode/l10n';
import type { CleanUpItem, CleanUpRefusal } from '../../../actions/cleanUp/plan';
import { factsIn } from '../../../model/evidenceLine';
import { list, paragraphs } from '../pages/markdown';
import { codeSpan, inert, markdownText } from '../words/sanitize';
import { verdictText } from '../words/stateText';

/** Records that a question names; more would push its buttons off the screen. */
export const NAMED_IN_QUESTION = 10;
/** Of those that are more, so many are named. */
const NAMED_OF_MANY = 3;
/** Lines of evidence in the question about a single record. */
const EVIDENCE_IN_QUESTION = 8;

/** Returns a few words for a row of the list. */
export function shortWhy({ verdict, recordedPid, proof }: CleanUpItem): string {
  if (verdict === 'leftOver') {
    return l10n.t('probably: no process that could have made it is left');
  }
  const why =
    verdict === 'heartbeat' ? l10n.t('its owner has stopped renewing it') : verdictText(verdict, recordedPid);
  return proof === 'proven' ? why : l10n.t('probably: {0}; only the clock says so', why);
}

interface RemovalQuestion {
  message: string;
  /** What stands below it. */
  detail: string;
  /** What of it is not proven, in one line; '': all of it is proven. */
  doubt: string;
}

/** Returns the question about these records. */
export function removalQuestion(chosen: readonly CleanUpItem[]): RemovalQuestion {
  const [only] = chosen;
  const doubt = probably(chosen).join(' ');
  return chosen.length === 1 && only !== undefined
    ? {
        message:
          only.verdict === 'leftOver'
            ? l10n.t('Remove this lock file?')
            : l10n.t('Remove this stale record?'),
        detail: [...aboutOne(only), promise(1)].join('\n\n'),
        doubt,
      }
    : {
        message: l10n.t('Remove these {0} stale records?', chosen.length),
        detail: [...aboutMany(chosen), promise(chosen.length)].join('\n\n'),
        doubt,
      };
}

function aboutOne(item: CleanUpItem): string[] {
  const facts = factsIn(item.evidence).slice(0, EVIDENCE_IN_QUESTION);
  return [inert(item.why, 600), ...probably([item]), facts.map((line) => `• ${inert(line, 400)}`).join('\n')];
}

function aboutMany(chosen: readonly CleanUpItem[]): string[] {
  const shown = chosen.length > NAMED_IN_QUESTION ? chosen.slice(0, NAMED_OF_MANY) : chosen;
  return [
    ...shown.map(({ why }) => `• ${inert(why, 600)}`),
    ...(shown.length < chosen.length ? [l10n.t('… and {0} more.', chosen.length - shown.length)] : []),
    ...probably(chosen),
  ];
}

/** What is not proven is said where it is decided. */
function probably(chosen: readonly CleanUpItem[]): string[] {
  const left = chosen.filter(({ verdict }) => verdict === 'leftOver').length;
  return [...byClock(chosen), ...(left === 0 ? [] : [unnamed(left, chosen.length)])];
}

function unnamed(count: number, of: number): string {
  return of === 1
    ? l10n.t('This is only probable: the file does not say which process made it.')
    : l10n.t('{0} of them are only probably left over: they do not say which process made them.', count);
}

function byClock(chosen: readonly CleanUpItem[]): string[] {
  const count = chosen.filter(({ proof, verdict }) => proof !== 'proven' && verdict !== 'leftOver').length;
  if (count === 0) {
    return [];
  }
  return chosen.length === 1
    ? [l10n.t('This is only probable: nothing but the clock says so.')]
    : [l10n.t('{0} of them are only probably stale: nothing but the clock says so.', count)];
}

const promise = (count: number): string =>
  count === 1
    ? l10n.t(
        'It is re-checked first, and kept if anything has changed. “Undo Last Clean-Up” restores it for as long as this window is open.',
      )
    : l10n.t(
        'Each is re-checked first, and kept if anything has changed. “Undo Last Clean-Up” restores them for as long as this window is open.',
      );

/** Returns everything about a clean-up as Markdown. */
export function cleanUpPage(chosen: readonly CleanUpItem[], refused: readonly CleanUpRefusal[]): string {
  const services = new Map<string, CleanUpItem[]>();
  for (const item of chosen) {
    services.set(item.serviceName, [...(services.get(item.serviceName) ?? []), item]);
  }
  return `${paragraphs([
    `# ${l10n.t('Stale records to be removed: {0}', chosen.length)}`,
    ...[...services].flatMap(([name, items]) => [
      `## ${markdownText(name)}`,
      list(items.map((item) => `${codeSpan(item.path, 4096)}: ${markdownText(shortWhy(item))}`)),
    ]),
    refused.length === 0 ? '' : `## ${l10n.t('Not offered')}`,
    list(refused.map(({ path, reason }) => `${codeSpan(path, 4096)}: ${markdownText(reason, 600)}`)),
  ])}\n`;
}
