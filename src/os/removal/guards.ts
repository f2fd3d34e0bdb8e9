/** What only a platform can do, or say, around the removal of a record. */

export interface Opener {
  pid: number;
  fd: number;
}

export interface OpenersScan {
  openers: readonly Opener[];
  /** Processes whose descriptors may not be read, and one more if some are not even listed. */
  hidden: number;
}

/** A directory, in which every step of a removal is taken. */
export interface Folder {
  /** As it was named. */
  readonly path: string;
  /** Of the directory itself. */
  readonly self: string;
  /** Where it is held open. */
  readonly fd: number | undefined;
  at(name: string): string;
  close(): void;
}

/** One exact process, as far as its system shows it. */
export interface ProcessMark {
  /** As its own procfs numbers it. */
  pid: number;
  /** With its boot, exact; absent where there is no procfs. */
  startTicks?: number;
  bootId?: string;
  /** As /proc/self/ns/pid links to it. */
  pidNamespace?: string;
}

export interface RemovalGuards {
  openFolder(path: string): Folder;
  /** Looks for whoever has the file open. `name`: another one that it has or had. Throws when that cannot be inspected. */
  findOpeners(path: string, name: string): OpenersScan;
  /** Reports whether the kernel lists a lock on this inode number. */
  isInodeLocked(ino: bigint): boolean;
  /** Notes which threads may be inside open(2), and returns whether any of them still may. */
  watchInFlight(): () => boolean;
  /** Gives a symlink a second name. Throws EEXIST when that is taken. */
  linkSymlink(from: string, to: string): void;
  /** Reports whether root may do here what the owner of a file may. */
  mayActForOwners(): boolean;
  /** Returns this process. */
  markSelf(): ProcessMark;
  /** Reports whether that very process may still run, in this boot and pid namespace. */
  mayStillRun(process: ProcessMark): boolean;
  /** The names in the folder are on disk when this returns. */
  syncFolder(folder: string): void;
}
