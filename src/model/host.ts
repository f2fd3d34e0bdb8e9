/** The machine, or the container, that is observed. */

/** The systems that there is an observer for, as Node names them. */
export type PlatformName = 'linux' | 'darwin' | 'win32';

export interface HostFacts {
  hostname: string;
  /** Whose shell commands the evidence names. */
  platform: PlatformName;
  /** This machine's own IP addresses: Firefox records one instead of a host name. */
  addresses?: readonly string[];
  /** Inode of /proc/self/ns/pid in lower-case hex, as Mercurial records it. */
  pidNamespace?: string;
  /**
   * How far, in ms, the wall clock is known to have been stepped against the boot clock (resume of a virtual machine,
   * first time synchronisation). Start times are computed from the boot clock, file times were read off the wall
   * clock: comparisons between the two get this much more tolerance.
   */
  clockStepMs?: number;
  bootId?: string;
  /** ms since the epoch. */
  bootTime?: number;
  /** The clock's own witness: when this boot began by the wall clock of that moment (ctime of /sys), ms since the epoch. */
  bootWitness?: number;
  uid?: number;
  /** The extension host itself and its ancestors: never a target. */
  ownPids: readonly number[];
  /** This procfs belongs to a nested PID namespace. */
  nestedPidNamespace: boolean;
  /** A distribution of the Windows Subsystem for Linux 2: nested, but the only one that uses its own disk. */
  wsl?: true;
}
