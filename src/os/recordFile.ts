/**
 * Removing a stale record without ever removing a live one, and putting a removed one back.
 *
 * unlink(2) removes whatever has the name at that moment; a daemon that starts may have written its record there a
 * microsecond before. So the record is renamed aside first: what was taken can then be looked at, and nobody can open
 * it by its name any more. It is removed only when it still is, to the byte, the generation judged stale and nobody
 * has it open or locked; otherwise it is linked back, which never overwrites.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { busyThreads, stillBusy, type BusyThread } from './linux/inFlight';
import { findOpeners, isInodeLocked, type Opener, type OpenersScan } from './linux/openers';
import {
  isProblem,
  problemOf,
  readGeneration,
  sameFile,
  sameGeneration,
  statGeneration,
  type GenerationProblem,
  type RecordGeneration,
} from './recordGeneration';

/** Why a record that had been moved aside was not removed. */
export type PutBackReason =
  | 'changed'
  | 'open'
  | 'locked'
  /** A process was in the middle of something for so long that what it was doing cannot be known. */
  | 'busy';

export type RemovalResult =
  | { result: 'removed' }
  /** Nothing was touched: it is no longer what was judged. */
  | { result: 'changed' }
  | { result: 'absent' }
  /** Nothing was touched: somebody has the file open. */
  | { result: 'open'; openers: readonly Opener[] }
  /** It was taken aside and is back under its name. */
  | { result: 'putBack'; because: PutBackReason; openers: readonly Opener[] }
  /**
   * A new record already has the name and was kept. `because`: why the one taken aside was to go back; undefined when
   * it was the stale one and would have been removed anyway. `aside`: its bytes.
   */
  | { result: 'superseded'; because: PutBackReason; aside: Buffer }
  /** This file system cannot link a record back, so it must not be taken away. Nothing was touched. */
  | { result: 'noLinks'; code: string }
  | { result: 'failed'; code: string; syscall: string };

export interface RemovalOptions {
  /** Resolves after at least this many ms. */
  wait: (ms: number) => Promise<void>;
  /** How long a writer whose descriptors may not be read gets to finish. */
  waitMs: number;
  log: (text: string) => void;
}

/** At least 2; FACTS: a writer between open and write needs less than that. */
export const REMOVAL_WAIT_MS = 20;

/** ms; a thread that has not come up for so long is stuck, or starved: the record is kept. */
const SETTLE_LIMIT_MS = 2000;
const SETTLE_STEP_MS = 2;

const O_PATH = 0o10000000;

/** Removes the record at `path` if it is, and stays, exactly `judged`. Never rejects. */
export async function removeRecord(
  path: string,
  judged: RecordGeneration,
  options: RemovalOptions,
): Promise<RemovalResult> {
  let folder: Folder | undefined;
  try {
    folder = openFolder(dirname(path));
    return await removeIn(folder, basename(path), judged, options);
  } catch (error) {
    return failure(error);
  } finally {
    folder?.close();
  }
}

async function removeIn(
  folder: Folder,
  name: string,
  judged: RecordGeneration,
  { wait, waitMs, log }: RemovalOptions,
): Promise<RemovalResult> {
  const path = folder.at(name);
  const asideName = `.${randomBytes(12).toString('hex')}.aside`;
  const aside = folder.at(asideName);

  const before = readGeneration(path);
  if (isProblem(before)) {
    return unreadable(before);
  }
  if (!sameGeneration(before, judged)) {
    return { result: 'changed' };
  }
  const early = scan(judged);
  if (early.openers.length > 0) {
    return { result: 'open', openers: early.openers };
  }
  const unlinkable = canLinkBack(folder, path, judged);
  if (unlinkable !== undefined) {
    return { result: 'noLinks', code: unlinkable };
  }

  // Two system calls with nothing between them: the shorter, the rarer a live record is touched at all.
  const last = statGeneration(path);
  if ('problem' in last || !sameFile(judged, last)) {
    return 'problem' in last ? unreadable(last) : { result: 'changed' };
  }
  try {
    fs.renameSync(path, aside);
  } catch (error) {
    return unreadable(problemOf(error));
  }
  const taken = statGeneration(aside);
  if ('problem' in taken || !sameFile(judged, taken)) {
    // Somebody wrote in that very moment: back at once, before anyone can miss it.
    return linkBack(path, aside, judged, 'changed', [], log);
  }
  log(`moved aside as ${asideName}`);
  try {
    const first = reasonToPutBack(aside, judged);
    if (first !== undefined) {
      return linkBack(path, aside, judged, first.because, first.openers, log);
    }
    // Whoever is inside open(2) has found the file by its name and shows no descriptor yet.
    const inFlight = process.platform === 'linux' ? busyThreads() : [];
    await wait(waitMs);
    if (!(await haveReturned(inFlight, wait))) {
      return linkBack(path, aside, judged, 'busy', [], log);
    }
    // Again: they show it now, or have closed it. And a descriptor may have passed from a process to its child between
    // two directories of the first scan.
    const second = reasonToPutBack(aside, judged);
    if (second !== undefined) {
      return linkBack(path, aside, judged, second.because, second.openers, log);
    }
  } catch (error) {
    log(`could not verify it: ${String(error)}`);
    return linkBack(path, aside, judged, 'changed', [], log);
  }
  discard(aside, judged);
  return { result: 'removed' };
}

async function haveReturned(threads: readonly BusyThread[], wait: RemovalOptions['wait']): Promise<boolean> {
  const until = performance.now() + SETTLE_LIMIT_MS;
  for (let left = stillBusy(threads); left.length > 0; left = stillBusy(left)) {
    if (performance.now() > until) {
      return false;
    }
    await wait(SETTLE_STEP_MS);
  }
  return true;
}

interface Reason {
  because: PutBackReason;
  openers: readonly Opener[];
}

/**
 * The order matters: nobody can newly open the file by its old name, so whoever opened it before either still has it
 * open (seen by the scan) or has closed it, and then what was written is seen in the content read after the scan.
 */
function reasonToPutBack(aside: string, judged: RecordGeneration): Reason | undefined {
  const { openers, hidden } = scan(judged);
  if (openers.length > 0) {
    return { because: 'open', openers };
  }
  // Whoever has a lock has a descriptor: where all of those were seen, the kernel's table says nothing new.
  if (hidden > 0 && isInodeLocked(judged.ino)) {
    return { because: 'locked', openers };
  }
  const now = readGeneration(aside);
  return isProblem(now) || !sameGeneration(now, judged) ? { because: 'changed', openers } : undefined;
}

/** A symlink cannot be opened, and its target never changes: there is nobody to look for. */
function scan(judged: RecordGeneration): OpenersScan {
  return process.platform === 'linux' && judged.kind !== 'symlink'
    ? findOpeners(judged)
    : { openers: [], hidden: 0 };
}

function linkBack(
  path: string,
  aside: string,
  judged: RecordGeneration,
  because: PutBackReason,
  openers: readonly Opener[],
  log: (text: string) => void,
): RemovalResult {
  const kind = kindOf(aside) ?? judged.kind;
  try {
    giveNameBack(path, aside, kind);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      log(`could not be put back; it is kept as ${basename(aside)}: ${String(error)}`);
      return failure(error);
    }
    const left = readGeneration(aside);
    discardKind(aside, kind);
    log('a new record already has the name; it was kept');
    return { result: 'superseded', because, aside: isProblem(left) ? judged.content : left.content };
  }
  if (kind !== 'directory') {
    discardKind(aside, kind);
  }
  log(`put back: ${because}${openers.map(({ pid, fd }) => `, open in pid ${pid} as ${fd}`).join('')}`);
  return { result: 'putBack', because, openers };
}

/** Exclusive, all three: they fail with EEXIST when the name is taken. */
function giveNameBack(path: string, aside: string, kind: RecordGeneration['kind']): void {
  if (kind === 'directory') {
    // A directory has no second name, and rename(2) replaces an empty one: so first an empty one of our own, which
    // only succeeds where there is none.
    fs.mkdirSync(path);
    fs.renameSync(aside, path);
  } else if (kind === 'symlink' && process.platform !== 'linux') {
    fs.symlinkSync(fs.readlinkSync(aside), path); // link(2) follows symlinks there
  } else {
    fs.linkSync(aside, path);
  }
}

function kindOf(path: string): RecordGeneration['kind'] | undefined {
  const stat = statGeneration(path);
  return 'problem' in stat ? undefined : stat.kind;
}

function discard(aside: string, judged: RecordGeneration): void {
  discardKind(aside, judged.kind);
}

function discardKind(aside: string, kind: RecordGeneration['kind']): void {
  if (kind === 'directory') {
    fs.rmdirSync(aside); // only ever an empty one
  } else {
    fs.unlinkSync(aside);
  }
}

/** Tries link(2) on the record itself: some file systems have no links, and the kernel may forbid them for others' files. */
function canLinkBack(folder: Folder, path: string, judged: RecordGeneration): string | undefined {
  if (judged.kind !== 'file') {
    return undefined;
  }
  const probe = folder.at(`.${randomBytes(12).toString('hex')}.aside`);
  try {
    fs.linkSync(path, probe);
    fs.unlinkSync(probe);
    return undefined;
  } catch (error) {
    const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : code;
  }
}

export type RestoreResult =
  | { result: 'restored' }
  /** Something has the name again; it was kept. */
  | { result: 'exists' }
  | { result: 'failed'; code: string; syscall: string };

/** Puts a removed record back, with its mode and time, only where nothing has the name (O_EXCL, or link(2)). */
export function restoreRecord(path: string, removed: RecordGeneration): RestoreResult {
  let folder: Folder | undefined;
  try {
    folder = openFolder(dirname(path));
    restoreIn(folder, basename(path), removed);
    return { result: 'restored' };
  } catch (error) {
    const failed = failure(error);
    return failed.code === 'EEXIST' ? { result: 'exists' } : failed;
  } finally {
    folder?.close();
  }
}

function restoreIn(folder: Folder, name: string, removed: RecordGeneration): void {
  const path = folder.at(name);
  const mtime = Number(removed.mtimeNs) / 1e9;
  if (removed.kind === 'symlink') {
    fs.symlinkSync(removed.content, path);
    fs.lutimesSync(path, mtime, mtime);
    return;
  }
  if (removed.kind === 'directory') {
    fs.mkdirSync(path, removed.mode);
    fs.utimesSync(path, mtime, mtime);
    return;
  }
  // Complete before it gets its name: a reader never sees a half-written record.
  const draft = folder.at(`.${randomBytes(12).toString('hex')}.aside`);
  const fd = fs.openSync(draft, 'wx', removed.mode);
  try {
    try {
      fs.writeFileSync(fd, removed.content);
      fs.fchmodSync(fd, removed.mode);
      const { uid, gid } = fs.fstatSync(fd);
      if (uid !== removed.uid || gid !== removed.gid) {
        giveToOwner(fd, removed);
      }
      fs.futimesSync(fd, mtime, mtime);
    } finally {
      fs.closeSync(fd);
    }
    fs.linkSync(draft, path);
  } finally {
    fs.unlinkSync(draft);
  }
}

function giveToOwner(fd: number, { uid, gid }: RecordGeneration): void {
  try {
    fs.fchownSync(fd, uid, gid);
  } catch {
    // Only root may give a file away. The record itself is what matters.
  }
}

/**
 * A directory held open, so that every step acts in the same one even if a parent is renamed or replaced meanwhile:
 * `/proc/self/fd/<n>/<name>` is what openat(2) would be.
 */
interface Folder {
  at(name: string): string;
  close(): void;
}

function openFolder(path: string): Folder {
  if (process.platform !== 'linux') {
    return { at: (name) => join(path, name), close: () => undefined };
  }
  const fd = fs.openSync(path, O_PATH | fs.constants.O_DIRECTORY);
  return { at: (name) => `/proc/self/fd/${fd}/${name}`, close: () => fs.closeSync(fd) };
}

function unreadable(read: GenerationProblem): RemovalResult {
  switch (read.problem) {
    case 'absent':
      return { result: 'absent' };
    case 'failed':
      return { result: 'failed', code: read.code, syscall: read.syscall };
    case 'special':
    case 'notEmpty':
    case 'tooLarge':
      return { result: 'changed' };
  }
}

function failure(error: unknown): { result: 'failed'; code: string; syscall: string } {
  const problem = problemOf(error);
  return problem.problem === 'failed'
    ? { result: 'failed', code: problem.code, syscall: problem.syscall }
    : { result: 'failed', code: 'ENOENT', syscall: (error as NodeJS.ErrnoException).syscall ?? '' };
}
