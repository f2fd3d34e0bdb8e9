/** What each system has a shell command for, or has not. */
import type { LockFacts } from '../facts';

/** `sudo`: to see other users' processes too, where the system has such a word. */
export interface AsAdministrator {
  sudo?: boolean;
}

/** Each as one would type it, in the order in which they are shown. Empty: the system has nothing that does it. */
export interface Commands {
  /** Lists processes with their start and whole command line. */
  processes(pids: readonly number[]): string[];
  /** Shows when a file was last written, and what it is. */
  file(path: string): string[];
  content(path: string): string[];
  /** Shows the end of a log. */
  log(path: string): string[];
  /** Lists who has the file open. */
  openers(path: string, options?: AsAdministrator): string[];
  /** Lists who listens on a TCP port, of all users. */
  listeners(port: number): string[];
  /** Lists every lock of the machine, with its holder and its path. */
  allLocks(): string[];
  /** Shows the kernel's own view of a lock, and its holders' view. */
  kernelLock(lock: LockFacts, path: string): string[];
  /** Shows the locks on a process's descriptors. */
  locksOf(pid: number, options?: AsAdministrator): string[];
  /** Looks where else a process may keep a lock that its descriptors do not show. */
  hiddenLocks(pid: number, id: LockFacts['id']): string[];
  /** Lists what a process has open that has no name any more. */
  deletedFiles(pid: number): string[];
  /** Shows the start of a process in clock ticks since the boot. */
  startTicks(pid: number): string[];
  bootTime(): string[];
  hostName(): string[];
  /** Sends a signal, or does what the system has instead of it. */
  signal(signal: `SIG${string}`, pid: number): string[];
  /** Ends processes that are another user's. */
  endAsAdministrator(pids: readonly number[]): string;
}
