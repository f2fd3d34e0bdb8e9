/** Processes put together to instances: which of the seeds belong to one process tree. */
import { MultiMap } from '../../common/multiMap';
import type { HoldEvidence, LockFacts, ProcessFacts } from '../facts';
import { isRunning } from '../processes/process';
import type { ProcessTree } from '../processes/processTree';
import { programOf, sameProgram } from '../processes/program';

export interface Group {
  members: Map<number, ProcessFacts>;
  /** The service's `process` names a member. */
  matched: boolean;
  /** Took and holds a write lock itself. */
  direct: boolean;
  /** Holds a write lock, on the path's own inode or (weaker) on a deleted one. */
  holds: 'path' | 'deleted' | undefined;
  /** Its own descriptor shows that lock. */
  holdsProven: boolean;
  /** Proven by elimination: the file refuses others, and no other process uses it. */
  holdsAlone: boolean;
  /** What proves it instead of a descriptor. */
  holdEvidence: HoldEvidence | undefined;
  reads: boolean;
  /**
   * A live record names a member. `proven`: by its recorded start, or by the lock. `inside`: by a number that it has in a
   * PID namespace of its own, as others may have it in theirs.
   */
  recorded: 'proven' | 'likely' | 'inside' | undefined;
  /** Listens on a port of a service that nothing else tells. */
  listens: boolean;
  /** Holds one of several inodes of one path: never one with a holder of another of them. */
  inode: string | undefined;
}

/** Of this process alone, with nothing known of it. */
export const groupOf = (process: ProcessFacts): Group => ({
  members: new Map([[process.pid, process]]),
  matched: false,
  direct: false,
  holds: undefined,
  holdsProven: false,
  holdsAlone: false,
  holdEvidence: undefined,
  reads: false,
  recorded: undefined,
  listens: false,
  inode: undefined,
});

export const depthOf = (tree: ProcessTree, process: ProcessFacts): number => tree.ancestors(process).length;

export class Groups {
  readonly #tree: ProcessTree;
  readonly #of = new Map<number, Group>();
  readonly all = new Set<Group>();

  constructor(tree: ProcessTree) {
    this.#tree = tree;
  }

  of(process: ProcessFacts): Group | undefined {
    return this.#of.get(process.pid);
  }

  /** Returns the group of `process`, made if it is missing. */
  add(process: ProcessFacts): Group {
    const known = this.of(process);
    if (known !== undefined) {
      return known;
    }
    const group = groupOf(process);
    this.all.add(group);
    this.#of.set(process.pid, group);
    return group;
  }

  /** Returns the group that both are in now; where they are kept apart, the group that `process` is in. */
  join(process: ProcessFacts, group: Group): Group {
    const old = this.of(process);
    if (old !== undefined) {
      return this.merge(group, old);
    }
    group.members.set(process.pid, process);
    this.#of.set(process.pid, group);
    return group;
  }

  /** Returns the group that remains: the larger one, so that a thousand workers are not moved a thousand times. */
  merge(a: Group, b: Group): Group {
    if (a === b || (a.inode !== undefined && b.inode !== undefined && a.inode !== b.inode)) {
      return a;
    }
    const [into, from] = a.members.size >= b.members.size ? [a, b] : [b, a];
    for (const [pid, process] of from.members) {
      into.members.set(pid, process);
      this.#of.set(pid, into);
    }
    into.matched ||= from.matched;
    into.inode ??= from.inode;
    this.all.delete(from);
    return into;
  }

  /** Returns the groups that have a member above or below `process`. */
  relatives(process: ProcessFacts): Group[] {
    const above = this.#tree.ancestors(process).map((ancestor) => this.of(ancestor));
    const below = this.#tree.descendants(process).map((descendant) => this.of(descendant));
    return [...new Set([...above, ...below])].filter((group) => group !== undefined);
  }
}

/** Groups matches with the master above them that runs the same program, matched or not. */
function joinMasters(process: ProcessFacts, groups: Groups, tree: ProcessTree): void {
  let group = groups.add(process);
  let child = process;
  for (const parent of tree.ancestors(process)) {
    if (!sameProgram(parent, child) || programOf(parent).role !== 'program' || group.inode !== undefined) {
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

/** Puts matches together with their masters, workers and wrappers. */
export function groupMatches(matches: readonly ProcessFacts[], groups: Groups, tree: ProcessTree): void {
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
  // Below a matched service everything that matches is its worker, wrapped or not.
  const joinService = (process: ProcessFacts): void => {
    const group = groups.of(process);
    const above = tree
      .ancestors(process)
      .find((ancestor) => matched.has(ancestor.pid) && !isWrapper(ancestor));
    if (group !== undefined && above !== undefined) {
      groups.merge(groups.add(above), group);
    }
  };
  for (const process of byDepth.filter((one) => !isWrapper(one))) {
    joinMasters(process, groups, tree);
    groups.add(process).matched = true;
    joinService(process);
  }
  for (const wrapper of byDepth.filter(isWrapper).reverse()) {
    joinWrapper(wrapper, groups, tree);
    joinService(wrapper);
  }
}

/** A holder or recorded owner joins the instance it is related to, else stands for one of its own. */
export function joinSeed(process: ProcessFacts, groups: Groups, tree: ProcessTree): Group | undefined {
  const own = groups.of(process);
  // One that is only kept apart from holders of another inode still belongs to those that hold none.
  if (own === undefined || (own.inode !== undefined && !own.matched)) {
    const relatives = groups.relatives(process);
    const [only] = relatives;
    if (relatives.length > 1 && relatives.filter(({ matched }) => matched).length > 1) {
      // It launched several matched instances (a supervisor with a lock of its own): it is none of them.
      return own;
    }
    if (only !== undefined) {
      groups.join(
        process,
        relatives.reduce((group, other) => groups.merge(group, other), only),
      );
    } else if (own === undefined) {
      joinMasters(process, groups, tree);
    }
  }
  return groups.of(process);
}

/** Those who share one open file description are one instance, unless `process` told them apart. */
export function joinHolders(lock: LockFacts, groups: Groups, tree: ProcessTree): void {
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

/** Holders of different inodes of one path are two, even below one master: each believes to be alone. */
export function keepInodesApart(locks: readonly LockFacts[], groups: Groups, tree: ProcessTree): void {
  const inodes = new MultiMap<number, string>();
  for (const { holders, id, access } of locks) {
    for (const { process } of access === 'write' ? holders : []) {
      inodes.add(process.pid, `${id.dev} ${id.ino}`);
    }
  }
  const all = new Set([...inodes.values()].flatMap((of) => [...of]));
  if (all.size < 2) {
    return;
  }
  for (const { holders } of locks) {
    for (const { process } of holders) {
      const of = inodes.get(process.pid);
      // Who holds several of them has made its lock file again: that is one instance.
      if (of.size === 1 && isRunning(process) && !tree.isOwn(process)) {
        groups.add(process).inode ??= [...of][0];
      }
    }
  }
}

/** Notes on the groups what their members hold. */
export function noteHolders(lock: LockFacts, groups: Groups): void {
  for (const { process, inherited, proven, evidence } of lock.holders) {
    const group = groups.of(process);
    if (group === undefined) {
      continue;
    }
    if (lock.access === 'read') {
      group.reads = true;
    } else {
      group.direct ||= !inherited && proven;
      group.holdsProven ||= proven;
      group.holdsAlone ||= proven && lock.kind === 'mandatory';
      if (proven) group.holdEvidence ??= evidence;
      group.holds = group.holds === 'path' || !lock.deletedInode ? 'path' : 'deleted';
    }
  }
}
