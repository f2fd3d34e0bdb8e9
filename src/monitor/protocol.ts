/**
 * What the main thread and the observer's worker thread say to each other. Plain data and functions, carried by
 * birpc over the worker's message port.
 */
import type { HeldLockList } from './heldLockList';
import type { LockSource, ServiceSnapshot, Snapshot } from '../api';
import type { ActionsPeer, ActionsThread } from '../actions/index';
import type { ActiveProbePolicy, HeldLock } from '../os/platform';
import type { SilentMount } from '../model/mounts';
import type { LockFileFacts } from '../model/facts';
import type { Service } from '../model/service';
import type { Proposal } from '../model/settings/proposal';
import type { UseAnswer, UseQuestion } from '../model/users';
import type { MountPoint } from '../model/mounts';
import type { LiveRecord } from './liveRecords';
import type { HistoryStore } from './historyFiles';
import type { ServiceReport } from './report';

export interface MonitorConfig {
  services: readonly Service[];
  /** ms between the starts of two ticks; at least 250. */
  pollIntervalMs: number;
  activeProbe: ActiveProbePolicy;
  /** Absent: known tools are not looked for. */
  presets?: PresetConfig;
}

/** What the worker is given at its start. */
export interface ObserverData {
  /** Texts in the user's language. */
  l10nContents: string | undefined;
  historyFolder: string;
  /** Where clean-ups are written down before they are done. */
  cleanUpFolder: string;
  /** Where the worker writes what it is about to touch. */
  heartbeat: SharedArrayBuffer;
  /** Paths at which a former worker was kept waiting. */
  suspects: readonly string[];
}

/** Where known tools are looked for. Each `setting` is a value of `instanceMonitor.presets`. */
export interface PresetConfig {
  folders: readonly { name: string; path: string; setting: unknown }[];
  /** For what lies outside the workspace. */
  setting: unknown;
  /** Names of folders that the user has excluded from search or view. */
  excluded: readonly string[];
}

export type MonitorStatus =
  | { kind: 'starting' }
  /** `silent`: mounts without an answer; what is below them is not known. */
  | { kind: 'watching'; lockSource: LockSource; silent?: readonly SilentMount[] }
  | { kind: 'paused' }
  /** The last good snapshot stands; `message` says what failed, in one sentence. */
  | { kind: 'failing'; message: string };

/**
 * What changed in the snapshot, in slices small enough not to block the extension host's event loop: the receiver
 * collects until `last`.
 */
export interface SnapshotDelta {
  takenAt: number;
  durationMs: number;
  lockSource: LockSource;
  changed: readonly ServiceSnapshot[];
  /** All service ids in their order, when services came, went or moved. */
  order?: readonly string[];
  last: boolean;
}

export interface ObserverThread {
  configure(config: MonitorConfig): void;
  /** Resolves after a tick that started after the call, its delta sent before the answer. */
  refresh(): Promise<void>;
  setPaused(paused: boolean): void;
  /** No one is looking: the interval may stretch. Looking again ticks at once. */
  setWatched(watched: boolean): void;
  /** `serviceId`: of a watched service, or `lockSubject(path)` for a lock that no service watches. */
  inspect(serviceId: string): Promise<ServiceReport | undefined>;
  /** How many locks are held below these folders, by the table that the last tick read. */
  heldLockCount(under: readonly string[]): Promise<number>;
  /** Every lock on one file, watched or not, as the kernel lists it. `path`: absolute. */
  locksOf(path: string): Promise<LockFileFacts>;
}

/** Questions of the moment (`lookups/`); `id`: of the question, for its progress and for `stopLooking`. */
export interface LookupThread {
  whoUses(id: number, question: UseQuestion): Promise<UseAnswer>;
  /** What was found by then is the answer. */
  stopLooking(id: number): void;
}

export interface LookupPeer {
  /** Processes inspected, of all. */
  onLookupProgress(id: number, done: number, all: number): void;
}

export interface HeldLocksThread {
  /** `known`: the number of the list that the caller has. */
  heldLocksSince(under: readonly string[] | undefined, known: number): Promise<HeldLockList>;
  /** The next part of that list. */
  heldLocksAfter(from: number): readonly HeldLock[];
}

/** All that the main thread may call in the worker. */
export type WorkerFunctions = ObserverThread &
  HeldLocksThread &
  LookupThread &
  ActionsThread &
  HistoryStore & {
    /** What the live owner of a lock or pid file tells of its service. `path`: absolute. undefined: no single one is seen. */
    propose(path: string): Promise<Proposal | undefined>;
    /** Those of these pid files whose process is alive and wrote it. `paths`: absolute. */
    liveRecords(paths: readonly string[]): Promise<readonly LiveRecord[]>;
    /** Ends the processes that the worker has started, which it cannot do while it is ended itself. */
    endHelpers(): Promise<void>;
  };
/** All that the worker may call in the main thread. */
export type MainFunctions = MainThread & ActionsPeer & LookupPeer;

const LOCK_SUBJECT = 'lock:';

/** The id under which a lock file that no service watches can be inspected and acted on. */
export const lockSubject = (path: string): string => LOCK_SUBJECT + path;

/** The path of a `lockSubject`; undefined for the id of a watched service. */
export const pathOfLockSubject = (serviceId: string): string | undefined =>
  serviceId.startsWith(LOCK_SUBJECT) ? serviceId.slice(LOCK_SUBJECT.length) : undefined;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface MainThread {
  /** Of all but the last slice: resolves when the next may be sent, so that no two are read in one turn of the loop. */
  onDelta(delta: SnapshotDelta): Promise<void>;
  onStatus(status: MonitorStatus): void;
  onLog(level: LogLevel, message: string): void;
  /** What is mounted now, in the kernel's order. */
  onMounts(mounts: readonly MountPoint[]): void;
}

/** Applies a complete delta (all its slices) to a snapshot. Returns a new snapshot; unchanged services keep their identity. */
export function applyDelta(snapshot: Snapshot, slices: readonly SnapshotDelta[]): Snapshot {
  const last = slices.at(-1);
  if (last === undefined) {
    return snapshot;
  }
  const byId = new Map(snapshot.services.map((service) => [service.id, service]));
  for (const slice of slices) {
    for (const service of slice.changed) {
      byId.set(service.id, service);
    }
  }
  const order =
    slices.find((slice) => slice.order !== undefined)?.order ?? snapshot.services.map(({ id }) => id);
  return {
    takenAt: last.takenAt,
    durationMs: last.durationMs,
    lockSource: last.lockSource,
    services: order.flatMap((id) => byId.get(id) ?? []),
  };
}
