/**
 * When a file may be probed again. Every probe of a free file is a moment in which its owner could not start, so
 * most questions about a free file are answered from the last probe.
 */

export interface PaceLimits {
  /** ms between two probes of one file. */
  readonly every: number;
  /** ms between two probes of a file that was free, unless the file changed. */
  readonly everyWhenFree: number;
}

export const PACE: PaceLimits = { every: 2000, everyWhenFree: 10_000 };

interface Remembered<Answer> {
  answer: Answer;
  free: boolean;
  at: number;
  state: string;
  /** A question since then has been answered without a probe. */
  skipped: boolean;
}

/** Files older than this many probes' time are forgotten: no one asks about them any more. */
const FORGET_AFTER = 10;

export class Pace<Answer> {
  readonly #files = new Map<string, Remembered<Answer>>();
  readonly #now: () => number;
  readonly #limits: PaceLimits;
  #pruned = 0;

  /** `now`: monotonic, ms. */
  constructor(now: () => number, limits: PaceLimits = PACE) {
    this.#now = now;
    this.#limits = limits;
  }

  /**
   * The answer to give without probing, or undefined: probe now, then `remember`. `file`: device and inode. `state`:
   * size and times; a file that someone wrote to is worth an earlier look, though never an immediate one, since a
   * starter writes (or truncates) just before it takes the lock.
   */
  recall(file: string, state: string): Answer | undefined {
    const last = this.#files.get(file);
    if (last === undefined) {
      return undefined;
    }
    const age = this.#now() - last.at;
    const isUndisturbed = last.free && last.state === state;
    if (
      age >= (isUndisturbed ? this.#limits.everyWhenFree : this.#limits.every) &&
      (!isUndisturbed || last.skipped)
    ) {
      return undefined;
    }
    last.skipped = true;
    return last.answer;
  }

  remember(file: string, state: string, answer: Answer, free: boolean): void {
    const at = this.#now();
    this.#files.set(file, { answer, free, at, state, skipped: false });
    const oldest = at - FORGET_AFTER * this.#limits.everyWhenFree;
    if (this.#pruned < oldest) {
      this.#pruned = at;
      for (const [key, entry] of this.#files) {
        if (entry.at < oldest) {
          this.#files.delete(key);
        }
      }
    }
  }
}
