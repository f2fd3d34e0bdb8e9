/** Which locks a process holds, by its own `/proc/<pid>/fdinfo`: the only proof of a holder. */
import * as fs from 'node:fs';
import { parseFdInfo } from './fdinfo';
import type { LockLine } from './lockLine';
import { failureOf, readBytes, readLink } from './procFs';
import { livingThreadOf } from './threads';

export interface FdLock {
  fd: number;
  line: LockLine;
}

const MARK = Buffer.from('lock:');

/** `fds` and what is below it, of the process or else of another of its threads. */
function inProcess<T>(pid: number, look: (folder: string) => T, isNothing: (found: T) => boolean): T {
  const found = look(`/proc/${pid}`);
  if (!isNothing(found)) return found;
  const thread = livingThreadOf(pid);
  return thread === undefined ? found : look(`/proc/${pid}/task/${thread.tid}`);
}

/** Locks of one open file description; the error code when it cannot be read (ENOENT: closed or gone). */
export function locksOfFd(pid: number, fd: number): readonly LockLine[] | string {
  return inProcess(
    pid,
    (folder) => readLocks(`${folder}/fdinfo/${fd}`),
    (found) => found === 'ENOENT',
  );
}

function readLocks(path: string): readonly LockLine[] | string {
  const bytes = readBytes(path);
  if (!Buffer.isBuffer(bytes)) return bytes.code;
  return bytes.includes(MARK) ? parseFdInfo(bytes.toString('latin1')).locks : [];
}

/** All locks of a process, or the error code: EACCES for another user's, ENOENT or ESRCH for one that is gone. */
export function locksOfProcess(pid: number): FdLock[] | string {
  return inProcess(pid, locksIn, (found) => found === undefined) ?? [];
}

/** undefined: not one descriptor is open. */
function locksIn(folder: string): FdLock[] | string | undefined {
  let fds: string[];
  try {
    fds = fs.readdirSync(`${folder}/fdinfo`);
  } catch (error) {
    return failureOf(error, 'scandir').code;
  }
  if (fds.length === 0) return undefined;
  const found: FdLock[] = [];
  for (const name of fds) {
    const lines = readLocks(`${folder}/fdinfo/${name}`);
    if (typeof lines === 'string') {
      // Since Linux 5.14 reading needs ptrace access where listing needs less.
      if (lines === 'EACCES' || lines === 'EPERM') return lines;
      continue;
    }
    for (const line of lines) found.push({ fd: Number(name), line });
  }
  return found;
}

export interface OpenFile {
  /** As the descriptor links to it, without the ` (deleted)` that the kernel puts behind it. */
  path: string;
  /** No name leads to the inode any more: nlink 0. A file may really be called "x (deleted)". */
  isDeleted: boolean;
  /** `dev:ino` by stat, decimal. */
  statKey: string;
  size: number;
}

const DELETED = ' (deleted)';

/** The file behind a descriptor; undefined when it is closed, or may not be looked at. */
export function openFileOf(pid: number, fd: number): OpenFile | undefined {
  return inProcess(
    pid,
    (folder) => fileBehind(`${folder}/fd/${fd}`),
    (found) => found === undefined,
  );
}

function fileBehind(path: string): OpenFile | undefined {
  const link = readLink(path);
  if (link === undefined) return undefined;
  try {
    const stat = fs.statSync(path, { bigint: true });
    const isDeleted = stat.nlink === 0n;
    return {
      path: isDeleted && link.endsWith(DELETED) ? link.slice(0, -DELETED.length) : link,
      isDeleted,
      statKey: `${BigInt.asUintN(64, stat.dev)}:${BigInt.asUintN(64, stat.ino)}`,
      size: Number(stat.size),
    };
  } catch {
    return undefined;
  }
}
