/**
 * Who runs the same program in the same directory: what may be a duplicate where no setting says how to know one. Kept
 * only while a service has no `process`.
 */
import { MultiMap } from '../../common/multiMap';
import type { HostFacts, ProcessFacts } from '../../model/facts';
import { programOf } from '../../model/processes/program';
import type { WatchedService } from './watchedService';

const NOTHING: ReadonlySet<never> = new Set();

type Processes = ReadonlyMap<number, ProcessFacts>;

export class Signatures {
  readonly #markDirty: (watch: WatchedService) => void;
  readonly #processes = new MultiMap<string, number>();
  readonly #signatureOf = new Map<number, string>();
  readonly #services = new MultiMap<string, WatchedService>();
  /** Services of the same processes share the map of them. */
  readonly #ofAll = new WeakMap<Processes, ReadonlySet<string>>();
  /** Does any service ask for them? */
  isOn = false;

  constructor(markDirty: (watch: WatchedService) => void) {
    this.#markDirty = markDirty;
  }

  turnOff(): void {
    this.isOn = false;
    this.#processes.clear();
    this.#signatureOf.clear();
  }

  /** Takes over what the process runs now. */
  addProcess(pid: number, process: ProcessFacts | undefined): void {
    const signature = process === undefined ? undefined : signatureOf(process);
    if (signature === this.#signatureOf.get(pid)) return;
    this.removeProcess(pid);
    if (signature === undefined) return;
    this.#signatureOf.set(pid, signature);
    this.#processes.add(signature, pid);
    this.#announce(signature);
  }

  removeProcess(pid: number): void {
    const signature = this.#signatureOf.get(pid);
    if (signature === undefined) return;
    this.#signatureOf.delete(pid);
    this.#processes.delete(signature, pid);
    this.#announce(signature);
  }

  /**
   * Returns the pids of those that run what one of `processes` runs, itself where it is not the only one; what has that
   * signature later is news for the service.
   */
  alike(watch: WatchedService, processes: Processes, host: HostFacts): number[] {
    const signatures = watch.service.process === undefined ? this.#signaturesOf(processes, host) : NOTHING;
    this.#set(watch, signatures);
    const pids: number[] = [];
    for (const signature of signatures) {
      const alike = this.#processes.get(signature);
      // The only one of its kind is no second run of itself, be it the supervisor of a hundred services.
      if (alike.size === 1 && [...alike].every((pid) => processes.has(pid))) continue;
      for (const pid of alike) pids.push(pid);
    }
    return pids;
  }

  forget(watch: WatchedService): void {
    this.#set(watch, NOTHING);
  }

  #signaturesOf(processes: Processes, host: HostFacts): ReadonlySet<string> {
    const known = this.#ofAll.get(processes);
    if (known !== undefined) return known;
    const signatures = new Set<string>();
    for (const process of processes.values()) {
      const signature = isOwnOrNoProgram(process, host) ? undefined : signatureOf(process);
      if (signature !== undefined) signatures.add(signature);
    }
    this.#ofAll.set(processes, signatures);
    return signatures;
  }

  #set(watch: WatchedService, signatures: ReadonlySet<string>): void {
    if (watch.signatures === signatures) return;
    for (const signature of watch.signatures) {
      if (!signatures.has(signature)) this.#services.delete(signature, watch);
    }
    for (const signature of signatures) {
      if (!watch.signatures.has(signature)) this.#services.add(signature, watch);
    }
    watch.signatures = signatures;
  }

  #announce(signature: string): void {
    for (const watch of this.#services.get(signature)) this.#markDirty(watch);
  }
}

/** A process is part of every service that its holder is started for: once per set of facts is enough. */
const made = new WeakMap<ProcessFacts, string | null>();

/** What two instances of one program started from one directory have in common; see `sameService`. */
function signatureOf(process: ProcessFacts): string | undefined {
  let signature = made.get(process);
  if (signature === undefined) {
    signature = makeSignature(process) ?? null;
    made.set(process, signature);
  }
  return signature ?? undefined;
}

function makeSignature(process: ProcessFacts): string | undefined {
  if (process.cwd === undefined || process.argv.length === 0) return undefined;
  const { key, scripted } = programOf(process);
  return scripted && key !== undefined
    ? `${process.cwd}\0script\0${key}`
    : `${process.cwd}\0argv\0${process.argv.join('\0')}`;
}

function isOwnOrNoProgram(process: ProcessFacts, host: HostFacts): boolean {
  return host.ownPids.includes(process.pid) || programOf(process).role !== 'program';
}
