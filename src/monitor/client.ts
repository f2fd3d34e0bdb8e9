/** The main thread's side: starts the worker, keeps the newest snapshot, tells who wants to know. */
import * as l10n from '@vscode/l10n';
import type { BirpcReturn } from 'birpc';
import { stackOf } from '../common/errors';
import { yieldToEventLoop } from '../common/yieldToEventLoop';
import type { Event, Snapshot } from '../api';
import type { ActionsPeer } from '../actions/index';
import type { MountPoint } from '../model/mounts';
import { ClientActions, type MonitorActions } from './clientActions';
import { ClientLookups } from './clientLookups';
import { Emitter } from './emitter';
import type { HistoryStore } from './historyFiles';
import type { Monitor, MonitorChange } from './monitor';
import {
  applyDelta,
  type LogLevel,
  type MainFunctions,
  type MonitorConfig,
  type MonitorStatus,
  type SnapshotDelta,
  type WorkerFunctions,
} from './protocol';
import { ObserverWorker } from './observerWorker';
import { PATIENCE, type Patience, type Silence } from './pulse';
import { Portions } from './portions';
import { Restarts, type NextStart } from './restarts';
import { Questions, silenceText } from './silence';

export interface MonitorClientOptions {
  /** The bundled worker, `dist/observer.js`. */
  workerFile: string;
  /** Handed to the worker at its start: texts in the user's language. */
  l10nContents: string | undefined;
  /** Where the worker keeps the histories. */
  historyFolder: string;
  log: (level: LogLevel, message: string) => void;
  /** Where clean-ups are written down before they are done. */
  cleanUpFolder: string;
  onRecovery: ActionsPeer['onRecovery'];
  /** How long the observer's thread may give no sign of life. */
  patience?: Patience;
}

const EMPTY: Snapshot = { takenAt: 0, durationMs: 0, services: [], lockSource: 'none' };
/** Threads that the kernel keeps waiting, at most: each holds some MB until it is answered. */
const LEFT_LIMIT = 3;

export class MonitorClient implements Monitor {
  readonly #options: MonitorClientOptions;
  readonly #changes: Emitter<MonitorChange>;
  readonly #statuses: Emitter<MonitorStatus>;
  #snapshot = EMPTY;
  #status: MonitorStatus = { kind: 'starting' };
  /** What the observer said last; `#status` may say more of the observer itself. */
  #told: MonitorStatus = { kind: 'starting' };
  #slices: SnapshotDelta[] = [];
  readonly #portions: Portions;
  #worker: ObserverWorker | undefined;
  #thread: BirpcReturn<WorkerFunctions, MainFunctions> | undefined;
  #config: MonitorConfig | undefined;
  #paused = false;
  #watched = true;
  readonly #restarts = new Restarts(() => performance.now());
  #restartTimer: ReturnType<typeof setTimeout> | undefined;
  #ending: Promise<void> | undefined;
  readonly #actions = new ClientActions(
    () => this.#thread,
    () => this.#connected(),
  );
  readonly actions: MonitorActions = this.#actions;
  readonly #lookups = new ClientLookups(() => this.#connected());
  readonly #patience: Patience;
  readonly #questions = new Questions();
  /** Threads that gave no sign of life, until they end after all. */
  readonly #left = new Set<ObserverWorker>();
  /** What they were about to touch. */
  #suspects: readonly string[] = [];
  #mounts: readonly MountPoint[] = [];

  /** Rejects while there is no worker. */
  readonly histories: HistoryStore = historiesOf(() => this.#connected());
  readonly onDidChange: Event<MonitorChange>;
  readonly onDidChangeStatus: Event<MonitorStatus>;

  constructor(options: MonitorClientOptions) {
    this.#options = options;
    this.#patience = options.patience ?? PATIENCE;
    const onError = (error: unknown): void => options.log('error', stackOf(error));
    this.#changes = new Emitter(onError);
    this.#portions = new Portions((change) => this.#changes.fire(change));
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
    await this.#questions.ask(() => this.#connected().refresh());
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

  readonly inspect: Monitor['inspect'] = (serviceId) => this.#ask((thread) => thread.inspect(serviceId));
  readonly propose: Monitor['propose'] = (path) => this.#ask((thread) => thread.propose(path));
  readonly heldLocks: Monitor['heldLocks'] = (under) => this.#ask(() => this.#lookups.heldLocks(under));
  readonly heldLockCount: Monitor['heldLockCount'] = (under) =>
    this.#ask((thread) => thread.heldLockCount(under));
  readonly liveRecords: Monitor['liveRecords'] = (paths) => this.#ask((thread) => thread.liveRecords(paths));
  readonly locksOf: Monitor['locksOf'] = (path) => this.#ask((thread) => thread.locksOf(path));
  readonly whoUses: Monitor['whoUses'] = (...asked) => this.#questions.ask(() => this.#lookups.ask(...asked));

  /** Resolves when no record is aside any more, or that takes too long. */
  readonly finishCleanUps = (): Promise<void> => this.#actions.finishCleanUps();

  /** Resolves when the thread has ended, and with it whatever it was doing. */
  readonly dispose = (): Promise<void> => (this.#ending ??= this.#end());

  async #end(): Promise<void> {
    this.#portions.close();
    clearTimeout(this.#restartTimer);
    await this.finishCleanUps();
    await this.#worker?.end();
    this.#changes.dispose();
    this.#statuses.dispose();
  }

  #ask<T>(question: (thread: BirpcReturn<WorkerFunctions, MainFunctions>) => Promise<T>): Promise<T> {
    return this.#questions.ask(() => question(this.#connected()));
  }

  #connected(): BirpcReturn<WorkerFunctions, MainFunctions> {
    if (this.#thread === undefined) {
      throw new Error(l10n.t('The observer is not running. See the log: Instance Monitor: Show Log.'));
    }
    return this.#thread;
  }

  /** A start that someone waits for: whatever made the last ones fail may be over. */
  #startNow(): void {
    clearTimeout(this.#restartTimer);
    this.#restartTimer = undefined;
    this.#restarts.reset();
    this.#startWorker();
  }

  #startWorker(): void {
    this.#restarts.started();
    this.#questions.again();
    const worker: ObserverWorker = new ObserverWorker({
      file: this.#options.workerFile,
      data: {
        l10nContents: this.#options.l10nContents,
        historyFolder: this.#options.historyFolder,
        cleanUpFolder: this.#options.cleanUpFolder,
        suspects: this.#suspects,
      },
      main: {
        onDelta: (delta) => this.#onDelta(delta),
        onStatus: (status) => this.#onStatus(status),
        onMounts: (mounts) => (this.#mounts = mounts),
        onLog: this.#options.log,
        onActionLog: (text) => this.#options.log('info', text),
        ...this.#actions.peer,
        ...this.#lookups.peer,
        onRecovery: this.#options.onRecovery,
      },
      log: this.#options.log,
      patience: this.#patience,
      pulse: {
        onSilent: (silence) => this.#onSilent(worker, silence),
        onAgain: () => this.#onAgain(),
      },
      onEnd: (reason) => {
        this.#forget();
        this.#restartLater(reason);
      },
    });
    this.#worker = worker;
    const calls = (this.#thread = worker.calls);
    if (this.#config !== undefined) {
      void calls.configure.asEvent(this.#config);
    }
    if (this.#paused) {
      void calls.setPaused.asEvent(true);
    }
    if (!this.#watched) {
      void calls.setWatched.asEvent(false);
    }
  }

  #forget(): void {
    this.#lookups.forget();
    this.#worker = undefined;
    this.#thread = undefined;
    this.#slices = [];
  }

  #onSilent(worker: ObserverWorker, silence: Silence): void {
    const sentence = silenceText(silence, this.#mounts);
    if (this.#status.kind !== 'failing' || silence.forMs === this.#patience.tellAfterMs) {
      this.#options.log('error', sentence);
    }
    this.#questions.silent(sentence);
    this.#setStatus({ kind: 'failing', message: sentence });
    if (silence.forMs >= this.#patience.leaveAfterMs && silence.path !== '' && this.#left.size < LEFT_LIMIT) {
      this.#leave(worker, silence.path, sentence);
    }
  }

  #onAgain(): void {
    this.#options.log('info', 'The observer answers again.');
    this.#questions.again();
    this.#setStatus(this.#told);
  }

  /** A thread that the kernel keeps waiting cannot be ended. Another takes its place, and knows what to look at apart. */
  #leave(worker: ObserverWorker, path: string, sentence: string): void {
    this.#options.log('error', `Another observer is started, which looks at ${path} apart.`);
    this.#suspects = [...this.#suspects, path];
    this.#left.add(worker);
    void worker.leave(new Error(sentence)).then(() => this.#left.delete(worker));
    this.#forget();
    this.#startWorker();
  }

  #restartLater(reason: string): void {
    const next = this.#restarts.ended(reason);
    const message = endText(reason, next);
    this.#setStatus({ kind: 'failing', message });
    if (next.kind === 'never') {
      this.#options.log('error', message);
      return;
    }
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = undefined;
      this.#startWorker();
    }, next.delayMs);
  }

  #onStatus(status: MonitorStatus): void {
    this.#told = status;
    if (status.kind === 'watching') {
      this.#restarts.worked();
    }
    this.#setStatus(status);
  }

  #setStatus(status: MonitorStatus): void {
    this.#status = status;
    this.#statuses.fire(status);
  }

  /** Resolves in another turn of the loop: until then the thread sends no other slice. */
  async #onDelta(delta: SnapshotDelta): Promise<void> {
    this.#slices.push(delta);
    if (!delta.last) return yieldToEventLoop();
    const slices = this.#slices;
    this.#slices = [];
    this.#snapshot = applyDelta(this.#snapshot, slices);
    const ids = slices.flatMap(({ changed }) => changed.map(({ id }) => id));
    this.#portions.add(ids, delta.order !== undefined);
  }
}

function endText(reason: string, next: NextStart): string {
  return next.kind === 'never'
    ? l10n.t('The observer cannot start ({0}). “Refresh” or a changed setting tries again.', reason)
    : l10n.t('The observer stopped ({0}) and will be restarted in {1} s.', reason, next.delayMs / 1000);
}

function historiesOf(connected: () => BirpcReturn<WorkerFunctions, MainFunctions>): HistoryStore {
  return {
    readHistory: async (serviceId) => connected().readHistory(serviceId),
    writeHistory: async (serviceId, text) => connected().writeHistory(serviceId, text),
    historyNames: async () => connected().historyNames(),
    readNamedHistory: async (name) => connected().readNamedHistory(name),
    pruneHistories: async (limit) => connected().pruneHistories(limit),
  };
}
