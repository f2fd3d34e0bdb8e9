/**
 * The instances of a service: process trees, counted once each, whatever wrappers, forks and workers they consist of.
 *
 * Seeds are the processes that `process` names, the holders of the service's locks and the live recorded owners.
 * Seeds belong together when one is the other's ancestor (a service with its workers, a wrapper with its service), when
 * they are workers of one master, or when they share one lock. Never because something that starts many things started
 * both: a terminal's shell, tmux, init. A wrapper that runs the same program twice is such a launcher too.
 */
import type { InstanceRole } from '../../api';
import type { LockFacts, ProcessFacts, ServiceFacts } from '../facts';
import { byWeight, lockedPaths } from '../locks';
import { isRunning, mayBeService } from '../processes/process';
import { isToldByPort } from '../service';
import type { ProcessTree } from '../processes/processTree';
import type { JudgedRecord } from '../records/records';
import { Groups, groupMatches, joinHolders, keepInodesApart, noteHolders, type Group } from './groups';
import { possibleDuplicates } from './possible';
import { isQueued, lockDifferences, waitingFor, type LockRun } from './lockDifferences';
import { duplicateProof, ownerProof, type Apart } from './proof';
import { runDifferences, variablesApart, wereToldTheSame } from './runDifferences';
import { startDifferences } from './startDifferences';
import { usesDifferences } from './usesDifferences';
import { belonging, forksAmong, isCounted, ownersAmong, rivalsAmong, startingAmong } from './rivals';
import { joinListeners } from './listeners';
import { dropOtherHolders, joinRecorded } from './recorded';
import { foundOnce } from './soleHolder';
import { idleStarters } from './starters';
import { completeTree, rootOf } from './trees';
import type { Instance, Instances } from './instance';

export type { Difference, InstanceProof } from './proof';

/** Who owns something else (another watched service, a lock of that name in another folder), with all related to it. */
function claimedElsewhere(facts: ServiceFacts, tree: ProcessTree): ReadonlySet<number> {
  const claimed = new Set<number>();
  for (const pid of facts.claims?.keys() ?? []) {
    const process = tree.get(pid);
    if (process !== undefined) {
      for (const one of [process, ...tree.ancestors(process), ...tree.descendants(process)]) {
        claimed.add(one.pid);
      }
    }
  }
  return claimed;
}

/** The named processes that could be this service: not the monitor, no kernel thread, no one else's owner, none queued or idle. */
function matchedProcesses(facts: ServiceFacts, tree: ProcessTree): ProcessFacts[] {
  const claimed = claimedElsewhere(facts, tree);
  const waiting = waitingFor(facts);
  const idle = idleStarters(facts, tree);
  return facts.matched
    .map((pid) => tree.get(pid))
    .filter((process): process is ProcessFacts => process !== undefined)
    .filter(
      (process) =>
        isRunning(process) &&
        !tree.isOwn(process) &&
        mayBeService(process, facts.host) &&
        !claimed.has(process.pid) &&
        !idle.has(process.pid) &&
        !isQueued(process, waiting, tree),
    );
}

/** The surest first. */
const RECORDED = ['proven', 'likely', 'inside'] as const;

function noteRecords(
  records: readonly JudgedRecord[],
  locks: readonly LockFacts[],
  groups: Groups,
  tree: ProcessTree,
): void {
  for (const { owner, proof, reason } of records) {
    if (owner === undefined || !isRunning(owner) || tree.isOwn(owner)) {
      continue;
    }
    const group = joinRecorded(owner, locks, groups, tree);
    if (group !== undefined) {
      const isProven = proof === 'proven' || reason === 'lockHeldByRelative';
      const level = isProven ? 'proven' : reason === 'innerProcess' ? 'inside' : 'likely';
      group.recorded = RECORDED.find((one) => one === level || one === group.recorded) ?? level;
    }
  }
}

function gather(facts: ServiceFacts, records: readonly JudgedRecord[], tree: ProcessTree): Groups {
  const groups = new Groups(tree);
  const paths = lockedPaths(facts);
  for (const { locks } of paths) keepInodesApart(locks, groups, tree);
  groupMatches(matchedProcesses(facts, tree), groups, tree);
  const locks = paths.flatMap((path) => byWeight(path.locks));
  for (const lock of locks) joinHolders(lock, groups, tree);
  noteRecords(records, locks, groups, tree);
  if (isToldByPort(facts.service)) joinListeners(facts, groups, tree);
  for (const lock of locks) noteHolders(lock, groups);
  dropOtherHolders(facts, groups, tree);
  return groups;
}

/** Returns the instances, owners first, then by age; possible duplicates last. */
export const findInstances = (
  facts: ServiceFacts,
  records: readonly JudgedRecord[],
  tree: ProcessTree,
): Instances => foundOnce(facts, records, tree, () => find(facts, records, tree));

function find(facts: ServiceFacts, records: readonly JudgedRecord[], tree: ProcessTree): Instances {
  const groups = gather(facts, records, tree);
  const holders = holdersIn(facts);
  const roots = new Map<Group, ProcessFacts | undefined>();
  const seedOf = (group: Group): ProcessFacts | undefined => {
    if (!roots.has(group)) {
      const seeds = [...group.members.values()].sort(
        (a, b) => tree.ancestors(a).length - tree.ancestors(b).length || a.pid - b.pid,
      );
      roots.set(group, rootOf(group, seeds, holders));
    }
    return roots.get(group);
  };
  const anyMatch = [...groups.all].some(({ matched }) => matched);
  const counted = new Set([...groups.all].filter((group) => isCounted(group, anyMatch)));
  const own = belonging(counted, facts, seedOf);
  const forks = forksAmong(own, seedOf);
  const counting = new Set([...own].filter((group) => !forks.has(group)));
  const competing = rivalsAmong(counting, facts, records, groups);
  const starting = startingAmong(competing, facts, seedOf);
  const rivals = new Set([...competing].filter((group) => !starting.has(group)));
  const max = facts.service.maxInstances;
  const owners = rivals.size > max ? ownersAmong(rivals, max) : rivals;
  const hasOwner = [...own].some((group) => group.holds !== undefined || group.recorded !== undefined);

  const drafts = [...groups.all].flatMap((group) => {
    // A namesake elsewhere is no instance of this service, once it is known where this service is.
    if (hasOwner && counted.has(group) && !own.has(group)) {
      return [];
    }
    const processes = completeTree(group, groups, tree);
    const root = rootOf(group, processes, holders);
    return root === undefined ? [] : [draftOf(group, root, processes)];
  });
  const owner = drafts
    .filter(({ group }) => owners.has(group))
    .map((draft) => ({ ...draft, proof: ownerProof(draft.group, true) }))
    .find(({ proof }) => proof.proof === 'proven');
  const all = drafts.map((draft): Instance => {
    const { group, root, processes } = draft;
    const isRival = rivals.has(group);
    const isDuplicate = isRival && !owners.has(group);
    const isStarting = starting.has(group);
    const role: InstanceRole = isStarting ? 'possibleDuplicate' : isDuplicate ? 'duplicate' : 'owner';
    const isJudged = isDuplicate || isStarting || forks.has(group);
    const apart = owner === undefined ? undefined : apartFrom(owner, draft, facts, tree);
    const proof = isJudged ? duplicateProof(root, owner, apart) : ownerProof(group, isRival);
    return {
      root,
      processes,
      role,
      counted: isRival || group.listens,
      proof,
      ...(isStarting ? { starting: true } : {}),
    };
  });
  all.sort(compareInstances);
  return { all: [...all, ...possibleDuplicates(all, facts, tree)], count: rivals.size };
}

interface Draft extends LockRun {
  group: Group;
}

const draftOf = (group: Group, root: ProcessFacts, processes: readonly ProcessFacts[]): Draft => ({
  group,
  root,
  processes,
  holds: group.holds !== undefined,
  inherits: group.holds !== undefined && !group.direct,
  recorded: group.recorded !== undefined,
});

const apartFrom = (owner: LockRun, other: LockRun, facts: ServiceFacts, tree: ProcessTree): Apart => ({
  differences: [
    ...lockDifferences(owner, other, facts, tree),
    ...runDifferences(owner, other, facts),
    ...usesDifferences(owner, other, facts, tree),
    ...startDifferences(owner, other, facts, tree),
  ],
  variables: variablesApart(owner, other, facts),
  runsSameScript: wereToldTheSame(owner, other, facts),
});

/** The pids of everyone who holds one of the service's locks. */
const holdersIn = (facts: ServiceFacts): ReadonlySet<number> =>
  new Set(
    lockedPaths(facts).flatMap(({ locks }) =>
      locks.flatMap((lock) => lock.holders.map(({ process }) => process.pid)),
    ),
  );

/** Owners first, then by age. */
function compareInstances(a: Instance, b: Instance): number {
  const since = (instance: Instance): number => instance.root.startTime ?? 0;
  const weight = ({ role }: Instance): number => (role === 'owner' ? 0 : role === 'duplicate' ? 1 : 2);
  return weight(a) - weight(b) || since(a) - since(b) || a.root.pid - b.root.pid;
}
