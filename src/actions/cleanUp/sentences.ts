/** What became of a record, in one sentence. */
import * as l10n from '@vscode/l10n';
import { assertNever } from '../../model/assertNever';
import type { RemovalResult, RestoreResult } from '../../os/recordFile';

export const keptSentence = (path: string, reason: string): string =>
  l10n.t('{0} was kept: {1}', path, reason);

export function removalSentence(path: string, result: RemovalResult): string {
  switch (result.result) {
    case 'removed':
      return l10n.t('{0} was removed.', path);
    case 'changed':
      return keptSentence(path, l10n.t('It has changed since it was judged stale.'));
    case 'absent':
      return l10n.t('{0} had already disappeared.', path);
    case 'open':
      return keptSentence(path, l10n.t('PID {0} has it open.', openersText(result.openers)));
    case 'noLinks':
      return keptSentence(
        path,
        l10n.t(
          'A record cannot be put back safely on this file system ({0}); remove it by hand.',
          result.code,
        ),
      );
    case 'putBack':
      switch (result.because) {
        case 'changed':
          return keptSentence(
            path,
            l10n.t('Something was written to it in that very moment, so it was put back.'),
          );
        case 'open':
          return keptSentence(
            path,
            l10n.t('PID {0} has it open, so it was put back.', openersText(result.openers)),
          );
        case 'locked':
          return keptSentence(path, l10n.t('It has just been locked, so it was put back.'));
        case 'busy':
          return keptSentence(
            path,
            l10n.t('Another process may have been about to write to it, so it was put back; try again.'),
          );
        default:
          return assertNever(result.because);
      }
    case 'superseded':
      return l10n.t(
        'A new record was written to {0} in that very moment and was kept; check that only one is running.',
        path,
      );
    case 'failed':
      return l10n.t(
        '{0} could not be removed ({1} in {2}); the log says more.',
        path,
        result.code,
        result.syscall,
      );
    default:
      return assertNever(result);
  }
}

const openersText = (openers: readonly { pid: number }[]): string =>
  [...new Set(openers.map(({ pid }) => pid))].join(', ');

export function restoreSentence(path: string, result: RestoreResult): string {
  switch (result.result) {
    case 'restored':
      return l10n.t('{0} is back.', path);
    case 'exists':
      return l10n.t('{0} was not put back: a new one is there, and it was kept.', path);
    case 'failed':
      return l10n.t('{0} could not be put back ({1} in {2}).', path, result.code, result.syscall);
    default:
      return assertNever(result);
  }
}
