/** Why a lock is held, and by whom is not known. */
export type UnknownHolderReason =
  /** Held, and this procfs shows only a child PID namespace (a container): the holder is outside. */
  | 'outsideNamespace'
  /** Another user's process: its descriptors may not be read without privileges. */
  | 'otherUser'
  /** Another machine: network file system or a lock forwarded by a server. */
  | 'otherHost'
  /** The file may be locked by its path in a folder that this file system only shows (FUSE: mergerfs, bindfs). */
  | 'otherPath'
  /** Only held or free is known on this system (active probe). */
  | 'probeOnly'
  /** A process of this user's own that does not show its descriptors: not dumpable (setcap, ssh-agent, a changed uid). */
  | 'protected'
  /** Who took it is alive, but none of its descriptors shows the lock: a mapping keeps it (mmap, then close), or io_uring. */
  | 'takerSilent'
  /** The kernel has just begun to list it: who holds it is looked up at the next check. */
  | 'pending'
  /** One of the processes that use the file, and no one knows which: Windows lists users, not holders. */
  | 'oneOfUsers'
  /** One of the processes that may hold it, or one of another user that does not show its descriptors: macOS. */
  | 'mayHold'
  /** The kernel lists the lock; no process whose descriptors can be read holds it. */
  | 'notFound';
