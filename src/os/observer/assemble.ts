/** Puts the facts of one service together from what the readers know. */
import type {
  EndedProcess,
  LockFileFacts,
  PidFileFacts,
  PortFacts,
  ProcessFacts,
  RecordFacts,
  ServiceFacts,
} from '../../model/facts';
import { isRunning } from '../../model/processes/process';
import { programOf } from '../../model/processes/program';
import { ancestorsOf, withDescendants } from '../../model/processes/treeWalk';
import type { Readers } from '../readers';
import type { Ownership } from './ownership';
import type { ProcessIndex } from './processIndex';
import type { ServicePorts } from './servicePorts';
import { holdersOf, seedsOf } from './seeds';
import type { Signatures } from './signatures';
import { leftOutOf } from './takeUp';
import type { WatchedPaths } from './watchedPaths';
import type { WatchedService } from './watchedService';

/** Processes below the ones that matter, at most: a service of systemd itself would bring everything along. */
const MAX_DESCENDANTS = 512;

/** A process with all below it, and all above it, the nearest first. */
interface Tree {
  below: readonly ProcessFacts[];
  above: ProcessFacts[];
}

interface Parts {
  paths: WatchedPaths;
  index: ProcessIndex;
  signatures: Signatures;
  ownership: Ownership;
  ports: ServicePorts;
}

export class Assembler {
  readonly #readers: Readers;
  readonly #paths: WatchedPaths;
  readonly #index: ProcessIndex;
  readonly #signatures: Signatures;
  readonly #ownership: Ownership;
  readonly #ports: ServicePorts;
  /** Of this moment: one process may hold the locks of many services. */
  readonly #trees = new Map<number, Tree>();

  constructor(readers: Readers, parts: Parts) {
    this.#readers = readers;
    this.#paths = parts.paths;
    this.#index = parts.index;
    this.#signatures = parts.signatures;
    this.#ownership = parts.ownership;
    this.#ports = parts.ports;
  }

  /** Returns the facts of these services, and notes which processes they are made of. */
  assembleAll(watches: Iterable<WatchedService>): ServiceFacts[] {
    this.#trees.clear();
    return [...watches].map((watch) => this.#assemble(watch));
  }

  /** The same of one. */
  assemble(watch: WatchedService): ServiceFacts {
    this.#trees.clear();
    return this.#assemble(watch);
  }

  #assemble(watch: WatchedService): ServiceFacts {
    const { processes } = this.#readers;
    const [lockFiles, pidFiles] = this.#files(watch);
    const seeds = seedsOf(lockFiles, pidFiles);
    const matched = this.#livingMatches(watch);
    for (const pid of watch.matched) seeds.watched.add(pid);
    for (const pid of matched) seeds.all.add(pid);
    const relevant = new Map<number, ProcessFacts>();
    for (const pid of seeds.all) this.#addTree(pid, relevant);
    for (const [pid, process] of seeds.recorded) if (!relevant.has(pid)) relevant.set(pid, process);
    const alike = this.#signatures.alike(watch, [...relevant.values()], processes.host);
    for (const pid of alike) if (!relevant.has(pid)) this.#addTree(pid, relevant);
    const ports = this.#ports.factsOf(watch, lockFiles, pidFiles);
    const otherNetwork = ports.length === 0 ? [] : this.#ports.inOtherNetwork(seeds.all);
    for (const pid of listenersOf(ports)) if (!relevant.has(pid)) this.#addTree(pid, relevant);
    this.#ports.noteOwners(watch, seeds.owners);
    const owners = this.#ownership.note(lockFiles, pidFiles);
    const ended = this.#ended(watch, [...owners, ...matched], relevant);
    for (const pid of [...relevant.keys(), ...watch.lifetimes.running]) seeds.watched.add(pid);
    const candidates = this.#candidates(watch, [...matched, ...alike]);
    this.#index.set(watch, { pids: seeds.watched, seeds: seeds.all, candidates });
    const claims = this.#ownership.claimsOf(watch);
    const taken = candidates.size === 0 ? undefined : this.#readers.locks.locksTaken?.(relevant.keys());
    const leftOut = leftOutOf(watch);
    return {
      service: watch.service,
      takenAt: Date.now(),
      host: processes.host,
      lockFiles,
      pidFiles,
      processes: relevant,
      matched,
      ...(taken === undefined || taken.size === 0 ? {} : { taken }),
      ...(claims.size === 0 ? {} : { claims }),
      ...(watch.log === undefined ? {} : { log: watch.log.facts }),
      ...(leftOut.length === 0 ? {} : { leftOut }),
      ...(ended.length === 0 ? {} : { ended }),
      ...(ports.length === 0 ? {} : { ports }),
      ...(otherNetwork.length === 0 ? {} : { otherNetwork }),
    };
  }

  #files(watch: WatchedService): [LockFileFacts[], PidFileFacts[]] {
    const lockFiles = watch.lockPaths.map((path) => this.#paths.lockFile(path));
    const pidFiles = watch.pidPaths.map((path) => this.#paths.pidFile(path));
    // Only now, when the holders are known: they come first among those of a recorded number.
    const holders = holdersOf([...lockFiles, ...pidFiles]);
    for (const file of lockFiles) {
      if (file.record !== undefined) file.record = this.#withInner(file.record, holders);
    }
    for (const file of pidFiles) {
      if (file.content !== undefined) file.content = this.#withInner(file.content, holders);
    }
    return [lockFiles, pidFiles];
  }

  #livingMatches(watch: WatchedService): number[] {
    return [...watch.matched]
      .sort((a, b) => a - b)
      .filter((pid) => {
        // The one that ended while its successor started would make two.
        return this.#readers.processes.liveness(pid).state !== 'dead';
      });
  }

  #ended(
    watch: WatchedService,
    pids: readonly number[],
    relevant: ReadonlyMap<number, ProcessFacts>,
  ): readonly EndedProcess[] {
    const current = new Map<number, ProcessFacts>();
    for (const pid of pids) {
      const process = relevant.get(pid);
      if (process !== undefined && process.kernelThread !== true && pid > 1) current.set(pid, process);
    }
    return watch.lifetimes.note(current, (pid) => this.#readers.processes.get(pid), Date.now());
  }

  /** The processes that may be instances without owning a file of the service, and what such wrappers run. */
  #candidates(watch: WatchedService, pids: readonly number[]): ReadonlySet<number> {
    const { processes } = this.#readers;
    const candidates = new Set<number>();
    // Without a file there is no owner here, and owning something else says nothing.
    if (watch.lockPaths.length + watch.pidPaths.length === 0) return candidates;
    for (const pid of pids) if (!watch.owners.has(pid)) candidates.add(pid);
    for (const pid of candidates) {
      const process = processes.get(pid);
      if (process === undefined || programOf(process).role !== 'wrapper') continue;
      for (const child of processes.childrenOf(pid)) {
        if (candidates.size < MAX_DESCENDANTS && !watch.owners.has(child)) candidates.add(child);
      }
    }
    return candidates;
  }

  /** Adds who calls itself by the recorded number inside a nested PID namespace, holders of the service's locks first. */
  #withInner(facts: RecordFacts, holders: ReadonlySet<number>): RecordFacts {
    const { processes } = this.#readers;
    const { pid, pids = [] } = facts.record;
    if (pid === undefined || processes.namedInside === undefined) return facts;
    const inner: ProcessFacts[] = [];
    for (const recorded of new Set([pid, ...pids])) {
      for (const named of processes.namedInside(recorded)) {
        const process = processes.get(named);
        if (process !== undefined && isRunning(process)) inner.push(process);
      }
    }
    if (inner.length === 0) return facts;
    const rank = (process: ProcessFacts): number => (holders.has(process.pid) ? 0 : 1);
    inner.sort((a, b) => rank(a) - rank(b) || a.pid - b.pid);
    return { ...facts, inner };
  }

  /** The process, all above it and all below it. */
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
    const { processes } = this.#readers;
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

/** Returns the pids of all that are known to listen on one of the ports. */
export const listenersOf = (ports: readonly PortFacts[]): number[] =>
  ports.flatMap(({ listeners }) => listeners.flatMap(({ processes }) => processes.map(({ pid }) => pid)));
