/**
 * The processes where the system only gives a whole list at a time: taken again when something that matters is gone, or
 * after a while, and compared with the last.
 */
import { MultiMap } from '../../common/multiMap';
import { defined } from '../../common/defined';
import { hasCode } from '../../common/errors';
import type { HostFacts, Liveness, ProcessFacts } from '../../model/facts';
import { compareIdentity } from '../../model/processes/processIdentity';
import { ancestorsOf, parentIn } from '../../model/processes/treeWalk';
import type { ProcessChange, ProcessReader } from '../readers';
import { supervisorOf } from '../supervisor';

/** A whole list is two or three child processes: not every tick. In between, kill(2) tells who is gone. */
const LIST_EVERY_MS = 5000;

const NOTHING: ProcessChange = { added: [], removed: [], changed: [] };

export interface ProcessListing {
  list(): Promise<readonly ProcessFacts[]>;
  /** Working directories of these, as far as they can be had. Absent: not on this system. */
  cwds?(pids: readonly number[]): Promise<ReadonlyMap<number, string>>;
}

export class ListedProcesses implements ProcessReader {
  readonly host: HostFacts;
  readonly #listing: ProcessListing;
  readonly #now: () => number;
  #known = new Map<number, ProcessFacts>();
  #children = new MultiMap<number, number>();
  readonly #cwds = new Map<number, string | undefined>();
  readonly #wantCwd = new Set<number>();
  #listedAt = -Infinity;

  constructor(host: HostFacts, listing: ProcessListing, now: () => number = () => performance.now()) {
    this.host = host;
    this.#listing = listing;
    this.#now = now;
  }

  async update(relevant: ReadonlySet<number>): Promise<ProcessChange> {
    const due = this.#now() - this.#listedAt >= LIST_EVERY_MS || [...relevant].some((pid) => !isThere(pid));
    const change = due ? await this.#list() : NOTHING;
    for (const pid of relevant) {
      this.#wantCwd.add(pid);
    }
    const named = await this.#findCwds();
    return named.length === 0 ? change : { ...change, changed: [...new Set([...change.changed, ...named])] };
  }

  async #list(): Promise<ProcessChange> {
    const list = await this.#listing.list();
    this.#listedAt = this.#now();
    const next = new Map<number, ProcessFacts>();
    const children = new MultiMap<number, number>();
    const added: number[] = [];
    const changed: number[] = [];
    for (const facts of list) {
      const before = this.#known.get(facts.pid);
      next.set(facts.pid, facts);
      if (before === undefined || !isStillSame(before, facts)) {
        added.push(facts.pid);
        this.#cwds.delete(facts.pid);
      } else if (!looksSame(before, facts)) {
        changed.push(facts.pid);
      }
    }
    for (const { pid } of next.values()) {
      const parent = parentIn(next)(pid);
      if (parent !== undefined) children.add(parent, pid);
    }
    const removed = [...this.#known.keys()].filter((pid) => !next.has(pid));
    for (const pid of removed) {
      this.#cwds.delete(pid);
    }
    this.#known = next;
    this.#children = children;
    const { ownPids } = this.host;
    this.host.ownPids = [ownPids[0] ?? process.pid, ...this.#ancestorsOf(ownPids[0] ?? process.pid)];
    return { added, removed, changed };
  }

  /** Returns those whose working directory was learned. */
  async #findCwds(): Promise<number[]> {
    const wanted = [...this.#wantCwd].filter((pid) => this.#known.has(pid) && !this.#cwds.has(pid));
    this.#wantCwd.clear();
    if (wanted.length === 0 || this.#listing.cwds === undefined) {
      return [];
    }
    const found = await this.#listing.cwds(wanted).catch(() => new Map<number, string>());
    for (const pid of wanted) {
      this.#cwds.set(pid, found.get(pid));
    }
    return [...found.keys()];
  }

  get(pid: number): ProcessFacts | undefined {
    const facts = this.#known.get(pid);
    if (facts === undefined) {
      return undefined;
    }
    const cwd = this.#cwds.get(pid);
    const ancestors = this.#ancestorsOf(pid).flatMap((at) => this.#known.get(at) ?? []);
    // Environments are not to be had here, so a supervisor is known by its ancestry only.
    const supervisor = supervisorOf({ ancestors, env: () => undefined });
    return {
      ...facts,
      ...defined({ cwd, supervisor }),
    };
  }

  glance(pid: number, withCwd: boolean): ProcessFacts | undefined {
    const facts = this.#known.get(pid);
    if (facts === undefined || !withCwd) {
      return facts;
    }
    const cwd = this.#cwds.get(pid);
    if (!this.#cwds.has(pid)) {
      this.#wantCwd.add(pid); // known at the next tick, which then reports it as changed
    }
    return cwd === undefined ? facts : { ...facts, cwd };
  }

  liveness(pid: number): Liveness {
    return livenessOf(pid, this.get(pid));
  }

  pids(): Iterable<number> {
    return this.#known.keys();
  }

  parentOf(pid: number): number | undefined {
    return parentIn(this.#known)(pid);
  }

  childrenOf(pid: number): Iterable<number> {
    return this.#children.get(pid);
  }

  takeDiscovered(): readonly number[] {
    return [];
  }

  invalidate(): void {
    this.#listedAt = -Infinity;
  }

  #ancestorsOf(pid: number): number[] {
    return [...ancestorsOf(pid, (child) => this.parentOf(child))];
  }
}

/** Only "no such process" is gone; one that may not be signalled is there. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}

/** `listed`: what the last list of processes has of it. */
export function livenessOf(pid: number, listed: ProcessFacts | undefined): Liveness {
  if (listed?.state === 'Z') return { state: 'dead', why: 'zombie' };
  if (!isThere(pid)) return { state: 'dead', why: 'gone' };
  return listed === undefined
    ? { state: 'unavailable', reason: 'It started after the last list of processes.' }
    : { state: 'alive', process: listed };
}

/** Where no start can be read, one number with one name is taken for one process. */
function isStillSame(a: ProcessFacts, b: ProcessFacts): boolean {
  const compared = compareIdentity(a, b);
  return compared === 'unknown' ? a.comm === b.comm : compared === 'same';
}

function looksSame(a: ProcessFacts, b: ProcessFacts): boolean {
  const visibleState = ({ state }: ProcessFacts): string => (state === 'T' || state === 'Z' ? state : 'runs');
  return (
    a.ppid === b.ppid &&
    visibleState(a) === visibleState(b) &&
    a.argv.length === b.argv.length &&
    a.argv.every((word, index) => word === b.argv[index])
  );
}
