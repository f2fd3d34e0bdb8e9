/** Which processes are read again in a tick: all of them while they are few, else they take turns. */
import { takeTurns } from '../../takeTurns';

/**
 * Programs whose `stat` is read in one tick, 4 µs each: all of them, nearly everywhere, so that whoever calls exec is
 * noticed within one interval. On a machine with more they take turns, and the relevant ones come first.
 */
const STAT_ROUND = 400;

/** Of the relevant ones at least this many, or the twentieth part, are then read in each tick. */
const RELEVANT_ROUND = 12;

/** How many programs are read fully in one tick: their title or control group may have changed. */
const FULL_ROUND = 2;

/** How many kernel threads: a program may have the pid of one that has ended. */
const KERNEL_ROUND = 1;

export class ProcessRounds {
  #statRound: Iterator<number> | undefined;
  #relevantRound: Iterator<number> | undefined;
  #fullRound: Iterator<number> | undefined;
  #kernelRound: Iterator<number> | undefined;

  /** `count`: how many of `programs`, the first, were there before this tick; who came in it has just been read. */
  updateStats(
    programs: ReadonlySet<number>,
    count: number,
    relevant: ReadonlySet<number>,
    read: (pid: number) => void,
  ): void {
    if (count <= STAT_ROUND) {
      let left = count;
      for (const pid of programs) {
        if (left-- <= 0) break;
        read(pid);
      }
      return;
    }
    this.#relevantRound = takeTurns(
      this.#relevantRound,
      () => relevant.values(),
      Math.min(relevant.size, Math.max(RELEVANT_ROUND, Math.ceil(relevant.size / 20))),
      read,
    );
    this.#statRound = takeTurns(this.#statRound, () => programs.values(), STAT_ROUND, read);
  }

  /** Reads the next few fully. */
  readFully(
    known: ReadonlyMap<number, unknown>,
    programs: ReadonlySet<number>,
    read: (pid: number) => void,
  ): void {
    this.#fullRound = takeTurns(this.#fullRound, () => programs.values(), FULL_ROUND, read);
    this.#kernelRound = takeTurns(
      this.#kernelRound,
      () => known.keys(),
      KERNEL_ROUND,
      // Whether a program is still the same one is known from its own files.
      (pid) => {
        if (!programs.has(pid)) read(pid);
      },
    );
  }
}
