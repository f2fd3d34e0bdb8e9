/** One life of the observer's thread, as the main thread sees it: started, called, ended, or left to itself. */
import { Worker } from 'node:worker_threads';
import * as l10n from '@vscode/l10n';
import { createBirpc, type BirpcReturn } from 'birpc';
import { atMost } from '../os/atMost';
import { createHeartbeat, readHeartbeat } from '../os/heartbeat';
import type { LogLevel, MainFunctions, ObserverData, WorkerFunctions } from './protocol';
import { Pulse, type Patience, type PulseEvents } from './pulse';

export interface ObserverWorkerOptions {
  /** The bundled worker, `dist/observer.js`. */
  file: string;
  data: Omit<ObserverData, 'heartbeat'>;
  main: MainFunctions;
  log: (level: LogLevel, message: string) => void;
  patience: Patience;
  pulse: PulseEvents;
  /** It has ended by itself; `reason`: its last error, or its exit code. */
  onEnd: (reason: string) => void;
}

/**
 * MB for objects that were just made: most of what a check makes is let go at its end. V8's own limit lets 48 MB stay
 * resident, and checks of thousands of services take no longer with this one.
 */
const YOUNG_MB = 2;
/** ms that a thread gets to end; one that waits for the kernel ends when that answers. */
const END_LIMIT_MS = 1000;

export class ObserverWorker {
  readonly calls: BirpcReturn<WorkerFunctions, MainFunctions>;
  readonly #options: ObserverWorkerOptions;
  readonly #heartbeat = createHeartbeat();
  /** What was asked before the thread was there. */
  readonly #early: unknown[] = [];
  #receive: (message: unknown) => void = () => undefined;
  #worker: Worker | undefined;
  #pulse: Pulse | undefined;
  #failure: string | undefined;
  #isLetGo = false;

  /** The thread itself starts in the next turn of the loop, which takes ms; what is asked of it until then waits. */
  constructor(options: ObserverWorkerOptions) {
    this.#options = options;
    this.calls = createBirpc<WorkerFunctions, MainFunctions>(options.main, {
      post: (message: unknown) => {
        if (this.#worker === undefined) this.#early.push(message);
        else this.#worker.postMessage(message);
      },
      on: (listener) => (this.#receive = listener),
      timeout: -1, // a terminated process may take its whole grace period; a lost worker rejects all calls at once
    });
    setImmediate(() => {
      if (!this.#isLetGo) this.#start();
    });
  }

  /** Ends the thread. Resolves once it is gone, or a moment later where the kernel keeps it. */
  async end(): Promise<void> {
    this.#pulse?.stop();
    if (this.#worker !== undefined) {
      await atMost(
        END_LIMIT_MS,
        this.calls.endHelpers().catch(() => undefined),
      );
    }
    await atMost(END_LIMIT_MS, this.leave(undefined));
  }

  /**
   * Hears nothing of the thread any more, and lets it end at its next step. What was asked of it rejects with `why`.
   * Resolves once it is gone, which may be never.
   */
  async leave(why: Error | undefined): Promise<void> {
    this.#isLetGo = true;
    this.#pulse?.stop();
    this.calls.$close(why);
    await this.#worker?.terminate();
  }

  #start(): void {
    const { file, data, log, pulse, patience, onEnd } = this.#options;
    const worker = new Worker(file, {
      name: 'instance-monitor observer',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      workerData: { ...data, heartbeat: this.#heartbeat } satisfies ObserverData,
    });
    this.#worker = worker;
    this.#pulse = new Pulse(() => readHeartbeat(this.#heartbeat), pulse, patience);
    worker.on('message', (message) => {
      if (!this.#isLetGo) this.#receive(message);
    });
    worker.on('error', (error) => {
      this.#failure = error.message;
      log('error', `observer: ${error.stack ?? error.message}`);
    });
    worker.on('exit', (code) => {
      this.#pulse?.stop();
      if (this.#isLetGo) return;
      const reason = this.#failure ?? l10n.t('exit code {0}', code);
      this.calls.$close(new Error(l10n.t('The observer stopped ({0}).', reason)));
      onEnd(reason);
    });
    for (const message of this.#early) worker.postMessage(message);
  }
}
