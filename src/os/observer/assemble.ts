/** Puts the facts of one service together from what the readers know. */
import type {
  EndedProcess,
  HostFacts,
  LockFileFacts,
  PidFileFacts,
  PortFacts,
  ProcessFacts,
  RecordFacts,
  ServiceFacts,
} from '../../model/facts';
import type { RunFacts } from '../../model/processes/runFacts';
import { isRunning } from '../../model/processes/process';
import { programOf } from '../../model/processes/program';
import type { Readers } from '../readers';
import type { Ownership } from './ownership';
import type { ProcessIndex } from './processIndex';
import type { ServicePorts } from './servicePorts';
import { holdersOf, seedsOf } from './seeds';
import type { Signatures } from './signatures';
import { recordedBeside, SiblingFiles } from './siblingRecords';
import { MAX_DESCENDANTS, Surroundings } from './surroundings';
import { leftOutOf } from './takeUp';
import type { WatchedPaths } from './watchedPaths';
import type { WatchedService } from './watchedService';

const NOTHING: ReadonlySet<never> = new Set();

interface Parts {
  paths: WatchedPaths;
  index: ProcessIndex;
  signatures: Signatures;
  ownership: Ownership;
  ports: ServicePorts;
}

/** So many are read more exactly, owners first. */
const MAX_RUNS = 256;
/** A lock that more share is made to be shared. */
const MAX_RIVAL_OWNERS = 16;

export class Assembler {
  readonly #readers: Readers;
  readonly #paths: WatchedPaths;
  readonly #index: ProcessIndex;
  readonly #signatures: Signatures;
  readonly #ownership: Ownership;
  readonly #ports: ServicePorts;
  readonly #surroundings: Surroundings;
  readonly #siblings: SiblingFiles;

  constructor(readers: Readers, parts: Parts) {
    this.#readers = readers;
    this.#paths = parts.paths;
    this.#index = parts.index;
    this.#signatures = parts.signatures;
    this.#ownership = parts.ownership;
    this.#ports = parts.ports;
    this.#surroundings = new Surroundings(readers.processes);
    this.#siblings = new SiblingFiles(readers.readSmallFile);
  }

  /** Returns the facts of these services, and notes which processes they are made of. */
  assembleAll(watches: Iterable<WatchedService>): ServiceFacts[] {
    this.#beginLook();
    return [...watches].map((watch) => this.#assemble(watch));
  }

  /** The same of one. */
  assemble(watch: WatchedService): ServiceFacts {
    this.#beginLook();
    return this.#assemble(watch);
  }

  #beginLook(): void {
    this.#surroundings.clear();
    this.#siblings.clear();
  }

  #assemble(watch: WatchedService): ServiceFacts {
    const { processes } = this.#readers;
    const [lockFiles, pidFiles] = this.#files(watch);
    const seeds = seedsOf(lockFiles, pidFiles);
    const matched = this.#livingMatches(watch);
    seeds.watched.push(...watch.matched);
    for (const pid of matched) seeds.all.add(pid);
    let relevant = withRecorded(this.#surroundings.of(seeds.all), seeds.recorded);
    const alike = this.#signatures.alike(watch, relevant, processes.host);
    relevant = this.#surroundings.withMore(relevant, alike);
    const ports = this.#ports.factsOf(watch, lockFiles, pidFiles);
    const otherNetwork = ports.length === 0 ? [] : this.#ports.inOtherNetwork(seeds.all);
    relevant = this.#surroundings.withMore(relevant, listenersOf(ports));
    this.#ports.noteOwners(watch, seeds.owners);
    watch.formerHolders.note(seeds.owners, (pid) => processes.get(pid));
    const owners = this.#ownership.note(lockFiles, pidFiles);
    const ended = this.#ended(watch, [...owners, ...matched], relevant);
    seeds.watched.push(...watch.lifetimes.running);
    const candidates = this.#candidates(watch, [...matched, ...alike]);
    const pids = withAll(this.#surroundings.pidsOf(relevant), seeds.watched);
    this.#index.set(watch, { pids, seeds: seeds.all, candidates });
    const claims = this.#ownership.claimsOf(watch);
    const taken = candidates.size === 0 ? undefined : this.#readers.locks.locksTaken?.(relevant.keys());
    const locked = [...lockFiles, ...pidFiles]
      .filter(({ locks }) => locks.length > 0)
      .map(({ file }) => file.path);
    const runs = this.#runs(watch, [...seeds.all, ...candidates], locked);
    const leftOut = leftOutOf(watch);
    const wrapping = wrappersAmong(matched, watch, relevant);
    const facts: ServiceFacts = {
      service: watch.service,
      takenAt: Date.now(),
      host: processes.host,
      lockFiles,
      pidFiles,
      processes: relevant,
      matched,
    };
    // Of thousands of services nearly none has any of these.
    const misplaced = misplacedAmong(seeds.all, watch, relevant, processes.host);
    if (misplaced.length > 0) facts.misplaced = misplaced;
    if (wrapping.length > 0) facts.wrapping = wrapping;
    if (taken !== undefined && taken.size > 0) facts.taken = taken;
    if (runs !== undefined) facts.runs = runs;
    if (claims.size > 0) facts.claims = claims;
    if (watch.log !== undefined) facts.log = watch.log.facts;
    if (leftOut.length > 0) facts.leftOut = leftOut;
    if (ended.length > 0) facts.ended = ended;
    if (ports.length > 0) facts.ports = ports;
    if (otherNetwork.length > 0) facts.otherNetwork = otherNetwork;
    return facts;
  }

  #files(watch: WatchedService): [LockFileFacts[], PidFileFacts[]] {
    const lockFiles = watch.lockPaths.map((path) => this.#paths.lockFile(path));
    const pidFiles = watch.pidPaths.map((path) => this.#paths.pidFile(path));
    if (pidFiles.length > 0 || lockFiles.some(({ record }) => record !== undefined)) {
      // Only now, when the holders are known: they come first among those of a recorded number.
      const holders = holdersOf(lockFiles, pidFiles);
      for (const file of lockFiles) {
        if (file.record !== undefined) file.record = this.#withInner(file.record, holders);
      }
      for (const file of pidFiles) {
        if (file.content !== undefined) file.content = this.#withInner(file.content, holders);
      }
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
    // Without a file there is no owner here, and owning something else says nothing.
    if (watch.lockPaths.length + watch.pidPaths.length === 0) return NOTHING;
    const others = pids.filter((pid) => !watch.owners.has(pid));
    if (others.length === 0) return NOTHING;
    const candidates = new Set(others);
    for (const pid of candidates) {
      const process = processes.get(pid);
      if (process === undefined || programOf(process).role !== 'wrapper') continue;
      for (const child of processes.childrenOf(pid)) {
        if (candidates.size < MAX_DESCENDANTS && !watch.owners.has(child)) candidates.add(child);
      }
    }
    return candidates;
  }

  /** Who may be a second run beside an owner is read more exactly, with all below it, and so is that owner with all below it. */
  #runs(
    watch: WatchedService,
    pids: readonly number[],
    locked: readonly string[],
  ): ReadonlyMap<number, RunFacts> | undefined {
    const { processes, locks } = this.#readers;
    const { owners, candidates, formerHolders } = watch;
    // Of several owners, as of a path whose file was replaced, one may be too many as well.
    const areSeveral = owners.size > 1 && owners.size <= MAX_RIVAL_OWNERS;
    if (owners.size === 0 || (candidates.size === 0 && !areSeveral)) return undefined;
    const rivals = new Set([...candidates, ...(areSeveral ? owners : [])]);
    const uses = locks.usesOf?.(candidates, locked);
    const paths = [...watch.lockPaths, ...watch.pidPaths];
    // Where a path may not answer, nothing beside it is read.
    const places = {
      paths,
      processes: [...rivals].flatMap((pid) => processes.get(pid) ?? []),
      isApart: (folder: string) => this.#readers.apart?.mountAt(folder) !== undefined,
    };
    const beside = /[^\0]/.test(watch.apart) ? undefined : recordedBeside(places, rivals, this.#siblings);
    const below = [...new Set([...owners, ...rivals])].flatMap((pid) => this.#surroundings.below(pid));
    const runs = new Map<number, RunFacts>();
    for (const pid of [...new Set([...owners, ...candidates, ...pids, ...below])].slice(0, MAX_RUNS)) {
      const run: RunFacts = { ...processes.runOf?.(pid) };
      if (rivals.has(pid) && formerHolders.has(pid, (one) => processes.get(one))) run.heldBefore = true;
      const use = uses?.get(pid);
      if (use === 'opens') run.opensLock = true;
      if (use === 'waits') run.waits = true;
      if (beside?.pids.has(pid) === true) run.hasOwnRecord = true;
      if (beside?.isCut === true && rivals.has(pid)) run.isCut = true;
      if (this.#ownership.ownsElsewhere(pid, watch)) run.ownsElsewhere = true;
      if (Object.keys(run).length > 0) runs.set(pid, run);
    }
    return runs.size === 0 ? undefined : runs;
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
}

/** Returns the processes with those that only a record brought up. */
function withRecorded(
  processes: ReadonlyMap<number, ProcessFacts>,
  recorded: readonly ProcessFacts[],
): ReadonlyMap<number, ProcessFacts> {
  const missing = recorded.filter(({ pid }) => !processes.has(pid));
  if (missing.length === 0) return processes;
  return new Map([...processes, ...missing.map((process) => [process.pid, process] as const)]);
}

/** Returns all of both: the first set itself where it has them all. */
function withAll(pids: ReadonlySet<number>, more: readonly number[]): ReadonlySet<number> {
  return more.every((pid) => pids.has(pid)) ? pids : new Set([...pids, ...more]);
}

/** Returns the pids of all that are known to listen on one of the ports. */
export const listenersOf = (ports: readonly PortFacts[]): number[] =>
  ports.flatMap(({ listeners }) => listeners.flatMap(({ processes }) => processes.map(({ pid }) => pid)));

function wrappersAmong(
  matched: readonly number[],
  { isWrapper }: WatchedService,
  processes: ReadonlyMap<number, ProcessFacts>,
): number[] {
  return matched.filter((pid) => {
    const process = processes.get(pid);
    return process !== undefined && isWrapper?.(process) === true;
  });
}

/** Those that run what `process` names and are no match, since their folder is another or cannot be read. */
function misplacedAmong(
  pids: ReadonlySet<number>,
  { matches, matched, places }: WatchedService,
  processes: ReadonlyMap<number, ProcessFacts>,
  { ownPids }: HostFacts,
): number[] {
  if (matches === undefined || places.length === 0) return [];
  return [...pids].filter((pid) => {
    const process = matched.has(pid) || ownPids.includes(pid) ? undefined : processes.get(pid);
    return (
      process !== undefined &&
      matches(process) &&
      !places.every((place) => place.has(process, () => process.cwdId))
    );
  });
}
