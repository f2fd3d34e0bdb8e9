/** How exactly times of records can be compared with starts of processes. */

/**
 * How much later than the record a process may seem to have started and still count as its writer. /proc/stat gives
 * the boot time in whole seconds, start ticks are 10 ms, file times come from the kernel's coarse clock, FAT keeps 2 s.
 */
export const RECORD_TOLERANCE_MS = 3000;

export const toMs = (ns: bigint): number => Number(ns / 1_000_000n);
