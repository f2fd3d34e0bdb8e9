/** The main thread's side: starts the worker, keeps the newest snapshot, tells who wants to know. */
import { Worker } from 'node:worker_threads';
import * as l10n from '@vscode/l10n';
import { createBirpc, type BirpcReturn } from 'birpc';
import type { Event, Snapshot } from '../api';
import type { ActionsPeer } from '../actions/index';
import type { LockFileFacts } from '../model/facts';
import type { HeldLock } from '../os/platform';
import { ClientActions, type MonitorActions } from './clientActions';
import { Emitter } from './emitter';
import type { HistoryStore } from './historyFiles';
import {
  applyDelta,
  type LogLevel,
  type MainFunctions,
  type MonitorConfig,
  type MonitorStatus,
  type ObserverData,
  type SnapshotDelta,
  type WorkerFunctions,
} from './protocol';
import type { ServiceReport } from './report';
import { Restarts } from './restarts';

export type { MonitorActions, TerminationTalk } from './clientActions';

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
  heldLocks(under: readonly string[] | undefined): Promise<readonly HeldLock[]>;
  /** Every lock on one file, watched or not, as the kernel lists it. `path`: absolute. */
  locksOf(path: string): Promise<LockFileFacts>;
  readonly actions: MonitorActions;
  dispose(): Promise<void>;
}

export interface MonitorClientOptions {
  /** The bundled worker, `dist/observer.js`. */
  workerFile: string;
  /** Handed to the worker at its start: texts in the person's language. */
  l10nContents: string | undefined;
  /** Where the worker keeps the histories. */
  historyFolder: string;
  log: (level: LogLevel, message: string) => void;
  /** Where clean-ups are written down before they are done. */
  cleanUpFolder: string;
  onRecovery: ActionsPeer['onRecovery'];
}

const EMPTY: Snapshot = { takenAt: 0, durationMs: 0, services: [], lockSource: 'none' };
/** Services whose change is told in one turn of the loop: about 1 ms, when all of them are in sight. */
const PORTION = 25;

export class MonitorClient implements Monitor {
  readonly #options: MonitorClientOptions;
  readonly #changes: Emitter<MonitorChange>;
  readonly #statuses: Emitter<MonitorStatus>;
  #snapshot = EMPTY;
  #status: MonitorStatus = { kind: 'starting' };
  #slices: SnapshotDelta[] = [];
  /** Ids of services whose change has yet to be told. */
  readonly #untold = new Set<string>();
  #untoldMembership = false;
  #telling = false;
  #worker: Worker | undefined;
  #thread: BirpcReturn<WorkerFunctions, MainFunctions> | undefined;
  #config: MonitorConfig | undefined;
  #paused = false;
  #watched = true;
  readonly #restarts = new Restarts(() => performance.now());
  #restartTimer: ReturnType<typeof setTimeout> | undefined;
  #disposed = false;
  #ending: Promise<void> | undefined;
  readonly #actions = new ClientActions(
    () => this.#thread,
    () => this.#connected(),
  );
  readonly actions: MonitorActions = this.#actions;

  /** Rejects while there is no worker. */
  readonly histories: HistoryStore = {
    read: async (serviceId) => this.#connected().readHistory(serviceId),
    write: async (serviceId, text) => this.#connected().writeHistory(serviceId, text),
    names: async () => this.#connected().historyNames(),
    readNamed: async (name) => this.#connected().readNamedHistory(name),
    prune: async (limit) => this.#connected().pruneHistories(limit),
  };

  readonly onDidChange: Event<MonitorChange>;
  readonly onDidChangeStatus: Event<MonitorStatus>;

  constructor(options: MonitorClientOptions) {
    this.#options = options;
    const onError = (error: unknown): void =>
      options.log('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
    this.#changes = new Emitter(onError);
    this.#statuses = new Emitter(onError);
    this.onDidChange = this.#changes.event;
    this.onDidChangeStatus = this.#statuses.event;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  get status(): MonitorStatus {
    return this.#status;
  }

  configure(config: MonitorConfig): void {
    this.#config = config;
    if (this.#thread === undefined) {
      this.#startNow();
    } else {
      void this.#thread.configure.asEvent(config);
    }
  }

  async refresh(): Promise<Snapshot> {
    if (this.#thread === undefined && this.#config !== undefined) {
      this.#startNow();
    }
    await this.#connected().refresh();
    return this.#snapshot;
  }

  pause(): void {
    this.#paused = true;
    void this.#thread?.setPaused.asEvent(true);
  }

  resume(): void {
    this.#paused = false;
    void this.#thread?.setPaused.asEvent(false);
  }

  setWatched(watched: boolean): void {
    this.#watched = watched;
    void this.#thread?.setWatched.asEvent(watched);
  }

  inspect(serviceId: string): Promise<ServiceReport | undefined> {
    return this.#connected().inspect(serviceId);
  }

  heldLocks(under: readonly string[] | undefined): Promise<readonly HeldLock[]> {
    return this.#connected().heldLocks(under);
  }

  locksOf(path: string): Promise<LockFileFacts> {
    return this.#connected().locksOf(path);
  }

  /** Resolves when no record is aside any more, or that takes too long. */
  finishCleanUps(): Promise<void> {
    return this.#actions.finishCleanUps();
  }

  /** Resolves when the thread has ended, and with it whatever it was doing. */
  dispose(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  async #end(): Promise<void> {
    this.#disposed = true;
    clearTimeout(this.#restartTimer);
    await this.finishCleanUps();
    this.#thread?.$close();
    await this.#worker?.terminate();
    this.#changes.dispose();
    this.#statuses.dispose();
  }

  #connected(): BirpcReturn<WorkerFunctions, MainFunctions> {
    if (this.#thread === undefined) {
      throw new Error(l10n.t('The observer is not running. See the log: Instance Monitor: Show Log.'));
    }
    return this.#thread;
  }

  /** A start that somebody waits for: whatever made the last ones fail may be over. */
  #startNow(): void {
    clearTimeout(this.#restartTimer);
    this.#restartTimer = undefined;
    this.#restarts.reset();
    this.#startWorker();
  }

  /** The thread itself starts in the next turn of the loop, which takes ms; what is asked of it until then waits. */
  #startWorker(): void {
    const early: unknown[] = [];
    let worker: Worker | undefined;
    let failure: string | undefined;
    this.#restarts.started();
    let receive: (message: unknown) => void = () => undefined;
    const main: MainFunctions = {
      onDelta: (delta) => this.#onDelta(delta),
      onStatus: (status) => this.#setStatus(status),
      onLog: this.#options.log,
      onActionLog: (text) => this.#options.log('info', text),
      ...this.#actions.peer,
      onRecovery: this.#options.onRecovery,
    };
    const thread = createBirpc<WorkerFunctions, MainFunctions>(main, {
      post: (message: unknown) => {
        if (worker === undefined) early.push(message);
        else worker.postMessage(message);
      },
      on: (listener) => (receive = listener),
      timeout: -1, // a terminated process may take its whole grace period; a lost worker rejects all calls at once
    });
    this.#thread = thread;
    if (this.#config !== undefined) {
      void thread.configure.asEvent(this.#config);
    }
    if (this.#paused) {
      void thread.setPaused.asEvent(true);
    }
    if (!this.#watched) {
      void thread.setWatched.asEvent(false);
    }
    setImmediate(() => {
      if (this.#disposed) {
        return;
      }
      worker = new Worker(this.#options.workerFile, {
        name: 'instance-monitor observer',
        workerData: {
          l10nContents: this.#options.l10nContents,
          historyFolder: this.#options.historyFolder,
          cleanUpFolder: this.#options.cleanUpFolder,
        } satisfies ObserverData,
      });
      worker.on('message', receive);
      worker.on('error', (error) => {
        failure = error.message;
        this.#options.log('error', `observer: ${error.stack ?? error.message}`);
      });
      worker.on('exit', (code) => {
        const reason = failure ?? l10n.t('exit code {0}', code);
        thread.$close(new Error(l10n.t('The observer ended ({0}).', reason)));
        this.#worker = undefined;
        this.#thread = undefined;
        this.#slices = [];
        if (!this.#disposed) {
          this.#restartLater(reason);
        }
      });
      for (const message of early) {
        worker.postMessage(message);
      }
      this.#worker = worker;
    });
  }

  #restartLater(reason: string): void {
    const next = this.#restarts.ended(reason);
    if (next.kind === 'never') {
      const message = l10n.t(
        'The observer cannot start ({0}). Refresh tries again, and so does a changed setting.',
        reason,
      );
      this.#options.log('error', message);
      this.#setStatus({ kind: 'failing', message });
      return;
    }
    this.#setStatus({
      kind: 'failing',
      message: l10n.t('The observer ended ({0}) and starts again in {1} s.', reason, next.delayMs / 1000),
    });
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = undefined;
      this.#startWorker();
    }, next.delayMs);
  }

  #setStatus(status: MonitorStatus): void {
    this.#status = status;
    if (status.kind === 'watching') {
      this.#restarts.worked();
    }
    this.#statuses.fire(status);
  }

  #onDelta(delta: SnapshotDelta): void {
    this.#slices.push(delta);
    if (!delta.last) {
      return;
    }
    const slices = this.#slices;
    this.#slices = [];
    this.#snapshot = applyDelta(this.#snapshot, slices);
    for (const { changed } of slices) {
      for (const { id } of changed) {
        this.#untold.add(id);
      }
    }
    this.#untoldMembership ||= delta.order !== undefined;
    if (!this.#telling) {
      this.#telling = true;
      this.#tell();
    }
  }

  #tell(): void {
    const changed = [...this.#untold].slice(0, PORTION);
    changed.forEach((id) => this.#untold.delete(id));
    const more = this.#untold.size > 0;
    const membership = !more && this.#untoldMembership;
    if (!more) {
      this.#untoldMembership = false;
      this.#telling = false;
    }
    this.#changes.fire({ changed, membership, more });
    if (more) {
      setImmediate(() => {
        if (!this.#disposed) {
          this.#tell();
        }
      });
    }
  }
}
