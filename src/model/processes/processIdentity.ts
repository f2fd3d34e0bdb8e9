/**
 * Which process a number means. Pids are reused, so a process is its pid together with when it started: in ticks
 * since boot where the kernel gives them (proc_pid_stat(5), field 22), or as FILETIME, which are exact, else by the wall
 * clock. macOS gives each process a number of its own.
 */

export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since boot. */
  startTicks?: number;
  /** Units of 100 ns since 1601, decimal. */
  fileTime?: string;
  /** Of macOS, decimal: never reused in a boot. */
  uniqueId?: string;
  /** Ms since the epoch. */
  startTime?: number;
}

/**
 * A start by the wall clock is ticks plus a boot time that each observer measures for itself, to some ms, and ps(1)
 * gives whole seconds. No kernel comes round to the same pid within this time.
 */
const SAME_START_MS = 1000;

/** Returns whether both are one process; `unknown`: the number is one, and of a start too little is known. */
export function compareIdentity(a: ProcessIdentity, b: ProcessIdentity): 'same' | 'other' | 'unknown' {
  if (a.pid !== b.pid) {
    return 'other';
  }
  if (a.startTicks !== undefined && b.startTicks !== undefined) {
    return a.startTicks === b.startTicks ? 'same' : 'other';
  }
  if (a.fileTime !== undefined && b.fileTime !== undefined) {
    return a.fileTime === b.fileTime ? 'same' : 'other';
  }
  if (a.uniqueId !== undefined && b.uniqueId !== undefined) {
    return a.uniqueId === b.uniqueId ? 'same' : 'other';
  }
  if (a.startTime !== undefined && b.startTime !== undefined) {
    return Math.abs(a.startTime - b.startTime) < SAME_START_MS ? 'same' : 'other';
  }
  return 'unknown';
}

/**
 * Reports whether `one` surely started after `other`. A parent is never younger than its child: Windows keeps the number
 * of a parent that has ended, and another process may have it by now.
 */
export function isYounger(one: Omit<ProcessIdentity, 'pid'>, other: Omit<ProcessIdentity, 'pid'>): boolean {
  if (one.startTicks !== undefined && other.startTicks !== undefined) {
    return one.startTicks > other.startTicks;
  }
  if (one.fileTime !== undefined && other.fileTime !== undefined) {
    return BigInt(one.fileTime) > BigInt(other.fileTime);
  }
  return (
    one.startTime !== undefined &&
    other.startTime !== undefined &&
    one.startTime - other.startTime >= SAME_START_MS
  );
}

/** Reports whether both are proven to be one process. */
export const isSameProcess = (a: ProcessIdentity, b: ProcessIdentity): boolean =>
  compareIdentity(a, b) === 'same';

/** Returns a text that no other process of this machine has while it is up, for facts of one observer. */
export const identityKey = ({ pid, startTicks, fileTime, uniqueId, startTime }: ProcessIdentity): string =>
  `${pid}:${startTicks ?? fileTime ?? uniqueId ?? startTime ?? '?'}`;
