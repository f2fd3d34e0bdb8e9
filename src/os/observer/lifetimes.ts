/** Who was an instance of a service, and when each of them was found to have ended. */
import type { EndedProcess, ProcessFacts } from '../../model/facts';
import { isRunning } from '../../model/processes/process';
import { compareIdentity } from '../../model/processes/processIdentity';

/** How long an end is remembered, ms, and how many of them. */
const KEPT_MS = 10 * 60_000;
const KEPT = 50;

/** Of those that are no instances any more but still run: so many are followed to their end. */
const FOLLOWED = 50;

export class Lifetimes {
  readonly #running = new Map<number, ProcessFacts>();
  #ended: readonly EndedProcess[] = [];

  /** Their ends are awaited. */
  get running(): Iterable<number> {
    return this.#running.keys();
  }

  /**
   * `current`: those that are instances now. `read`: what is known of a process at this moment, undefined when it has
   * gone. Returns the ends that are remembered, oldest first; the same array when there is nothing new.
   */
  note(
    current: ReadonlyMap<number, ProcessFacts>,
    read: (pid: number) => ProcessFacts | undefined,
    now: number,
  ): readonly EndedProcess[] {
    const news: EndedProcess[] = [];
    for (const [pid, process] of this.#running) {
      const now_ = current.get(pid) ?? read(pid);
      if (now_ !== undefined && compareIdentity(process, now_) !== 'other' && isRunning(now_)) continue;
      this.#running.delete(pid);
      const { startTime } = process;
      news.push({ pid, ...(startTime === undefined ? {} : { startTime }), endedAt: now });
    }
    for (const [pid, process] of current) {
      if (!isRunning(process)) continue;
      // The newest at the end.
      this.#running.delete(pid);
      this.#running.set(pid, process);
    }
    for (const pid of this.#running.keys()) {
      if (this.#running.size <= Math.max(FOLLOWED, current.size)) break;
      this.#running.delete(pid);
    }
    if (news.length > 0 || (this.#ended[0]?.endedAt ?? now) < now - KEPT_MS) {
      this.#ended = [...this.#ended, ...news].filter(({ endedAt }) => endedAt >= now - KEPT_MS).slice(-KEPT);
    }
    return this.#ended;
  }
}
