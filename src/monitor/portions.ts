/** Announces many changed services a few at a time: a view that draws all of them in one turn would block the window. */
import { inTurns, type Steps } from '../common/steps';
import type { MonitorChange } from './monitor';

/** Services whose change is announced at once; several portions may have time in one turn of the loop. */
const PORTION = 4;

export class Portions {
  readonly #fire: (change: MonitorChange) => void;
  /** Ids of services whose change has yet to be announced. */
  readonly #pending = new Set<string>();
  #membership = false;
  #isDelivering = false;
  #isClosed = false;

  constructor(fire: (change: MonitorChange) => void) {
    this.#fire = fire;
  }

  /** `membership`: services came, went or moved. The first portion is delivered at once. */
  add(ids: Iterable<string>, membership: boolean): void {
    for (const id of ids) {
      this.#pending.add(id);
    }
    this.#membership ||= membership;
    if (!this.#isDelivering) {
      this.#isDelivering = true;
      void inTurns(this.#deliver());
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  *#deliver(): Steps<void> {
    while (!this.#isClosed) {
      const changed = [...this.#pending].slice(0, PORTION);
      changed.forEach((id) => this.#pending.delete(id));
      const more = this.#pending.size > 0;
      const membership = !more && this.#membership;
      if (!more) {
        this.#membership = false;
        this.#isDelivering = false;
      }
      this.#fire({ changed, membership, more });
      if (!more) {
        return;
      }
      yield;
    }
  }
}
