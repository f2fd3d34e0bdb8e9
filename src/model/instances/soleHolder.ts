/**
 * Services that one process each holds one lock for, and nothing else tells: of one process they all have the same
 * instances, which are found once. A daemon with a thousand lock files is common, and so is a folder of them.
 */
import type { ServiceFacts } from '../facts';
import { lockedPaths } from '../locks';
import type { ProcessTree } from '../processes/processTree';
import type { JudgedRecord } from '../records/records';
import type { Instances } from './instance';

/** Of processes that have been observed together: a tree is of one moment. */
const found = new WeakMap<ProcessTree, Map<string, Instances>>();

/** Returns what `find` finds, or what it has found for a service that nothing distinguishes from this one. */
export function foundOnce(
  facts: ServiceFacts,
  records: readonly JudgedRecord[],
  tree: ProcessTree,
  find: () => Instances,
): Instances {
  const holder = soleHolderOf(facts, records, tree);
  if (holder === undefined) {
    return find();
  }
  let known = found.get(tree);
  if (known === undefined) {
    known = new Map();
    found.set(tree, known);
  }
  let instances = known.get(holder);
  if (instances === undefined) {
    instances = find();
    known.set(holder, instances);
  }
  return instances;
}

/** Returns everything that the instances follow from, as a text; undefined where more than one holder tells them. */
function soleHolderOf(
  facts: ServiceFacts,
  records: readonly JudgedRecord[],
  tree: ProcessTree,
): string | undefined {
  const { service, matched, claims, ports } = facts;
  if (service.process !== undefined || matched.length + records.length > 0) {
    return undefined;
  }
  const paths = lockedPaths(facts);
  const locks = paths.length === 1 ? paths[0]?.locks : undefined;
  const lock = locks?.length === 1 ? locks[0] : undefined;
  const holder = lock?.holders.length === 1 ? lock.holders[0] : undefined;
  if (lock === undefined || holder === undefined || claims !== undefined || ports !== undefined) {
    return undefined;
  }
  // One that was read at another moment is compared with the others of its tree as it was then.
  if (tree.get(holder.process.pid) !== holder.process) {
    return undefined;
  }
  // Who took it, which inode it is on and how many may run matter only where there are several to choose from.
  const { process, proven, evidence } = holder;
  return `${process.pid} ${proven} ${evidence} ${lock.access} ${lock.kind}`;
}
