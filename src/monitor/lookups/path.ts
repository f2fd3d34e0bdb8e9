/** Who uses a file or a folder: its locks and its record first, then descriptors, directories and programs. */
import { join } from 'node:path';
import * as l10n from '@vscode/l10n';
import { defined } from '../../common/defined';
import { commandsFor } from '../../model/commands';
import { contextOf } from '../../model/context';
import type { LockFacts, LockFileFacts, ServiceFacts } from '../../model/facts';
import { lockLine, unknownReasonText, kindText } from '../../model/lockText';
import { recordedPid, type JudgedRecord } from '../../model/records/records';
import { isUncertain } from '../../model/locks';
import { isGitLock } from '../../model/ownerless/gitLock';
import { isLeftOver, leftOverText, missingText, ownerlessLocks } from '../../model/ownerless/judge';
import { sqliteRole, type RangeLock, type SqliteRole } from '../../model/sqlite';
import { oneLine } from '../../model/text';
import type { Named, UseAnswer, UseQuestion } from '../../model/users';
import type { HeldLock } from '../../os/platform';
import type { Lookup } from './lookup';
import { lookAtPid } from './process';
import { lockSubject } from '../protocol';

type PathQuestion = Extract<UseQuestion, { kind: 'path' }>;
type HeldQuestion = Extract<UseQuestion, { kind: 'held' }>;
type Found = Pick<
  UseAnswer,
  'path' | 'isFolder' | 'isAbsent' | 'isUncertain' | 'port' | 'locksByExistence' | 'isLeftOver'
>;

export async function lookAtPath(
  lookup: Lookup,
  path: string,
  { named, locksOnly }: Pick<PathQuestion, 'named' | 'locksOnly'>,
): Promise<Found> {
  const { watch, list } = lookup;
  const report = await watch.inspect(lockSubject(path));
  const file = report?.facts.lockFiles[0];
  const isFolder = file?.file.status === 'directory';
  const isAbsent = file?.file.status === 'absent';
  const left = report !== undefined && addOwnerless(lookup, report.facts);
  if (report !== undefined && file !== undefined) {
    addFile(lookup, file);
    // With a write-ahead log, who writes and who reads is locked beside the database.
    if (/\.(?:db3?|sqlite3?|vscdb)$/.test(path)) {
      const beside = (await watch.inspect(lockSubject(`${path}-shm`)))?.facts.lockFiles[0];
      if (beside !== undefined) addFile(lookup, beside);
    }
    if (isFolder) for (const lock of await watch.heldLocks([path])) addHeldLock(lookup, lock);
    noteFile(lookup, file);
    if (!isAbsent && locksOnly !== true) await scan(lookup, path, report.facts);
    if (isSocket(file)) {
      const commands = commandsFor(report.facts.host).openers(path, { sudo: true });
      list.note(l10n.t('It is a Unix socket: no descriptor shows by its path who listens there.'), commands);
    }
  }
  const port = report === undefined ? undefined : addRecord(lookup, report.facts);
  if (named !== undefined) compareNamed(lookup, named);
  if (isAbsent && list.size === 0) list.note(l10n.t('{0} does not exist.', oneLine(path)));
  const unsure = file !== undefined && isUncertain(file);
  const own = isGitLock(path) && !isAbsent ? { locksByExistence: true as const } : {};
  return {
    path,
    isFolder,
    isAbsent,
    isUncertain: unsure,
    ...own,
    ...(left ? { isLeftOver: true as const } : {}),
    ...defined({ port }),
  };
}

/** A line of a known tool that names no file: which of the tool's files are locked, or are there and lock by that? */
export async function lookAtHeld(
  lookup: Lookup,
  { names, files = [], isBelow, named }: HeldQuestion,
  folder: string | undefined,
): Promise<Found> {
  const { watch, list } = lookup;
  const under = isBelow === true && folder !== undefined ? [folder] : undefined;
  const locks = (await watch.heldLocks(under)).filter(({ path }) => names.test(path));
  for (const lock of locks) addHeldLock(lookup, lock);
  const [only] = new Set(locks.map(({ path }) => path));
  const beside = folder === undefined ? [] : files.map((file) => join(folder, file));
  let found: Found = {};
  for (const path of only === undefined ? beside : [only]) {
    const report = await watch.inspect(lockSubject(path));
    const port = report === undefined ? undefined : addRecord(lookup, report.facts);
    if (list.size > 0) found = { path, ...(port === undefined ? {} : { port }) };
  }
  if (named !== undefined) compareNamed(lookup, named);
  if (list.size === 0 && list.sentences.unknown.length === 0) {
    list.note(
      under === undefined
        ? l10n.t('No lock on such a file is visible here now: it was released, or another user holds it.')
        : l10n.t('No lock on such a file is visible below {0} now.', oneLine(folder ?? '')),
    );
  }
  return found;
}

function addFile({ list }: Lookup, { file, locks }: LockFileFacts): void {
  for (const lock of locks) addLock(lock);

  function addLock(lock: LockFacts): void {
    const { kind, access, holders, waiters } = lock;
    const { path } = file;
    for (const { process, proven } of holders) {
      const proof = proven ? 'proven' : 'plausible';
      list.add(process, { kind: 'lock', proof, path, lock: { kind, access, ...roleOf(path, lock) } });
    }
    for (const process of waiters) {
      if (process.pid > 0) list.add(process, { kind: 'waits', proof: 'proven', path });
    }
    if (holders.length === 0) list.unknown(lockLine(lock, path));
  }
}

/** Who may hold a lock file of git, or what is missing to call it left over. Returns whether it is. */
function addOwnerless({ list }: Lookup, facts: ServiceFacts): boolean {
  const [found] = ownerlessLocks(facts, contextOf(facts).records);
  if (found === undefined) return false;
  const { path } = found.lock.file;
  for (const { process, why, folder } of found.ownerless.suspects) {
    list.add(process, {
      kind: 'mayHold',
      proof: 'plausible',
      path,
      suspect: { why, ...defined({ folder }) },
    });
  }
  if (isLeftOver(found)) list.note(leftOverText(found));
  else for (const one of found.missing.filter((each) => each !== 'free')) list.note(missingText(one, found));
  return isLeftOver(found);
}

function addHeldLock({ list }: Lookup, lock: HeldLock): void {
  const { kind, access, holders, path, unknown } = lock;
  for (const { process, proven } of holders) {
    const proof = proven ? 'proven' : 'plausible';
    list.add(process, { kind: 'lock', proof, path, lock: { kind, access, ...roleOf(path, lock) } });
  }
  if (unknown !== undefined) {
    list.unknown(
      l10n.t(
        '{0} on {1}: pid unknown: {2}.',
        kindText(kind, access),
        oneLine(path),
        unknownReasonText(unknown, lock),
      ),
    );
  }
}

const roleOf = (path: string, lock: RangeLock): { role?: SqliteRole } =>
  defined({ role: sqliteRole(path, lock) });

/** Why nothing may be seen although something is there. */
function noteFile({ list }: Lookup, found: LockFileFacts): void {
  const { file, locks, certainty, uncertainBecause } = found;
  if (file.problem !== undefined) {
    const { syscall, code } = file.problem;
    list.note(l10n.t('{0} cannot be inspected: {1} failed with {2}.', oneLine(file.path), syscall, code));
  } else if (locks.length === 0 && certainty === 'unknown' && uncertainBecause !== undefined) {
    list.note(
      l10n.t('A lock on it may not be visible here: {0}.', unknownReasonText(uncertainBecause, found)),
    );
  }
}

/** By S_IFSOCK of stat(2). */
const isSocket = ({ file: { status, mode = 0 } }: LockFileFacts): boolean =>
  status === 'special' && (mode & 0o170000) === 0o140000;

async function scan(lookup: Lookup, path: string, { host }: ServiceFacts): Promise<void> {
  const { users, apart, list, signal, onProgress } = lookup;
  if (users === undefined) {
    list.note(l10n.t('This system shows only who holds a lock.'));
    return;
  }
  const found = await users.ofPath(path, apart?.mountAt(path) !== undefined, { signal, onProgress });
  if (found === undefined) return;
  const commands = commandsFor(host).openers(path, { sudo: true });
  if ('problem' in found) {
    list.note(l10n.t('Who has it open could not be found out: {0}.', oneLine(found.problem)), commands);
    return;
  }
  for (const { process, uses } of found.users) {
    for (const { kind, path: used } of uses) list.add(process, { kind, path: used, proof: 'proven' });
  }
  if (found.cut !== undefined) {
    list.note(l10n.t('Stopped after {0} of {1} processes.', found.done, found.all), commands);
  } else if (found.hidden > 0) {
    list.note(
      l10n.t(
        'Processes of other users, or that protect themselves, do not show what they use: {0} of {1}.',
        found.hidden,
        found.all,
      ),
      commands,
    );
  }
}

/** The process that the file's record names, where more than its number fits. Returns the port that it names. */
function addRecord({ list }: Lookup, facts: ServiceFacts): number | undefined {
  const [record] = contextOf(facts).records;
  if (record === undefined || !mayBeRecord(record)) return undefined;
  const pid = recordedPid(record);
  const { verdict, proof, owner, path, content } = record;
  if (verdict === 'live' && owner !== undefined && proof !== 'guessed') {
    list.add(owner, { kind: 'record', proof, path });
    return content?.record.port;
  }
  if (pid === undefined) return undefined;
  if (verdict === 'dead') {
    list.note(l10n.t('Its record names process {0}, which has ended.', pid));
  } else if (verdict === 'reused') {
    list.note(
      proof === 'proven'
        ? l10n.t('Its record names process {0}; that number now belongs to another process.', pid)
        : l10n.t(
            'Its record names process {0}; by the clock, that number now probably belongs to another process.',
            pid,
          ),
    );
  } else if (!list.has(pid)) {
    list.note(
      l10n.t('It contains the number {0}, which cannot be verified to be the process that uses it.', pid),
    );
  }
  return undefined;
}

/** Any text may begin with a number; what is called a lock or a pid, or says which of its numbers is a pid, means it. */
const mayBeRecord = ({ path, content }: JudgedRecord): boolean =>
  content?.record.shape === 'json' || /lock|lck|pid/i.test(path.slice(path.lastIndexOf('/') + 1));

/** A process that the line names and the kernel does not: it is said what became of it. */
function compareNamed(lookup: Lookup, named: Named): void {
  if (!lookup.list.has(named.pid)) lookAtPid(lookup, named);
}
