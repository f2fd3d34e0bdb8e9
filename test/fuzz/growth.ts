/** Does the time a parser takes grow in proportion to its input? Judged by ratios within one run, not by seconds. */

export interface Pump {
  readonly prefix: string;
  /** Repeated until the input has the wanted size. */
  readonly pump: string;
  readonly suffix: string;
}

export const pumped = ({ prefix, pump, suffix }: Pump, length: number): string =>
  prefix + pump.repeat(Math.ceil(length / Math.max(pump.length, 1))) + suffix;

/** ms of processor time, the least of several: what other processes do with the cores only ever adds. */
function cheapest(parse: (input: string) => unknown, input: string, times: number): number {
  let best = Infinity;
  for (let left = times; left > 0; left -= 1) {
    const before = process.cpuUsage();
    parse(input);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

/** Inputs 8 times longer: 8 when linear, 64 when quadratic. The limit is in between: caches and the garbage collector cost some. */
const FACTOR = 8;
export const RATIO_LIMIT = 32;
/** Shorter than this cannot be told from noise; a quadratic parser is far above it at these sizes. */
const MEASURABLE_MS = 4;
const SIZES = [2_000, 16_000, 128_000, 1_024_000] as const;

export interface Growth {
  /** Time for 8 n characters over time for n; 0 when too fast to be measured even at a million. */
  readonly ratio: number;
  /** Characters of the longer input. */
  readonly length: number;
  readonly ms: number;
}

/** Judged at the first size at which there is something to measure, so that a bad parser is not asked for the longest. */
export function growthOf(parse: (input: string) => unknown, pump: Pump, longest: number): Growth {
  let shorter = cheapest(parse, pumped(pump, SIZES[0]), 5);
  let growth: Growth = { ratio: 0, length: 0, ms: 0 };
  for (const length of SIZES.slice(1).filter((size) => size <= longest)) {
    const longer = cheapest(parse, pumped(pump, length), 3);
    if (longer >= MEASURABLE_MS) {
      // A base time below what the clock resolves would make any ratio large.
      growth = { ratio: longer / Math.max(shorter, MEASURABLE_MS / RATIO_LIMIT), length, ms: longer };
      if (growth.ratio > RATIO_LIMIT) return confirmed(parse, pump, length, growth);
    }
    if (longer > 200) return growth;
    shorter = longer;
  }
  return growth;
}

/** A suspicion is measured again, alternating, before it counts: another process may have had the core. */
function confirmed(parse: (input: string) => unknown, pump: Pump, length: number, first: Growth): Growth {
  let best = first;
  for (let again = 0; again < 4 && best.ratio > RATIO_LIMIT; again += 1) {
    const shorter = cheapest(parse, pumped(pump, length / FACTOR), 5);
    const longer = cheapest(parse, pumped(pump, length), 3);
    const ratio = longer / Math.max(shorter, MEASURABLE_MS / RATIO_LIMIT);
    if (ratio < best.ratio) best = { ratio, length, ms: longer };
  }
  if (best.ratio <= RATIO_LIMIT) return best;
  // A step is no slope: an engine may change its method at some length, and a table outgrow a cache. Four times longer
  // again takes 4 times as long when linear, 16 when quadratic.
  const further = cheapest(parse, pumped(pump, length * 4), 2) / best.ms;
  return further < 8 ? { ...best, ratio: Math.min(best.ratio, RATIO_LIMIT) } : best;
}
