/**
 * Locks, and the processes whose own fdinfo showed them. Only what a look into a process found goes in here; when to
 * look is the business of `holders.ts`.
 */
import { MultiMap } from '../../../common/multiMap';
import type { UnknownHolder } from './unknownHolder';
import { locksOfFd, type FdLock } from './fdScan';
import type { LockTable, TableEntry } from './lockTable';
import { openFileOf, type OpenFile } from './openFile';
import { readLink } from '../procfs/read';

export interface Claim {
  readonly pid: number;
  readonly fd: number;
  readonly tid: number | undefined;
  /** What the descriptor linked to when it was found; undefined: it could not be read. */
  readonly link: string | undefined;
  /** Read when first asked for. */
  file: OpenFile | undefined | null;
}

export interface LockClaims {
  readonly entry: TableEntry;
  readonly claims: Map<number, Claim>;
  /** Not in the table: only fdinfo shows it, since its taker has exited inside a nested PID namespace. */
  readonly isHidden: boolean;
  /** Whoever was searched before this (a count of searches) has to be searched for it. */
  bornAt: number;
  /** Every process that may have it has been inspected, and none has. */
  isSearched: boolean;
  /** Why none is known; undefined: it has not been looked for yet. */
  unknown: UnknownHolder | undefined;
  /** Tick at which an unsuccessful search is worth repeating. */
  retryAt: number;
  retries: number;
}

export interface ClaimsRules {
  /** A lock that is not in the table but in an fdinfo: is its inode of interest? */
  isHidden(key: string): boolean;
  /** A lock of the table that is not tracked was found open: whether it is tracked from now on. */
  onStranger(entry: TableEntry, pid: number, fd: number): void;
}

export const linkOf = ({ pid, fd, tid }: Pick<Claim, 'pid' | 'fd' | 'tid'>): string | undefined =>
  readLink(`/proc/${pid}/${tid === undefined ? '' : `task/${tid}/`}fd/${fd}`);

export class Claims {
  readonly #table: LockTable;
  readonly #rules: ClaimsRules;
  readonly #locks = new Map<TableEntry, LockClaims>();
  readonly #byPid = new MultiMap<number, LockClaims>();
  readonly #hidden = new Map<string, TableEntry[]>();
  /** By pid: descriptors in which locks were found, and how many. */
  readonly #fds = new Map<number, Map<number, number>>();
  /** What the descriptors of holders link to, and how many do. */
  readonly #links = new Map<string, number>();
  #changed = new Set<string>();
  /** Held by several, or not in the table: only their fdinfo shows a change. */
  readonly shared = new Set<LockClaims>();
  /** No process is known to hold them. */
  readonly unheld = new Set<LockClaims>();
  /** Counts searches, see `LockClaims.bornAt`. */
  searches = 0;

  constructor(table: LockTable, rules: ClaimsRules) {
    this.#table = table;
    this.#rules = rules;
  }

  get size(): number {
    return this.#locks.size;
  }

  get(entry: TableEntry): LockClaims | undefined {
    return this.#locks.get(entry);
  }

  values(): IterableIterator<LockClaims> {
    return this.#locks.values();
  }

  holds(pid: number): boolean {
    return this.#byPid.has(pid);
  }

  /** Is this what the descriptor of a holder links to? Whoever shares it has the same link. */
  isLink(link: string): boolean {
    return this.#links.has(link);
  }

  /** Was a lock found in this descriptor already? */
  isClaimed(pid: number, fd: number): boolean {
    return this.#fds.get(pid)?.has(fd) === true;
  }

  /** Returns the locks and waiters of an inode, those included that only the holders' fdinfo shows. */
  linesOf(key: string): readonly TableEntry[] {
    const listed = this.#table.linesOf(key);
    const hidden = this.#hidden.get(key);
    return hidden === undefined ? listed : [...listed, ...hidden];
  }

  /** Inodes whose holders are others than at the last call. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed;
    if (changed.size > 0) this.#changed = new Set();
    return changed;
  }

  touch(key: string): void {
    this.#changed.add(key);
  }

  /** undefined: it is tracked already, or only waits. */
  track(entry: TableEntry, isHidden = false): LockClaims | undefined {
    if (entry.line.waiter || this.#locks.has(entry)) return undefined;
    const lock: LockClaims = {
      entry,
      claims: new Map(),
      isHidden,
      bornAt: ++this.searches,
      isSearched: false,
      unknown: undefined,
      retryAt: 0,
      retries: 0,
    };
    this.#locks.set(entry, lock);
    this.unheld.add(lock);
    if (isHidden) this.shared.add(lock);
    return lock;
  }

  untrack(entry: TableEntry): LockClaims | undefined {
    const lock = this.#locks.get(entry);
    if (lock === undefined) return undefined;
    this.#locks.delete(entry);
    this.unheld.delete(lock);
    this.shared.delete(lock);
    for (const claim of lock.claims.values()) this.#unlink(claim, lock);
    return lock;
  }

  /** Takes over what a look into a whole process found: it holds these, and nothing else. */
  replace(pid: number, found: readonly FdLock[]): void {
    const before = this.#byPid.get(pid);
    if (found.length === 0 && before.size === 0) return;
    const held = this.add(pid, found);
    for (const lock of [...before]) {
      if (!held.has(lock) && !this.#isInThread(lock, pid)) this.#unclaim(lock, pid);
    }
  }

  /** Takes over what a look into some of its descriptors found. */
  add(pid: number, found: readonly FdLock[]): ReadonlySet<LockClaims> {
    const held = new Set<LockClaims>();
    for (const one of found) {
      const lock = this.#lockOf(one, pid);
      if (lock === undefined) continue;
      held.add(lock);
      this.#claim(lock, pid, one);
    }
    return held;
  }

  drop(pid: number): void {
    for (const lock of [...this.#byPid.get(pid)]) this.#unclaim(lock, pid);
  }

  /** Does the descriptor show this very lock at this moment? It may show others. */
  shows(claim: Pick<Claim, 'pid' | 'fd' | 'tid'>, entry: TableEntry): boolean {
    const lines = locksOfFd(claim.pid, claim.fd, claim.tid);
    return typeof lines !== 'string' && lines.some((line) => line.text === entry.line.text);
  }

  /** The file that a claim's descriptor is open on, read once. */
  fileOf(claim: Claim): OpenFile | undefined {
    if (claim.file === null) claim.file = openFileOf(claim.pid, claim.fd, claim.tid);
    return claim.file;
  }

  /** Again, for instance because the path has been removed meanwhile. */
  forgetFiles(key: string): void {
    for (const entry of this.linesOf(key)) {
      for (const claim of this.#locks.get(entry)?.claims.values() ?? []) claim.file = null;
    }
  }

  /** A descriptor table of a thread's own is not part of a look into the process. */
  #isInThread(lock: LockClaims, pid: number): boolean {
    const claim = lock.claims.get(pid);
    return claim?.tid !== undefined && this.shows(claim, lock.entry);
  }

  #lockOf({ fd, line }: FdLock, pid: number): LockClaims | undefined {
    const same = (entry: TableEntry): boolean => entry.line.text === line.text;
    const entry = this.#table.linesOf(line.key).find(same) ?? this.#hidden.get(line.key)?.find(same);
    if (entry !== undefined) {
      if (!this.#locks.has(entry) && !line.waiter) this.#rules.onStranger(entry, pid, fd);
      return this.#locks.get(entry);
    }
    // The kernel lists no lock whose taker it cannot name there; one with a name is only newer than the table.
    if (line.pid !== 0 || !this.#rules.isHidden(line.key)) return undefined;
    const hidden: TableEntry = { line, since: performance.now(), blocker: undefined };
    this.#hidden.set(line.key, [...(this.#hidden.get(line.key) ?? []), hidden]);
    return this.track(hidden, true);
  }

  #claim(lock: LockClaims, pid: number, { fd, tid, link: known }: FdLock): void {
    const before = lock.claims.get(pid);
    if (before !== undefined) {
      // A process may have the same lock in several descriptors; the first stands for them.
      const isSame = before.fd === fd && before.tid === tid;
      if (!isSame && this.shows(before, lock.entry)) return;
      const link = known ?? linkOf({ pid, fd, tid });
      if (isSame && link === before.link) return;
      this.#unlink(before, lock);
    } else {
      this.touch(lock.entry.line.key);
    }
    const claim: Claim = { pid, fd, tid, link: known ?? linkOf({ pid, fd, tid }), file: null };
    lock.claims.set(pid, claim);
    this.unheld.delete(lock);
    lock.isSearched = false;
    lock.unknown = undefined;
    lock.retries = 0;
    this.#link(claim, lock);
    if (lock.claims.size > 1) this.shared.add(lock);
  }

  #unclaim(lock: LockClaims, pid: number): void {
    const claim = lock.claims.get(pid);
    if (claim === undefined) return;
    lock.claims.delete(pid);
    this.#unlink(claim, lock);
    this.touch(lock.entry.line.key);
    if (lock.claims.size < 2 && !lock.isHidden) this.shared.delete(lock);
    if (lock.claims.size > 0) return;
    this.unheld.add(lock);
    // Whoever was searched before may have been given it since.
    lock.bornAt = ++this.searches;
    if (!lock.isHidden) return;
    const { key } = lock.entry.line;
    const rest = (this.#hidden.get(key) ?? []).filter((entry) => entry !== lock.entry);
    if (rest.length === 0) this.#hidden.delete(key);
    else this.#hidden.set(key, rest);
    this.untrack(lock.entry);
  }

  #link(claim: Claim, lock: LockClaims): void {
    const { pid, fd, link } = claim;
    this.#byPid.add(pid, lock);
    let fds = this.#fds.get(pid);
    if (fds === undefined) this.#fds.set(pid, (fds = new Map<number, number>()));
    countUp(fds, fd);
    if (link !== undefined) countUp(this.#links, link);
  }

  #unlink({ pid, fd, link }: Claim, lock: LockClaims): void {
    this.#byPid.delete(pid, lock);
    const fds = this.#fds.get(pid);
    if (fds !== undefined) countDown(fds, fd);
    if (fds?.size === 0) this.#fds.delete(pid);
    if (link !== undefined) countDown(this.#links, link);
  }
}

function countUp<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function countDown<K>(counts: Map<K, number>, key: K): void {
  const left = (counts.get(key) ?? 1) - 1;
  if (left === 0) counts.delete(key);
  else counts.set(key, left);
}
