/** What became of a record, in one sentence. */
import * as l10n from '@vscode/l10n';
import { assertNever } from '../../common/assertNever';
import type { RestoreResult } from '../../os/removal/restore';
import type { Obstacle, PutBackReason, RemovalResult } from '../../os/removal/results';

export const keptSentence = (path: string, reason: string): string => l10n.t('Kept {0}. {1}', path, reason);

type Openers = readonly { pid: number }[];

export function removalSentence(path: string, result: RemovalResult): string {
  switch (result.result) {
    case 'removed':
      return l10n.t('{0} was removed.', path);
    case 'changed':
      return keptSentence(path, l10n.t('It has changed since it was judged stale.'));
    case 'absent':
      return l10n.t('{0} had already disappeared.', path);
    case 'open':
      return keptSentence(path, l10n.t('It is open in process {0}.', openersText(result.openers)));
    case 'locked':
      return keptSentence(path, l10n.t('A process that cannot be seen from here may have it locked.'));
    case 'putBack':
      return keptSentence(path, whyPutBack(result.because, result.openers));
    case 'superseded':
      return l10n.t(
        'A new record appeared at {0} meanwhile and was kept; check that only one instance is running.',
        path,
      );
    case 'stranded':
      return l10n.t(
        '{0} must stay but could not be renamed back ({2}: {1}). It is at {3}; rename it by hand.',
        path,
        result.code,
        result.syscall,
        result.at,
      );
    case 'failed':
      return l10n.t(
        '{0} could not be removed ({2}: {1}) and is still in place; see the log for details.',
        path,
        result.code,
        result.syscall,
      );
    default:
      return keptSentence(path, obstacleReason(result));
  }
}

/** Why a record is not touched that could not be put back as it is. */
export function obstacleReason(obstacle: Obstacle): string {
  switch (obstacle.result) {
    case 'hardLinked':
      return l10n.t(
        'It has {0} names (hard links), which a restored file would no longer share; remove it by hand.',
        obstacle.names,
      );
    case 'otherUser':
      return l10n.t(
        'It belongs to another user (uid {0}), and only that user or an administrator may remove it.',
        obstacle.uid,
      );
    case 'readOnly':
      return l10n.t('Its file system is mounted read-only.');
    case 'folderDenied':
      return l10n.t('You have no permission to change its folder ({0}).', obstacle.code);
    case 'noLinks':
      return obstacle.code === 'EPERM'
        ? l10n.t(
            'A second name for it is not permitted (EPERM): its file system has no hard links, or it is protected (chattr). It could not be restored safely; remove it by hand.',
          )
        : l10n.t(
            'A record cannot be restored safely on this file system ({0}); remove it by hand.',
            obstacle.code,
          );
    case 'linkLeft':
      return l10n.t(
        'Nothing can be removed from its folder ({0}); a trial link to it was left at {1}.',
        obstacle.code,
        obstacle.at,
      );
    default:
      return assertNever(obstacle);
  }
}

function whyPutBack(because: PutBackReason, openers: Openers): string {
  switch (because) {
    case 'changed':
      return l10n.t('It was written to while it was being removed, so it was put back.');
    case 'open':
      return l10n.t('It is open in process {0}, so it was put back.', openersText(openers));
    case 'locked':
      return l10n.t('It has just been locked, so it was put back.');
    case 'busy':
      return l10n.t('Another process may have been about to write to it, so it was put back; try again.');
    default:
      return assertNever(because);
  }
}

const openersText = (openers: Openers): string => [...new Set(openers.map(({ pid }) => pid))].join(', ');

export function restoreSentence(path: string, result: RestoreResult): string {
  switch (result.result) {
    case 'restored':
      return [
        result.lostOwner === undefined
          ? l10n.t('{0} was restored.', result.at ?? path)
          : l10n.t(
              '{0} was restored, but it is yours now; only an administrator can return it to its owner (uid {1}).',
              result.at ?? path,
              result.lostOwner,
            ),
        ...(result.failed === undefined
          ? []
          : [
              l10n.t(
                'A step after that failed ({1}: {0}), so its mode, its time or a second name of it may be wrong.',
                result.failed.code,
                result.failed.syscall,
              ),
            ]),
      ].join(' ');
    case 'exists':
      return l10n.t('{0} was not restored: a new file is there, and it was kept.', path);
    case 'elsewhere':
      return l10n.t(
        '{0} was not restored: it was removed from {1}, and another folder is there now. Its content is kept for as long as the window is open.',
        path,
        result.folder,
      );
    case 'failed':
      return l10n.t('{0} could not be restored ({2}: {1}).', path, result.code, result.syscall);
    default:
      return assertNever(result);
  }
}
