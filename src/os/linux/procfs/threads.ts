/**
 * The threads of a process whose first one has ended: to `/proc/<pid>` it looks like a zombie without descriptors, while
 * the others may run on (pthread_exit(3) in main) or are just ending with it, one after another.
 */
import * as fs from 'node:fs';
import { readUtf8 } from './read';
import { parseProcStat } from './procStat';

export interface Thread {
  tid: number;
  /** Neither `Z` nor `X`. */
  state: string;
}

/** Of all but the first: one that has not ended. undefined: there is none. */
export function livingThreadOf(pid: number): Thread | undefined {
  const looked = new Set([pid]);
  for (;;) {
    // One may have started another and ended since they were listed.
    const fresh = threadsOf(pid).filter((tid) => !looked.has(tid));
    if (fresh.length === 0) return undefined;
    for (const tid of fresh) {
      looked.add(tid);
      const text = readUtf8(`/proc/${pid}/task/${tid}/stat`, 8192);
      const state = typeof text === 'string' ? parseProcStat(text)?.state : undefined;
      if (state !== undefined && state !== 'Z' && state !== 'X') return { tid, state };
    }
  }
}

export function threadsOf(pid: number): number[] {
  try {
    return fs.readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return []; // it has gone
  }
}
