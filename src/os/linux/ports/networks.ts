/** The network namespaces of running processes, told by their tables: those of other users' processes show as well. */
import * as fs from 'node:fs';
import type { Steps } from '../../../common/steps';

/** A sandbox may give each of its processes one of its own. */
const MOST = 32;

export interface Networks {
  of: readonly (number | 'self')[];
  isCut: boolean;
}

/**
 * Returns one process of each, this one first; `isCut`: there are more. A table of a namespace is one file, under whichever
 * process it is read.
 */
export function* networks(pids: readonly number[]): Steps<Networks> {
  const found = new Map<number, number | 'self'>();
  for (const pid of ['self' as const, ...pids]) {
    const table = tableOf(pid);
    if (table !== undefined && !found.has(table)) {
      if (found.size >= MOST) return { of: [...found.values()], isCut: true };
      found.set(table, pid);
    }
    yield;
  }
  return { of: [...found.values()], isCut: false };
}

function tableOf(pid: number | 'self'): number | undefined {
  try {
    return fs.statSync(`/proc/${pid}/net/tcp`).ino;
  } catch {
    return undefined; // it has gone
  }
}
