/** The instance that a recorded process belongs to. */
import type { LockFacts, ProcessFacts } from '../facts';
import type { ProcessTree } from '../processes/processTree';
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
