/** What may set two runs of one program apart. */

/** What is read of a process only where it may be a second run of another. */
export interface RunFacts {
  /**
   * By name: a digest of each variable of its environment that may choose what it works for, as it was started with.
   * Absent: they could not be read.
   */
  settings?: ReadonlyMap<string, string>;
  /** Where it was started, as its environment says (`PWD`); absent where it still works there, or that is not known. */
  startedIn?: string;
  /** It held a lock of the service or was its recorded owner, is it no more, and runs on. */
  heldBefore?: true;
  /** It has a lock file of the service open, and holds no lock on it. */
  opensLock?: true;
  /** Its namespaces, root, groups and CPUs; absent where they may not be read. */
  world?: string;
  /** It has more variables or descriptors than were read. */
  isCut?: true;
  /** A signal that asks it to end is pending: it works something off first. */
  isEnding?: true;
  /** A debugger or tracer is on it, or a program was told its number. */
  traced?: true;
  /**
   * What it has open, mapped or waits for of which not each start of a program has one of its own. By what the kernel
   * calls it: its kind, of which another run may have as many; of a file its path. Absent where its descriptors may not
   * be read.
   */
  uses?: ReadonlyMap<string, string>;
  /** The pipes, connections and files that it writes to, and those that it reads from, by the kernel's names of them. */
  writesTo?: ReadonlySet<string>;
  readsFrom?: ReadonlySet<string>;
  /** What its standard input is where that chooses: a file, a pipe or a socket. */
  input?: string;
  /** It has accepted a connection on a Unix socket. */
  accepts?: true;
  /** It reads a terminal. */
  readsTerminal?: true;
  /** It listens on a port or a socket. */
  listens?: true;
  /** It is blocked until some lock is free. */
  waits?: true;
  /** It owns a file of another watched service. */
  ownsElsewhere?: true;
  /** A record beside those of the service names it. */
  hasOwnRecord?: true;
}
