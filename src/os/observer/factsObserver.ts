/**
 * The observer that every platform shares: combines watched paths, processes and locks into facts about each service. A
 * tick checks everything cheaply and assembles only the services of which something changed.
 */
import { basename } from 'node:path';
import { messageOf } from '../../common/errors';
import type { LockFileFacts, ServiceFacts } from '../../model/facts';
import type { RegexEngine } from '../../model/settings/regex';
import type { Service } from '../../model/service';
import type { HeldLock, Observation, Observer, ObserverOptions } from '../platform';
import type { LockChange, ProcessChange, Readers } from '../readers';
import { Assembler } from './assemble';
import { stemOf } from './claims';
import { Newcomers } from './newcomers';
import { Ownership } from './ownership';
import { Probing } from './probing';
import { ProcessIndex } from './processIndex';
import { ProcessNews } from './processNews';
import { ServicePorts } from './servicePorts';
import { Signatures } from './signatures';
import { apartOf, closeFiles, expandLog, expandPaths, hasPattern, takeUp } from './takeUp';
import { loadGlobs } from './watchedGlob';
import { WatchedPaths } from './watchedPaths';
import type { WatchedService } from './watchedService';

const NO_CHANGE: ProcessChange = { added: [], removed: [], changed: [] };

/** Two reads of the lock table so far apart agree on what is held for longer than a moment, ms. */
const SETTLE_MS = 12;

/** A lock table that is as it was says that the locks are, too, where the processes were checked so lately, ms. */
const CHECK_KEPT_MS = 3_000;

export class FactsObserver implements Observer {
  readonly #readers: Readers;
  readonly #engine: RegexEngine | undefined;
  readonly #watches = new Map<string, WatchedService>();
  /** Those whose facts must be assembled again. */
  readonly #dirty = new Set<WatchedService>();
  /** Those with patterns or logs, which ask for a look of their own every tick. */
  readonly #patterned = new Set<WatchedService>();
  readonly #logged = new Set<WatchedService>();
  readonly #newcomers = new Newcomers();
  readonly #paths: WatchedPaths;
  readonly #index = new ProcessIndex();
  readonly #signatures: Signatures;
  readonly #news: ProcessNews;
  readonly #ownership: Ownership;
  readonly #ports: ServicePorts;
  readonly #assembler: Assembler;
  readonly #probing: Probing;
  /** When everything was checked last, monotonic, ms. */
  #checkedAt = -Infinity;

  constructor(readers: Readers, engine: RegexEngine | undefined) {
    this.#readers = readers;
    this.#engine = engine;
    const markDirty = (watch: WatchedService): void => void this.#dirty.add(watch);
    this.#paths = new WatchedPaths(readers, markDirty);
    this.#signatures = new Signatures(markDirty);
    this.#news = new ProcessNews(readers.processes, this.#index, this.#signatures, markDirty);
    this.#ownership = new Ownership(readers, this.#paths, this.#index, markDirty);
    this.#ports = new ServicePorts(readers, this.#index, markDirty);
    this.#probing = new Probing(readers, this.#paths);
    this.#assembler = new Assembler(readers, {
      paths: this.#paths,
      index: this.#index,
      signatures: this.#signatures,
      ownership: this.#ownership,
      ports: this.#ports,
    });
  }

  configure(services: readonly Service[], options: ObserverOptions): void {
    this.#probing.configure(options);
    const wanted = new Map(services.map((service) => [service.id, service]));
    for (const [id, watch] of this.#watches) {
      const service = wanted.get(id);
      if (service !== undefined && JSON.stringify(service) === watch.json) wanted.delete(id);
      else this.#drop(watch);
    }
    for (const service of wanted.values()) this.#add(service);
    this.#news.wantSignatures(services.some((service) => service.process === undefined));
  }

  async tick(): Promise<Observation> {
    const takenAt = Date.now();
    const problem = await this.#look(undefined);
    const { source } = this.#readers.locks;
    const lockSource = source !== 'procfs' && this.#probing.hasAnswered ? 'fs-ext' : source;
    if (problem !== undefined) return { takenAt, lockSource, changed: [], problem };
    for (const watch of this.#newcomers.take(takenAt)) this.#dirty.add(watch);
    const changed = new Map<string, ServiceFacts>();
    // Assembling can meet processes that came after the look: those they match are assembled again.
    for (let round = 0; round < 3 && this.#dirty.size > 0; round++) {
      const dirty = [...this.#dirty];
      this.#dirty.clear();
      for (const facts of this.#assembler.assembleAll(dirty)) changed.set(facts.service.id, facts);
      this.#news.discover();
      await this.#ports.lookAtNew();
      if (round === 0) await this.#settle();
    }
    for (const facts of changed.values()) this.#planNextLook(facts);
    const silent = this.#readers.apart?.silent ?? [];
    const all = [...changed.values()];
    return { takenAt, lockSource, changed: all, ...(silent.length === 0 ? {} : { silent }) };
  }

  async inspect(serviceId: string): Promise<ServiceFacts | undefined> {
    const watch = this.#watches.get(serviceId);
    if (watch === undefined) return undefined;
    const problem = await this.#look(watch);
    if (problem !== undefined) throw new Error(problem);
    this.#news.discover();
    let facts = this.#assembler.assemble(watch);
    const hasNewPorts = await this.#ports.lookAtNew();
    if ((await this.#settle()) || hasNewPorts) facts = this.#assembler.assemble(watch);
    // What this look found is news for the next tick as well.
    this.#dirty.add(watch);
    const sharedWith = [...this.#paths.sharing(watch)].map(({ service }) => service.id);
    return sharedWith.length === 0 ? facts : { ...facts, sharedWith };
  }

  async heldLocks(under: readonly string[] | undefined): Promise<readonly HeldLock[]> {
    if (performance.now() - this.#checkedAt < CHECK_KEPT_MS) {
      const unchanged = await this.#readers.locks.unchangedHeldLocks?.(under);
      if (unchanged !== undefined) return unchanged;
    }
    const problem = await this.#look(undefined);
    if (problem !== undefined) throw new Error(problem);
    return this.#readers.locks.heldLocks(under);
  }

  heldLockCount(under: readonly string[]): Promise<number> {
    return this.#readers.locks.heldLockCount?.(under) ?? Promise.resolve(0);
  }

  async locksOf(path: string): Promise<LockFileFacts> {
    const problem = await this.#look(undefined);
    if (problem !== undefined) throw new Error(problem);
    const isWatched = this.#paths.has(path);
    const watched = this.#paths.add(path);
    try {
      await this.#readers.apart?.lookAfterNow([path]);
      if (watched.file.check()) this.#paths.noteFile(path, watched);
      await this.#readers.locks.refresh([path]);
      return this.#paths.lockFile(path);
    } finally {
      if (!isWatched) this.#forgetPath(path);
    }
  }

  close(): void {
    for (const watch of [...this.#watches.values()]) this.#drop(watch);
    this.#readers.locks.close();
    this.#readers.processes.close?.();
  }

  /** Looks at everything, notes which services it concerns; `fresh`: trusts nothing known about this one. */
  async #look(fresh: WatchedService | undefined): Promise<string | undefined> {
    const { processes, locks, apart } = this.#readers;
    await this.#lookApart(fresh);
    let change: ProcessChange;
    try {
      change = await processes.update(this.#index.relevant);
    } catch (error) {
      return `The list of processes cannot be read: ${messageOf(error)}`;
    }
    this.#news.note(change);
    const now = performance.now();
    this.#checkedAt = now;
    this.#news.checkPlaces(now);
    if (this.#patterned.size > 0) await loadGlobs();
    for (const watch of this.#patterned) this.#expand(watch, now, watch === fresh || !watch.isExpanded);
    await apart?.lookAtNew();
    this.#paths.check(fresh);
    if (fresh !== undefined) processes.invalidate(fresh.pids);
    const lockChange = await locks.update(change);
    this.#noteLocks(lockChange);
    await this.#ports.look(change, fresh);
    if (lockChange.problem !== undefined) return lockChange.problem;
    if (fresh !== undefined) await locks.refresh([...fresh.lockPaths, ...fresh.pidPaths]);
    const wall = Date.now();
    for (const watch of this.#logged) {
      if (watch.log?.check(wall) === true) this.#dirty.add(watch);
    }
    await this.#probing.ask(now);
    return undefined;
  }

  /**
   * A lock that was taken at this very moment is inspected a little later, so as not to disturb. Until then its
   * holder would seem to own nothing elsewhere, and so to be a duplicate. Returns whether that was waited for.
   */
  async #settle(): Promise<boolean> {
    const { locks } = this.#readers;
    if (locks.isSettling !== true) return false;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    this.#noteLocks(await locks.update(NO_CHANGE));
    return true;
  }

  /** Takes in what another process sees where a look from here could wait without end. */
  async #lookApart(fresh: WatchedService | undefined): Promise<void> {
    const { apart } = this.#readers;
    if (apart === undefined) return;
    if (apart.update()) {
      for (const watch of [...this.#watches.values()]) {
        if (watch.apart === apartOf(watch.service, this.#readers)) continue;
        this.#drop(watch);
        this.#add(watch.service);
      }
    }
    await apart.look();
    if (fresh !== undefined) await apart.lookAfterNow([...fresh.lockPaths, ...fresh.pidPaths]);
  }

  /** Marks for the next tick what nothing else will announce. */
  #planNextLook(facts: ServiceFacts): void {
    const watch = this.#watches.get(facts.service.id);
    if (watch === undefined) return;
    // Nothing announces that a process can be inspected again: the next tick asks.
    if (hasUnavailableOwner(facts)) this.#dirty.add(watch);
    this.#newcomers.note(watch, facts);
  }

  #noteLocks({ paths, pids }: LockChange): void {
    for (const path of paths) this.#paths.markDirty(path);
    for (const pid of pids ?? []) this.#news.announce(pid);
  }

  #add(service: Service): void {
    const watch = takeUp(service, this.#readers, this.#engine);
    this.#watches.set(service.id, watch);
    if (hasPattern(watch)) this.#patterned.add(watch);
    else this.#expand(watch, performance.now(), true);
    if (service.log !== undefined) this.#logged.add(watch);
    this.#dirty.add(watch);
    this.#news.add(watch);
  }

  #drop(watch: WatchedService): void {
    closeFiles(watch);
    this.#watches.delete(watch.service.id);
    this.#newcomers.forget(watch);
    this.#setPaths(watch, { lockPaths: [], pidPaths: [] });
    this.#index.forget(watch);
    this.#news.forget(watch);
    this.#ports.forget(watch);
    this.#patterned.delete(watch);
    this.#logged.delete(watch);
    this.#signatures.forget(watch);
    this.#dirty.delete(watch);
  }

  #expand(watch: WatchedService, now: number, force: boolean): void {
    if (expandLog(watch, now, force, this.#readers, this.#engine)) this.#dirty.add(watch);
    const paths = expandPaths(watch, now, force);
    if (paths === undefined) return;
    this.#setPaths(watch, paths);
    this.#dirty.add(watch);
  }

  #setPaths(
    watch: WatchedService,
    { lockPaths, pidPaths }: Pick<WatchedService, 'lockPaths' | 'pidPaths'>,
  ): void {
    const before = new Set([...watch.lockPaths, ...watch.pidPaths]);
    const now = new Set([...lockPaths, ...pidPaths]);
    watch.lockPaths = lockPaths;
    watch.pidPaths = pidPaths;
    Object.assign(watch, namesOf(now));
    for (const path of now) if (!before.delete(path)) this.#paths.add(path).watches.add(watch);
    for (const path of before) if (this.#paths.leave(path, watch)) this.#forgetPath(path);
  }

  #forgetPath(path: string): void {
    this.#paths.forget(path);
    this.#ownership.forget(path);
  }
}

function hasUnavailableOwner({ pidFiles, lockFiles }: ServiceFacts): boolean {
  return (
    pidFiles.some(({ content }) => content?.liveness?.state === 'unavailable') ||
    lockFiles.some(({ record }) => record?.liveness?.state === 'unavailable')
  );
}

/** By which a process's command line may name a file of the service. */
const namesOf = (paths: ReadonlySet<string>): Pick<WatchedService, 'stems' | 'names'> => ({
  stems: new Set([...paths].map(stemOf)),
  names: new Set([...paths].map((path) => basename(path))),
});
