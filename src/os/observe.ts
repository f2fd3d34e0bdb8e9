/**
 * The observer that every platform shares: watched paths, processes and locks, put together to facts of services. A
 * tick looks at everything cheaply and assembles anew only the services of which something changed.
 */
import { basename } from 'node:path';
import type {
  Claim,
  EndedProcess,
  FileFacts,
  HostFacts,
  LockFileFacts,
  PidFileFacts,
  ProcessFacts,
  RecordFacts,
  ServiceFacts,
} from '../model/facts';
import { conflictLineTest } from '../model/conflictPatterns';
import { isGlob, unescapeGlob } from '../model/globText';
import { parsePidRecord, type PidRecord } from '../model/pidRecord';
import { withLiveness } from '../model/pidRecordLiveness';
import { isRunning } from '../model/process';
import { compileFolder, compileMatcher } from '../model/processMatch';
import type { RegexEngine } from '../model/regex';
import { programOf } from '../model/program';
import { STARTING_MS } from '../model/instances/rivals';
import type { Service } from '../model/service';
import { ancestorsOf, withDescendants } from './descendants';
import { WatchedFile } from './files';
import { Glob, loadGlobs } from './globs';
import { LogWatch } from './logWatch';
import { Claims, ownersOf, stemOf, type Owners } from './observer/claims';
import { Folder, FolderPattern, type Place } from './observer/folders';
import { Lifetimes } from './observer/lifetimes';
import { holdersOf, seedsOf } from './observer/seeds';
import { openPlainFile } from './plainFile';
import type { HeldLock, Observation, Observer, ObserverOptions } from './platform';
import { shouldProbe } from './probe/policy';
import type { LockView, ProcessChange, Readers } from './readers';

/** One service and what its facts were made from. */
interface Watch {
  readonly service: Service;
  readonly json: string;
  /** `#apartOf` when its paths were last taken up. */
  readonly apart: string;
  readonly matches: ((process: ProcessFacts) => boolean) | undefined;
  /** Where its instances work, if the setting says so. */
  /** Where its instances work: its path, its pattern, or both. */
  readonly places: readonly Place[];
  readonly lockGlobs: readonly (string | Glob)[];
  readonly pidGlobs: readonly (string | Glob)[];
  readonly logGlob: Glob | undefined;
  /** Its paths are known: those with patterns are looked up by the first look. */
  isExpanded: boolean;
  log: LogWatch | undefined;
  lockPaths: readonly string[];
  pidPaths: readonly string[];
  /** Of these: where and how they are called but for the ending, and how they are called. */
  stems: ReadonlySet<string>;
  names: ReadonlySet<string>;
  readonly matched: Set<number>;
  /** Processes whose coming, going or changing changes the facts. */
  pids: ReadonlySet<number>;
  /** Holders, recorded owners and matches among them: their state should be fresh. */
  seeds: ReadonlySet<number>;
  /** Its owners: they hold its locks, or are named by its records. */
  owners: ReadonlySet<number>;
  /** May be its instances and own none of its files: what else they own matters. */
  candidates: ReadonlySet<number>;
  readonly lifetimes: Lifetimes;
  /** Same program in the same directory: whoever starts with one of these may be a duplicate. */
  signatures: ReadonlySet<string>;
}

interface WatchedPath {
  readonly file: WatchedFile;
  readonly watches: Set<Watch>;
  /** Parsed when first asked for. */
  record: PidRecord | undefined;
  probed: 'held' | 'free' | 'unavailable' | undefined;
  /** Monotonic ms. */
  probedAt: number;
}

const NOTHING: ReadonlySet<never> = new Set();
const NOBODY: Owners = new Map();
const NO_CHANGE: ProcessChange = { added: [], removed: [], changed: [] };

/** Two reads of the lock table so far apart agree on what is held for longer than a moment, ms. */
const SETTLE_MS = 12;

const PROBE_EVERY_MS = 2_000;
const PROBE_TIMEOUT_MS = 2_000;

/** Processes below the ones that matter, at most: a service of systemd itself would bring everything along. */
const MAX_DESCENDANTS = 512;

export class FactsObserver implements Observer {
  readonly #readers: Readers;
  readonly #engine: RegexEngine | undefined;
  readonly #watches = new Map<string, Watch>();
  readonly #paths = new Map<string, WatchedPath>();
  readonly #dirty = new Set<Watch>();
  readonly #byPid = new Map<number, Set<Watch>>();
  /** Seeds of any service, and how many services they are seeds of. */
  readonly #seeds = new Map<number, number>();
  /** The keys of `#seeds`. */
  readonly #relevant = new Set<number>();
  /** Those with patterns or logs, which ask for a look of their own every tick. */
  readonly #patterned = new Set<Watch>();
  readonly #logged = new Set<Watch>();
  /** Those whose instances work in a certain folder. */
  readonly #foldered = new Set<Watch>();
  readonly #claims = new Claims();
  /** By pid: the services that it may be an instance of without owning any of their files. */
  readonly #byCandidate = new Map<number, Set<Watch>>();
  /** Program and directory → processes; kept only while a service has no `process`. */
  readonly #signatures = new Map<string, Set<number>>();
  readonly #signatureOf = new Map<number, string>();
  readonly #bySignature = new Map<string, Set<Watch>>();
  #wantsSignatures = false;
  /** When the next newcomer of a service counts, ms since the epoch. */
  readonly #ofAge = new Map<Watch, number>();
  #options: ObserverOptions = { probe: undefined, probePolicy: 'never' };
  #hasProbed = false;

  constructor(readers: Readers, engine: RegexEngine | undefined) {
    this.#readers = readers;
    this.#engine = engine;
  }

  configure(services: readonly Service[], options: ObserverOptions): void {
    this.#options = options;
    const wanted = new Map(services.map((service) => [service.id, service]));
    for (const [id, watch] of this.#watches) {
      const service = wanted.get(id);
      if (service !== undefined && JSON.stringify(service) === watch.json) wanted.delete(id);
      else this.#drop(watch);
    }
    for (const service of wanted.values()) this.#add(service);
    this.#wantsSignatures = services.some((service) => service.process === undefined);
    if (this.#wantsSignatures) {
      for (const pid of this.#readers.processes.pids()) this.#sign(pid);
    } else {
      this.#signatures.clear();
      this.#signatureOf.clear();
    }
  }

  async tick(): Promise<Observation> {
    const takenAt = Date.now();
    const problem = await this.#look(undefined);
    const { source } = this.#readers.locks;
    const lockSource = source !== 'procfs' && this.#hasProbed ? 'fs-ext' : source;
    if (problem !== undefined) return { takenAt, lockSource, changed: [], problem };
    for (const [watch, at] of this.#ofAge) {
      if (takenAt < at) continue;
      this.#ofAge.delete(watch);
      this.#dirty.add(watch);
    }
    const changed = new Map<string, ServiceFacts>();
    // Assembling can meet processes that came after the look: those they match are assembled again.
    for (let round = 0; round < 3 && this.#dirty.size > 0; round++) {
      const dirty = [...this.#dirty];
      this.#dirty.clear();
      for (const watch of dirty) changed.set(watch.service.id, this.#assemble(watch));
      this.#discover();
      if (round === 0) await this.#settle();
    }
    for (const facts of changed.values()) {
      const watch = this.#watches.get(facts.service.id);
      // Nothing announces that a process can be looked at again: the next tick asks.
      if (watch === undefined) continue;
      if (hasUnavailableOwner(facts)) this.#dirty.add(watch);
      const at = nextOfAge(facts);
      if (at !== undefined) this.#ofAge.set(watch, at);
    }
    const silent = this.#readers.apart?.silent ?? [];
    return {
      takenAt,
      lockSource,
      changed: [...changed.values()],
      ...(silent.length === 0 ? {} : { silent }),
    };
  }

  async inspect(serviceId: string): Promise<ServiceFacts | undefined> {
    const watch = this.#watches.get(serviceId);
    if (watch === undefined) return undefined;
    const problem = await this.#look(watch);
    if (problem !== undefined) throw new Error(problem);
    this.#discover();
    let facts = this.#assemble(watch);
    if (await this.#settle()) facts = this.#assemble(watch);
    // What this look found is news for the next tick as well.
    this.#dirty.add(watch);
    return facts;
  }

  async heldLocks(under: readonly string[] | undefined): Promise<readonly HeldLock[]> {
    const problem = await this.#look(undefined);
    if (problem !== undefined) throw new Error(problem);
    return this.#readers.locks.heldLocks(under);
  }

  async locksOf(path: string): Promise<LockFileFacts> {
    const problem = await this.#look(undefined);
    if (problem !== undefined) throw new Error(problem);
    const isWatched = this.#paths.has(path);
    const watched = this.#pathOf(path);
    try {
      await this.#readers.apart?.lookAfterNow([path]);
      if (watched.file.check()) this.#noteFile(path, watched);
      await this.#readers.locks.refresh([path]);
      return this.#lockFile(path);
    } finally {
      if (!isWatched) this.#forgetPath(path);
    }
  }

  close(): void {
    for (const watch of [...this.#watches.values()]) this.#drop(watch);
    this.#readers.locks.close();
  }

  /** Looks at everything, notes which services it concerns; `fresh`: trusts nothing known about this one. */
  async #look(fresh: Watch | undefined): Promise<string | undefined> {
    const { processes, locks } = this.#readers;
    await this.#lookApart(fresh);
    let change: ProcessChange;
    try {
      change = await processes.update(this.#relevant);
    } catch (error) {
      return `The list of processes cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
    this.#noteProcesses(change);
    const now = performance.now();
    this.#checkFolders(now);
    if (this.#patterned.size > 0) await loadGlobs();
    for (const watch of this.#patterned) this.#expand(watch, now, watch === fresh || !watch.isExpanded);
    await this.#readers.apart?.lookAtNew();
    for (const [path, watched] of this.#paths) {
      if (watched.file.check(fresh !== undefined && watched.watches.has(fresh)))
        this.#noteFile(path, watched);
    }
    if (fresh !== undefined) processes.invalidate(fresh.pids);
    const lockChange = await locks.update(change);
    for (const path of lockChange.paths) this.#touch(path);
    for (const pid of lockChange.pids ?? NOTHING) this.#touchPid(pid);
    if (lockChange.problem !== undefined) return lockChange.problem;
    if (fresh !== undefined) await locks.refresh([...fresh.lockPaths, ...fresh.pidPaths]);
    const wall = Date.now();
    for (const watch of this.#logged) {
      if (watch.log?.check(wall) === true) this.#dirty.add(watch);
    }
    if (this.#options.probe !== undefined && this.#options.probePolicy !== 'never') await this.#probe(now);
    return undefined;
  }

  /**
   * A lock that was taken at this very moment is looked into a little later, so as not to disturb. Until then its
   * holder would seem to own nothing elsewhere, and so to be a duplicate. Returns whether that was waited for.
   */
  async #settle(): Promise<boolean> {
    const { locks } = this.#readers;
    if (locks.isSettling !== true) return false;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const change = await locks.update(NO_CHANGE);
    for (const path of change.paths) this.#touch(path);
    for (const pid of change.pids ?? NOTHING) this.#touchPid(pid);
    return true;
  }

  /** Takes in what another process sees where a look from here could wait without end. */
  async #lookApart(fresh: Watch | undefined): Promise<void> {
    const { apart } = this.#readers;
    if (apart === undefined) return;
    if (apart.update()) {
      for (const watch of [...this.#watches.values()]) {
        if (watch.apart === this.#apartOf(watch.service)) continue;
        this.#drop(watch);
        this.#add(watch.service);
      }
    }
    await apart.look();
    if (fresh !== undefined) await apart.lookAfterNow([...fresh.lockPaths, ...fresh.pidPaths]);
  }

  /** Which of a service's paths are looked at apart, as a text to compare. */
  #apartOf({ lockFiles, pidFiles, log }: Service): string {
    const { apart } = this.#readers;
    if (apart === undefined) return '';
    const paths = [...lockFiles, ...pidFiles, ...(log === undefined ? [] : [log.path])];
    return paths.map((path) => apart.mountOf(path)?.point ?? '').join('\0');
  }

  #touch(path: string): void {
    for (const watch of this.#paths.get(path)?.watches ?? NOTHING) this.#dirty.add(watch);
  }

  #noteFile(path: string, watched: WatchedPath): void {
    watched.record = undefined;
    this.#readers.locks.watch(path, watched.file.facts);
    this.#touch(path);
  }

  #noteProcesses({ added, removed, changed }: ProcessChange): void {
    for (const pid of removed) {
      this.#unsign(pid);
      this.#touchPid(pid);
      this.#match(pid, false);
    }
    for (const pid of changed) {
      this.#touchPid(pid);
      this.#match(pid, true);
      if (this.#wantsSignatures) this.#sign(pid);
    }
    for (const pid of added) {
      this.#touchPid(pid);
      // A new child belongs to whatever its parent belongs to.
      const parent = this.#readers.processes.parentOf(pid);
      if (parent !== undefined && parent > 1) this.#touchPid(parent);
      // A record may name it by the number that it has inside its namespace.
      const inner = this.#readers.processes.innerPidOf?.(pid);
      if (inner !== undefined) this.#touchPid(inner);
      this.#match(pid, true);
      if (this.#wantsSignatures) this.#sign(pid);
    }
  }

  #discover(): void {
    const added = this.#readers.processes.takeDiscovered();
    if (added.length > 0) this.#noteProcesses({ added, removed: [], changed: [] });
  }

  #touchPid(pid: number): void {
    for (const watch of this.#byPid.get(pid) ?? NOTHING) this.#dirty.add(watch);
  }

  #match(pid: number, isThere: boolean): void {
    for (const watch of this.#watches.values()) {
      if (watch.matches === undefined) continue;
      this.#matchOne(watch, pid, isThere);
    }
  }

  #matchOne(watch: Watch, pid: number, isThere: boolean): void {
    const { processes } = this.#readers;
    const process = isThere ? processes.glance(pid, false) : undefined;
    const isMatch =
      process !== undefined &&
      process.argv.length > 0 &&
      watch.matches?.(process) === true &&
      !processes.host.ownPids.includes(pid) &&
      watch.places.every((place) => this.#worksIn(place, pid));
    if (isMatch === watch.matched.has(pid)) return;
    if (isMatch) watch.matched.add(pid);
    else watch.matched.delete(pid);
    this.#dirty.add(watch);
  }

  #worksIn(place: Place, pid: number): boolean {
    const { processes } = this.#readers;
    const process = processes.glance(pid, true);
    if (process === undefined) return false;
    const hasIt = (): boolean => place.has(process, () => processes.get(pid)?.cwdId);
    // The right program in another directory: perhaps the link leads there since a moment ago.
    return hasIt() || (place.look(performance.now()) && hasIt());
  }

  /** A folder that has come, or that a link now leads to, may have processes in it already. */
  #checkFolders(now: number): void {
    for (const watch of this.#foldered) {
      if (!watch.places.some((place) => place.check(now))) continue;
      for (const pid of this.#readers.processes.pids()) this.#matchOne(watch, pid, true);
    }
  }

  #sign(pid: number): void {
    const process = this.#readers.processes.glance(pid, true);
    const signature = process === undefined ? undefined : signatureOf(process);
    if (signature === this.#signatureOf.get(pid)) return;
    this.#unsign(pid);
    if (signature === undefined) return;
    this.#signatureOf.set(pid, signature);
    addTo(this.#signatures, signature, pid);
    for (const watch of this.#bySignature.get(signature) ?? NOTHING) this.#dirty.add(watch);
  }

  #unsign(pid: number): void {
    const signature = this.#signatureOf.get(pid);
    if (signature === undefined) return;
    this.#signatureOf.delete(pid);
    removeFrom(this.#signatures, signature, pid);
    for (const watch of this.#bySignature.get(signature) ?? NOTHING) this.#dirty.add(watch);
  }

  #add(service: Service): void {
    const { apart } = this.#readers;
    const globOf = (pattern: string): Glob =>
      apart?.globAt(pattern) ?? new Glob(pattern, (folder) => apart?.isAt(folder) === true);
    const expandable = (path: string): string | Glob => (isGlob(path) ? globOf(path) : unescapeGlob(path));
    const log = service.log === undefined ? undefined : expandable(service.log.path);
    const watch: Watch = {
      service,
      json: JSON.stringify(service),
      apart: this.#apartOf(service),
      matches: matcherOf(service, this.#engine),
      places: placesOf(service, this.#engine, (path) => apart?.mountAt(path) !== undefined),
      lockGlobs: service.lockFiles.map(expandable),
      pidGlobs: service.pidFiles.map(expandable),
      logGlob: log instanceof Glob ? log : undefined,
      isExpanded: false,
      log: undefined,
      lockPaths: [],
      pidPaths: [],
      stems: NOTHING,
      names: NOTHING,
      matched: new Set(),
      pids: NOTHING,
      seeds: NOTHING,
      owners: NOTHING,
      candidates: NOTHING,
      lifetimes: new Lifetimes(),
      signatures: NOTHING,
    };
    if (typeof log === 'string') watch.log = this.#watchLog(log, watch);
    this.#watches.set(service.id, watch);
    if ([...watch.lockGlobs, ...watch.pidGlobs, watch.logGlob].some((glob) => glob instanceof Glob)) {
      this.#patterned.add(watch);
    } else {
      this.#expand(watch, performance.now(), true);
    }
    if (log !== undefined) this.#logged.add(watch);
    this.#dirty.add(watch);
    if (watch.places.length > 0) {
      this.#foldered.add(watch);
      for (const place of watch.places) place.check(performance.now());
    }
    if (watch.matches !== undefined) {
      for (const pid of this.#readers.processes.pids()) this.#matchOne(watch, pid, true);
    }
  }

  #drop(watch: Watch): void {
    for (const glob of [...watch.lockGlobs, ...watch.pidGlobs, watch.logGlob])
      if (glob instanceof Glob) glob.close();
    watch.log?.close();
    this.#watches.delete(watch.service.id);
    this.#ofAge.delete(watch);
    this.#dirty.delete(watch);
    this.#setPaths(watch, [], []);
    this.#setPids(watch, NOTHING);
    this.#setSeeds(watch, NOTHING);
    this.#setCandidates(watch, NOTHING);
    this.#foldered.delete(watch);
    this.#patterned.delete(watch);
    this.#logged.delete(watch);
    this.#setSignatures(watch, NOTHING);
  }

  #expand(watch: Watch, now: number, force: boolean): void {
    if (watch.logGlob?.check(now, force) === true) {
      const newest = watch.logGlob.newest();
      if (newest !== watch.log?.path) watch.log?.close();
      if (newest !== watch.log?.path)
        watch.log = newest === undefined ? undefined : this.#watchLog(newest, watch);
      this.#dirty.add(watch);
    }
    let isChanged = !watch.isExpanded;
    watch.isExpanded = true;
    for (const glob of watch.lockGlobs)
      if (glob instanceof Glob) isChanged = glob.check(now, force) || isChanged;
    for (const glob of watch.pidGlobs)
      if (glob instanceof Glob) isChanged = glob.check(now, force) || isChanged;
    if (!isChanged) return;
    const pathsOf = (globs: readonly (string | Glob)[]): string[] => [
      ...new Set(globs.flatMap((glob) => (glob instanceof Glob ? glob.matches : [glob]))),
    ];
    this.#setPaths(watch, pathsOf(watch.lockGlobs), pathsOf(watch.pidGlobs));
    this.#dirty.add(watch);
  }

  #watchLog(path: string, watch: Watch): LogWatch {
    const patterns = watch.service.log?.patterns ?? [];
    const apart = this.#readers.apart?.logAt(path, patterns);
    if (apart !== undefined) return apart;
    const test = conflictLineTest(patterns, this.#engine);
    return new LogWatch(path, [test], this.#readers.openRegularFile ?? openPlainFile);
  }

  #setPaths(watch: Watch, lockPaths: readonly string[], pidPaths: readonly string[]): void {
    const before = new Set([...watch.lockPaths, ...watch.pidPaths]);
    watch.lockPaths = lockPaths;
    watch.pidPaths = pidPaths;
    watch.stems = new Set([...lockPaths, ...pidPaths].map(stemOf));
    watch.names = new Set([...lockPaths, ...pidPaths].map((path) => basename(path)));
    for (const path of new Set([...lockPaths, ...pidPaths])) {
      if (before.delete(path)) continue;
      this.#pathOf(path).watches.add(watch);
    }
    for (const path of before) {
      const watched = this.#paths.get(path);
      watched?.watches.delete(watch);
      if (watched?.watches.size === 0) this.#forgetPath(path);
    }
  }

  /** From now on it is looked at. */
  #pathOf(path: string): WatchedPath {
    const known = this.#paths.get(path);
    if (known !== undefined) return known;
    const { apart, readSmallFile } = this.#readers;
    const file = apart?.fileAt(path) ?? new WatchedFile(path, readSmallFile);
    const watched = {
      file,
      watches: new Set<Watch>(),
      record: undefined,
      probed: undefined,
      probedAt: -Infinity,
    };
    this.#paths.set(path, watched);
    file.check();
    this.#readers.locks.watch(path, file.facts);
    return watched;
  }

  #forgetPath(path: string): void {
    this.#paths.get(path)?.file.close();
    this.#paths.delete(path);
    this.#readers.locks.unwatch(path);
    this.#noteOwners(path, NOBODY);
  }

  #setPids(watch: Watch, pids: ReadonlySet<number>): void {
    for (const pid of watch.pids) {
      if (!pids.has(pid)) removeFrom(this.#byPid, pid, watch);
    }
    for (const pid of pids) {
      if (!watch.pids.has(pid)) addTo(this.#byPid, pid, watch);
    }
    watch.pids = pids;
  }

  #setSeeds(watch: Watch, seeds: ReadonlySet<number>): void {
    for (const pid of seeds) {
      if (watch.seeds.has(pid)) continue;
      this.#seeds.set(pid, (this.#seeds.get(pid) ?? 0) + 1);
      this.#relevant.add(pid);
    }
    for (const pid of watch.seeds) {
      if (seeds.has(pid)) continue;
      const left = (this.#seeds.get(pid) ?? 1) - 1;
      this.#seeds.set(pid, left);
      if (left > 0) continue;
      this.#seeds.delete(pid);
      this.#relevant.delete(pid);
    }
    watch.seeds = seeds;
  }

  #setCandidates(watch: Watch, candidates: ReadonlySet<number>): void {
    for (const pid of watch.candidates) if (!candidates.has(pid)) removeFrom(this.#byCandidate, pid, watch);
    for (const pid of candidates) if (!watch.candidates.has(pid)) addTo(this.#byCandidate, pid, watch);
    watch.candidates = candidates;
  }

  #setSignatures(watch: Watch, signatures: ReadonlySet<string>): void {
    for (const signature of watch.signatures) {
      if (!signatures.has(signature)) removeFrom(this.#bySignature, signature, watch);
    }
    for (const signature of signatures) {
      if (!watch.signatures.has(signature)) addTo(this.#bySignature, signature, watch);
    }
    watch.signatures = signatures;
  }

  async #probe(now: number): Promise<void> {
    const questions: Promise<void>[] = [];
    for (const [path, watched] of this.#paths) {
      if (now - watched.probedAt < PROBE_EVERY_MS) continue;
      const { status } = watched.file.facts;
      if (status !== 'file') continue;
      const view = this.#readers.locks.view(path);
      const { probe } = shouldProbe({
        policy: this.#options.probePolicy,
        file: status,
        existence: [...watched.watches].some(({ service }) => service.existence === true),
        knownHeld: view.locks.length > 0,
        fileSystem: this.#readers.apart?.mountAt(path)?.type,
        certainty: view.certainty,
      });
      watched.probedAt = now;
      if (!probe) {
        if (watched.probed !== undefined) {
          watched.probed = undefined;
          this.#touch(path);
        }
        continue;
      }
      questions.push(
        this.#ask(path).then((answer) => {
          if (answer !== 'unavailable') this.#hasProbed = true;
          if (answer === watched.probed) return;
          watched.probed = answer;
          this.#touch(path);
        }),
      );
    }
    await Promise.all(questions);
  }

  /** The extension host may be busy; a tick does not wait for it longer than a moment. */
  async #ask(path: string): Promise<'held' | 'free' | 'unavailable'> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'unavailable'>((resolve) => {
      timer = setTimeout(() => resolve('unavailable'), PROBE_TIMEOUT_MS);
    });
    try {
      return await Promise.race([this.#options.probe?.(path) ?? late, late]);
    } catch {
      return 'unavailable';
    } finally {
      clearTimeout(timer);
    }
  }

  #assemble(watch: Watch): ServiceFacts {
    const { processes } = this.#readers;
    const [lockFiles, pidFiles] = this.#files(watch);
    const seeds = seedsOf(lockFiles, pidFiles);
    const matched = this.#livingMatches(watch);
    for (const pid of watch.matched) seeds.watched.add(pid);
    for (const pid of matched) seeds.all.add(pid);
    const relevant = new Map<number, ProcessFacts>();
    for (const pid of seeds.all) this.#addTree(pid, relevant);
    for (const [pid, process] of seeds.recorded) if (!relevant.has(pid)) relevant.set(pid, process);
    const alike = this.#addAlike(watch, relevant);
    watch.owners = seeds.owners;
    const owners = this.#noteOwnersOf(lockFiles, pidFiles);
    const ended = this.#ended(watch, [...owners, ...matched], relevant);
    for (const pid of [...relevant.keys(), ...watch.lifetimes.running]) seeds.watched.add(pid);
    this.#setPids(watch, seeds.watched);
    this.#setSeeds(watch, seeds.all);
    this.#setCandidates(watch, this.#candidates(watch, [...matched, ...alike]));
    const claims = this.#claimsOf(watch);
    return {
      service: watch.service,
      takenAt: Date.now(),
      host: processes.host,
      lockFiles,
      pidFiles,
      processes: relevant,
      matched,
      ...(claims.size === 0 ? {} : { claims }),
      ...(watch.log === undefined ? {} : { log: watch.log.facts }),
      ...(ended.length === 0 ? {} : { ended }),
    };
  }

  #files(watch: Watch): [LockFileFacts[], PidFileFacts[]] {
    const lockFiles = watch.lockPaths.map((path) => this.#lockFile(path));
    const pidFiles = watch.pidPaths.map((path) => this.#pidFile(path));
    // Only now, when the holders are known: they come first among those of a recorded number.
    const holders = holdersOf([...lockFiles, ...pidFiles]);
    for (const file of lockFiles)
      if (file.record !== undefined) file.record = this.#withInner(file.record, holders);
    for (const file of pidFiles)
      if (file.content !== undefined) file.content = this.#withInner(file.content, holders);
    return [lockFiles, pidFiles];
  }

  #livingMatches(watch: Watch): number[] {
    return [...watch.matched]
      .sort((a, b) => a - b)
      .filter((pid) => {
        // The one that ended while its successor started would make two.
        return this.#readers.processes.liveness(pid).state !== 'dead';
      });
  }

  /** Adds what may be duplicates where no setting says how to know them: the same program in the same directory. */
  #addAlike(watch: Watch, relevant: Map<number, ProcessFacts>): number[] {
    const { processes } = this.#readers;
    const signatures = new Set<string>();
    const alike: number[] = [];
    if (watch.service.process === undefined) {
      for (const process of [...relevant.values()]) {
        const signature = isOwnOrNoProgram(process, processes.host) ? undefined : signatureOf(process);
        if (signature === undefined || signatures.has(signature)) continue;
        signatures.add(signature);
        for (const pid of this.#signatures.get(signature) ?? NOTHING) {
          alike.push(pid);
          if (!relevant.has(pid)) this.#addTree(pid, relevant);
        }
      }
    }
    this.#setSignatures(watch, signatures);
    return alike;
  }

  #ended(
    watch: Watch,
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
  #candidates(watch: Watch, pids: readonly number[]): ReadonlySet<number> {
    const { processes } = this.#readers;
    const candidates = new Set<number>();
    // Without a file nobody owns anything here, and owning something else says nothing.
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

  /** Takes over who owns these files, for the other services' sake. Returns all of them. */
  #noteOwnersOf(lockFiles: readonly LockFileFacts[], pidFiles: readonly PidFileFacts[]): Set<number> {
    const all = new Set<number>();
    const note = (file: LockFileFacts | PidFileFacts, record: RecordFacts | undefined): void => {
      const { path } = file.file;
      const watches = this.#paths.get(path)?.watches ?? NOTHING;
      const isLikely = (pid: number): boolean =>
        [...watches].some(({ matches, matched }) => matches === undefined || matched.has(pid));
      const owners = ownersOf({ ...file, record }, this.#readers.processes.host, isLikely);
      for (const pid of owners.keys()) all.add(pid);
      this.#noteOwners(path, owners);
    };
    for (const file of lockFiles) note(file, file.record);
    for (const file of pidFiles) note(file, file.content);
    return all;
  }

  /** Owning one service's file is news for the others that may count the process among their instances. */
  #noteOwners(path: string, owners: Owners): void {
    for (const pid of this.#claims.note(path, owners)) {
      for (const watch of this.#byCandidate.get(pid) ?? NOTHING) {
        if (!isOwnFile(watch, path)) this.#dirty.add(watch);
      }
    }
  }

  #claimsOf(watch: Watch): ReadonlyMap<number, Claim> {
    const claims = new Map<number, Claim>();
    if (watch.candidates.size === 0) return claims;
    const isOwn = (path: string): boolean => isOwnFile(watch, path);
    const elsewhere = this.#readers.locks.locksNamed?.(watch.candidates, watch.names);
    for (const pid of watch.candidates) {
      const other = elsewhere?.get(pid)?.find(({ path }) => !isOwn(path));
      const claim =
        this.#claims.of(pid, isOwn) ??
        (other === undefined ? undefined : { by: 'holds' as const, path: other.path });
      if (claim !== undefined) claims.set(pid, claim);
    }
    return claims;
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
    const { processes } = this.#readers;
    const isParent = (at: number): boolean => at > 1 && processes.get(at)?.kernelThread !== true;
    const below = withDescendants(pid, (at) => processes.childrenOf(at), MAX_DESCENDANTS, isParent);
    for (const at of below) {
      const process = processes.get(at);
      if (process !== undefined) into.set(at, process);
    }
    for (const at of ancestorsOf(pid, (child) => processes.parentOf(child))) {
      const process = into.has(at) ? undefined : processes.get(at);
      if (process === undefined) break;
      into.set(at, process);
    }
  }

  /** Locks as the passive source sees them, completed by the last probe where that source cannot know. */
  #view(path: string, file: FileFacts): LockView {
    const view = this.#readers.locks.view(path);
    const probed = this.#paths.get(path)?.probed;
    if (view.locks.length > 0 || probed === undefined || probed === 'unavailable') return view;
    const foreign = view.foreign === undefined ? {} : { foreign: view.foreign };
    if (probed === 'free') {
      return (view.beyondProbe ?? []).length > 0 ? view : { locks: [], certainty: 'certain', ...foreign };
    }
    return {
      ...foreign,
      locks: [
        {
          kind: 'flock',
          access: 'write',
          id: file.id ?? { dev: '0', ino: '0' },
          deletedInode: false,
          holders: view.openers ?? [],
          ...(view.openers !== undefined && view.openers.length > 0
            ? {}
            : { unknown: view.because ?? ('probeOnly' as const) }),
          waiters: [],
        },
      ],
      certainty: 'certain',
    };
  }

  #lockFile(path: string): LockFileFacts {
    const file = this.#paths.get(path)?.file.facts ?? { path, status: 'absent' };
    const view = this.#view(path, file);
    const record = this.#recordOf(path);
    const carriesRecord =
      record !== undefined && record.record.shape !== 'empty' && record.record.shape !== 'none';
    const isExistence = view.locks.length === 0 && (file.status === 'symlink' || file.status === 'directory');
    return {
      file: this.#paths.get(path)?.file.facts ?? file,
      locks: view.locks,
      certainty: view.certainty,
      ...(view.because === undefined || view.certainty === 'certain'
        ? {}
        : { uncertainBecause: view.because }),
      ...(view.foreign === undefined ? {} : { foreign: view.foreign }),
      ...(carriesRecord ? { record } : {}),
      ...(isExistence ? { existence: true } : {}),
    };
  }

  #pidFile(path: string): PidFileFacts {
    const content = this.#recordOf(path);
    const file = this.#paths.get(path)?.file.facts ?? { path, status: 'absent' };
    const view = this.#view(path, file);
    const hasContent = content !== undefined && (file.status === 'file' || file.status === 'symlink');
    return {
      file,
      ...(hasContent ? { content } : {}),
      locks: view.locks,
      certainty: view.certainty,
      ...(view.foreign === undefined ? {} : { foreign: view.foreign }),
    };
  }

  #recordOf(path: string): RecordFacts | undefined {
    const watched = this.#paths.get(path);
    if (watched === undefined) return undefined;
    const facts = this.#judgeRecord(path, watched);
    if (facts?.liveness?.state !== 'dead') return facts;
    // Dead: unless the next instance has written its own record since the look at this one.
    if (!watched.file.check()) return facts;
    watched.record = undefined;
    this.#readers.locks.watch(path, watched.file.facts);
    return this.#judgeRecord(path, watched);
  }

  #judgeRecord(path: string, watched: WatchedPath): RecordFacts | undefined {
    const { content, facts } = watched.file;
    if (content === undefined && facts.status !== 'directory') return undefined;
    watched.record ??= parsePidRecord({
      fileName: basename(path),
      ...(content?.bytes === undefined ? {} : { content: content.bytes }),
      ...(content?.symlinkTarget === undefined ? {} : { symlinkTarget: content.symlinkTarget }),
    });
    return withLiveness(watched.record, (pid) => this.#readers.processes.liveness(pid));
  }
}

function hasUnavailableOwner({ pidFiles, lockFiles }: ServiceFacts): boolean {
  return (
    pidFiles.some(({ content }) => content?.liveness?.state === 'unavailable') ||
    lockFiles.some(({ record }) => record?.liveness?.state === 'unavailable')
  );
}

/** A newcomer counts from a certain age on, and nothing but the clock announces that it has come to it. */
function nextOfAge({ matched, processes, takenAt }: ServiceFacts): number | undefined {
  if (matched.length < 2) return undefined;
  const ages = matched.map((pid) => (processes.get(pid)?.startTime ?? 0) + STARTING_MS);
  const next = Math.min(...ages.filter((at) => at > takenAt));
  return Number.isFinite(next) ? next : undefined;
}

function placesOf(
  { process }: Service,
  engine: RegexEngine | undefined,
  isApart: (path: string) => boolean,
): Place[] {
  if (process?.kind !== 'commandAndCwd') return [];
  const { cwd, cwdPattern } = process;
  const places: Place[] = cwd === undefined ? [] : [new Folder(cwd, isApart)];
  if (cwdPattern !== undefined) {
    places.push(new FolderPattern(orNothing(() => compileFolder(cwdPattern, engine))));
  }
  return places;
}

/** A pattern that the engine refuses was reported where the setting was read; here it matches nothing. */
function orNothing<T>(compile: () => (subject: T) => boolean): (subject: T) => boolean {
  try {
    return compile();
  } catch {
    return () => false;
  }
}

/** What two instances of one program started from one directory have in common; see `sameService`. */
function signatureOf(process: ProcessFacts): string | undefined {
  if (process.cwd === undefined || process.argv.length === 0) return undefined;
  const { key, scripted } = programOf(process);
  return scripted && key !== undefined
    ? `${process.cwd}\0script\0${key}`
    : `${process.cwd}\0argv\0${process.argv.join('\0')}`;
}

/** One of its files, or another one of the same program, which somebody watches as a service of its own. */
const isOwnFile = ({ stems }: Watch, path: string): boolean => stems.has(stemOf(path));

function isOwnOrNoProgram(process: ProcessFacts, host: HostFacts): boolean {
  return host.ownPids.includes(process.pid) || programOf(process).role !== 'program';
}

function matcherOf(
  { process }: Service,
  engine: RegexEngine | undefined,
): ((process: ProcessFacts) => boolean) | undefined {
  if (process === undefined) return undefined;
  // Its places are the observer's affair, which can read what a path leads to.
  return orNothing(() =>
    compileMatcher(process.kind === 'commandAndCwd' ? process.command : process, engine),
  );
}

function addTo<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}

/** Answers whether that was the last one. */
function removeFrom<K, V>(map: Map<K, Set<V>>, key: K, value: V): boolean {
  const values = map.get(key);
  values?.delete(value);
  if (values?.size !== 0) return false;
  map.delete(key);
  return true;
}
