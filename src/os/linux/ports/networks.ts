/** The network namespaces of running processes, told by their tables: those of other users' processes show as well. */
import * as fs from 'node:fs';
import type { Steps } from '../../../common/steps';

/** A sandbox may give each of its processes one of its own. */
const MOST = 32;

/** Returns one process of each, this one first. A table of a namespace is one file, under whichever process it is read. */
export function* networks(pids: readonly number[]): Steps<(number | 'self')[]> {
  const found = new Map<number, number | 'self'>();
  for (const pid of ['self' as const, ...pids]) {
    const table = tableOf(pid);
    if (table !== undefined && !found.has(table)) found.set(table, pid);
    if (found.size >= MOST) break;
    yield;
  }
  return [...found.values()];
}

function tableOf(pid: number | 'self'): number | undefined {
  try {
    return fs.statSync(`/proc/${pid}/net/tcp`).ino;
  } catch {
    return undefined; // it has gone
  }
}
