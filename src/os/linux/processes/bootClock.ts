/**
 * Start times from the boot clock, and how far the wall clock is known to have been stepped against it: by us, or, for
 * the time before we started, by two witnesses that the kernel dated with the wall clock of their moment.
 */
import * as fs from 'node:fs';
import { readText } from '../procfs/read';
import { parseProcStat } from '../procfs/procStat';

/** USER_HZ: the unit of start times in procfs, 100 on every architecture that Node runs on. */
export const TICKS_PER_SECOND = 100;

/** s since boot, suspend included, to 10 ms. */
function uptime(): number | undefined {
  const text = readText('/proc/uptime');
  const seconds = typeof text === 'string' ? Number(text.split(' ', 1)[0]) : NaN;
  return seconds > 0 ? seconds : undefined;
}

/**
 * The wall clock's reading at boot, ms since the epoch. /proc/uptime is cut to 10 ms, so one sample is up to 10 ms
 * late: the least of samples over one such step is exact to well under a millisecond. (`btime` of /proc/stat is cut to
 * whole seconds.)
 */
export function measureBootTime(): number | undefined {
  let best: number | undefined;
  const until = performance.now() + 10;
  do {
    const up = uptime();
    if (up === undefined) break;
    const boot = Date.now() - up * 1000;
    if (best === undefined || boot < best) best = boot;
  } while (performance.now() < until);
  return best;
}

/** A machine without a battery for its clock boots in 1970, or at some date of its firmware's: that is no witness. */
const EARLIEST_WITNESS = Date.UTC(2020, 0, 1);

export interface BootWitnesses {
  /** ctime of /sys: set when the root of sysfs was made, a fraction of a second after boot. ms since the epoch. */
  sys?: number | undefined;
  /** ctime of /proc: set when this procfs was mounted, beside the start of its first process. ms since the epoch. */
  proc?: number | undefined;
  /** When pid 1 of that procfs started, ticks since boot. */
  initTicks?: number | undefined;
}

function changeTime(path: string): number | undefined {
  try {
    return fs.statSync(path).ctimeMs;
  } catch {
    return undefined;
  }
}

function readWitnesses(): BootWitnesses {
  const init = readText('/proc/1/stat');
  return {
    sys: changeTime('/sys'),
    proc: changeTime('/proc'),
    initTicks: typeof init === 'string' ? parseProcStat(init)?.startTicks : undefined,
  };
}

/**
 * Returns when this boot began by the wall clock of that moment, ms since the epoch. A container with a network of its
 * own has a sysfs of its own, made when the container was: there /proc is the witness, and the earlier of the two is
 * the nearer to the boot.
 */
export function bootWitnessOf({ sys, proc, initTicks }: BootWitnesses): number | undefined {
  const candidates = [
    ...(sys === undefined ? [] : [sys]),
    ...(proc === undefined || initTicks === undefined ? [] : [proc - (initTicks * 1000) / TICKS_PER_SECOND]),
  ].filter((time) => time >= EARLIEST_WITNESS);
  return candidates.length === 0 ? undefined : Math.min(...candidates);
}

/** Start times, stable while the clock runs evenly; after a step of the clock, new processes get the new time. */
export class BootClock {
  #boot = measureBootTime();
  /** Wall minus monotonic clock: changes when one of them is stepped or the machine slept. */
  #offset = Date.now() - performance.now();
  readonly #witness: number | undefined;
  #stepped: number;

  constructor(witnesses: BootWitnesses = readWitnesses()) {
    this.#witness = bootWitnessOf(witnesses);
    // Only forwards: a clock that was set back makes no process younger than what it wrote.
    this.#stepped =
      this.#witness === undefined || this.#boot === undefined
        ? 0
        : Math.max(0, Math.round(this.#boot - this.#witness));
  }

  /**
   * ms by which the wall clock was set against the boot clock: forwards before this was made (a virtual machine that
   * was paused, the first synchronisation), either way since. Times from before and after disagree by it.
   */
  get stepped(): number {
    return this.#stepped;
  }

  /** When this boot began by the wall clock of that moment, ms since the epoch. */
  get witness(): number | undefined {
    return this.#witness;
  }

  get bootTime(): number | undefined {
    return this.#boot;
  }

  /** Call once a tick. Returns whether the clock was set. */
  check(): boolean {
    const offset = Date.now() - performance.now();
    if (Math.abs(offset - this.#offset) < 500) return false;
    this.#offset = offset;
    const boot = measureBootTime();
    // After a suspend the boot time is as before.
    if (boot === undefined || (this.#boot !== undefined && Math.abs(boot - this.#boot) <= 500)) return false;
    this.#stepped += Math.round(Math.abs(boot - (this.#boot ?? boot)));
    this.#boot = boot;
    return true;
  }

  /** ms since the epoch. */
  startTime(ticks: number): number | undefined {
    return this.#boot === undefined ? undefined : Math.round(this.#boot + (ticks * 1000) / TICKS_PER_SECOND);
  }

  /** s since boot now, or undefined. */
  now(): number | undefined {
    return this.#boot === undefined ? undefined : (Date.now() - this.#boot) / 1000;
  }
}
