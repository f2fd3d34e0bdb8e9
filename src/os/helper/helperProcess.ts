/**
 * A small Node process beside this one, for what may never return or may crash: it is asked over IPC, and killed when it
 * gives no answer. Forked at the first question; it ends itself when this side is gone.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { messageOf } from '../../common/errors';
import { atMost } from '../atMost';

export interface HelperOptions {
  /** The bundled program; it answers with `serveHelper`. */
  file: string;
  /** ms without an answer, while one is due, after which it is killed. */
  deadlineMs: number;
  /** ms without a question after which it is ended. */
  idleMs: number;
  /** ms to wait before it is forked again: after the first failure, the second, … */
  restsMs: readonly number[];
  /** ms that loading may take. Absent: 15 s. */
  startMs?: number;
  /** A helper that lived this many ms was sound: what ended it is a new trouble. Absent: a minute. */
  soundMs?: number;
  log: (level: 'info' | 'warn', text: string) => void;
}

/**
 * `late`: no answer in time, so it was killed. `ended`: it died, or could not be started. `resting`: it failed a moment
 * ago and is not forked again yet. `stuck`: it was killed and does not end, because the kernel waits for something.
 */
export type HelperFailure = 'late' | 'ended' | 'resting' | 'stuck' | 'closed';

export class HelperError extends Error {
  readonly failure: HelperFailure;

  constructor(failure: HelperFailure, detail: string) {
    super(detail);
    this.failure = failure;
  }
}

/** What a helper says. `id`: of the question, 0 where it answers none. */
export interface HelperMessage {
  id: number;
  result?: unknown;
  /** Instead of `result` where the question failed there. */
  error?: string;
  /** A part of an answer that takes longer: the deadline begins again. */
  part?: unknown;
  log?: string;
}

interface Pending {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
  onPart: ((part: unknown) => void) | undefined;
}

/** Loading takes 40 ms on an idle machine, and seconds on a starved one. */
const START_LIMIT_MS = 15_000;
const SOUND_MS = 60_000;

export class HelperProcess {
  readonly #options: HelperOptions;
  readonly #pending = new Map<number, Pending>();
  #child: ChildProcess | undefined;
  #isReady = false;
  #startedAt = 0;
  #lastId = 0;
  #failures = 0;
  /** Why it failed last. */
  #trouble: string | undefined;
  #restUntil = 0;
  /** Killed, and not gone yet. */
  #dying: ChildProcess | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: HelperOptions) {
    this.#options = options;
  }

  /** Reports whether a question would be answered, or at least sent. */
  get isAvailable(): boolean {
    return this.#refusal() === undefined;
  }

  /** The helper's pid while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Rejects with a HelperError, or with an Error in the helper's own words where the question failed there. `onPart`
   * hears what it says on the way to its answer.
   */
  ask(question: unknown, onPart?: (part: unknown) => void): Promise<unknown> {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      const before = this.#trouble === undefined ? '' : `: ${this.#trouble}`;
      return Promise.reject(new HelperError(refusal, `the helper is ${refusal}${before}`));
    }
    clearTimeout(this.#idle);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      let child: ChildProcess;
      try {
        child = this.#child ?? this.#start();
      } catch (error) {
        const detail = messageOf(error);
        this.#fail('ended', detail);
        reject(new HelperError('ended', detail));
        return;
      }
      this.#pending.set(id, { resolve, reject, onPart });
      if (this.#pending.size === 1 || this.#deadline === undefined) {
        this.#waitForAnswer();
      }
      child.send({ id, question }, (error) => {
        if (error !== null && this.#child === child) {
          this.#fail('ended', error.message);
        }
      });
    });
  }

  /** Ends the helper; what was asked of it rejects. Resolves once it is gone, or a moment later where it is stuck. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const child = this.#child ?? this.#dying;
    this.#letGo('closed', 'the helper was closed');
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      await atMost(200, new Promise((resolve) => child.once('exit', resolve)));
    }
  }

  #refusal(): HelperFailure | undefined {
    if (this.#isClosed) return 'closed';
    if (this.#child !== undefined) return undefined;
    if (this.#dying !== undefined) return 'stuck';
    return performance.now() < this.#restUntil ? 'resting' : undefined;
  }

  #start(): ChildProcess {
    const child = fork(this.#options.file, [], {
      execArgv: [],
      env: {
        ...process.env,
        // In a desktop VS Code `process.execPath` is Electron, which this makes behave as Node.
        ELECTRON_RUN_AS_NODE: '1',
        // An attached debugger would stop it at its first line.
        NODE_OPTIONS: undefined,
      },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child = child;
    this.#isReady = false;
    this.#startedAt = performance.now();
    child.on('message', (message) => {
      if (this.#child === child) this.#onMessage(message as HelperMessage);
    });
    child.on('error', (error) => {
      if (this.#child === child) this.#fail('ended', error.message);
    });
    child.on('exit', (code, signal) => {
      if (this.#dying === child) this.#dying = undefined;
      if (this.#child === child) this.#fail('ended', `it ended with ${signal ?? `exit code ${code}`}`);
    });
    // It must not keep this process or thread alive.
    child.unref();
    child.channel?.unref();
    return child;
  }

  #onMessage({ id, result, error, part, log }: HelperMessage): void {
    this.#isReady = true;
    if (log !== undefined) {
      this.#options.log('info', log);
      return;
    }
    const pending = this.#pending.get(id);
    if (part !== undefined) {
      pending?.onPart?.(part);
      this.#waitForAnswer();
      return;
    }
    this.#pending.delete(id);
    if (error === undefined) pending?.resolve(result);
    else pending?.reject(new Error(error));
    if (this.#pending.size > 0) {
      this.#waitForAnswer();
      return;
    }
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#endIdle(), this.#options.idleMs).unref();
  }

  #endIdle(): void {
    const child = this.#child;
    this.#child = undefined;
    child?.disconnect(); // with nothing to do it ends at once
  }

  #waitForAnswer(): void {
    const limit = this.#isReady ? this.#options.deadlineMs : (this.#options.startMs ?? START_LIMIT_MS);
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#fail('late', `it gave no answer for ${limit} ms`), limit);
  }

  #fail(failure: 'late' | 'ended', detail: string): void {
    if (performance.now() - this.#startedAt >= (this.#options.soundMs ?? SOUND_MS)) {
      this.#failures = 0;
    }
    const { restsMs } = this.#options;
    this.#restUntil = performance.now() + (restsMs[Math.min(this.#failures, restsMs.length - 1)] ?? 0);
    this.#failures += 1;
    this.#trouble = detail;
    this.#options.log('warn', detail);
    this.#letGo(failure, detail);
  }

  #letGo(failure: HelperFailure, detail: string): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    clearTimeout(this.#idle);
    const child = this.#child;
    this.#child = undefined;
    if (
      child !== undefined &&
      child.pid !== undefined &&
      child.exitCode === null &&
      child.signalCode === null
    ) {
      this.#dying = child;
      child.kill('SIGKILL');
    }
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(new HelperError(failure, detail));
  }
}
