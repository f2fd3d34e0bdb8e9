/** What may set two runs of one program apart. */

/** What is read of a process only where it may be a second run of another. */
export interface RunFacts {
  /** By name: a digest of each variable of its environment that may choose what it works for, as it was started with. */
  settings?: ReadonlyMap<string, string>;
  /** Where a shell started it (`PWD`); absent where it still works there, or that is not known. */
  startedIn?: string;
  /** It held a lock of the service, let it go, and runs on. */
  heldBefore?: true;
  /** It has a lock file of the service open, and holds no lock on it. */
  opensLock?: true;
  /** Its network and mount namespace and its root; absent where they may not be read. */
  world?: string;
}
