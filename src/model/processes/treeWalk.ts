/** Walks of process trees as the system reports them: torn (parents that form a ring), and of any depth. */
import type { ProcessFacts } from '../facts';
import { isYounger } from './processIdentity';

/** Returns the process and all below it, nearest first, at most `limit` of them; `into`: may anything below it count? */
export function withDescendants(
  pid: number,
  childrenOf: (pid: number) => Iterable<number>,
  limit = Infinity,
  into: (pid: number) => boolean = () => true,
): ReadonlySet<number> {
  const found = new Set([pid]);
  // A set is walked to its end, what is added on the way included.
  for (const at of found) {
    if (!into(at)) continue;
    for (const child of childrenOf(at)) {
      if (found.size >= limit) return found;
      found.add(child);
    }
  }
  return found;
}

/** Walks from the process upwards, nearest first; ends where the parents come round. */
export function* ancestorsOf(
  pid: number,
  parentOf: (pid: number) => number | undefined,
): Generator<number, void> {
  const met = new Set([pid]);
  for (let at = parentOf(pid); at !== undefined && at > 0 && !met.has(at); at = parentOf(at)) {
    met.add(at);
    yield at;
  }
}

/** Returns the parents among these processes. */
export const parentIn =
  (processes: ReadonlyMap<number, ProcessFacts>) =>
  (pid: number): number | undefined => {
    const process = processes.get(pid);
    const parent = process?.ppid === undefined ? undefined : processes.get(process.ppid);
    return process === undefined || parent === undefined || isYounger(parent, process)
      ? undefined
      : parent.pid;
  };
