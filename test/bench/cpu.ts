import koffi from 'koffi';

/** CPU time, µs: getrusage(2) counts exactly where /proc counts clock ticks of 10 ms. */
const rusage = koffi.load(null).func('int getrusage(int who, _Out_ uint8_t *usage)');
const RUSAGE_CHILDREN = -1;

/** User plus system time of all children waited for so far, µs. */
export function childrenCpu(): number {
  const usage = Buffer.alloc(256);
  if (rusage(RUSAGE_CHILDREN, usage) !== 0) {
    throw new Error('getrusage failed');
  }
  const timeval = (at: number): number =>
    Number(usage.readBigInt64LE(at)) * 1e6 + Number(usage.readBigInt64LE(at + 8));
  return timeval(0) + timeval(16);
}

/** User plus system time of this process, all its threads, µs. */
export function ownCpu(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
