/**
 * The processes around those that matter for a service: all below them and all above them, as of one moment. One process
 * may hold the locks of many services, which then share one map of them, and all that is worked out of it.
 */
import type { ProcessFacts } from '../../model/facts';
import { ancestorsOf, withDescendants } from '../../model/processes/treeWalk';
import type { ProcessReader } from '../readers';

/** Processes below the ones that matter, at most: a service of systemd itself would bring everything along. */
export const MAX_DESCENDANTS = 512;

type Processes = ReadonlyMap<number, ProcessFacts>;

/** A process with all below it, and all above it, the nearest first. */
interface Tree {
  below: readonly ProcessFacts[];
  above: ProcessFacts[];
}

export class Surroundings {
  readonly #processes: ProcessReader;
  readonly #trees = new Map<number, Tree>();
  /** By the pids that they are around. */
  readonly #known = new Map<string, Processes>();
  readonly #pids = new WeakMap<Processes, ReadonlySet<number>>();

  constructor(processes: ProcessReader) {
    this.#processes = processes;
  }

  /** Begins another moment. */
  clear(): void {
    this.#trees.clear();
    this.#known.clear();
  }

  /** Returns the processes and all around them: the same map for the same ones. */
  of(pids: ReadonlySet<number>): Processes {
    const key = [...pids].join(' ');
    let known = this.#known.get(key);
    if (known === undefined) {
      const around = new Map<number, ProcessFacts>();
      for (const pid of pids) this.#addTree(pid, around);
      known = around;
      this.#known.set(key, known);
    }
    return known;
  }

  /** Returns `known` and those that it lacks with all around them. */
  withMore(known: Processes, pids: Iterable<number>): Processes {
    let all: Map<number, ProcessFacts> | undefined;
    for (const pid of pids) {
      if ((all ?? known).has(pid)) continue;
      all ??= new Map(known);
      this.#addTree(pid, all);
    }
    return all ?? known;
  }

  /** Returns their pids: the same set for the same map. */
  pidsOf(known: Processes): ReadonlySet<number> {
    let pids = this.#pids.get(known);
    if (pids === undefined) {
      pids = new Set(known.keys());
      this.#pids.set(known, pids);
    }
    return pids;
  }

  /** Returns its pid and those of all below it. */
  below(pid: number): readonly number[] {
    return this.#treeOf(pid).below.map((process) => process.pid);
  }

  #addTree(pid: number, into: Map<number, ProcessFacts>): void {
    const { below, above } = this.#treeOf(pid);
    for (const process of below) into.set(process.pid, process);
    for (const process of above) {
      if (into.has(process.pid)) break;
      into.set(process.pid, process);
    }
  }

  #treeOf(pid: number): Tree {
    const known = this.#trees.get(pid);
    if (known !== undefined) return known;
    const processes = this.#processes;
    const isParent = (at: number): boolean => at > 1 && processes.get(at)?.kernelThread !== true;
    const pids = withDescendants(pid, (at) => processes.childrenOf(at), MAX_DESCENDANTS, isParent);
    const tree: Tree = { below: [...pids].flatMap((at) => processes.get(at) ?? []), above: [] };
    for (const at of ancestorsOf(pid, (child) => processes.parentOf(child))) {
      const process = processes.get(at);
      if (process === undefined) break;
      tree.above.push(process);
    }
    this.#trees.set(pid, tree);
    return tree;
  }
}
