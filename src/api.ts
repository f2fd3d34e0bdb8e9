/**
 * The public API, version 1: what `vscode.extensions.getExtension('instance-monitor.instance-monitor')?.exports`
 * holds once the extension is active. This file imports nothing, so that another extension can copy it.
 */

/** Structurally VS Code's `Event<T>`: subscribes a listener, answers a disposable. */
export type Event<T> = (
  listener: (event: T) => unknown,
  thisArgs?: unknown,
  disposables?: { dispose(): unknown }[],
) => { dispose(): void };

export interface InstanceMonitorApi {
  readonly apiVersion: 1;
  /** The newest snapshot; empty (`takenAt` 0) until the first observation has finished. */
  getSnapshot(): Snapshot;
  /** Observes everything now, also while paused, and answers what was seen. Rejects only if the observer is gone. */
  refresh(): Promise<Snapshot>;
  /** Fires when something the user could see has changed; never for an unchanged tick. */
  readonly onDidChangeSnapshot: Event<Snapshot>;
}

/** How the monitor learns what is held: `/proc/locks`, an fs-ext probe, native calls, lsof, or nothing at all. */
export type LockSource = 'procfs' | 'fs-ext' | 'native' | 'lsof' | 'none';

export interface Snapshot {
  /** When the observation started, ms since the epoch. */
  takenAt: number;
  /** How long observation and diagnosis took, ms. */
  durationMs: number;
  services: ServiceSnapshot[];
  lockSource: LockSource;
}

/** Worst first. */
export type ServiceState = 'conflict' | 'stale' | 'unverified' | 'held' | 'free' | 'absent';

export interface ServiceSnapshot {
  /** Stable across ticks and reloads as long as the setting that made it does not change. */
  id: string;
  name: string;
  state: ServiceState;
  lockFiles: LockFileSnapshot[];
  pidFiles: PidFileSnapshot[];
  /** TCP ports that the settings or a record name; absent: none is named. */
  ports?: PortSnapshot[];
  instances: InstanceSnapshot[];
  findings: Finding[];
}

export type LockKind = 'flock' | 'posix' | 'ofd' | 'existence' | 'mandatory';
export type LockAccess = 'read' | 'write';

export interface LockFileSnapshot {
  path: string;
  exists: boolean;
  held: boolean;
  kind?: LockKind;
  access?: LockAccess;
  holders: Holder[];
  waiters: ProcessRef[];
}

export interface ProcessRef {
  pid: number;
  command?: string;
}

export interface Holder {
  /** undefined = unknown, then `unknownReason` says why. */
  pid?: number;
  process?: ProcessInfo;
  /** The process did not take the lock itself: it shares the descriptor of a taker that is gone or is its relative. */
  inherited: boolean;
  /** The lock is on an inode that the path no longer names. */
  deletedInode: boolean;
  unknownReason?: string;
}

export type PidVerdict = 'live' | 'dead' | 'reused' | 'unverifiable' | 'empty' | 'absent';

/**
 * How sure a link between a record, a lock and a process is. `proven`: the kernel itself shows it. `plausible`:
 * everything known fits and nothing contradicts. `guessed`: only a number or a piece of text fits.
 */
export type Proof = 'proven' | 'plausible' | 'guessed';

export interface PidFileSnapshot {
  path: string;
  exists: boolean;
  recordedPid?: number;
  verdict: PidVerdict;
  /** Of the verdict. Only what is proven is ever offered preselected. */
  proof?: Proof;
  /** The verdict is `live` only because the file itself is locked: the recorded process is not known to run. */
  locked?: true;
  /** The TCP port that the record names. */
  port?: number;
  /** The address that the record names: http or https only, without credentials and query. */
  url?: string;
}

export interface PortSnapshot {
  port: number;
  /** Who listens on it in this network namespace, as far as their descriptors show it. */
  listeners: PortListener[];
  /** Why it is not known who listens, or whether any process does. */
  unknownReason?: string;
  /** Paths of the files whose records name it; absent: only the settings do. */
  recordedIn?: string[];
  /** Where a browser finds what listens: http or https only. */
  url?: string;
}

/** `instance`: of this service. `other`: of something else. */
export type PortRelation = 'instance' | 'other' | 'unknown';

export interface PortListener extends ProcessRef {
  /** `127.0.0.1`, `::`. */
  addresses: string[];
  relation: PortRelation;
  /** Of `relation`. */
  proof?: Proof;
}

export type InstanceRole = 'owner' | 'duplicate' | 'possibleDuplicate';

export interface InstanceSnapshot {
  /** The process that stands for the whole instance: the service itself where it can be distinguished from its wrappers. */
  root: ProcessInfo;
  /** The whole tree, root and wrappers included, parents before children. */
  processes: ProcessInfo[];
  role: InstanceRole;
  /** How sure it is that this is an instance of the service. */
  proof?: Proof;
  /** Takes part in the count against `maxInstances`; absent means the same as `role` not being `possibleDuplicate`. */
  counted?: boolean;
}

export interface ProcessInfo {
  pid: number;
  /** ms since the epoch, exact to the kernel's clock tick (10 ms on Linux). */
  startTime?: number;
  ppid?: number;
  user?: string;
  command: string;
  cwd?: string;
  /** The kernel's state letter, proc(5): R, S, D, T, t, Z, I. */
  state?: string;
  /** What would restart it: "systemd unit x.service", "pm2", "docker …", "tmux". */
  supervisor?: string;
}

export type FindingKind =
  | 'duplicateInstances'
  | 'possibleDuplicates'
  | 'splitBrain'
  | 'portConflict'
  | 'conflictInLog'
  | 'startingInstance'
  | 'stalePidDead'
  | 'stalePidReused'
  | 'leftOver'
  | 'holderUnknown'
  | 'recordUnverifiable'
  | 'recordMissing'
  | 'pidMismatch'
  | 'inheritedLock'
  | 'stoppedHolder'
  | 'waiters'
  | 'filesLeftOut';

export type Severity = 'conflict' | 'stale' | 'unverified' | 'warning' | 'information';

export interface Finding {
  /** One of `FindingKind`; a string, so that a newer version may add kinds. */
  kind: string;
  severity: Severity;
  /** One sentence. */
  message: string;
  /** Facts, one a line, that the user can check; lines that start with `$ ` are shell commands. */
  evidence: string[];
  /** The file it is about, where it is about one. */
  path?: string;
  /** The processes it is about. */
  pids?: number[];
  /** The same for the same thing, where times and numbers in the message differ: of a log, what its line says; of a record, its pid. */
  fingerprint?: string;
}
