/** Takes in which processes came, went and changed: for which services that is news. */
import { programOf } from '../../model/processes/program';
import type { ProcessChange, ProcessReader } from '../readers';
import { updateMatch } from './matching';
import type { ProcessIndex } from './processIndex';
import type { Signatures } from './signatures';
import type { WatchedService } from './watchedService';

export class ProcessNews {
  readonly #processes: ProcessReader;
  readonly #index: ProcessIndex;
  readonly #signatures: Signatures;
  readonly #markDirty: (watch: WatchedService) => void;
  /** Those whose `process` is asked of every process. */
  readonly #matching = new Set<WatchedService>();
  /** Those whose instances work in a certain folder. */
  readonly #placed = new Set<WatchedService>();

  constructor(
    processes: ProcessReader,
    index: ProcessIndex,
    signatures: Signatures,
    markDirty: (watch: WatchedService) => void,
  ) {
    this.#processes = processes;
    this.#index = index;
    this.#signatures = signatures;
    this.#markDirty = markDirty;
  }

  add(watch: WatchedService): void {
    if (watch.places.length > 0) {
      this.#placed.add(watch);
      for (const place of watch.places) place.check(performance.now());
    }
    if (watch.matches === undefined) return;
    this.#matching.add(watch);
    this.#matchAll(watch);
  }

  forget(watch: WatchedService): void {
    this.#matching.delete(watch);
    this.#placed.delete(watch);
  }

  /** Keeps signatures of all processes, as long as a service asks for them. */
  wantSignatures(areWanted: boolean): void {
    if (!areWanted) {
      this.#signatures.turnOff();
      return;
    }
    this.#signatures.isOn = true;
    for (const pid of this.#processes.pids()) this.#sign(pid);
  }

  note({ added, removed, changed }: ProcessChange): void {
    for (const pid of removed) {
      this.#signatures.removeProcess(pid);
      this.announce(pid);
      this.#match(pid, false);
    }
    for (const pid of changed) {
      this.announce(pid);
      this.#match(pid, true);
      if (this.#signatures.isOn) this.#sign(pid);
    }
    for (const pid of added) {
      this.announce(pid);
      // A new child belongs to whatever its parent belongs to.
      const parent = this.#processes.parentOf(pid);
      if (parent !== undefined && parent > 1) this.#announceChildOf(parent);
      // A record may name it by the number that it has inside its namespace.
      const inner = this.#processes.innerPidOf?.(pid);
      if (inner !== undefined) this.announce(inner);
      this.#match(pid, true);
      if (this.#signatures.isOn) this.#sign(pid);
    }
  }

  /** Takes in the processes that were met outside a look. */
  discover(): void {
    const added = this.#processes.takeDiscovered();
    if (added.length > 0) this.note({ added, removed: [], changed: [] });
  }

  /** A folder that has come, or that a link now leads to, may have processes in it already. */
  checkPlaces(now: number): void {
    for (const watch of this.#placed) {
      if (watch.places.some((place) => place.check(now))) this.#matchAll(watch);
    }
  }

  /** Marks the services whose facts the process is part of. */
  announce(pid: number): void {
    for (const watch of this.#index.of(pid)) this.#markDirty(watch);
  }

  /** Marks the services of a new child's parent: but for what starts many unrelated things, unless it is a seed itself. */
  #announceChildOf(pid: number): void {
    const { host } = this.#processes;
    const process = host.ownPids.includes(pid) ? undefined : this.#processes.get(pid);
    const isBoundary = process === undefined || programOf(process).role === 'launcher';
    for (const watch of this.#index.of(pid)) {
      if (!isBoundary || watch.seeds.has(pid)) this.#markDirty(watch);
    }
  }

  #match(pid: number, isThere: boolean): void {
    for (const watch of this.#matching) {
      if (updateMatch(watch, pid, isThere, this.#processes)) this.#markDirty(watch);
    }
  }

  #matchAll(watch: WatchedService): void {
    for (const pid of this.#processes.pids()) {
      if (updateMatch(watch, pid, true, this.#processes)) this.#markDirty(watch);
    }
  }

  #sign(pid: number): void {
    this.#signatures.addProcess(pid, this.#processes.glance(pid, true));
  }
}
