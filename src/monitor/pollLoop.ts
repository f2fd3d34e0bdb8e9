/** One tick at a time, at a steady pace, slower when ticks are expensive, when they fail, or when the window is not in focus. */

export interface PollLoopOptions {
  /** ms, start to start. */
  intervalMs: number;
  /** Runs one tick and reports whether anything changed; a rejection counts as a failure and goes to `onFailure`. */
  tick: () => Promise<boolean>;
  onFailure: (error: unknown) => void;
  /** Called again and again while a tick does not return; `ms`: since it began. */
  onOverdue?: (ms: number) => void;
  /** Monotonic clock, ms: a wall clock that jumps must not stop or storm the polling. */
  now: () => number;
}

/** Multiplies the interval while the window is not in focus. */
const UNWATCHED_FACTOR = 2.5;
/** Multiplies it instead where nothing has changed for QUIET_AFTER_MS either. */
const QUIET_FACTOR = 5;
const QUIET_AFTER_MS = 600_000;
/** Upper bound of both, unless the configured interval is longer itself. */
const UNWATCHED_LIMIT_MS = 10_000;
const FAILURE_LIMIT_MS = 30_000;
/** Far beyond what a first check of thousands of services takes. */
const OVERDUE_EVERY_MS = 30_000;
/** A tick may take at most this share of the time. */
const BUSY_SHARE = 0.25;
/** Longest pause after a slow tick: one that a starved machine drew out must not leave everything unseen for minutes. */
const BUSY_REST_LIMIT_MS = 5_000;
/** Node runs a timer that is set for longer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class PollLoop {
  #options: PollLoopOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #paused = false;
  #watched = true;
  #changedAt: number;
  #failures = 0;
  #disposed = false;

  constructor(options: PollLoopOptions) {
    this.#options = options;
    this.#changedAt = options.now();
  }

  start(): void {
    this.#schedule(0);
  }

  setInterval(intervalMs: number): void {
    if (intervalMs !== this.#options.intervalMs) {
      this.#options = { ...this.#options, intervalMs };
      this.#schedule(this.#delay(0));
    }
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
    if (paused) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else {
      this.#schedule(0);
    }
  }

  setWatched(watched: boolean): void {
    const looksAgain = watched && !this.#watched;
    this.#watched = watched;
    if (looksAgain) {
      this.#schedule(0);
    }
  }

  /**
   * Resolves after a tick that started after this call. Calls that arrive while one waits share its tick. Works while
   * paused. Rejects with what the tick failed with.
   */
  async tickNow(): Promise<void> {
    this.#queued ??= (this.#running ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        return this.#run();
      });
    return this.#queued;
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#paused || this.#disposed || this.#running !== undefined) {
      return; // a running tick schedules the next one itself
    }
    this.#timer = setTimeout(
      () => {
        this.#run().catch(() => undefined); // reported by onFailure
      },
      Math.min(delayMs, LONGEST_TIMER_MS),
    );
  }

  #run(): Promise<void> {
    if (this.#running !== undefined) {
      return this.#running;
    }
    const startedAt = this.#options.now();
    const overdue = setInterval(
      () => this.#options.onOverdue?.(this.#options.now() - startedAt),
      OVERDUE_EVERY_MS,
    );
    this.#running = this.#options
      .tick()
      .then(
        (changed) => {
          this.#failures = 0;
          if (changed) {
            this.#changedAt = this.#options.now();
          }
        },
        (error: unknown) => {
          this.#failures += 1;
          this.#options.onFailure(error);
          throw error;
        },
      )
      .finally(() => {
        clearInterval(overdue);
        this.#running = undefined;
        this.#schedule(this.#delay(this.#options.now() - startedAt));
      });
    return this.#running;
  }

  #delay(lastDurationMs: number): number {
    let interval = this.#options.intervalMs;
    if (!this.#watched) {
      const isQuiet = this.#options.now() - this.#changedAt >= QUIET_AFTER_MS;
      const factor = isQuiet ? QUIET_FACTOR : UNWATCHED_FACTOR;
      interval = Math.max(interval, Math.min(interval * factor, UNWATCHED_LIMIT_MS));
    }
    if (this.#failures > 0) {
      interval = Math.max(interval, Math.min(interval * 2 ** this.#failures, FAILURE_LIMIT_MS));
    }
    const rest = Math.min(lastDurationMs * (1 / BUSY_SHARE - 1), BUSY_REST_LIMIT_MS);
    return Math.max(interval - lastDurationMs, rest, 0);
  }
}
