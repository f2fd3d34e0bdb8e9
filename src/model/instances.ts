/**
 * The instances of a service: process trees, counted once each, whatever wrappers, forks and workers they consist of.
 *
 * Seeds are the processes that match `process`, the holders of the service's locks and the live recorded owners.
 * Seeds belong together when one is the other's ancestor (a service with its workers, a wrapper with its service), when
 * they are workers of one master, or when they share one lock. Never because something that starts many things started
 * both: a terminal's shell, tmux, init. A wrapper that runs the same program twice is such a launcher too.
 */
import type { InstanceRole } from '../api';
import type { LockFacts, ProcessFacts, ServiceFacts } from './facts';
import { byWeight, lockedPaths, overlap } from './locks';
import { matcherNames } from './matcherNames';
import { isRunning } from './process';
import type { ProcessTree } from './processTree';
import { programOf, sameProgram, sameService } from './program';
import type { JudgedRecord } from './records';

export interface Instance {
  root: ProcessFacts;
  /** Root and wrappers included, parents before children. */
  processes: readonly ProcessFacts[];
  role: InstanceRole;
  /** Takes part in the count against `maxInstances`. */
  counted: boolean;
}

export interface Instances {
  all: readonly Instance[];
  /** How many of them compete for being the one that runs. */
  count: number;
}

interface Group {
  members: Map<number, ProcessFacts>;
  matched: boolean;
  /** Took and holds a write lock itself. */
  direct: boolean;
  /** Holds a write lock, on the path's own inode or (weaker) on a deleted one. */
  holds: 'path' | 'deleted' | undefined;
  reads: boolean;
  /** A live record names a member. `proven`: by its recorded start. */
  recorded: 'proven' | 'likely' | undefined;
}

const depthOf = (tree: ProcessTree, process: ProcessFacts): number => tree.ancestors(process).length;

class Groups {
  readonly #tree: ProcessTree;
  readonly #of = new Map<number, Group>();
  readonly all = new Set<Group>();

  constructor(tree: ProcessTree) {
    this.#tree = tree;
  }

  of(process: ProcessFacts): Group | undefined {
    return this.#of.get(process.pid);
  }

  /** The group of `process`, made if need be. */
  add(process: ProcessFacts): Group {
    const known = this.of(process);
    if (known !== undefined) {
      return known;
    }
    const group: Group = {
      members: new Map([[process.pid, process]]),
      matched: false,
      direct: false,
      holds: undefined,
      reads: false,
      recorded: undefined,
    };
    this.all.add(group);
    this.#of.set(process.pid, group);
    return group;
  }

  /** Answers the group that both are in now. */
  join(process: ProcessFacts, group: Group): Group {
    const old = this.of(process);
    if (old !== undefined) {
      return this.merge(group, old);
    }
    group.members.set(process.pid, process);
    this.#of.set(process.pid, group);
    return group;
  }

  /** Answers the group that remains: the larger one, so that a thousand workers are not moved a thousand times. */
  merge(a: Group, b: Group): Group {
    if (a === b) {
      return a;
    }
    const [into, from] = a.members.size >= b.members.size ? [a, b] : [b, a];
    for (const [pid, process] of from.members) {
      into.members.set(pid, process);
      this.#of.set(pid, into);
    }
    into.matched ||= from.matched;
    this.all.delete(from);
    return into;
  }

  /** Groups that have a member above or below `process`. */
  relatives(process: ProcessFacts): Group[] {
    const above = this.#tree.ancestors(process).map((ancestor) => this.of(ancestor));
    const below = this.#tree.descendants(process).map((descendant) => this.of(descendant));
    return [...new Set([...above, ...below])].filter((group) => group !== undefined);
  }
}

/** Matches that run something of their own: no editors and greps of a path, no launchers, not the monitor itself. */
function matchedProcesses(facts: ServiceFacts, tree: ProcessTree): ProcessFacts[] {
  return facts.matched
    .map((pid) => tree.get(pid))
    .filter((process): process is ProcessFacts => process !== undefined)
    .filter((process) => {
      const { role, name } = programOf(process);
      const named = facts.service.process !== undefined && matcherNames(facts.service.process, name);
      return (
        isRunning(process) && !tree.isOwn(process) && ((role !== 'viewer' && role !== 'launcher') || named)
      );
    });
}

/** Groups matches with the master above them that runs the same program, matched or not. */
function joinMasters(process: ProcessFacts, groups: Groups, tree: ProcessTree): void {
  let group = groups.add(process);
  let child = process;
  for (const parent of tree.ancestors(process)) {
    if (!sameProgram(parent, child) || programOf(parent).role !== 'program') {
      return;
    }
    group = groups.join(parent, group);
    child = parent;
  }
}

/** Wrappers join what they run, unless that is one program several times over: then they launched instances. */
function joinWrapper(wrapper: ProcessFacts, groups: Groups, tree: ProcessTree): void {
  const inner = new Map<Group, ProcessFacts>();
  for (const descendant of tree.descendants(wrapper)) {
    const group = groups.of(descendant);
    if (group !== undefined && !group.members.has(wrapper.pid) && !inner.has(group)) {
      inner.set(group, descendant);
    }
  }
  const keys = [...inner.values()].map((process) => programOf(process).key ?? `pid ${process.pid}`);
  if (inner.size > 1 && new Set(keys).size < keys.length) {
    return;
  }
  let own = groups.add(wrapper);
  own.matched = true;
  for (const group of inner.keys()) {
    own = groups.merge(own, group);
  }
}

function groupMatches(matches: readonly ProcessFacts[], groups: Groups, tree: ProcessTree): void {
  const byDepth = [...matches].sort((a, b) => depthOf(tree, a) - depthOf(tree, b));
  const isWrapper = (process: ProcessFacts): boolean => programOf(process).role === 'wrapper';
  for (const process of byDepth.filter(isWrapper)) {
    const parent = tree.parent(process);
    // A subshell has its parent's very arguments: a fork, not something that was launched.
    if (parent !== undefined && isWrapper(parent) && sameProgram(parent, process)) {
      groups.join(process, groups.add(parent));
    }
  }
  const matched = new Set(matches.map(({ pid }) => pid));
  const services = byDepth.filter((process) => !isWrapper(process));
  for (const process of services) {
    joinMasters(process, groups, tree);
    groups.add(process).matched = true;
    // Below a matched service everything that matches is its worker, wrapped or not.
    const above = tree
      .ancestors(process)
      .find((ancestor) => matched.has(ancestor.pid) && programOf(ancestor).role !== 'wrapper');
    if (above !== undefined) {
      groups.merge(groups.add(above), groups.add(process));
    }
  }
  for (const wrapper of byDepth.filter(isWrapper).reverse()) {
    joinWrapper(wrapper, groups, tree);
  }
}

/** A holder or recorded owner joins the instance it is related to, else stands for one of its own. */
function joinSeed(process: ProcessFacts, groups: Groups, tree: ProcessTree): Group | undefined {
  if (groups.of(process) === undefined) {
    const relatives = groups.relatives(process);
    const [only] = relatives;
    if (relatives.length > 1 && relatives.filter(({ matched }) => matched).length > 1) {
      // It launched several matched instances (a supervisor with a lock of its own): it is none of them.
      return undefined;
    }
    if (only === undefined) {
      joinMasters(process, groups, tree);
    } else {
      groups.join(
        process,
        relatives.reduce((group, other) => groups.merge(group, other), only),
      );
    }
  }
  return groups.of(process);
}

/** Those who share one open file description are one instance, unless `process` told them apart. */
function joinHolders(lock: LockFacts, groups: Groups, tree: ProcessTree): void {
  const found = new Set<Group>();
  for (const { process } of lock.holders) {
    const group = isRunning(process) && !tree.isOwn(process) ? joinSeed(process, groups, tree) : undefined;
    if (group !== undefined) {
      found.add(group);
    }
  }
  const [first, ...others] = [...found].filter((group) => groups.all.has(group));
  if (first !== undefined && [...found].filter(({ matched }) => matched).length < 2) {
    others.reduce((group, other) => groups.merge(group, other), first);
  }
}

function noteHolders(lock: LockFacts, groups: Groups): void {
  for (const { process, inherited, proven } of lock.holders) {
    const group = groups.of(process);
    if (group === undefined) {
      continue;
    }
    if (lock.access === 'read') {
      group.reads = true;
    } else {
      group.direct ||= !inherited && proven;
      group.holds = group.holds === 'path' || !lock.deletedInode ? 'path' : 'deleted';
    }
  }
}

/**
 * With `process`, an instance is what matches; besides, only who took the lock itself, and who is proven to have
 * written the record, for these do what only the service does. Without it (or as long as nothing matches), holders'
 * trees and live recorded owners are the instances. Shared locks are made to be shared: they do not count.
 */
function isCounted(group: Group, anyMatch: boolean): boolean {
  return (
    group.matched ||
    (anyMatch
      ? group.direct || group.recorded === 'proven'
      : group.holds !== undefined || group.recorded !== undefined)
  );
}

/**
 * The instances that compete. Holders of locks on different paths, or of disjoint ranges of one file, are no rivals by
 * that alone (a service may have two lock files, a glob many): the path with the most counts, on top of the matches.
 */
function rivalsAmong(
  counted: ReadonlySet<Group>,
  facts: ServiceFacts,
  records: readonly JudgedRecord[],
  groups: Groups,
): ReadonlySet<Group> {
  const rivals = new Set([...counted].filter(({ matched }) => matched));
  const addLargest = (candidates: readonly ReadonlySet<Group>[]): void => {
    const fresh = candidates.map((candidate) =>
      [...candidate].filter((group) => counted.has(group) && !rivals.has(group)),
    );
    for (const group of fresh.sort((a, b) => b.length - a.length)[0] ?? []) {
      rivals.add(group);
    }
  };
  const groupsOf = (locks: readonly LockFacts[]): Set<Group> =>
    new Set(
      locks
        .flatMap(({ holders }) => holders.map(({ process }) => groups.of(process)))
        .filter((g) => g !== undefined),
    );
  addLargest(
    lockedPaths(facts).flatMap(({ locks }) => {
      const writes = locks.filter(({ access }) => access === 'write');
      return writes.map((lock) => groupsOf(writes.filter((other) => overlap(lock, other))));
    }),
  );
  // And the recorded owner, if it is someone else. Of several pid files one at most, and none if one names a rival.
  const owners = records
    .filter(({ source, locks }) => source === 'pidFile' || locks.length === 0)
    .flatMap(({ owner }) => (owner === undefined ? [] : (groups.of(owner) ?? [])));
  if (!owners.some((group) => rivals.has(group))) {
    addLargest(owners.map((group) => new Set([group])));
  }
  return rivals;
}

/** The lock holder stays, else the recorded owner; where neither is one clear choice, the person chooses. */
function ownersAmong(rivals: ReadonlySet<Group>, max: number): ReadonlySet<Group> {
  const choices = [
    (group: Group): boolean => group.holds === 'path',
    (group: Group): boolean => group.holds === 'deleted',
    (group: Group): boolean => group.recorded !== undefined,
  ];
  for (const choice of choices) {
    const owners = [...rivals].filter(choice);
    if (owners.length > 0) {
      return new Set(owners.length <= max ? owners : []);
    }
  }
  return new Set();
}

/** Wrappers above that run nothing but this instance; then everything below, and what lies between. */
function completeTree(group: Group, groups: Groups, tree: ProcessTree): ProcessFacts[] {
  const members = new Map(group.members);
  for (const member of group.members.values()) {
    const between: ProcessFacts[] = [];
    for (const ancestor of tree.ancestors(member)) {
      between.push(ancestor);
      if (group.members.has(ancestor.pid)) {
        between.forEach((process) => members.set(process.pid, process));
      }
    }
  }
  const isForeign = (process: ProcessFacts): boolean => {
    const other = groups.of(process);
    return other !== undefined && other !== group;
  };
  for (const member of [...members.values()]) {
    // A holder that launches unrelated things (an interactive shell, tmux) does not bring them along.
    if (!tree.isBoundary(member)) {
      for (const descendant of tree.descendants(member, (child) => !isForeign(child))) {
        members.set(descendant.pid, descendant);
      }
    }
  }
  for (const top of [...members.values()]) {
    for (const ancestor of tree.ancestors(top)) {
      if (members.has(ancestor.pid)) {
        continue;
      }
      // A shell script may do anything besides; `timeout`, `npm run`, a simple `sh -c` run this and nothing else.
      const pure =
        programOf(ancestor).single === true && tree.children(ancestor).every(({ pid }) => members.has(pid));
      if (!pure || isForeign(ancestor)) {
        break;
      }
      members.set(ancestor.pid, ancestor);
    }
  }
  return [...members.values()].sort((a, b) => depthOf(tree, a) - depthOf(tree, b) || a.pid - b.pid);
}

/** The service itself: the topmost seed that is no mere wrapper, else the topmost such member, else the top. */
function rootOf(
  group: Group,
  processes: readonly ProcessFacts[],
  holders: ReadonlySet<number>,
): ProcessFacts | undefined {
  const isService = (process: ProcessFacts): boolean => {
    const { role, name } = programOf(process);
    // A shell with the lock's descriptor locked it for itself; flock(1) always does it for the command it runs.
    return role === 'program' || (role === 'wrapper' && holders.has(process.pid) && name !== 'flock');
  };
  return (
    processes.find((process) => group.members.has(process.pid) && isService(process)) ??
    processes.find(isService) ??
    processes[0]
  );
}

/** Processes of the same user that run an instance's script in its working directory, outside every instance. */
function possibleDuplicates(
  instances: readonly Instance[],
  facts: ServiceFacts,
  tree: ProcessTree,
): Instance[] {
  if (facts.service.process !== undefined) {
    return [];
  }
  const taken = new Set(instances.flatMap(({ processes }) => processes.map(({ pid }) => pid)));
  const similar = [...facts.processes.values()].filter(
    (process) =>
      !taken.has(process.pid) &&
      isRunning(process) &&
      !tree.isOwn(process) &&
      programOf(process).role === 'program' &&
      instances.some(({ root }) => root.uid === process.uid && sameService(root, process)),
  );
  const pids = new Set(similar.map(({ pid }) => pid));
  return similar
    .filter((process) => !tree.ancestors(process).some(({ pid }) => pids.has(pid)))
    .sort((a, b) => a.pid - b.pid)
    .map((root) => ({
      root,
      processes: [root, ...tree.descendants(root, (child) => !taken.has(child.pid))],
      role: 'possibleDuplicate',
      counted: false,
    }));
}

export function findInstances(
  facts: ServiceFacts,
  records: readonly JudgedRecord[],
  tree: ProcessTree,
): Instances {
  const groups = new Groups(tree);
  groupMatches(matchedProcesses(facts, tree), groups, tree);
  const anyMatch = groups.all.size > 0;

  const locks = lockedPaths(facts).flatMap((path) => byWeight(path.locks));
  for (const lock of locks) {
    joinHolders(lock, groups, tree);
  }
  for (const { owner, reason } of records) {
    if (owner === undefined || !isRunning(owner) || tree.isOwn(owner)) {
      continue;
    }
    const group = joinSeed(owner, groups, tree);
    if (group !== undefined) {
      const proven = reason === 'startTicksEqual' || reason === 'lockHeldByRelative';
      group.recorded = proven || group.recorded === 'proven' ? 'proven' : 'likely';
    }
  }
  for (const lock of locks) {
    noteHolders(lock, groups);
  }

  const counted = new Set([...groups.all].filter((group) => isCounted(group, anyMatch)));
  const rivals = rivalsAmong(counted, facts, records, groups);
  const max = facts.service.maxInstances;
  const owners = rivals.size > max ? ownersAmong(rivals, max) : rivals;
  const holders = new Set(locks.flatMap((lock) => lock.holders.map(({ process }) => process.pid)));

  const all = [...groups.all].flatMap((group): Instance[] => {
    const processes = completeTree(group, groups, tree);
    const root = rootOf(group, processes, holders);
    const role: InstanceRole = rivals.has(group) && !owners.has(group) ? 'duplicate' : 'owner';
    return root === undefined ? [] : [{ root, processes, role, counted: rivals.has(group) }];
  });
  const since = (instance: Instance): number => instance.root.startTime ?? 0;
  const weight = (instance: Instance): number => (instance.role === 'owner' ? 0 : 1);
  all.sort((a, b) => weight(a) - weight(b) || since(a) - since(b) || a.root.pid - b.root.pid);
  return { all: [...all, ...possibleDuplicates(all, facts, tree)], count: rivals.size };
}
