/** The main thread's side of questions of the moment: who uses a path or a port, what a process is. */
import type { UseAnswer, UseQuestion } from '../model/users';
import type { ObserverThreadCalls } from './clientActions';
import type { HeldLock } from '../os/platform';
import { KnownLocks } from './heldLockList';
import type { LookupPeer } from './protocol';

export interface LookOptions {
  /** Aborted, the answer is what was found by then. */
  signal: AbortSignal;
  /** Processes inspected, of all. */
  onProgress: (done: number, all: number) => void;
}

export class ClientLookups {
  readonly #connected: () => ObserverThreadCalls;
  readonly #progress = new Map<number, LookOptions['onProgress']>();
  readonly #heldLocks = new KnownLocks();
  #asked = 0;

  /** `connected` throws when there is no thread. */
  constructor(connected: () => ObserverThreadCalls) {
    this.#connected = connected;
  }

  readonly peer: LookupPeer = {
    onLookupProgress: (id, done, all) => this.#progress.get(id)?.(done, all),
  };

  /** Every lock that can be named below these folders; the same array for as long as nothing has changed. */
  heldLocks(under: readonly string[] | undefined): Promise<readonly HeldLock[]> {
    const thread = this.#connected();
    return this.#heldLocks.update({
      since: (known) => thread.heldLocksSince(under, known),
      after: (from) => thread.heldLocksAfter(from),
    });
  }

  /** There is another thread from now on. */
  forget(): void {
    this.#heldLocks.forget();
  }

  async ask(question: UseQuestion, { signal, onProgress }: LookOptions): Promise<UseAnswer> {
    const thread = this.#connected();
    const id = (this.#asked += 1);
    const stop = (): void => void thread.stopLooking.asEvent(id);
    this.#progress.set(id, onProgress);
    signal.addEventListener('abort', stop);
    try {
      return await thread.whoUses(id, question);
    } finally {
      signal.removeEventListener('abort', stop);
      this.#progress.delete(id);
    }
  }
}
