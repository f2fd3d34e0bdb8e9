/** Who held a lock of a service, or was recorded, and is no more, though it runs: it may be working off what it has. */
import type { ProcessFacts } from '../../model/facts';

/** So many are remembered, the last ones. */
const KEPT = 50;

type Read = (pid: number) => Pick<ProcessFacts, 'startTicks'> | undefined;

export class FormerHolders {
  #holders: ReadonlySet<number> = new Set();
  /** By pid: its start, since the number may go to another. */
  #former: Map<number, number> | undefined;

  /** Takes over who holds the locks and is recorded now. */
  note(holders: ReadonlySet<number>, read: Read): void {
    for (const pid of this.#holders) {
      const start = holders.has(pid) ? undefined : read(pid)?.startTicks;
      if (start === undefined) continue;
      this.#former ??= new Map();
      this.#former.delete(pid);
      this.#former.set(pid, start);
      for (const first of this.#former.keys()) {
        if (this.#former.size <= KEPT) break;
        this.#former.delete(first);
      }
    }
    this.#holders = holders;
  }

  has(pid: number, read: Read): boolean {
    const start = this.#former?.get(pid);
    return start !== undefined && read(pid)?.startTicks === start;
  }
}
