/**
 * The threads of a process whose first one has ended: to `/proc/<pid>` it looks like a zombie without descriptors, while
 * the others may run on (pthread_exit(3) in main) or are just ending with it, one after another.
 */
import * as fs from 'node:fs';
import { codeOf } from '../../../common/errors';
import { readLink, readUtf8 } from './read';
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

export interface ShownLink {
  link: string;
  /** Of the thread that shows it: `/proc/<pid>`, or another one's in its `task`. */
  folder: string;
}

/** Reads a link of the process, such as `cwd`. A first thread that has ended shows none; those that run on do. */
export function linkOf(pid: number, name: 'cwd' | 'exe'): ShownLink | undefined {
  const own = `/proc/${pid}`;
  try {
    return { link: fs.readlinkSync(`${own}/${name}`), folder: own };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return undefined;
  }
  const thread = livingThreadOf(pid);
  if (thread === undefined) return undefined;
  const folder = `${own}/task/${thread.tid}`;
  const link = readLink(`${folder}/${name}`);
  return link === undefined ? undefined : { link, folder };
}

/** Reads what the threads of the process share. That of a first thread which has ended is empty; the others show it still. */
export function sharedText(pid: number, name: 'cmdline' | 'environ', limit: number): string | undefined {
  const own = readUtf8(`/proc/${pid}/${name}`, limit);
  if (own !== '') return typeof own === 'string' ? own : undefined;
  const thread = livingThreadOf(pid);
  const other = thread === undefined ? '' : readUtf8(`/proc/${pid}/task/${thread.tid}/${name}`, limit);
  return typeof other === 'string' ? other : undefined;
}

export function threadsOf(pid: number): number[] {
  try {
    return fs.readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return []; // it has gone
  }
}
