/** A list of held locks crosses to the main thread only when it has changed: there may be thousands. */
import type { HeldLock } from '../os/platform';

/** Numbered; without locks it is the list that the caller has. */
export interface HeldLockList {
  number: number;
  locks?: readonly HeldLock[];
}

/** The worker's side: the observer returns the same array for as long as nothing has changed. */
export class NumberedLocks {
  #last: Required<HeldLockList> | undefined;

  /** `known`: the number of the list that the caller has. */
  since(known: number, locks: readonly HeldLock[]): HeldLockList {
    if (this.#last?.locks !== locks) {
      this.#last = { number: (this.#last?.number ?? 0) + 1, locks };
    }
    return this.#last.number === known ? { number: known } : this.#last;
  }
}

const NOTHING: Required<HeldLockList> = { number: 0, locks: [] };

/** The main thread's side. */
export class KnownLocks {
  #known = NOTHING;

  /** Returns the same array for as long as nothing has changed. */
  async update(ask: (known: number) => Promise<HeldLockList>): Promise<readonly HeldLock[]> {
    const had = this.#known;
    const { number, locks } = await ask(had.number);
    if (locks === undefined) {
      return had.locks;
    }
    this.#known = { number, locks };
    return locks;
  }

  /** Another thread numbers its own. */
  forget(): void {
    this.#known = NOTHING;
  }
}
