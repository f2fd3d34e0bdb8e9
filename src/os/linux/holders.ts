/**
 * Who holds a lock. The table names the taker, which may be dead, recycled, or only one of several that share the
 * descriptor; a holder is a process whose own fdinfo shows the lock. Confirmed holders are left alone, but for a slow
 * round, until something hints at a change: they exit, they have a new child, the lock leaves the table.
 */
import type { UnknownHolderReason } from '../../model/facts';
import { locksOfFd, locksOfProcess, type FdLock } from './fdScan';
import { openFileOf, type OpenFile } from './openFile';
import { isGone } from './procFs';
import type { LockTable, TableEntry } from './lockTable';
import type { ProcessTable } from './processTable';
import { userName } from './users';

export interface Claim {
  pid: number;
  fd: number;
  /** Read when first asked for. */
  file: OpenFile | undefined | null;
}

export interface LockClaims {
  readonly entry: TableEntry;
  readonly claims: Map<number, Claim>;
  /** A scan of every process has been made and found nobody. */
  isSearched: boolean;
  reason: UnknownHolderReason | undefined;
  detail: string | undefined;
  /** POSIX lock of a live process whose fdinfo may not be read: the kernel drops such a lock with its owner. */
  unproven: number | undefined;
  /** Tick at which an unsuccessful search is worth repeating. */
  retryAt: number;
  retries: number;
}

/** Younger than this (ms) a process that shares a descriptor may only be on its way from fork to exec. */
const SETTLED_MS = 100;

/** Longest stretch of scanning without letting messages in, ms. */
const SLICE_MS = 8;

/** ms a tick for looking at new processes, and for a full round in the background. */
const NEWCOMERS_MS = 1;
const SWEEP_MS = 3;

/** Shared locks whose holders are all looked at every tick. */
const SHARED_ROUND = 12;

/** Confirmed holders looked at again in one tick, and ticks between looks at one more process, whoever it is. */
const LOCK_ROUND = 4;
const EVERYONE_EVERY = 4;

export interface HolderEvents {
  /** A lock on an inode that nobody watches was found open: perhaps a watched path's former file. */
  onStrangeLock(entry: TableEntry, pid: number, fd: number): void;
  /** Is an unwatched lock worth `onStrangeLock`? */
  isStrange(entry: TableEntry): boolean;
  /** Files of this inode's device may be locked by others than this machine's processes. */
  isRemote(key: string): boolean;
}

export class Holders {
  readonly #processes: ProcessTable;
  readonly #table: LockTable;
  readonly #events: HolderEvents;
  readonly #locks = new Map<TableEntry, LockClaims>();
  readonly #byPid = new Map<number, Set<LockClaims>>();
  readonly #shared = new Set<LockClaims>();
  readonly #fresh = new Set<LockClaims>();
  /** Nobody is known to hold them. */
  readonly #unheld = new Set<LockClaims>();
  readonly #newcomers = new Set<number>();
  /** Locks that only fdinfo shows: their taker has exited inside a nested PID namespace. */
  readonly #hidden = new Map<string, TableEntry[]>();
  #suspects = new Set<number>();
  #sweep: number[] | undefined;
  #sweepAgain = false;
  #changed = new Set<string>();
  #round: Iterator<LockClaims> | undefined;
  #everyone: Iterator<number> | undefined;
  #tick = 0;
  /** Processes that may not be looked at, as the last look at each of them said. */
  readonly #denied = new Set<number>();
  readonly isWatched: (key: string) => boolean;
  /** Mounted with hidepid: other users' processes are not even listed. */
  readonly #hidesProcesses: boolean;

  constructor(
    processes: ProcessTable,
    table: LockTable,
    isWatched: (key: string) => boolean,
    hidesProcesses: boolean,
    events: HolderEvents,
  ) {
    this.#processes = processes;
    this.#table = table;
    this.#events = events;
    this.isWatched = isWatched;
    this.#hidesProcesses = hidesProcesses;
  }

  get(entry: TableEntry): LockClaims | undefined {
    return this.#locks.get(entry);
  }

  /** Locks of an inode that only the holders' fdinfo shows. */
  hiddenLocks(key: string): readonly TableEntry[] {
    return this.#hidden.get(key) ?? [];
  }

  /** Inodes whose holders are others than at the last call. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed;
    if (changed.size > 0) this.#changed = new Set();
    return changed;
  }

  track(entry: TableEntry): void {
    if (entry.line.waiter || this.#locks.has(entry)) return;
    const lock: LockClaims = {
      entry,
      claims: new Map(),
      isSearched: false,
      reason: undefined,
      detail: undefined,
      unproven: undefined,
      retryAt: 0,
      retries: 0,
    };
    this.#locks.set(entry, lock);
    this.#fresh.add(lock);
    this.#unheld.add(lock);
  }

  untrack(entry: TableEntry): void {
    const lock = this.#locks.get(entry);
    if (lock === undefined) return;
    this.#locks.delete(entry);
    this.#fresh.delete(lock);
    this.#unheld.delete(lock);
    this.#shared.delete(lock);
    for (const pid of lock.claims.keys()) this.#unlink(pid, lock);
  }

  /** An unwatched lock appeared: look at its taker when there is time. */
  suspect(entry: TableEntry): void {
    const { pid } = entry.line;
    if (pid > 0 && this.#processes.has(pid)) this.#suspects.add(pid);
    else this.wantSweep();
  }

  wantSweep(): void {
    if (this.#sweep === undefined) this.#sweep = [...this.#processes.pids()];
    else this.#sweepAgain = true;
  }

  /** Does a confirmed holder's fdinfo show the lock at this moment? */
  isProven(entry: TableEntry): boolean {
    const lock = this.#locks.get(entry);
    if (lock === undefined) return false;
    for (const claim of lock.claims.values()) {
      if (this.#shows(claim, entry)) return true;
    }
    return false;
  }

  processes(added: readonly number[], removed: readonly number[]): void {
    for (const pid of removed) this.#dropProcess(pid);
    if (this.#locks.size === 0) return;
    for (const pid of added) if (this.#mayHaveInherited(pid)) this.#newcomers.add(pid);
  }

  /**
   * A new process has its descriptors from its parent: from a holder, or from one that is gone by now, so that the
   * process was given to init or to a subreaper. (What was passed over a socket, the slow round finds.)
   */
  #mayHaveInherited(pid: number): boolean {
    const parent = this.#processes.parentOf(pid);
    return parent === undefined || parent <= 1 || this.#byPid.has(parent) || this.#processes.isReaper(parent);
  }

  /** Brings everything up to date; long scans yield to the event loop in between. */
  async update(isFirst: boolean): Promise<void> {
    this.#tick++;
    const isNested = this.#processes.host.nestedPidNamespace;
    if (isFirst) {
      await this.scanAll();
      return;
    }
    const isInherited = this.#lookAtFresh();
    this.#lookAtNewcomers();
    this.#verifySome();
    this.#lookAtSuspects();
    if (isInherited || this.#isSearchDue()) await this.scanAll();
    else this.#continueSweep(isNested);
  }

  /** Every process now. */
  async scanAll(): Promise<void> {
    let sliceEnd = performance.now() + SLICE_MS;
    for (const pid of [...this.#processes.pids()]) {
      this.#scan(pid);
      if (performance.now() > sliceEnd) {
        await new Promise((resolve) => setImmediate(resolve));
        sliceEnd = performance.now() + SLICE_MS;
      }
    }
    this.#fresh.clear();
    this.#suspects.clear();
    this.#newcomers.clear();
    this.#sweep = undefined;
    for (const lock of this.#unheld) this.#giveUp(lock);
  }

  #isSearchDue(): boolean {
    for (const lock of this.#unheld) {
      if (!lock.isSearched || lock.retryAt <= this.#tick) return true;
    }
    return false;
  }

  /** The taker of each new lock, then its descendants: nearly always that is all. Answers whether it is not. */
  #lookAtFresh(): boolean {
    if (this.#fresh.size === 0) return false;
    const scanned = new Set<number>();
    for (const lock of this.#fresh) {
      const { pid } = lock.entry.line;
      if (pid > 0) this.#scanFamily(pid, scanned);
    }
    // The taker is gone, or none is named: whoever has it inherited it, perhaps several. Finding one is not enough.
    const isInherited = [...this.#fresh].some((lock) => !lock.claims.has(lock.entry.line.pid));
    this.#fresh.clear();
    // Somebody else may share them: passed over a socket, or a daemon that left the family.
    this.wantSweep();
    return isInherited;
  }

  #scanFamily(pid: number, scanned: Set<number>): void {
    if (scanned.has(pid)) return;
    scanned.add(pid);
    this.#scan(pid);
    for (const child of this.#processes.childrenOf(pid)) {
      // Too young: among the newcomers of a later tick.
      if ((this.#processes.ageOf(child) ?? Infinity) >= SETTLED_MS) this.#scanFamily(child, scanned);
    }
  }

  #lookAtNewcomers(): void {
    if (this.#newcomers.size === 0) return;
    const until = performance.now() + NEWCOMERS_MS;
    const isHeir = (pid: number): boolean => this.#byPid.has(this.#processes.parentOf(pid) ?? 0);
    const queue = [...this.#newcomers].sort((a, b) => Number(isHeir(b)) - Number(isHeir(a)));
    for (const pid of queue) {
      if (performance.now() > until && !isHeir(pid)) break;
      const age = this.#processes.ageOf(pid);
      if (age !== undefined && age < SETTLED_MS) continue;
      this.#newcomers.delete(pid);
      this.#scan(pid);
    }
    if (this.#newcomers.size > 2_000) {
      this.#newcomers.clear();
      this.wantSweep();
    }
  }

  #lookAtSuspects(): void {
    if (this.#suspects.size === 0) return;
    const until = performance.now() + NEWCOMERS_MS;
    for (const pid of this.#suspects) {
      this.#suspects.delete(pid);
      this.#scan(pid);
      if (performance.now() > until) break;
    }
  }

  #continueSweep(isNested: boolean): void {
    // Inside a nested namespace only fdinfo shows a lock whose taker is gone: look round and round.
    if (this.#sweep === undefined && isNested) this.wantSweep();
    const sweep = this.#sweep;
    if (sweep === undefined) {
      if (this.#locks.size > 0 && this.#tick % EVERYONE_EVERY === 0) this.#lookAtNext();
      return;
    }
    const until = performance.now() + SWEEP_MS;
    while (performance.now() < until) {
      const pid = sweep.pop();
      if (pid === undefined) {
        this.#sweep = undefined;
        if (this.#sweepAgain) {
          this.#sweepAgain = false;
          this.wantSweep();
        }
        return;
      }
      this.#scan(pid);
    }
  }

  /** In the end it is everyone's turn. */
  #lookAtNext(): void {
    let next = this.#everyone?.next();
    if (next === undefined || next.done === true) {
      this.#everyone = this.#processes.pids()[Symbol.iterator]();
      next = this.#everyone.next();
    }
    if (next.done !== true) this.#scan(next.value);
  }

  #verifySome(): void {
    let left = SHARED_ROUND;
    for (const lock of this.#shared) {
      if (left-- === 0) break;
      // To the end of the line, so that each gets its turn.
      this.#shared.delete(lock);
      this.#shared.add(lock);
      this.#verify(lock);
    }
    const count = Math.min(LOCK_ROUND, this.#locks.size);
    let iterator = this.#round ?? this.#locks.values();
    for (let done = 0; done < count; done++) {
      let next = iterator.next();
      if (next.done === true) {
        iterator = this.#locks.values();
        next = iterator.next();
        if (next.done === true) break;
      }
      this.#verify(next.value);
    }
    this.#round = iterator;
  }

  #verify(lock: LockClaims): void {
    for (const claim of [...lock.claims.values()]) {
      if (!this.#shows(claim, lock.entry)) this.#scan(claim.pid);
    }
  }

  #shows(claim: Claim, entry: TableEntry): boolean {
    const lines = locksOfFd(claim.pid, claim.fd);
    return typeof lines !== 'string' && lines.some((line) => line.text === entry.line.text);
  }

  /** Looks at one process, and believes only what this look shows. */
  #scan(pid: number): void {
    if (this.#processes.isKernelThread(pid)) return;
    const found = locksOfProcess(pid);
    if (typeof found === 'string') {
      if (isGone(found)) this.#dropProcess(pid);
      else {
        this.#dropProcess(pid);
        this.#denied.add(pid);
      }
      return;
    }
    this.#denied.delete(pid);
    const before = this.#byPid.get(pid);
    if (found.length === 0 && before === undefined) return;
    const held = new Set<LockClaims>();
    for (const lock of found) {
      const known = this.#lockOf(lock, pid);
      if (known === undefined) continue;
      held.add(known);
      const claim = known.claims.get(pid);
      // A process may have the same lock in several descriptors; the first stands for them.
      if (claim === undefined || claim.fd !== lock.fd) this.#claim(known, pid, lock.fd, claim);
    }
    for (const lock of before ?? []) {
      if (!held.has(lock)) this.#unclaim(lock, pid);
    }
  }

  #lockOf({ fd, line }: FdLock, pid: number): LockClaims | undefined {
    const entry =
      this.#table.linesOf(line.key).find((candidate) => candidate.line.text === line.text) ??
      this.#hiddenEntry(line.key, line.text);
    if (entry !== undefined) {
      const lock = this.#locks.get(entry);
      if (lock !== undefined) return lock;
      // The answer may be to watch its inode from now on.
      if (!line.waiter && this.#events.isStrange(entry)) this.#events.onStrangeLock(entry, pid, fd);
      return this.#locks.get(entry);
    }
    if (!this.#processes.host.nestedPidNamespace || !this.isWatched(line.key)) return undefined;
    const hidden: TableEntry = { line, since: performance.now(), blocker: undefined };
    this.#hidden.set(line.key, [...this.hiddenLocks(line.key), hidden]);
    this.track(hidden);
    return this.#locks.get(hidden);
  }

  #hiddenEntry(key: string, text: string): TableEntry | undefined {
    return this.#hidden.get(key)?.find((candidate) => candidate.line.text === text);
  }

  #claim(lock: LockClaims, pid: number, fd: number, before: Claim | undefined): void {
    if (before !== undefined) {
      const stillThere = this.#shows(before, lock.entry);
      if (stillThere) return;
    } else this.#changed.add(lock.entry.line.key);
    lock.claims.set(pid, { pid, fd, file: null });
    this.#unheld.delete(lock);
    lock.isSearched = false;
    lock.reason = lock.detail = lock.unproven = undefined;
    lock.retries = 0;
    let locks = this.#byPid.get(pid);
    if (locks === undefined) this.#byPid.set(pid, (locks = new Set()));
    locks.add(lock);
    if (lock.claims.size > 1) this.#shared.add(lock);
  }

  #unclaim(lock: LockClaims, pid: number): void {
    lock.claims.delete(pid);
    this.#unlink(pid, lock);
    this.#changed.add(lock.entry.line.key);
    if (lock.claims.size < 2) this.#shared.delete(lock);
    if (lock.claims.size > 0) return;
    this.#unheld.add(lock);
    const hidden = this.#hidden.get(lock.entry.line.key);
    if (hidden?.includes(lock.entry) === true) {
      const rest = hidden.filter((entry) => entry !== lock.entry);
      if (rest.length === 0) this.#hidden.delete(lock.entry.line.key);
      else this.#hidden.set(lock.entry.line.key, rest);
      this.untrack(lock.entry);
    }
  }

  #unlink(pid: number, lock: LockClaims): void {
    const locks = this.#byPid.get(pid);
    locks?.delete(lock);
    if (locks?.size === 0) this.#byPid.delete(pid);
  }

  #dropProcess(pid: number): void {
    this.#newcomers.delete(pid);
    this.#suspects.delete(pid);
    this.#denied.delete(pid);
    for (const lock of [...(this.#byPid.get(pid) ?? [])]) this.#unclaim(lock, pid);
  }

  /** Held, every process looked at, nobody found: say why. */
  #giveUp(lock: LockClaims): void {
    const { line } = lock.entry;
    const before = `${lock.isSearched}${lock.reason}${lock.detail}${lock.unproven}`;
    lock.isSearched = true;
    // 1, 2, 4 … 32 ticks: a full scan is not repeated every tick for a lock that cannot be named.
    lock.retryAt = this.#tick + 2 ** Math.min(lock.retries++, 5);
    lock.unproven = undefined;
    lock.detail = undefined;
    const { host } = this.#processes;
    const taker = line.pid > 0 ? this.#processes.get(line.pid) : undefined;
    const isTakerHidden =
      line.pid > 0 && taker === undefined && this.#processes.liveness(line.pid).state === 'alive';
    const isTakerDenied = isTakerHidden || (taker !== undefined && isDenied(locksOfProcess(line.pid)));
    if (isTakerDenied) {
      lock.reason = 'otherUser';
      const owner =
        taker?.user ?? (taker?.uid === undefined ? undefined : (userName(taker.uid) ?? String(taker.uid)));
      lock.detail = `pid ${line.pid}${owner === undefined ? '' : `, ${owner}`}`;
      if (line.type === 'POSIX') lock.unproven = line.pid;
    } else if (host.nestedPidNamespace && line.pid <= 0) lock.reason = 'outsideNamespace';
    else if (this.#denied.size > 0) {
      // Root is refused only what a sandbox hides; anybody else, what other users run.
      lock.reason = host.uid === 0 ? 'notFound' : 'otherUser';
      lock.detail = `pid ${[...this.#denied].slice(0, 3).join(', ')}${this.#denied.size > 3 ? ' …' : ''}`;
    } else if (this.#hidesProcesses) lock.reason = 'otherUser';
    else if (this.#events.isRemote(line.key)) lock.reason = 'otherHost';
    else lock.reason = 'notFound';
    if (before !== `${lock.isSearched}${lock.reason}${lock.detail}${lock.unproven}`)
      this.#changed.add(line.key);
  }

  /** The file that a claim's descriptor is open on, read once. */
  fileOf(claim: Claim): OpenFile | undefined {
    if (claim.file === null) claim.file = openFileOf(claim.pid, claim.fd);
    return claim.file;
  }

  /** Again, for instance because the path has been removed meanwhile. */
  forgetFiles(key: string): void {
    for (const entry of [...this.#table.linesOf(key), ...this.hiddenLocks(key)]) {
      for (const claim of this.#locks.get(entry)?.claims.values() ?? []) claim.file = null;
    }
  }
}

function isDenied(scan: FdLock[] | string): boolean {
  return scan === 'EACCES' || scan === 'EPERM';
}
