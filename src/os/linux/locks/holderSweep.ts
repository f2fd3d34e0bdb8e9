/** The slow round: the descriptors of every process are followed, a few at each tick, so that no holder is missed. */
import type { ProcessTable } from '../processes/processTable';
import type { Slices } from '../slices';
import type { Looks } from './looks';

/** ms a tick. */
const SWEEP_MS = 3;

/** Ticks between looks at one more process while no round is wanted. */
const EVERYONE_EVERY = 4;

export class HolderSweep {
  readonly #processes: ProcessTable;
  readonly #looks: Looks;
  #left: number[] | undefined;
  #again = false;
  #everyone: Iterator<number> | undefined;

  constructor(processes: ProcessTable, looks: Looks) {
    this.#processes = processes;
    this.#looks = looks;
  }

  get isOn(): boolean {
    // Inside a nested namespace only fdinfo shows a lock whose taker is gone: look round and round.
    return this.#left !== undefined || this.#processes.host.nestedPidNamespace;
  }

  /** Begins a round; one that is under way is followed by another. */
  want(): void {
    if (this.#left === undefined) this.#left = [...this.#processes.pids()];
    else this.#again = true;
  }

  /** Does a tick's part of the round; between rounds one more process at some ticks. */
  async goOn(slices: Slices, tick: number): Promise<void> {
    if (this.#left === undefined && this.isOn) this.want();
    const left = this.#left;
    if (left === undefined) {
      if (tick % EVERYONE_EVERY === 0) await this.#lookAtNext(slices);
      return;
    }
    const until = performance.now() + SWEEP_MS;
    while (performance.now() < until) {
      const pid = left.pop();
      if (pid === undefined) {
        this.#left = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.want();
        return;
      }
      await slices.run(this.#looks.follow(pid));
    }
  }

  /** Does a whole round at once, but for those that are done. */
  async now(slices: Slices, isDone: (pid: number) => boolean): Promise<void> {
    for (const pid of [...this.#processes.pids()]) {
      if (!isDone(pid)) await slices.run(this.#looks.follow(pid));
    }
    this.#left = undefined;
  }

  async #lookAtNext(slices: Slices): Promise<void> {
    let next = this.#everyone?.next();
    if (next === undefined || next.done === true) {
      this.#everyone = this.#processes.pids()[Symbol.iterator]();
      next = this.#everyone.next();
    }
    if (next.done !== true) await slices.run(this.#looks.follow(next.value));
  }
}
