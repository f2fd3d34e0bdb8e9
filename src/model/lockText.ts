/** Locks in words. */
import * as l10n from '@vscode/l10n';
import type { LockAccess, LockKind } from '../api';
import { assertNever } from './assertNever';
import type { LockFacts, UnknownHolderReason } from './facts';
import { pidAndCommand } from './process';
import { oneLine } from './text';

export function kindText(kind: LockKind, access: LockAccess): string {
  const shared = access === 'read';
  switch (kind) {
    case 'flock':
      return shared ? l10n.t('shared flock') : l10n.t('exclusive flock');
    case 'posix':
      return shared ? l10n.t('POSIX read lock') : l10n.t('POSIX write lock');
    case 'ofd':
      return shared ? l10n.t('OFD read lock') : l10n.t('OFD write lock');
    case 'mandatory':
      return l10n.t('mandatory lock');
    case 'existence':
      return l10n.t('lock by existence');
    default:
      return assertNever(kind);
  }
}

/** Why nobody can be named, as the end of a sentence. */
export function unknownReasonText(reason: UnknownHolderReason, detail?: string): string {
  const more = detail === undefined || detail === '' ? '' : ` (${oneLine(detail, 100)})`;
  switch (reason) {
    case 'outsideNamespace':
      return l10n.t('the holder is outside this container or PID namespace{0}', more);
    case 'otherUser':
      return l10n.t('the holder belongs to another user, whose descriptors may not be read{0}', more);
    case 'otherHost':
      return l10n.t('the holder is on another machine that shares this file system{0}', more);
    case 'probeOnly':
      return l10n.t('this system tells only that the file is locked, not by whom{0}', more);
    case 'notFound':
      return l10n.t('no process whose descriptors may be read has it{0}', more);
    default:
      return assertNever(reason);
  }
}

/** `exclusive flock on inode 2294010, held by 4242 (python3 bot.py); taken by 4240` */
export function lockLine(lock: LockFacts, path: string): string {
  const holders =
    lock.holders.length > 0
      ? lock.holders.map(({ process }) => pidAndCommand(process)).join(', ')
      : l10n.t('pid unknown: {0}', unknownReasonText(lock.unknown ?? 'notFound', lock.unknownDetail));
  const inode = lock.deletedInode
    ? l10n.t('inode {0} (deleted)', lock.id.ino)
    : l10n.t('inode {0}', lock.id.ino);
  return l10n.t('{0} on {1}, {2}: {3}.', kindText(lock.kind, lock.access), oneLine(path), inode, holders);
}
