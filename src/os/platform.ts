/**
 * What the rest of the project knows of the operating system. One implementation per platform, chosen in
 * `os/index.ts`; nothing above this layer touches /proc, ps, lsof or signals.
 */
import type { SystemFailure } from '../common/errors';
import type { LockAccess, LockKind, LockSource } from '../api';
import type {
  FileFacts,
  HolderFacts,
  HostFacts,
  LockFileFacts,
  OwnerlessFacts,
  ProcessFacts,
  ServiceFacts,
  SignsOfLife,
  UnknownHolderReason,
} from '../model/facts';
import type { Service } from '../model/service';
import type { Apart } from './apart/index';
import type { SilentMount } from '../model/mounts';
import type { RemovalGuards } from './removal/guards';
import type { UserFinder } from './users';

export interface Observation {
  takenAt: number;
  lockSource: LockSource;
  /** Facts of the services whose facts changed since the last tick; all of them at the first. */
  changed: readonly ServiceFacts[];
  /** Set when something the whole observation rests on could not be read; the last good facts stand. */
  problem?: string;
  /** Mounts that give no answer: what is below them is not known. Absent: all answer. */
  silent?: readonly SilentMount[];
}

/**
 * Asks whether a file is locked, of a process that may load native code. Absent = no probe to be had. `isPassive`: only in
 * ways that take no lock.
 */
export type ActiveProbe = (path: string, isPassive: boolean) => Promise<ProbeAnswer>;

export type ProbeAnswer =
  /** By flock(2). */
  | 'held'
  | 'posixRead'
  | 'posixWrite'
  | 'ofdRead'
  | 'ofdWrite'
  /** No flock; other kinds of lock were not asked about. */
  | 'free'
  /** No flock, POSIX or OFD lock. */
  | 'freeOfAll'
  | 'unavailable';

export type ActiveProbePolicy = 'auto' | 'never' | 'always';

export interface ObserverOptions {
  probe: ActiveProbe | undefined;
  probePolicy: ActiveProbePolicy;
}

/** A row of the Held Locks view: one kernel lock on a named file. */
export interface HeldLock {
  /** Stable while the lock is held. */
  id: string;
  kind: LockKind;
  access: LockAccess;
  path: string;
  deletedInode: boolean;
  /** Byte range, as in `LockFacts`. */
  start?: string;
  end?: string;
  size?: number;
  holders: readonly HolderFacts[];
  waiters: readonly number[];
  /** Set exactly when `holders` is empty; then also, where known, as in `LockFacts`: */
  unknown?: UnknownHolderReason;
  takenBy?: ProcessFacts;
  denied?: readonly number[];
  users?: readonly ProcessFacts[];
}

/** Not thread-safe, single flight: the caller never overlaps two calls. */
export interface Observer {
  configure(services: readonly Service[], options: ObserverOptions): void;
  /** Runs one tick. Never throws for anything a watched path or process does. */
  tick(): Promise<Observation>;
  /** Reads everything about one service afresh. Returns undefined if there is no such service. */
  inspect(serviceId: string): Promise<ServiceFacts | undefined>;
  /**
   * Every lock whose file can be named: watched, or open in a process that may be inspected. `under`: only files
   * below one of these folders; undefined = all.
   */
  heldLocks(under: readonly string[] | undefined): Promise<readonly HeldLock[]>;
  /**
   * How many of them there are, by the table that the last tick read: nothing is inspected while that stays as it is.
   */
  heldLockCount(under: readonly string[]): Promise<number>;
  /**
   * Every lock on one file, watched or not, as the kernel lists it, whoever may look into its holder. `path`: absolute;
   * symbolic links are followed.
   */
  locksOf(path: string): Promise<LockFileFacts>;
  close(): void;
}

export type Signal = 'SIGTERM' | 'SIGKILL' | 'SIGCONT' | 'SIGINT';

export type SignalOutcome =
  /** `how`: why it went another way than to the process itself, for the log. */
  | { result: 'sent'; how?: string }
  | { result: 'gone' }
  /** Nothing was sent: this system has no way to ask this process to end. It can be killed. */
  | { result: 'unasked' }
  /** EPERM. */
  | { result: 'denied' }
  /** The process that was to send it ended before it answered: it may have been sent. */
  | { result: 'lost'; why: string }
  /** This platform cannot prove that the pid is still the same process. */
  | { result: 'unproven'; reason: string };

/**
 * One exact process, from the moment the handle was opened: on Linux a descriptor kept open on /proc/<pid>/stat,
 * which gives ESRCH always once that process is gone, even when the pid is reused.
 */
export interface ProcessHandle {
  readonly pid: number;
  /** Reads the process now. undefined: it is gone. */
  read(): ProcessFacts | undefined;
  /** Gets ready what `signal` needs, so that nothing has to be started between a last look and the signal. */
  pin?(): Promise<void>;
  /** Proves the identity and signals. */
  signal(signal: Signal): SignalOutcome | Promise<SignalOutcome>;
  /** Resolves with true once it has ended, with false where that cannot be awaited. */
  ended?(): Promise<boolean>;
  close(): void;
}

export interface ProcessControl {
  /** undefined: no such process (or it may not be inspected). */
  open(pid: number): ProcessHandle | undefined;
}

/** A log that a process has open. */
export interface OpenLog {
  path: string;
  /** ms since the epoch. */
  modified: number;
}

/** A port on which a process listens, in this network namespace. */
export interface OpenPort {
  port: number;
  /** The kernel may have chosen the number. */
  mayBeHandedOut: boolean;
}

/** A TCP socket that listens, in this network namespace. */
export interface ListeningSocket {
  port: number;
  /** `127.0.0.1`, `0.0.0.0`, `::1`, `::`. */
  address: string;
  /** Distinguishes it from every other socket. */
  inode: string;
  /** Whose it is, also where the process may not be inspected. Absent: this system does not say. */
  uid?: number;
}

export interface PortListeners {
  /** Empty: nothing listens on that port, unless processes are hidden. */
  sockets: readonly ListeningSocket[];
  /** Who has one of them open by its own descriptors: proven, and perhaps not all. */
  processes: readonly ProcessFacts[];
  /** How many processes do not show their descriptors; 0 where nothing is left that one of them could have. */
  hidden: number;
  /** The table could not be read: nothing is known. */
  problem?: SystemFailure;
}

export interface Platform {
  /** The logs that a process has open, told by their names. Absent: this platform does not show them. */
  readonly logsOf?: (pid: number) => readonly OpenLog[];
  /** The ports on which a process listens. Absent: this platform does not show them. */
  readonly openPortsOf?: (pid: number) => readonly OpenPort[];
  createObserver(): Observer;
  /** Absent: every path is checked from here. */
  readonly apart?: Apart | undefined;
  readonly processes: ProcessControl;
  readonly removal: RemovalGuards;
  /** Ends the native helper, where there is one. */
  readonly closeNative?: () => Promise<void>;
  /** Reads who listens on a TCP port, now. Absent: that cannot be read here. */
  readonly listeners?: (port: number) => Promise<PortListeners>;
  /** Collects what speaks for and against a lock file of git being left over. Absent: that cannot be known here. */
  readonly ownerless?: (file: FileFacts) => Promise<OwnerlessFacts | undefined>;
  /** Looks for what shows that the services of these records live on, though their processes are gone; of each found. */
  readonly signsOfLife?: (
    paths: readonly string[],
    host: HostFacts,
    isApart: (path: string) => boolean,
  ) => Promise<ReadonlyMap<string, SignsOfLife>>;
  /** Absent, or undefined: this platform cannot say who uses a file that is not locked. */
  readonly users?: () => Promise<UserFinder | undefined>;
}
