/**
 * A list of held locks crosses to the main thread only when it has changed, and a part at a time: there may be thousands,
 * and to read them all from one message would hold up the window.
 */
import type { HeldLock } from '../os/platform';

/** Numbered; without locks it is the list that the caller has. */
export interface HeldLockList {
  number: number;
  /** The first of them. */
  locks?: readonly HeldLock[];
  /** How many there are in all. */
  count?: number;
}

/** The questions that the worker answers of its list. */
export interface HeldLockQuestions {
  /** `known`: the number of the list that the caller has. */
  since(known: number): Promise<HeldLockList>;
  /** The next ones after so many. */
  after(from: number): Promise<readonly HeldLock[]>;
}

/** Locks in one message: about a millisecond on the main thread. */
const PART = 50;

/** The worker's side: the observer returns the same array for as long as nothing has changed. */
export class NumberedLocks {
  #last: { number: number; locks: readonly HeldLock[] } = { number: 0, locks: [] };

  /** `known`: the number of the list that the caller has. */
  since(known: number, locks: readonly HeldLock[]): HeldLockList {
    if (this.#last.locks !== locks) {
      this.#last = { number: this.#last.number + 1, locks };
    }
    const { number } = this.#last;
    return number === known ? { number } : { number, locks: this.after(0), count: locks.length };
  }

  /** Returns the next part of the list that `since` numbered last. */
  after(from: number): readonly HeldLock[] {
    return this.#last.locks.slice(from, from + PART);
  }
}

/** Of each thread another: what an ended one has still sent must not be taken for the next one's. */
const nothing = (): { number: number; locks: readonly HeldLock[] } => ({ number: 0, locks: [] });

/** The main thread's side. */
export class KnownLocks {
  #known = nothing();
  #turn: Promise<unknown> = Promise.resolve();

  /** Returns the same array for as long as nothing has changed. One after the other: the parts are of one list. */
  update(ask: HeldLockQuestions): Promise<readonly HeldLock[]> {
    const turn = this.#turn.then(() => this.#update(ask));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Another thread numbers its own. */
  forget(): void {
    this.#known = nothing();
    this.#turn = Promise.resolve();
  }

  async #update(ask: HeldLockQuestions): Promise<readonly HeldLock[]> {
    const had = this.#known;
    const { number, locks, count = 0 } = await ask.since(had.number);
    if (locks === undefined) {
      return had.locks;
    }
    const all = [...locks];
    while (all.length < count) {
      all.push(...(await ask.after(all.length)));
    }
    // Meanwhile there may be another thread.
    if (this.#known === had) {
      this.#known = { number, locks: all };
    }
    return all;
  }
}
