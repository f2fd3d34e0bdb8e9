/** Small questions about the kernel's locks on one file. */
import type { HolderFacts, LockFacts, LockFileFacts, ServiceFacts } from './facts';

/** Whole-file locks of flock(2) and of fcntl(2) from 0 to EOF collide with everything; ranges only where they overlap. */
export function overlap(a: LockFacts, b: LockFacts): boolean {
  const from = (lock: LockFacts): bigint => offset(lock.start, 0n);
  const to = (lock: LockFacts): bigint => offset(lock.end, (1n << 64n) - 1n);
  return from(a) <= to(b) && from(b) <= to(a);
}

const offset = (text: string | undefined, otherwise: bigint): bigint =>
  text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : otherwise;

/** Every holder once, writers before readers, those on the path's own inode before those on a deleted one. */
export function holdersOf(locks: readonly LockFacts[]): { lock: LockFacts; holder: HolderFacts }[] {
  const [only] = locks;
  if (locks.length === 1 && only?.holders.length === 1) {
    return only.holders.map((holder) => ({ lock: only, holder }));
  }
  const seen = new Set<string>();
  return byWeight(locks)
    .flatMap((lock) => lock.holders.map((holder) => ({ lock, holder })))
    .filter(({ lock, holder }) => {
      const key = `${holder.process.pid} ${lock.deletedInode}`;
      return !seen.has(key) && seen.add(key);
    });
}

/** The lock that matters most first. */
export function byWeight(locks: readonly LockFacts[]): readonly LockFacts[] {
  if (locks.length < 2) {
    return locks;
  }
  const weight = (lock: LockFacts): number => (lock.deletedInode ? 2 : 0) + (lock.access === 'read' ? 1 : 0);
  return [...locks].sort((a, b) => weight(a) - weight(b));
}

interface LockedPath {
  path: string;
  locks: readonly LockFacts[];
}

/** Asked for by many findings of one service. */
const locked = new WeakMap<ServiceFacts, readonly LockedPath[]>();

/** A file that is both lock and pid file carries the same locks in both lists: each path once. */
export function lockedPaths(facts: ServiceFacts): readonly LockedPath[] {
  let paths = locked.get(facts);
  if (paths === undefined) {
    paths = pathsIn(facts);
    locked.set(facts, paths);
  }
  return paths;
}

function pathsIn(facts: ServiceFacts): LockedPath[] {
  if (facts.pidFiles.length === 0 && facts.lockFiles.length < 2) {
    return facts.lockFiles.map(({ file, locks }) => ({ path: file.path, locks }));
  }
  const paths = new Map<string, readonly LockFacts[]>();
  for (const { file, locks } of [...facts.lockFiles, ...facts.pidFiles]) {
    const known = paths.get(file.path);
    if (known === undefined || known.length < locks.length) {
      paths.set(file.path, locks);
    }
  }
  return [...paths].map(([path, locks]) => ({ path, locks }));
}

/** Nothing seen on the file, but from here nothing could have been seen, or the file itself cannot be inspected. */
export const isUncertain = (file: Pick<LockFileFacts, 'file' | 'locks' | 'certainty'>): boolean =>
  file.locks.length === 0 &&
  ((file.certainty === 'unknown' && file.file.status !== 'absent') || file.file.status === 'unreadable');

/** The taker is gone, or alive without the lock: only those who inherited its descriptor hold it now. */
export const takerIsGone = (lock: LockFacts): boolean =>
  lock.taker !== undefined &&
  lock.holders.length > 0 &&
  !lock.holders.some(({ process }) => process.pid === lock.taker);
