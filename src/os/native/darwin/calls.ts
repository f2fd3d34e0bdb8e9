/** What the native helper can be asked on macOS; its answers are plain data. */
import type { Refused } from '../helper';

export interface Identity {
  /** Never reused in a boot; decimal. */
  uniqueId: string;
  /** Another after each execve(2). */
  idVersion: number;
}

export interface ListedProcess extends Identity {
  pid: number;
  ppid: number;
  pgid: number;
  uid: number;
  name: string;
  /** ms since the epoch. Absent: another user's, without root. */
  startTime?: number;
  /** As ps(1) writes it. */
  state?: string;
  exe?: string;
  /** Absent: they may not be read, or it has written over them. */
  argv?: readonly string[];
}

/** A lock in the kernel's list of one file. */
export interface FileLock {
  access: 'read' | 'write';
  /** The first and the last byte, decimal; `EOF`: to the end, whatever that becomes. */
  start: string;
  end: string;
  /**
   * Whose POSIX lock it is. Absent: an flock, or of an open file description. Without `uniqueId` the number may mean
   * another process by now.
   */
  owner?: { pid: number; uniqueId?: string };
}

export type LocksNow = { locks: readonly FileLock[] } | Refused;

/** An open file in a process whose descriptors may be read. */
export interface Opener {
  pid: number;
  uniqueId: string;
  fd: number;
  mayRead: boolean;
  mayWrite: boolean;
  tookFlock: boolean;
  isShared: boolean;
  /**
   * A process that does not show its descriptors runs the same program, or one that is not known: the lock may be its
   * own.
   */
  hasHiddenTwin: boolean;
}

/** A file, and who has it open. */
export interface FileUse {
  /** Its device and inode, decimal. */
  id: { dev: string; ino: string };
  locks: readonly FileLock[];
  openers: readonly Opener[];
  /** How many processes do not show their descriptors. */
  hidden: number;
  /** The locks were the same before and after the processes were inspected. */
  isSettled: boolean;
}

/** A locked file that a process has open. */
export interface LockedFile {
  path: string;
  use: FileUse;
}

/** A TCP socket that listens, in a process whose descriptors may be read. */
export interface Listener {
  pid: number;
  uniqueId: string;
  port: number;
  address: string;
  /** The same for those who share it. */
  socket: string;
}

/** A TCP socket that listens, and that no process shows; `uid`: whose it is. */
export interface HiddenListener {
  socket: string;
  port: number;
  address: string;
  uid: number;
}

export interface Listeners {
  listeners: readonly Listener[];
  /** How many processes do not show their descriptors. */
  hidden: number;
  /** Every further socket that the kernel lists. Absent: it is not known whether there are any. */
  others?: readonly HiddenListener[];
}

/** A process that uses a path, and what of it. */
export interface PathUser {
  pid: number;
  uniqueId: string;
  uses: readonly { kind: 'open' | 'directory' | 'program'; path: string }[];
}

export interface PathUsers {
  users: readonly PathUser[];
  /** How many processes there are, and how many do not show their descriptors. */
  all: number;
  hidden: number;
}

export interface DarwinCalls {
  /** Of the process that has this pid now; `ESRCH`: there is none. */
  identify(pid: number): Identity | Refused;
  /**
   * Signals the process that has this pid and this version, and no other: then `ESRCH`. `ENOSYS`: this macOS cannot
   * (before about 14.2).
   */
  signalVersion(pid: number, idVersion: number, signal: number): 'sent' | Refused;
  processes(): readonly ListedProcess[];
  /** Their working directories, as far as they may be read. */
  workingFolders(pids: readonly number[]): readonly (readonly [pid: number, path: string])[];
  /** The locks on each file. Takes none, and looks at no process but owners of POSIX locks. */
  locksOn(paths: readonly string[]): readonly LocksNow[];
  /** The same with everyone who has one of them open: a look at every process. */
  usesOf(paths: readonly string[]): readonly (FileUse | Refused)[];
  /** The locked files below these folders that a process of this user has open. */
  lockedFiles(folders: readonly string[]): readonly LockedFile[];
  /** Who uses this file, or a folder and what is below it: a look at every process. */
  pathUsers(path: string): PathUsers | Refused;
  /** Who listens on one of these TCP ports: a look at every process, between two at the kernel's list of sockets. */
  listeners(ports: readonly number[]): Listeners;
}
