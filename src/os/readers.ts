/**
 * What one platform supplies to the common observer (`observer/factsObserver.ts`): a reader of processes, one of locks, and how to
 * read a watched file without harm. Everything is synchronous inside the observer's worker thread unless it says so.
 */
import type { LockKind, LockSource } from '../api';
import type {
  FileFacts,
  FileId,
  TakenFile,
  ForeignOrigin,
  HolderFacts,
  HostFacts,
  Liveness,
  LockFacts,
  ProcessFacts,
  UnknownHolderReason,
} from '../model/facts';
import type { RunFacts } from '../model/processes/runFacts';
import type { SystemFailure } from '../common/errors';
import type { Apart } from './apart/index';
import type { HeldLock } from './platform';
import type { FileReaders } from './smallFileReader';

export interface ProcessChange {
  /** Pids seen for the first time, or that now name another process. */
  added: readonly number[];
  removed: readonly number[];
  /** Command line, parent or state (running, stopped, zombie) changed. */
  changed: readonly number[];
}

export interface ProcessReader {
  readonly host: HostFacts;
  /** One tick. `relevant`: processes whose state should be fresh. @throws when processes cannot be listed at all. */
  update(relevant: ReadonlySet<number>): ProcessChange | Promise<ProcessChange>;
  /** Everything about one process; undefined: no such process as of the last update, nor now. */
  get(pid: number): ProcessFacts | undefined;
  /** As `get`, cheaply: what matching needs (pid, comm, argv, ppid); `cwd` too if asked for. */
  glance(pid: number, withCwd: boolean): ProcessFacts | undefined;
  liveness(pid: number): Liveness;
  pids(): Iterable<number>;
  parentOf(pid: number): number | undefined;
  childrenOf(pid: number): Iterable<number>;
  /** Processes met outside `update` (a pid that a record names, a child of a holder) since the last call. */
  takeDiscovered(): readonly number[];
  /** The number that a process of a nested PID namespace has there, once `namedInside` was asked; else undefined. */
  innerPidOf?(pid: number): number | undefined;
  /** Processes of nested PID namespaces that have this number there. Absent where there are no such namespaces. */
  namedInside?(inner: number): Iterable<number>;
  /** Reads what may set a process apart from another run of the same. */
  runOf?(pid: number): RunFacts;
  /** Drops what is cached about these, so that the next `get` reads it again. */
  invalidate(pids: Iterable<number>): void;
  /** Lets go of what `update` keeps open. Absent: nothing is kept. */
  close?(): void;
}

export interface LockView {
  locks: readonly LockFacts[];
  certainty: 'certain' | 'unknown';
  because?: UnknownHolderReason;
  /**
   * Processes that this source cannot show may write the file (or make it, where it does not exist), so a pid number in
   * it may be theirs. Says nothing about locks: those may be certain all the same.
   */
  foreign?: ForeignOrigin;
  /** As in `LockFileFacts`. */
  users?: readonly ProcessFacts[];
  /** For `unknown`: the kinds of lock that may be held unseen even when an flock probe finds the file free. */
  beyondProbe?: readonly LockKind[];
  /**
   * Where only held or free can be learned (`because: 'probeOnly'`): the processes that have the file open, none of
   * them proven. Once the probe says held, these are who may hold it. Whether to probe: `shouldProbe` of probe/policy.
   */
  openers?: readonly HolderFacts[];
}

export interface LockChange {
  /** Watched paths of which the locks, their holders or their waiters changed. */
  paths: ReadonlySet<string>;
  /** Processes asked about with `locksNamed` whose answer may be another now. */
  pids?: ReadonlySet<number>;
  /** The source itself could not be read; the last good view stands. */
  problem?: string;
}

/** A lock that a process holds by its own fdinfo, on any file, watched or not. */
export interface NamedLock {
  /** As its descriptor links to it: absolute, without symbolic links. */
  path: string;
  /** As in `LockFacts.id`: tells whether it is the same file as a watched one. */
  id: FileId;
}

export type LockUse = 'waits' | 'opens';

export interface LockReader {
  /** `none`: no lock table here; every view is uncertain. */
  readonly source: LockSource;
  /** From now on this path is of interest. Call again whenever its file becomes another one (or comes, or goes). */
  watch(path: string, file: FileFacts): void;
  unwatch(path: string): void;
  /** One tick, after `ProcessReader.update` and after `watch` of what changed. Yields between slices of long scans. */
  update(processes: ProcessChange): Promise<LockChange>;
  view(path: string): LockView;
  /** Reports whether `view` of the path can only be certain: cheap to ask. Absent: it has to be made each time. */
  seesAllOn?(path: string): boolean;
  /** Looks at these paths again, trusting nothing it knew. */
  refresh(paths: readonly string[]): Promise<void>;
  heldLocks(under: readonly string[] | undefined): Promise<readonly HeldLock[]>;
  /**
   * The last list, where the table says that it still holds; undefined: something has changed, or may have. Absent: there
   * is no list that is kept.
   */
  unchangedHeldLocks?(under: readonly string[] | undefined): Promise<readonly HeldLock[] | undefined>;
  /** Their number, by the table as it was read last; absent: this platform lists none. */
  heldLockCount?(under: readonly string[]): Promise<number>;
  /**
   * The locks that these processes hold on files with one of these names, for those that hold any. For a few processes,
   * such as the matches of a service: each is read once, and again only after `LockChange.pids` named it. Absent: this
   * platform cannot prove a holder.
   */
  locksNamed?(
    pids: Iterable<number>,
    baseNames: ReadonlySet<string>,
  ): ReadonlyMap<number, readonly NamedLock[]>;
  /**
   * The files of which the table says that these processes took an exclusive lock on them. For processes that were
   * asked about with `locksNamed`: a change is told with theirs.
   */
  locksTaken?(pids: Iterable<number>): ReadonlyMap<number, readonly TakenFile[]>;
  /**
   * For those of these processes that are blocked until some lock is free, or else have the file of one of the watched
   * paths open, with a lock on it or without.
   */
  usesOf?(pids: Iterable<number>, paths: readonly string[]): ReadonlyMap<number, LockUse>;
  /** `locksNamed` has left out a process that was just taking locks: an update some ms later will name it. */
  readonly isSettling?: boolean;
  close(): void;
}

/** A socket that listens on a watched port. */
export interface PortListener {
  address: string;
  /** As in `ListenerFacts`. */
  uid?: number;
  /** Empty: no process shows it. */
  pids: readonly number[];
}

export interface PortView {
  listeners: readonly PortListener[];
  /** Why nothing is known. `pending`: a later update will tell. `otherUser`: as in `PortFacts`. */
  unknown?: 'pending' | 'otherUser' | SystemFailure;
}

/** Who listens on a few TCP ports. A tick in which nothing changed reads hardly anything. */
export interface PortReader {
  /** From now on exactly these ports are of interest. */
  watch(ports: ReadonlySet<number>): void;
  /** One tick, after `ProcessReader.update`. Returns the ports whose listeners changed. Yields in long scans. */
  update(processes: ProcessChange): Promise<readonly number[]>;
  /** Trusts nothing known of these ports. Returns those whose listeners changed. */
  refresh(ports: ReadonlySet<number>): Promise<readonly number[]>;
  view(port: number): PortView;
  /** Reports whether the process is known to be in the network namespace that the ports are of. */
  isInThisNetwork(pid: number): boolean;
}

export interface Readers extends FileReaders {
  processes: ProcessReader;
  locks: LockReader;
  /** Absent: this platform does not show who listens. */
  ports?: PortReader;
  /** For paths that must not be touched from here; absent: there are none. */
  apart?: Apart;
}
