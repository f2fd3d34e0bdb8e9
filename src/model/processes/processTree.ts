/** Who is whose parent, among the processes of one observation. */
import type { HostFacts, ProcessFacts, ServiceFacts } from '../facts';
import { isRunning } from './process';
import { isYounger } from './processIdentity';
import { programOf, sameProgram } from './program';

/** Services whose facts are made of the same processes share them, and with them the tree. */
const grown = new WeakMap<ReadonlyMap<number, ProcessFacts>, { host: HostFacts; tree: ProcessTree }>();

/** Returns the tree of the processes that the facts are made of; those must not be added to any more. */
export function treeOf({ processes, host }: Pick<ServiceFacts, 'processes' | 'host'>): ProcessTree {
  const known = grown.get(processes);
  if (known?.host === host) {
    return known.tree;
  }
  const tree = new ProcessTree(processes, host);
  grown.set(processes, { host, tree });
  return tree;
}

export class ProcessTree {
  readonly #processes: ReadonlyMap<number, ProcessFacts>;
  readonly #own: ReadonlySet<number>;
  readonly #isNested: boolean;
  readonly #children = new Map<number, ProcessFacts[]>();

  constructor(processes: ReadonlyMap<number, ProcessFacts>, host: HostFacts) {
    this.#processes = processes;
    this.#own = new Set(host.ownPids);
    this.#isNested = host.nestedPidNamespace;
    for (const process of processes.values()) {
      const parent = this.parent(process);
      if (parent !== undefined) {
        const siblings = this.#children.get(parent.pid);
        if (siblings === undefined) {
          this.#children.set(parent.pid, [process]);
        } else {
          siblings.push(process);
        }
      }
    }
  }

  get(pid: number): ProcessFacts | undefined {
    return this.#processes.get(pid);
  }

  /** The monitor itself and its ancestors: never part of anything it watches. */
  isOwn(process: ProcessFacts): boolean {
    return this.#own.has(process.pid);
  }

  /** undefined too when the number belongs to a later process: a parent is never younger than its child. */
  parent(process: ProcessFacts): ProcessFacts | undefined {
    const parent = process.ppid === undefined ? undefined : this.#processes.get(process.ppid);
    if (parent === undefined || parent.pid === process.pid) {
      return undefined;
    }
    return isYounger(parent, process) ? undefined : parent;
  }

  children(process: ProcessFacts): readonly ProcessFacts[] {
    return this.#children.get(process.pid) ?? [];
  }

  /** What starts many unrelated things ties none of them together. */
  isBoundary(process: ProcessFacts): boolean {
    return (
      this.isOwn(process) ||
      process.kernelThread === true ||
      // Orphans of everything are its children, whatever it runs; in a container it may be the service itself.
      (process.pid === 1 && !this.#isNested) ||
      programOf(process).role === 'launcher'
    );
  }

  /** Nearest first, up to the first boundary, which is not included; none where a torn observation shows a ring. */
  ancestors(process: ProcessFacts): ProcessFacts[] {
    const found: ProcessFacts[] = [];
    const met = new Set([process.pid]);
    for (let p = this.parent(process); p !== undefined && !this.isBoundary(p); p = this.parent(p)) {
      if (met.has(p.pid)) {
        return [];
      }
      met.add(p.pid);
      found.push(p);
    }
    return found;
  }

  /** Is `one` above the process, whatever it is itself? Not with what starts many things in between. */
  isAbove(one: ProcessFacts, process: ProcessFacts): boolean {
    const met = new Set([process.pid]);
    for (let p = this.parent(process); p !== undefined && !met.has(p.pid); p = this.parent(p)) {
      if (p.pid === one.pid) {
        return true;
      }
      if (this.isBoundary(p)) {
        return false;
      }
      met.add(p.pid);
    }
    return false;
  }

  /** Running descendants, parents first, none below a boundary; `into` answers false for subtrees to leave out. */
  descendants(process: ProcessFacts, into: (child: ProcessFacts) => boolean = () => true): ProcessFacts[] {
    const found: ProcessFacts[] = [];
    const seen = new Set([process.pid]);
    const open = [process];
    for (let p = open.pop(); p !== undefined; p = open.pop()) {
      for (const child of this.children(p)) {
        if (!seen.has(child.pid) && isRunning(child) && !this.isBoundary(child) && into(child)) {
          seen.add(child.pid);
          found.push(child);
          open.push(child);
        }
      }
    }
    return found;
  }

  /** One is the other's ancestor, or both are workers of one master. A common launcher makes no relatives. */
  areRelatives(a: ProcessFacts, b: ProcessFacts): boolean {
    if (a.pid === b.pid) {
      return true;
    }
    const [up, other] = [this.ancestors(a), this.ancestors(b)];
    if (up.some(({ pid }) => pid === b.pid) || other.some(({ pid }) => pid === a.pid)) {
      return true;
    }
    const parent = this.parent(a);
    return (
      parent !== undefined &&
      parent.pid === this.parent(b)?.pid &&
      !this.isBoundary(parent) &&
      sameProgram(parent, a) &&
      sameProgram(parent, b)
    );
  }
}
