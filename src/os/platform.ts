/**
 * What the rest of the project knows of the operating system. One implementation per platform, chosen in
 * `os/index.ts`; nothing above this layer touches /proc, ps, lsof or signals.
 */
import type { LockAccess, LockKind, LockSource } from '../api';
import type {
  HolderFacts,
  LockFileFacts,
  PlatformName,
  ProcessFacts,
  ServiceFacts,
  UnknownHolderReason,
} from '../model/facts';
import type { Service } from '../model/service';
import type { Apart } from './apart/index';
import type { SilentMount } from '../model/mounts';
import type { RemovalGuards } from './removal/guards';

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

/** Asks whether a file is flock'ed, of a process that may load fs-ext. Absent = no probe to be had. */
export type ActiveProbe = (path: string) => Promise<ProbeAnswer>;

export type ProbeAnswer = 'held' | 'free' | 'unavailable';

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
  size?: number;
  holders: readonly HolderFacts[];
  waiters: readonly number[];
  /** Set exactly when `holders` is empty; then also, where known, as in `LockFacts`: */
  unknown?: UnknownHolderReason;
  takenBy?: ProcessFacts;
  denied?: readonly number[];
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
   * Every lock on one file, watched or not, as the kernel lists it, whoever may look into its holder. `path`: absolute;
   * symbolic links are followed.
   */
  locksOf(path: string): Promise<LockFileFacts>;
  close(): void;
}

export type Signal = 'SIGTERM' | 'SIGKILL' | 'SIGCONT' | 'SIGINT';

export type SignalOutcome =
  | { result: 'sent' }
  | { result: 'gone' }
  /** EPERM. */
  | { result: 'denied' }
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
  /** Proves the identity and signals, in one synchronous step. */
  signal(signal: Signal): SignalOutcome;
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

export interface Platform {
  readonly name: PlatformName;
  /** The logs that a process has open, told by their names. Absent: this platform does not show them. */
  readonly logsOf?: (pid: number) => readonly OpenLog[];
  createObserver(): Observer;
  /** Absent: every path is checked from here. */
  readonly apart?: Apart | undefined;
  readonly processes: ProcessControl;
  readonly removal: RemovalGuards;
}
