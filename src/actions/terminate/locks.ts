/** The locks of a service, whichever of its files they are on. */
import type { FileId, HolderFacts, LockFacts, ServiceFacts } from '../../model/facts';

export interface LockOnPath {
  path: string;
  lock: LockFacts;
}

/** A path that is both lock and pid file is listed once. */
export function locksOf(facts: ServiceFacts): LockOnPath[] {
  const found = new Map<string, LockOnPath>();
  for (const { file, locks } of [...facts.lockFiles, ...facts.pidFiles]) {
    for (const lock of locks) {
      const { kind, access, start = '', end = '', id, taker = '' } = lock;
      const holders = lock.holders.map(({ process }) => process.pid).join();
      const key = [file.path, id.dev, id.ino, kind, access, start, end, taker, holders].join('\0');
      found.set(key, { path: file.path, lock });
    }
  }
  return [...found.values()];
}

export const sameFile = (a: FileId, b: FileId): boolean => a.dev === b.dev && a.ino === b.ino;

/** Locks that `pid` itself holds, by its own descriptors. */
export function provenLocks(facts: ServiceFacts, pid: number): LockOnPath[] {
  return locksOf(facts).filter(({ lock }) => lock.holders.some(isProvenHolder(pid)));
}

/** Does it hold a write lock here? A lock that is made to be shared makes no one the owner. */
export const holdsWriteLock = (facts: ServiceFacts, pid: number): boolean =>
  provenLocks(facts, pid).some(({ lock }) => lock.access === 'write');

const isProvenHolder =
  (pid: number) =>
  (holder: HolderFacts): boolean =>
    holder.proven && holder.process.pid === pid;
