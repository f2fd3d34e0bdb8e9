/**
 * Questions about the locks on an open file. F_GETLK takes nothing and refuses no one: "this call does not actually
 * place the lock, but returns" one that is in the way (fcntl(2)).
 */
import { isLinux } from '../system';
import { errnoName } from './errno';
import { loadKoffi, type Koffi } from './koffi';

/** struct flock and the commands that take it: where its fields are, in bytes. */
export interface LockLayout {
  size: number;
  type: number;
  whence: number;
  start: number;
  length: number;
  pid: number;
  getLock: number;
  /** Of an open file description: its own locks are not left out, those of its process are not either. */
  getOfdLock?: number;
  readLock: number;
  writeLock: number;
  unlocked: number;
  /** flock(2), POSIX and OFD locks are in one list: F_GETLK sees them all. */
  seesFlock: boolean;
}

/** include/uapi/asm-generic/fcntl.h, on 64-bit systems. */
export const LINUX_LOCK: LockLayout = {
  size: 32,
  type: 0,
  whence: 2,
  start: 8,
  length: 16,
  pid: 24,
  getLock: 5,
  getOfdLock: 36,
  readLock: 0,
  writeLock: 1,
  unlocked: 2,
  seesFlock: false,
};

/** bsd/sys/fcntl.h; the one list: bsd/kern/kern_lockf.c. */
export const DARWIN_LOCK: LockLayout = {
  size: 24,
  start: 0,
  length: 8,
  pid: 16,
  type: 20,
  whence: 22,
  getLock: 7,
  readLock: 1,
  writeLock: 3,
  unlocked: 2,
  seesFlock: true,
};

const SEEK_SET = 0;
const TO_THE_END = 0n;

export type SeenLock =
  | 'posixRead'
  | 'posixWrite'
  | 'ofdRead'
  | 'ofdWrite'
  /** Held by flock(2), or by an open file description: macOS does not say which. */
  | 'held';

export interface FileLocks {
  /** flock(2). Throws an error with `code`. */
  flock(fd: number, operation: number): void;
  /** The first lock that would keep another process from locking the whole file for writing; `code`: it cannot be asked here. */
  lockOn(fd: number): SeenLock | 'none' | { code: string };
  readonly seesFlock: boolean;
}

export type LoadedFileLocks = { ok: true; locks: FileLocks; file: string } | { ok: false; reason: string };

export function loadFileLocks(extensionDir: string): LoadedFileLocks {
  const loaded = loadKoffi(extensionDir);
  if (!loaded.ok) return loaded;
  const layout = isLinux() ? LINUX_LOCK : DARWIN_LOCK;
  return { ok: true, locks: fileLocks(loaded.exports, layout), file: loaded.file };
}

/** `library`: a stand-in for the C library. */
export function fileLocks(koffi: Koffi, layout: LockLayout, library: string | null = null): FileLocks {
  const libc = koffi.load(library);
  const flock = libc.func('int flock(int fd, int operation)') as (fd: number, operation: number) => number;
  const fcntl = libc.func('int fcntl(int fd, int command, ...)') as (...args: unknown[]) => number;

  const ask = (fd: number, command: number): SeenLock | 'none' | { code: string } => {
    const lock = Buffer.alloc(layout.size);
    lock.writeInt16LE(layout.writeLock, layout.type);
    lock.writeInt16LE(SEEK_SET, layout.whence);
    lock.writeBigInt64LE(0n, layout.start);
    lock.writeBigInt64LE(TO_THE_END, layout.length);
    if (fcntl(fd, command, 'void *', lock) !== 0) return { code: errnoName(koffi) };
    const type = lock.readInt16LE(layout.type);
    if (type === layout.unlocked) return 'none';
    if (lock.readInt32LE(layout.pid) >= 0) return type === layout.readLock ? 'posixRead' : 'posixWrite';
    if (layout.seesFlock) return 'held';
    return type === layout.readLock ? 'ofdRead' : 'ofdWrite';
  };

  return {
    seesFlock: layout.seesFlock,
    flock(fd, operation) {
      if (flock(fd, operation) === 0) return;
      const code = errnoName(koffi);
      throw Object.assign(new Error(`${code}: flock`), { code, syscall: 'flock' });
    },
    lockOn(fd) {
      const first = ask(fd, layout.getLock);
      if (first !== 'none' || layout.getOfdLock === undefined) return first;
      // Where the file system knows no such question, the first answer stands.
      const second = ask(fd, layout.getOfdLock);
      return typeof second === 'string' ? second : first;
    },
  };
}
