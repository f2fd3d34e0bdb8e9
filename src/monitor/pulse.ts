/** Feels the pulse of the observer's thread: a thread that the kernel keeps waiting can neither answer nor be ended. */
import type { Beat } from '../os/heartbeat';

export interface Silence {
  /** What the thread was about to touch; empty: it never got that far. */
  path: string;
  /** ms since the epoch. */
  since: number;
  forMs: number;
}

export interface Patience {
  /** ms between two looks. */
  everyMs: number;
  /** ms without a sign of life after which the user is told, … */
  tellAfterMs: number;
  /** … and after which the thread is left to itself. */
  leaveAfterMs: number;
}

/** A disk that has to spin up takes ten seconds; a thread that was left is not taken back. */
export const PATIENCE: Patience = { everyMs: 1000, tellAfterMs: 5000, leaveAfterMs: 15_000 };

export interface PulseEvents {
  /** With each look, from `tellAfterMs` on. */
  onSilent(silence: Silence): void;
  /** After `onSilent`: there it is again. */
  onAgain(): void;
}

export class Pulse {
  readonly #read: () => Beat;
  readonly #events: PulseEvents;
  readonly #patience: Patience;
  readonly #timer: NodeJS.Timeout;
  #beats = -1;
  /** Looks without a change, which a suspended machine does not make: time alone would count its sleep. */
  #still = 0;
  #since = 0;
  #isTold = false;

  constructor(read: () => Beat, events: PulseEvents, patience: Patience = PATIENCE) {
    this.#read = read;
    this.#events = events;
    this.#patience = patience;
    this.#timer = setInterval(() => this.#look(), patience.everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { beats, isBusy, path } = this.#read();
    if (!isBusy || beats !== this.#beats) {
      this.#beats = beats;
      this.#still = 0;
      this.#since = Date.now();
      if (this.#isTold) {
        this.#isTold = false;
        this.#events.onAgain();
      }
      return;
    }
    this.#still += 1;
    const { everyMs, tellAfterMs } = this.#patience;
    const forMs = this.#still * everyMs;
    if (forMs < tellAfterMs) return;
    this.#isTold = true;
    this.#events.onSilent({ path, since: this.#since, forMs });
  }
}
