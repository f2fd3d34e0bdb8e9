/** The instance that a recorded process belongs to. */
import type { LockFacts, ProcessFacts, ServiceFacts } from '../facts';
import type { ProcessTree } from '../processes/processTree';
import { isShownOther } from '../records/writer';
import { joinSeed, type Group, type Groups } from './groups';

/**
 * Joins a recorded process to its relatives, and to the holder that has started it: what starts many things ties none of
 * them together, but who holds this service's own lock above its process is no second instance of it, whatever it is.
 */
export function joinRecorded(
  owner: ProcessFacts,
  locks: readonly LockFacts[],
  groups: Groups,
  tree: ProcessTree,
): Group | undefined {
  const own = joinSeed(owner, groups, tree);
  const above = locks
    .filter(({ access }) => access === 'write')
    .flatMap(({ holders }) => holders)
    .find(({ process }) => tree.isAbove(process, owner));
  const holder = above === undefined ? undefined : groups.of(above.process);
  if (own === undefined || holder === undefined) {
    return own;
  }
  groups.merge(holder, own);
  return groups.of(owner);
}

/**
 * Takes away those that only hold the lock, beside an instance that `process` names and a record too: a backup that
 * keeps the service from starting is no run of it. Where it may have started one, or does not show what it is, it stays.
 */
export function dropOtherHolders(facts: ServiceFacts, groups: Groups, tree: ProcessTree): void {
  if (![...groups.all].some(({ matched, recorded }) => matched && recorded !== undefined)) {
    return;
  }
  const isOther = (process: ProcessFacts): boolean => isShownOther(process, facts);
  for (const group of [...groups.all]) {
    const { matched, recorded, holds, members } = group;
    if (
      !matched &&
      recorded === undefined &&
      holds === 'path' &&
      [...members.values()].every((one) => isOther(one) && tree.descendants(one).every(isOther))
    ) {
      groups.all.delete(group);
    }
  }
}
