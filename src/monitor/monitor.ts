/** What the main thread knows of the monitor: the newest snapshot, who is told of changes, and what can be asked. */
import type { Event, Snapshot } from '../api';
import type { LockFileFacts } from '../model/facts';
import type { Proposal } from '../model/settings/proposal';
import type { UseAnswer, UseQuestion } from '../model/users';
import type { HeldLock } from '../os/platform';
import type { MonitorActions } from './clientActions';
import type { LookOptions } from './clientLookups';
import type { LiveRecord } from './liveRecords';
import type { MonitorConfig, MonitorStatus } from './protocol';
import type { ServiceReport } from './report';

export interface MonitorChange {
  /** Ids of the services whose snapshot changed or that are new. */
  changed: readonly string[];
  /** Services came, went or moved. Said with the last portion. */
  membership: boolean;
  /** The same snapshot brought more changes, which follow: what costs the same for one change as for all can wait. */
  more: boolean;
}

export interface Monitor {
  readonly snapshot: Snapshot;
  readonly status: MonitorStatus;
  readonly onDidChange: Event<MonitorChange>;
  readonly onDidChangeStatus: Event<MonitorStatus>;
  configure(config: MonitorConfig): void;
  /** Observes now, also while paused; starts the observer again where it has ended. Rejects with the tick's own error. */
  refresh(): Promise<Snapshot>;
  pause(): void;
  resume(): void;
  /** Is anybody looking at this window? */
  setWatched(watched: boolean): void;
  inspect(serviceId: string): Promise<ServiceReport | undefined>;
  /** What the live owner of a lock or pid file tells of its service. `path`: absolute. undefined: no single one is seen. */
  propose(path: string): Promise<Proposal | undefined>;
  heldLocks(under: readonly string[] | undefined): Promise<readonly HeldLock[]>;
  /** How many locks are held below these folders, by the table that the last tick read. */
  heldLockCount(under: readonly string[]): Promise<number>;
  /** Those of these pid files whose process is alive and wrote it. `paths`: absolute. */
  liveRecords(paths: readonly string[]): Promise<readonly LiveRecord[]>;
  /** Every lock on one file, watched or not, as the kernel lists it. `path`: absolute. */
  locksOf(path: string): Promise<LockFileFacts>;
  /** Who uses a path or a port, or what a process is, now: nothing is watched. */
  whoUses(question: UseQuestion, options: LookOptions): Promise<UseAnswer>;
  readonly actions: MonitorActions;
  dispose(): Promise<void>;
}
