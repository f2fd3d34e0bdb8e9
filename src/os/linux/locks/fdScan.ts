/** Which locks a process holds, by its own `/proc/<pid>/fdinfo`: the only proof of a holder. */
import * as fs from 'node:fs';
import { failureOf } from '../../../common/errors';
import { parseFdInfo, parseFdLocks, type FdInfo } from '../procfs/fdinfo';
import type { LockLine } from '../procfs/lockLine';
import { readBytes, readLink } from '../procfs/read';
import type { Steps } from '../../../common/steps';
import { livingThreadOf, threadsOf } from '../procfs/threads';

export interface FdLock {
  fd: number;
  /** The thread with a descriptor table of its own (CLONE_FILES undone) that the descriptor belongs to. */
  tid?: number;
  line: LockLine;
  /** What the descriptor linked to just before, where that was read. */
  link?: string;
}

/** Returns what the descriptor links to where its locks are wanted, true where they are whatever that is. */
type Wanted = (fd: string) => string | boolean;

const MARK = Buffer.from('lock:');

/** Descriptors read between two yields. */
const STEP = 64;

/** So many descriptors are not listed in one go. */
const MANY_FDS = 1024;

/** Threads and descriptors of one process that are read at most to find a descriptor table of a thread's own. */
const MAX_THREADS = 64;
const MAX_THREAD_FDS = 4096;

const folderOf = (pid: number, tid: number | undefined): string =>
  tid === undefined ? `/proc/${pid}` : `/proc/${pid}/task/${tid}`;

/** `look` at the process's folder; where that shows nothing because its first thread has ended, at another thread's. */
function inProcess<T>(
  pid: number,
  tid: number | undefined,
  look: (folder: string) => T,
  isNothing: (found: T) => boolean,
): T {
  const found = look(folderOf(pid, tid));
  if (tid !== undefined || !isNothing(found)) return found;
  const thread = livingThreadOf(pid);
  return thread === undefined ? found : look(folderOf(pid, thread.tid));
}

/** Returns what fdinfo says of one open file description; the error code when it cannot be read (ENOENT: closed or gone). */
export function fdInfoOf(pid: number, fd: number, tid?: number): FdInfo | string {
  return inProcess(
    pid,
    tid,
    (folder) => readFdInfo(`${folder}/fdinfo/${fd}`),
    (found) => found === 'ENOENT',
  );
}

function readFdInfo(path: string): FdInfo | string {
  const bytes = readBytes(path);
  return Buffer.isBuffer(bytes) ? parseFdInfo(bytes.toString('latin1')) : bytes.code;
}

/** Returns the locks of one open file description; the error code when it cannot be read (ENOENT: closed or gone). */
export function locksOfFd(pid: number, fd: number, tid?: number): readonly LockLine[] | string {
  return inProcess(
    pid,
    tid,
    (folder) => readLocks(`${folder}/fdinfo/${fd}`),
    (found) => found === 'ENOENT',
  );
}

function readLocks(path: string): readonly LockLine[] | string {
  const bytes = readBytes(path);
  if (!Buffer.isBuffer(bytes)) return bytes.code;
  return bytes.includes(MARK) ? parseFdLocks(bytes.toString('latin1')) : [];
}

/**
 * Returns all locks of a process, or the error code: EACCES for another user's, ENOENT or ESRCH for one that is gone. Can
 * be stopped between any two steps.
 */
export function* locksOfProcess(pid: number): Steps<FdLock[] | string> {
  const found = yield* locksIn(folderOf(pid, undefined), () => true);
  if (found !== undefined) return found;
  const thread = livingThreadOf(pid);
  return thread === undefined ? [] : ((yield* locksIn(folderOf(pid, thread.tid), () => true)) ?? []);
}

/**
 * Returns the locks of those descriptors whose link is wanted. The link names the open file description's own path, so
 * whoever shares a description has the same link, and reading a link holds up nothing and no one, where fdinfo keeps
 * the file open for microseconds.
 */
export function* locksBehindLinks(
  pid: number,
  isWanted: (link: string, fd: number) => boolean,
): Steps<FdLock[] | string> {
  const test =
    (folder: string): Wanted =>
    (fd) => {
      const link = readLink(`${folder}/fd/${fd}`);
      return link !== undefined && isWanted(link, Number(fd)) && link;
    };
  const folder = folderOf(pid, undefined);
  const found = yield* locksIn(folder, test(folder));
  if (found !== undefined) return found;
  const thread = livingThreadOf(pid);
  if (thread === undefined) return [];
  const other = folderOf(pid, thread.tid);
  return (yield* locksIn(other, test(other))) ?? [];
}

/** undefined: not one descriptor is open. */
function* locksIn(folder: string, isWanted: Wanted): Steps<FdLock[] | string | undefined> {
  const found: FdLock[] = [];
  let count = 0;
  try {
    for (const fd of descriptorsIn(folder)) {
      if (++count % STEP === 0) yield;
      const link = isWanted(fd);
      if (link === false) continue;
      const lines = readLocks(`${folder}/fdinfo/${fd}`);
      if (typeof lines === 'string') {
        // Since Linux 5.14 reading needs ptrace access where listing needs less.
        if (lines === 'EACCES' || lines === 'EPERM') return lines;
        continue;
      }
      for (const line of lines) {
        found.push({ fd: Number(fd), line, ...(typeof link === 'string' ? { link } : {}) });
      }
    }
  } catch (error) {
    return failureOf(error, 'scandir').code;
  }
  return count === 0 ? undefined : found;
}

/** A long list of descriptors costs a stretch of its own: it is read bit by bit. */
function descriptorsIn(folder: string): Iterable<string> {
  return countOf(folder) < MANY_FDS ? fs.readdirSync(`${folder}/fdinfo`) : manyDescriptorsIn(folder);
}

function* manyDescriptorsIn(folder: string): Generator<string> {
  const dir = fs.opendirSync(`${folder}/fdinfo`, { bufferSize: STEP });
  try {
    for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) yield entry.name;
  } finally {
    dir.closeSync();
  }
}

/** Since Linux 6.2 the size is the number of descriptors; before, 0. */
function countOf(folder: string): number {
  try {
    return fs.statSync(`${folder}/fd`).size;
  } catch {
    return 0; // the list itself says why
  }
}

/**
 * Returns the locks in descriptor tables that threads have for themselves (unshare(2) with CLONE_FILES): descriptors
 * that the first thread has not, or has open on something else. Bounded, since most threads share one table.
 */
export function* locksOfThreads(pid: number): Steps<FdLock[]> {
  const found: FdLock[] = [];
  let left = MAX_THREAD_FDS;
  for (const tid of threadsOf(pid).slice(0, MAX_THREADS)) {
    if (tid === pid) continue;
    const folder = folderOf(pid, tid);
    let fds: string[];
    try {
      fds = fs.readdirSync(`${folder}/fd`);
    } catch {
      continue; // it has ended
    }
    for (const fd of fds.slice(0, left)) {
      if (--left % STEP === 0) yield;
      const link = readLink(`${folder}/fd/${fd}`);
      if (link === undefined || link === readLink(`/proc/${pid}/fd/${fd}`)) continue;
      const lines = readLocks(`${folder}/fdinfo/${fd}`);
      for (const line of typeof lines === 'string' ? [] : lines) found.push({ fd: Number(fd), tid, line });
    }
    if (left <= 0) break;
  }
  return found;
}
