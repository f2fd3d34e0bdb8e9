/**
 * Who holds a lock. The table names the taker, which may be dead, recycled, or only one of several that share the
 * descriptor; a holder is a process whose own fdinfo shows the lock. Confirmed holders are left alone until something
 * hints at a change: they exit, they have a new child, their descriptor leads elsewhere, the lock leaves the table.
 *
 * To look into a process disturbs it a little: while the kernel prints one fdinfo it keeps that file open for
 * microseconds, and a lock given up meanwhile is released after them. So a lock is inspected once it has settled, and
 * where a link of a descriptor can answer, no fdinfo is read.
 */
import { Claims, type Claim, type ClaimsRules, type LockClaims } from './claims';
import { HolderChecks } from './holderChecks';
import { HolderSweep } from './holderSweep';
import { Looks, type LookRules } from './looks';
import type { LockTable, TableEntry } from './lockTable';
import type { OpenFile } from './openFile';
import type { ProcessTable } from '../processes/processTable';
import { Slices } from '../slices';
import { isSameUnknown, whyUnknown } from './unknownHolder';

/** Younger than this (ms) a process that shares a descriptor may only be on its way from fork to exec. */
const SETTLED_MS = 100;

/** ms a tick for looking at new processes. */
const NEWCOMERS_MS = 1;

/** Descendants of a taker that are checked. */
const MAX_FAMILY = 512;

export interface HolderRules extends ClaimsRules, LookRules {
  /** Files of this inode's device may be locked by others than this machine's processes. */
  isRemote(key: string): boolean;
  /** Of a lock whose living taker may not be inspected, everybody else is asked as well. */
  isThorough: boolean;
  /** Reads the table again: locks that are gone are untracked. */
  reread: () => void;
  /** procfs is mounted with hidepid: other users' processes are not even listed. */
  hidesProcesses: boolean;
}

export class Holders {
  readonly #processes: ProcessTable;
  readonly #table: LockTable;
  readonly #rules: HolderRules;
  readonly #claims: Claims;
  readonly #looks: Looks;
  /** Not inspected yet. */
  readonly #fresh = new Set<LockClaims>();
  /** Their takers, while they have yet to settle. */
  readonly #starting = new Set<number>();
  readonly #newcomers = new Set<number>();
  readonly #queuedTakers = new Map<number, TableEntry>();
  readonly #checks: HolderChecks;
  readonly #sweep: HolderSweep;
  #tick = 0;

  constructor(processes: ProcessTable, table: LockTable, rules: HolderRules) {
    this.#processes = processes;
    this.#table = table;
    this.#rules = rules;
    this.#claims = new Claims(table, rules);
    this.#looks = new Looks(processes, this.#claims, rules, (pid) => this.#starting.has(pid));
    this.#checks = new HolderChecks(this.#claims, this.#looks);
    this.#sweep = new HolderSweep(processes, this.#looks);
  }

  get(entry: TableEntry): LockClaims | undefined {
    return this.#claims.get(entry);
  }

  /** Returns the locks and waiters of an inode, those included that only the holders' fdinfo shows. */
  linesOf(key: string): readonly TableEntry[] {
    return this.#claims.linesOf(key);
  }

  /** Inodes whose holders are others than at the last call. */
  takeChanged(): ReadonlySet<string> {
    return this.#claims.takeChanged();
  }

  track(entry: TableEntry): void {
    const lock = this.#claims.track(entry);
    if (lock !== undefined) this.#fresh.add(lock);
  }

  untrack(entry: TableEntry): void {
    const lock = this.#claims.untrack(entry);
    if (lock !== undefined) {
      this.#fresh.delete(lock);
      this.#checks.forget(lock);
    }
    if (this.#queuedTakers.get(entry.line.pid) === entry) this.#queuedTakers.delete(entry.line.pid);
  }

  /** An unwatched lock appeared: look at its taker when there is time. */
  queueTaker(entry: TableEntry): void {
    const { pid } = entry.line;
    if (pid > 0 && this.#processes.has(pid)) this.#queuedTakers.set(pid, entry);
    else this.#sweep.want();
  }

  /** Everybody's descriptors are followed, a little at each tick. */
  wantSweep(): void {
    this.#sweep.want();
  }

  /** Does a confirmed holder's fdinfo show the lock at this moment? */
  isProven(entry: TableEntry): boolean {
    for (const claim of this.#claims.get(entry)?.claims.values() ?? []) {
      if (this.#claims.shows(claim, entry)) return true;
    }
    return false;
  }

  /** Is there a lock that has not been there for long enough to be inspected? */
  get isAnyStarting(): boolean {
    return [...this.#fresh].some(({ entry }) => !this.#table.isSettled(entry));
  }

  noteProcesses(added: readonly number[], removed: readonly number[]): void {
    for (const pid of removed) this.#forget(pid);
    if (this.#claims.size === 0) return;
    const isHeir = (pid: number): boolean => mayHaveInherited(pid, this.#processes, this.#claims);
    for (const pid of added) if (isHeir(pid)) this.#newcomers.add(pid);
  }

  fileOf(claim: Claim): OpenFile | undefined {
    return this.#claims.fileOf(claim);
  }

  forgetFiles(key: string): void {
    this.#claims.forgetFiles(key);
  }

  /** Brings everything up to date; long scans yield to the event loop in between. `isFirst`: looks at everybody now. */
  async update(isFirst = false): Promise<void> {
    this.#tick++;
    const slices = new Slices();
    this.#looks.newRound();
    await this.#lookAtFresh(slices);
    await this.#lookAtNewcomers(slices);
    await this.#checks.someOf(slices);
    await this.#lookAtSuspects(slices);
    await this.#search(slices);
    if (isFirst) await this.#sweepNow(slices, (pid) => this.#looks.isFollowed(pid));
    else if (this.#claims.size > 0 || this.#sweep.isOn) await this.#sweep.goOn(slices, this.#tick);
  }

  /** A tick that only follows links of some holders. Returns false where `update` has something to do. */
  async rest(): Promise<boolean> {
    if (this.#fresh.size + this.#newcomers.size + this.#queuedTakers.size > 0) return false;
    if (this.#sweep.isOn || this.#isAnyDue()) return false;
    this.#tick++;
    await this.#checks.someOf(new Slices());
    return this.#claims.takeChanged().size === 0;
  }

  /** Believes nothing that it knew of the locks on these inodes. */
  async refresh(keys: readonly string[]): Promise<void> {
    const slices = new Slices();
    const locks = keys.flatMap((key) => this.linesOf(key)).flatMap((entry) => this.#claims.get(entry) ?? []);
    for (const lock of locks) {
      for (const claim of [...lock.claims.values()]) {
        if (!this.#claims.shows(claim, lock.entry)) await slices.run(this.#looks.into(claim.pid));
      }
    }
    for (const lock of locks) {
      if (lock.claims.size > 0 || this.#fresh.has(lock)) continue;
      lock.bornAt = ++this.#claims.searches;
      lock.isSearched = false;
    }
    await this.#lookAtFresh(slices);
    await this.#sweepNow(slices);
    await this.#search(slices);
  }

  /** The takers of settled locks, then their descendants: nearly always that is all. */
  async #lookAtFresh(slices: Slices): Promise<void> {
    this.#starting.clear();
    const byTaker = new Map<number, LockClaims[]>();
    for (const lock of this.#fresh) {
      const { pid } = lock.entry.line;
      if (!this.#table.isSettled(lock.entry)) {
        this.#starting.add(pid);
        continue;
      }
      this.#fresh.delete(lock);
      const locks = byTaker.get(pid) ?? [];
      locks.push(lock);
      if (pid > 0) byTaker.set(pid, locks);
    }
    for (const [taker, locks] of byTaker) {
      if (this.#processes.glance(taker, false) === undefined) continue;
      await lookAtTaker(this.#looks, taker, locks, slices);
      for (const pid of familyOf(taker, this.#processes)) await slices.run(this.#looks.follow(pid));
    }
    // Another process may share them: passed over a socket, or a daemon that left the family.
    if (byTaker.size > 0) this.#sweep.want();
  }

  async #lookAtNewcomers(slices: Slices): Promise<void> {
    if (this.#newcomers.size === 0) return;
    const until = performance.now() + NEWCOMERS_MS;
    const isHeir = (pid: number): boolean => this.#claims.holds(this.#processes.parentOf(pid) ?? 0);
    const queue = [...this.#newcomers].sort((a, b) => Number(isHeir(b)) - Number(isHeir(a)));
    for (const pid of queue) {
      if (performance.now() > until && !isHeir(pid)) break;
      const age = this.#processes.ageOf(pid);
      if (age !== undefined && age < SETTLED_MS) continue;
      this.#newcomers.delete(pid);
      await slices.run(this.#looks.follow(pid));
    }
    if (this.#newcomers.size > 2_000) {
      this.#newcomers.clear();
      this.#sweep.want();
    }
  }

  async #lookAtSuspects(slices: Slices): Promise<void> {
    if (this.#queuedTakers.size === 0) return;
    const until = performance.now() + NEWCOMERS_MS;
    for (const [pid, entry] of this.#queuedTakers) {
      if (!this.#table.isSettled(entry)) continue;
      this.#queuedTakers.delete(pid);
      await slices.run(this.#looks.follow(pid));
      if (performance.now() > until) break;
    }
  }

  /**
   * Locks that no one is known to hold: first whoever has a descriptor open on a file of interest, then everybody, each
   * process once in the life of a lock.
   */
  async #search(slices: Slices): Promise<void> {
    if (!this.#isAnyDue()) return;
    // Many were only given up since the table was read.
    this.#rules.reread();
    const due = [...this.#claims.unheld].filter((lock) => this.#isSearchDue(lock));
    const isOpen = (lock: LockClaims): boolean => lock.claims.size === 0 && this.#goesBeyondTaker(lock);
    if (this.#rules.isThorough && due.some(isOpen)) await this.#sweepNow(slices);
    for (const pid of [...this.#processes.pids()]) {
      const searchedAt = this.#looks.searchedAt(pid);
      if (!due.some((lock) => isOpen(lock) && searchedAt < lock.bornAt)) continue;
      await slices.run(this.#looks.into(pid));
    }
    if (!due.every(isOpen)) this.#sweep.want();
    for (const lock of due) if (this.#claims.unheld.has(lock)) this.#giveUp(lock);
  }

  async #sweepNow(slices: Slices, isDone: (pid: number) => boolean = () => false): Promise<void> {
    await this.#sweep.now(slices, isDone);
    this.#newcomers.clear();
  }

  #isAnyDue(): boolean {
    return [...this.#claims.unheld].some((lock) => this.#isSearchDue(lock));
  }

  #isSearchDue(lock: LockClaims): boolean {
    return !this.#fresh.has(lock) && (!lock.isSearched || lock.retryAt <= this.#tick);
  }

  #goesBeyondTaker({ entry }: LockClaims): boolean {
    return this.#rules.isThorough || !this.#looks.denied.has(entry.line.pid);
  }

  #forget(pid: number): void {
    this.#newcomers.delete(pid);
    this.#queuedTakers.delete(pid);
    this.#looks.forget(pid);
  }

  /** Held, every process checked, none found: say why. */
  #giveUp(lock: LockClaims): void {
    lock.isSearched = true;
    // 1, 2, 4 … 32 ticks: a search is not repeated every tick for a lock that cannot be named.
    lock.retryAt = this.#tick + 2 ** Math.min(lock.retries++, 5);
    const unknown = whyUnknown(lock.entry, {
      processes: this.#processes,
      denied: this.#looks.denied,
      hidesProcesses: this.#rules.hidesProcesses,
      isRemote: this.#rules.isRemote(lock.entry.line.key),
    });
    if (isSameUnknown(lock.unknown, unknown)) return;
    lock.unknown = unknown;
    this.#claims.touch(lock.entry.line.key);
  }
}

/**
 * A new process has its descriptors from its parent: from a holder, or from one that is gone by now, so that the
 * process was given to init or to a subreaper. (What was passed over a socket, the slow round finds.)
 */
function mayHaveInherited(pid: number, processes: ProcessTable, claims: Claims): boolean {
  const parent = processes.parentOf(pid);
  return parent === undefined || parent <= 1 || claims.holds(parent) || processes.isReaper(parent);
}

async function lookAtTaker(
  looks: Looks,
  taker: number,
  locks: readonly LockClaims[],
  slices: Slices,
): Promise<void> {
  const isMissing = (): boolean => locks.some(({ claims }) => !claims.has(taker));
  await slices.run(looks.follow(taker));
  if (isMissing()) await slices.run(looks.into(taker));
  if (isMissing()) await slices.run(looks.intoThreads(taker));
}

/** The descendants of a taker that are old enough to be more than a fork. */
function familyOf(taker: number, processes: ProcessTable): number[] {
  const family = [taker];
  for (const at of family) {
    for (const child of processes.childrenOf(at)) {
      // Too young: among the newcomers of a later tick.
      const isSettled = (processes.ageOf(child) ?? Infinity) >= SETTLED_MS;
      if (isSettled && family.length < MAX_FAMILY && !family.includes(child)) family.push(child);
    }
  }
  return family.slice(1);
}
