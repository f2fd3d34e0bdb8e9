/**
 * What became of a lock file that names no process and is no kernel lock. It is left over only with every piece of
 * evidence there is; whatever is missing is named, and then nothing is offered.
 */
import * as l10n from '@vscode/l10n';
import { assertNever } from '../../common/assertNever';
import type { LockFileFacts, OwnerlessFacts, OwnerlessSuspect, ServiceFacts } from '../facts';
import { listPids, pidAndCommand } from '../processes/process';
import { toMs } from '../records/recordIdentity';
import type { JudgedRecord } from '../records/records';
import { localTime, oneLine } from '../text';
import { gitOwnerPath } from './gitLock';

/** What is missing for a lock to count as left over. */
export type Missing =
  /** Processes that may hold it. */
  | 'free'
  /** It was changed too short a time ago. */
  | 'quiet'
  /** Processes that may be its maker do not show where they work. */
  | 'readable'
  /** Processes of other users are not even listed. */
  | 'listed'
  /** Processes elsewhere can make it. */
  | 'local'
  /** The record beside it names a process that may live, or cannot be read. */
  | 'recordGone'
  /** It is locked, or is no plain file. */
  | 'plain';

export interface OwnerlessLock {
  lock: LockFileFacts;
  ownerless: OwnerlessFacts;
  /** Empty: it is left over, as far as can be known. */
  missing: readonly Missing[];
}

/** Returns the lock files of a service for which evidence was collected, each with what is missing of it. */
export function ownerlessLocks(facts: ServiceFacts, records: readonly JudgedRecord[]): OwnerlessLock[] {
  return facts.lockFiles.flatMap((lock): OwnerlessLock[] =>
    lock.ownerless === undefined
      ? []
      : [{ lock, ownerless: lock.ownerless, missing: missingOf(lock, lock.ownerless, facts, records) }],
  );
}

export const isLeftOver = ({ missing }: OwnerlessLock): boolean => missing.length === 0;

function missingOf(
  lock: LockFileFacts,
  ownerless: OwnerlessFacts,
  { takenAt }: ServiceFacts,
  records: readonly JudgedRecord[],
): Missing[] {
  const { file, locks, foreign } = lock;
  // Where the clock was set it may be quiet too early: what keeps a live lock then is that its process is seen.
  const isQuiet = file.mtimeNs !== undefined && takenAt - toMs(file.mtimeNs) >= ownerless.quietMs;
  const own = records.filter(({ path }) => path === file.path || path === gitOwnerPath(file.path));
  const checks: [Missing, boolean][] = [
    ['free', ownerless.suspects.length === 0],
    ['quiet', isQuiet],
    ['readable', ownerless.unread.length === 0],
    ['listed', ownerless.hidesProcesses !== true],
    ['local', foreign === undefined],
    ['recordGone', own.every(isGone)],
    ['plain', file.status === 'file' && locks.length === 0],
  ];
  return checks.flatMap(([missing, isThere]) => (isThere ? [] : [missing]));
}

/** What cannot be read may name a process that lives. */
const isGone = ({ verdict, content }: JudgedRecord): boolean =>
  verdict === 'dead' ||
  verdict === 'reused' ||
  (content === undefined ? verdict === 'absent' : content.record.pid === undefined);

/** Returns one sentence on what is missing. */
export function missingText(missing: Missing, { lock, ownerless }: OwnerlessLock): string {
  const path = oneLine(lock.file.path);
  switch (missing) {
    case 'free':
      return l10n.t(
        'A process that may hold it is running: {0}.',
        ownerless.suspects.map(({ process }) => pidAndCommand(process)).join(', '),
      );
    case 'quiet':
      return l10n.t(
        'It was changed less than {0} s ago, so a process may still be writing it.',
        Math.ceil(ownerless.quietMs / 1000),
      );
    case 'readable':
      return l10n.t(
        'Process {0} may hold it and does not show where it works: it belongs to another user, or protects itself.',
        listPids(ownerless.unread),
      );
    case 'listed':
      return l10n.t('Processes of other users are hidden here (hidepid), and one of them may hold it.');
    case 'local':
      return l10n.t(
        'Processes in another container or on another machine can create {0}, and they cannot be seen from here.',
        path,
      );
    case 'recordGone':
      return l10n.t(
        'The record beside it cannot be read, or names a process that is not known to have ended.',
      );
    case 'plain':
      return l10n.t('{0} is not a plain lock file of git, or it is locked.', path);
    default:
      return assertNever(missing);
  }
}

/** Returns why a process may hold the lock, in a few words. */
export function suspectReason({ why, folder }: Pick<OwnerlessSuspect, 'why' | 'folder'>): string {
  const place = oneLine(folder ?? '');
  switch (why) {
    case 'open':
      return l10n.t('it has the file open');
    case 'works':
      return l10n.t('it is git and works in {0}', place);
    case 'arguments':
      return l10n.t('it is git and its arguments name {0}', place);
    case 'environment':
      return l10n.t('it is git and its environment names {0}', place);
    case 'editor':
      return l10n.t('git has given it {0} to edit', place);
    default:
      return assertNever(why);
  }
}

/** Returns one sentence on a process that may hold the lock. */
export const suspectText = (suspect: OwnerlessSuspect): string =>
  l10n.t('Process {0} may hold it: {1}.', pidAndCommand(suspect.process), suspectReason(suspect));

/** Returns the sentence on a lock that is left over. */
export const leftOverText = ({ lock: { file } }: OwnerlessLock): string =>
  l10n.t(
    '{0} is probably left over: it has not changed since {1}, no process has it open, and no process of git works in its repository.',
    oneLine(file.path),
    file.mtimeNs === undefined ? '?' : localTime(toMs(file.mtimeNs)),
  );
