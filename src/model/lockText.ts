/** Locks in words. */
import * as l10n from '@vscode/l10n';
import type { LockAccess, LockKind } from '../api';
import { assertNever } from '../common/assertNever';
import type { LockFacts, ProcessFacts, UnknownHolderReason } from './facts';
import { listWords, pidAndCommand } from './processes/process';
import { sqliteRole, sqliteRoleText } from './sqlite';
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
      return l10n.t('existence lock');
    default:
      return assertNever(kind);
  }
}

/** `4242 (python3 bot.py), user ann`, or what is known of it. */
function takerText(process: ProcessFacts): string {
  if (process.comm === '' && process.argv.length === 0) return String(process.pid);
  const who = pidAndCommand(process);
  return process.user === undefined ? who : l10n.t('{0}, user {1}', who, oneLine(process.user, 40));
}

type Taken = {
  [K in 'kind' | 'taker' | 'takenBy' | 'denied' | 'users']?: LockFacts[K] | undefined;
};

/** Returns why no holder is known, as the end of a sentence. `lock`: where there is one. */
export function unknownReasonText(reason: UnknownHolderReason, lock: Taken = {}): string {
  const { takenBy } = lock;
  switch (reason) {
    case 'outsideNamespace':
      return l10n.t('the holder is outside this container or PID namespace');
    case 'otherUser':
      return otherUserText(lock);
    case 'protected':
      // POSIX locks are their taker's; an flock may have been passed on, and a pid may be another process's by now.
      return lock.kind === 'posix'
        ? l10n.t(
            'your process {0} protects its descriptors (not dumpable)',
            takenBy === undefined ? '?' : pidAndCommand(takenBy),
          )
        : l10n.t(
            'your process {0} took the lock, and protects its descriptors (not dumpable)',
            takenBy === undefined ? '?' : pidAndCommand(takenBy),
          );
    case 'takerSilent':
      return l10n.t(
        'taken by pid {0}, which is alive, but none of its descriptors shows the lock',
        takenBy === undefined ? '?' : takerText(takenBy),
      );
    case 'pending':
      return l10n.t('its holder is being looked up');
    case 'otherHost':
      return l10n.t('the holder is on another machine that shares this file system');
    case 'otherPath':
      return l10n.t('the holder may have locked it by another path, in a folder that this file system shows');
    case 'probeOnly':
      return l10n.t('this system reports that the file is locked, but not by whom');
    case 'oneOfUsers':
      return l10n.t(
        'the holder is one of the processes that use the file: {0}',
        listWords(lock.users ?? [], pidAndCommand),
      );
    case 'mayHold':
      return l10n.t(
        'these processes may hold it: {0}; processes of other users do not show what they have open',
        listWords(lock.users ?? [], pidAndCommand),
      );
    case 'notFound':
      return notFoundText(lock);
    default:
      return assertNever(reason);
  }
}

/** The same of a lock without a holder. */
export const whyUnknownText = (lock: Pick<LockFacts, 'unknown'> & Taken): string =>
  unknownReasonText(lock.unknown ?? 'notFound', lock);

/** What stands in the place of a holder's pid. */
export const unknownPidText = (lock: Pick<LockFacts, 'unknown'> & Taken): string =>
  l10n.t('pid unknown: {0}', whyUnknownText(lock));

function otherUserText({ kind, takenBy }: Taken): string {
  if (takenBy === undefined) {
    return l10n.t('the holder belongs to another user, whose descriptors cannot be read');
  }
  return kind === 'posix'
    ? l10n.t(
        'the holder belongs to another user, whose descriptors cannot be read (pid {0})',
        takerText(takenBy),
      )
    : l10n.t(
        'the holder belongs to another user, whose descriptors cannot be read (taken by pid {0})',
        takerText(takenBy),
      );
}

function notFoundText({ taker, denied = [] }: Taken): string {
  if (denied.length > 0) {
    return l10n.t(
      'no process whose descriptors can be read holds it; pid {0}, also yours, cannot be read (not dumpable)',
      listWords(denied, String),
    );
  }
  return taker === undefined
    ? l10n.t('no process whose descriptors can be read holds it')
    : l10n.t(
        'no process whose descriptors can be read holds it; it was taken by pid {0}, which is gone',
        taker,
      );
}

/** `exclusive flock on inode 2294010, held by 4242 (python3 bot.py); taken by 4240` */
export function lockLine(lock: LockFacts, path: string): string {
  const holders =
    lock.holders.length > 0
      ? lock.holders.map(({ process }) => pidAndCommand(process)).join(', ')
      : unknownPidText(lock);
  const inode = lock.deletedInode
    ? l10n.t('inode {0} (deleted)', lock.id.ino)
    : l10n.t('inode {0}', lock.id.ino);
  const role = sqliteRole(path, lock);
  const plain = kindText(lock.kind, lock.access);
  const kind = role === undefined ? plain : `${plain} (${sqliteRoleText(role)})`;
  return l10n.t('{0} on {1}, {2}: {3}.', kind, oneLine(path), inode, holders);
}
