/**
 * Whether processes may have come or gone since they were listed. `/proc/loadavg` says how many threads there are and
 * which pid was given last (fs/proc/loadavg.c): on a quiet machine one short read stands for a list of /proc.
 *
 * A pid is given a moment before its process can be listed, and its thread is counted when it can: so figures stand for
 * a list once two in a row were made with them. (Inside a PID namespace a process may come outside it as another ends
 * here: that end is noticed where the process is read itself.)
 */
import * as fs from 'node:fs';
import { readText } from '../procfs/read';
import { canSignalByProcPid } from './host';

/** So often all are listed whatever the figures say. */
const LISTED_EACH = 8;

const LISTS_THAT_AGREE = 2;

export class Arrivals {
  readonly #procfs: string;
  #isUsable: boolean;
  #figures: string | undefined;
  /** Lists in a row that were made with these figures. */
  #lists = 0;
  #skipped = 0;

  constructor(procfs = '/proc') {
    this.#procfs = procfs;
    this.#isUsable = isTheKernels(procfs) && canSignalByProcPid();
  }

  /** Call before each list. Returns whether it has to be made. */
  mayHaveCome(): boolean {
    if (!this.#isUsable) return true;
    this.#take(this.#read());
    if (this.#lists >= LISTS_THAT_AGREE && this.#skipped < LISTED_EACH - 1) {
      this.#skipped++;
      return false;
    }
    this.#skipped = 0;
    this.#lists++;
    return true;
  }

  /** Takes in that a list has found newcomers. Figures that were silent about them are never asked again. */
  noteFound(): void {
    if (!this.#isUsable || this.#lists < LISTS_THAT_AGREE) return;
    // They may have come between the figures and the list.
    this.#take(this.#read());
    if (this.#lists > 0) this.#isUsable = false;
  }

  #take(figures: string | undefined): void {
    if (figures !== undefined && figures === this.#figures) return;
    this.#figures = figures;
    this.#lists = 0;
  }

  /**
   * `0.20 0.18 0.12 1/79 1206`: before the slash, how many of them are running. gVisor says that there are none. By its
   * path each time: something else may be mounted over all of procfs.
   */
  #read(): string | undefined {
    const text = readText(`${this.#procfs}/loadavg`);
    const figures = typeof text === 'string' ? /\/[1-9]\d* [1-9]\d*\n/.exec(text)?.[0] : undefined;
    if (figures === undefined) this.#isUsable = false;
    return figures;
  }
}

/** A container manager may put a file of its own in the kernel's place (lxcfs): it says what was so some time ago. */
function isTheKernels(procfs: string): boolean {
  try {
    return fs.statSync(`${procfs}/loadavg`).dev === fs.statSync(procfs).dev;
  } catch {
    return false;
  }
}
