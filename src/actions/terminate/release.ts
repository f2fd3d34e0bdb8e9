/** Are the locks of an ended instance free, and if not, who has them? */
import type { LockFacts, ProcessFacts } from '../../model/facts';
import type { InspectedService } from '../deps';
import { locksOf, sameFile, type LockOnPath } from './locks';

export type LockState =
  | { state: 'released' }
  /** The same lock, still: these share the descriptor it was taken with. Empty: no one could be identified. */
  | { state: 'kept'; path: string; by: readonly ProcessFacts[] }
  /** Released, and someone else has it now. */
  | { state: 'taken'; path: string; by: readonly ProcessFacts[] };

/** The locks that these processes hold. */
export function locksHeldBy({ facts }: InspectedService, pids: readonly number[]): LockOnPath[] {
  return locksOf(facts).filter(({ lock }) => lock.holders.some(({ process }) => pids.includes(process.pid)));
}

/** The worst of all `before`, the locks that the `ended` processes held. `all`: every lock there was. */
export function locksAfter(
  now: InspectedService,
  before: readonly LockOnPath[],
  all: readonly LockOnPath[],
  ended: readonly number[],
): LockState {
  const held = locksOf(now.facts);
  for (const { path, lock } of held) {
    if (before.some((one) => sameLock(one.lock, lock))) {
      return { state: 'kept', path, by: others(lock, ended) };
    }
  }
  for (const { path, lock } of held) {
    const isNew = !all.some((one) => sameLock(one.lock, lock));
    if (isNew && before.some((one) => sameFile(one.lock.id, lock.id) || one.path === path)) {
      return { state: 'taken', path, by: others(lock, ended) };
    }
  }
  return { state: 'released' };
}

const others = ({ holders }: LockFacts, ended: readonly number[]): ProcessFacts[] =>
  holders.map(({ process }) => process).filter(({ pid }) => !ended.includes(pid));

/** The kernel keeps the taker's pid for as long as the lock lives, whoever it is handed to. */
function sameLock(a: LockFacts, b: LockFacts): boolean {
  return (
    sameFile(a.id, b.id) && a.kind === b.kind && a.taker === b.taker && a.start === b.start && a.end === b.end
  );
}
