/** When an observer that ended is started again: later each time, and not at all where each start fails alike. */

export type NextStart =
  | { kind: 'later'; delayMs: number }
  /** Trying again by itself would only fail again. */
  | { kind: 'never' };

const DELAYS_MS = [100, 1000, 5000, 30_000] as const;
/** An observer that lived this long was sound: what ended it is a new trouble. */
const SOUND_MS = 60_000;
/** So many starts in a row that failed with the same message will not succeed by repetition. */
const SAME_FAILURES = 3;

export class Restarts {
  readonly #now: () => number;
  #startedAt = 0;
  #worked = false;
  #delays = 0;
  #failure: string | undefined;
  #failures = 0;

  /** `now`: monotonic, ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  started(): void {
    this.#startedAt = this.#now();
    this.#worked = false;
  }

  /** Notes that the observer has watched at least once since its start. */
  worked(): void {
    this.#worked = true;
  }

  ended(message: string): NextStart {
    if (this.#worked) {
      this.#forgetFailures();
      if (this.#now() - this.#startedAt >= SOUND_MS) {
        this.#delays = 0;
      }
    } else {
      this.#failures = message === this.#failure ? this.#failures + 1 : 1;
      this.#failure = message;
      if (this.#failures >= SAME_FAILURES) {
        return { kind: 'never' };
      }
    }
    const delayMs = DELAYS_MS[Math.min(this.#delays, DELAYS_MS.length - 1)] ?? 0;
    this.#delays += 1;
    return { kind: 'later', delayMs };
  }

  /** Starts counting from nothing: the user asked for a start, or a setting changed. */
  reset(): void {
    this.#delays = 0;
    this.#forgetFailures();
  }

  #forgetFailures(): void {
    this.#failure = undefined;
    this.#failures = 0;
  }
}
