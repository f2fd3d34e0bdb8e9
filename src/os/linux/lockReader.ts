/** The kernel's lock table, put together with watched paths and with the processes that hold the locks. */
import type { FileFacts, HolderFacts, LockFacts, ProcessFacts } from '../../model/facts';
import type { HeldLock } from '../platform';
import type { LockChange, LockReader, LockView, NamedLock, ProcessChange } from '../readers';
import { absentFileOf, fileKeyOf, MountTable, type FileKey } from './fileKey';
import { locksOfProcess } from './fdScan';
import { Holders, type Claim, type LockClaims } from './holders';
import { localityOf, type Locality } from './locality';
import { accessOf, kindOf } from './lockLine';
import { LockTable, type TableEntry } from './lockTable';
import { NamedLocks } from './namedLocks';
import { openFileOf, type OpenFile } from './openFile';
import { failureOf, readText } from './procFs';
import type { ProcessTable } from './processTable';

interface Watched {
  readonly path: string;
  /** What the path names now; undefined: nothing. */
  current: FileKey | undefined;
  canonical: string;
  /** Device to look on for a former file of this path. */
  dev: string | undefined;
  locality: Locality;
  /**
   * Inodes that the path named before, or that a holder's descriptor says it did, while they are locked. The entries
   * are believed without a holder's word: they were seen when the inode was still the path's.
   */
  readonly former: Map<string, ReadonlySet<TableEntry>>;
}

/** proc(5): with hidepid=1 or 2 (`noaccess`, `invisible`) other users' processes are closed or not there at all. */
export function hidesProcesses(mountinfo: string): boolean {
  return mountinfo.split('\n').some((line) => {
    // Mount point before, type and options of the file system behind the dash; proc_pid_mountinfo(5).
    const dash = line.indexOf(' - proc ');
    return (
      dash >= 0 &&
      line.slice(0, dash).includes(' /proc ') &&
      /[ ,]hidepid=(?:[12]|noaccess|invisible|ptraceable)/.test(line.slice(dash))
    );
  });
}

export class LinuxLockReader implements LockReader {
  /** Until the table has been read once there may be none (gVisor, a hardened container). */
  #source: 'procfs' | 'none' = 'none';
  readonly #processes: ProcessTable;
  readonly #table: LockTable;
  readonly #mounts = new MountTable();
  readonly #holders: Holders;
  readonly #named: NamedLocks;
  readonly #watched = new Map<string, Watched>();
  /** There, but which inode the lock table would call it could not be found out. */
  readonly #unplaced = new Map<string, FileFacts>();
  readonly #byKey = new Map<string, Set<Watched>>();
  readonly #byCanonical = new Map<string, Set<Watched>>();
  /** Devices of watched files, counted. */
  readonly #devices = new Map<string, number>();
  #changedPaths = new Set<string>();
  #isFirst = true;

  constructor(processes: ProcessTable, table = new LockTable()) {
    this.#processes = processes;
    this.#table = table;
    this.#named = new NamedLocks(processes, table);
    const mountinfo = process.getuid?.() === 0 ? '' : readText('/proc/self/mountinfo', 16 << 20);
    this.#holders = new Holders(
      processes,
      table,
      (key) => this.#byKey.has(key),
      typeof mountinfo === 'string' && hidesProcesses(mountinfo),
      {
        isStrange: (entry) => this.#isStrange(entry),
        onStrangeLock: (entry, pid, fd) => this.#onStrangeLock(entry, pid, fd),
        isRemote: (key) =>
          [...(this.#byKey.get(key) ?? [])].some(({ locality }) => locality.foreign === 'otherHost'),
      },
    );
  }

  get source(): 'procfs' | 'none' {
    return this.#source;
  }

  watch(path: string, file: FileFacts): void {
    let watched = this.#watched.get(path);
    if (watched === undefined) {
      watched = {
        path,
        current: undefined,
        canonical: path,
        dev: undefined,
        locality: localityOf(undefined, this.#processes.host),
        former: new Map(),
      };
      this.#watched.set(path, watched);
      this.#holders.wantSweep();
    } else this.#undoPlace(watched);
    const key = file.status === 'absent' ? undefined : fileKeyOf(path, this.#mounts);
    // A link that leads nowhere is a record, not a file that could be locked.
    if (key === undefined && file.status !== 'absent' && file.status !== 'symlink') {
      // No descriptor left, a stale handle: what was known of it stands, and the next tick tries again.
      this.#unplaced.set(path, file);
      this.#place(watched);
      this.#changedPaths.add(path);
      return;
    }
    this.#unplaced.delete(path);
    const before = watched.current;
    if (before !== undefined && before.key !== key?.key) this.#leave(watched, before);
    watched.current = key;
    const place = key ?? absentFileOf(path, this.#mounts);
    if (place !== undefined) {
      watched.canonical = place.canonical;
      watched.dev = place.dev;
      watched.locality = localityOf(place.mount, this.#processes.host);
    }
    this.#place(watched);
    if (key !== undefined && before?.key !== key.key) {
      watched.former.delete(key.key);
      this.#enter(watched, key.key);
    }
    this.#changedPaths.add(path);
  }

  unwatch(path: string): void {
    const watched = this.#watched.get(path);
    if (watched === undefined) return;
    this.#undoPlace(watched);
    this.#watched.delete(path);
    this.#unplaced.delete(path);
    this.#changedPaths.delete(path);
    if (watched.current !== undefined) this.#exit(watched, watched.current.key);
    for (const key of watched.former.keys()) this.#exit(watched, key);
  }

  async update(change: ProcessChange): Promise<LockChange> {
    this.#mounts.newTick();
    for (const [path, file] of [...this.#unplaced]) this.watch(path, file);
    const problem = this.#readTable();
    this.#holders.processes(change.added, change.removed);
    this.#named.noteProcesses(change.removed);
    await this.#holders.update(this.#isFirst);
    this.#isFirst = false;
    const changed = this.#holders.takeChanged();
    for (const key of changed) this.#touch(key);
    // Given up between the table and fdinfo, or taken by a process that came after the list of them was read: look
    // again before calling its holder unknown.
    if (problem === undefined && this.#isAnyUnknown(changed)) {
      this.#holders.processes(this.#processes.discoverNew(), []);
      this.#readTable();
      await this.#holders.update(false);
      for (const key of this.#holders.takeChanged()) this.#touch(key);
    }
    const paths = this.#changedPaths;
    if (paths.size > 0) this.#changedPaths = new Set();
    const pids = this.#named.takeChanged();
    return problem === undefined ? { paths, pids } : { paths, pids, problem };
  }

  async refresh(paths: readonly string[]): Promise<void> {
    this.#mounts.newTick();
    this.#readTable();
    for (const path of paths) {
      const watched = this.#watched.get(path);
      for (const key of watched === undefined ? [] : this.#keysOf(watched)) this.#holders.forgetFiles(key);
    }
    // Left to be taken by the observer, which matches them against its services.
    this.#holders.processes(this.#processes.discoverNew(), []);
    await this.#holders.scanAll();
    this.#readTable();
    for (const path of paths) this.#changedPaths.add(path);
  }

  view(path: string): LockView {
    const watched = this.#watched.get(path);
    if (watched === undefined) return { locks: [], certainty: 'certain' };
    const { foreign, beyondProbe } = watched.locality;
    const common = { locks: this.#locksOn(watched), ...(foreign === undefined ? {} : { foreign }) };
    if (common.locks.length === 0 && this.#unplaced.has(path)) return { ...common, certainty: 'unknown' };
    if (common.locks.length > 0 || watched.current === undefined) return { ...common, certainty: 'certain' };
    if (this.#source === 'none')
      return { ...common, certainty: 'unknown', because: 'probeOnly', beyondProbe: ['posix', 'ofd'] };
    return foreign === undefined
      ? { ...common, certainty: 'certain' }
      : { ...common, certainty: 'unknown', because: foreign, beyondProbe };
  }

  #locksOn(watched: Watched): LockFacts[] {
    const locks: LockFacts[] = [];
    for (const key of this.#keysOf(watched)) {
      const isFormer = key !== watched.current?.key;
      const lines = [...this.#table.linesOf(key), ...this.#holders.hiddenLocks(key)];
      for (const entry of lines) {
        const lock = this.#holders.get(entry);
        if (lock === undefined) continue;
        const claims = [...lock.claims.values()].filter((claim) => this.#isOn(watched, claim, isFormer));
        const isTrusted = !isFormer || watched.former.get(key)?.has(entry) === true;
        if (claims.length === 0 && (lock.claims.size > 0 || !isTrusted)) continue;
        const facts = this.#lockFacts(lock, claims, lines, isFormer);
        if (facts !== undefined) locks.push(facts);
      }
    }
    return locks;
  }

  locksNamed(
    pids: Iterable<number>,
    baseNames: ReadonlySet<string>,
  ): ReadonlyMap<number, readonly NamedLock[]> {
    return this.#named.of(pids, baseNames);
  }

  async heldLocks(under: readonly string[] | undefined): Promise<readonly HeldLock[]> {
    this.#mounts.newTick();
    this.#readTable();
    const found = new Map<TableEntry, { file: OpenFile; claims: Claim[] }>();
    const folders = under?.map((folder) => {
      const canonical = fileKeyOf(folder, this.#mounts)?.canonical ?? folder;
      return canonical.endsWith('/') ? canonical : `${canonical}/`;
    });
    let sliceEnd = performance.now() + 8;
    for (const pid of [...this.#processes.pids()]) {
      if (this.#processes.isKernelThread(pid)) continue;
      const locks = locksOfProcess(pid);
      for (const { fd, line } of typeof locks === 'string' ? [] : locks) {
        const entry = this.#table.linesOf(line.key).find((candidate) => candidate.line.text === line.text);
        if (entry === undefined || kindOf(line) === undefined) continue;
        const file = found.get(entry)?.file ?? openFileOf(pid, fd);
        if (file === undefined || folders?.some((folder) => file.path.startsWith(folder)) === false) continue;
        const known = found.get(entry);
        const claim = { pid, fd, file };
        if (known === undefined) found.set(entry, { file, claims: [claim] });
        else if (!known.claims.some((other) => other.pid === pid)) known.claims.push(claim);
      }
      if (performance.now() > sliceEnd) {
        await new Promise((resolve) => setImmediate(resolve));
        sliceEnd = performance.now() + 8;
      }
    }
    const held: HeldLock[] = [];
    for (const [entry, { file, claims }] of found) {
      const kind = kindOf(entry.line);
      const holders = this.#holderFacts(claims, entry.line.pid, kind === 'ofd');
      if (kind === undefined || holders.length === 0) continue;
      held.push({
        id: `${entry.line.text} ${holders[0]?.process.startTicks ?? ''}`,
        kind,
        access: accessOf(entry.line),
        path: file.path,
        deletedInode: file.isDeleted,
        size: file.size,
        holders,
        waiters: this.#waitersOf(entry, this.#table.linesOf(entry.line.key)).map(({ pid }) => pid),
      });
    }
    return held.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.id < b.id ? -1 : 1));
  }

  close(): void {
    this.#watched.clear();
    this.#byKey.clear();
    this.#byCanonical.clear();
  }

  /** Reads the table and starts or stops following what came and went. Answers what went wrong. */
  #readTable(): string | undefined {
    let change;
    try {
      change = this.#table.update({
        isWatched: (key) => this.#byKey.has(key),
        isProven: (entry) => this.#holders.isProven(entry),
      });
    } catch (error) {
      const { code, syscall } = failureOf(error, 'read');
      return this.#source === 'none' ? undefined : `${syscall} /proc/locks: ${code}`;
    }
    if (this.#source === 'none') {
      this.#source = 'procfs';
      for (const path of this.#watched.keys()) this.#changedPaths.add(path);
    }
    this.#named.noteTable(change.added, change.removed);
    for (const entry of change.removed) this.#holders.untrack(entry);
    for (const entry of change.added) {
      if (kindOf(entry.line) === undefined) continue;
      if (this.#byKey.has(entry.line.key)) this.#holders.track(entry);
      else if (!entry.line.waiter && this.#isStrange(entry)) this.#holders.suspect(entry);
    }
    for (const key of change.keys) {
      this.#touch(key);
      if (this.#table.linesOf(key).length === 0) this.#forgetFormer(key);
    }
    return undefined;
  }

  #isAnyUnknown(keys: Iterable<string>): boolean {
    for (const key of keys) {
      for (const entry of this.#table.linesOf(key)) {
        if (this.#holders.get(entry)?.reason === 'notFound') return true;
      }
    }
    return false;
  }

  #touch(key: string): void {
    for (const { path } of this.#byKey.get(key) ?? []) this.#changedPaths.add(path);
  }

  #keysOf(watched: Watched): string[] {
    return [...(watched.current === undefined ? [] : [watched.current.key]), ...watched.former.keys()];
  }

  #enter(watched: Watched, key: string): void {
    const paths = this.#byKey.get(key);
    if (paths === undefined) this.#byKey.set(key, new Set([watched]));
    else paths.add(watched);
    for (const entry of this.#table.linesOf(key)) {
      if (kindOf(entry.line) !== undefined) this.#holders.track(entry);
    }
  }

  #exit(watched: Watched, key: string): void {
    const paths = this.#byKey.get(key);
    paths?.delete(watched);
    if (paths?.size !== 0) return;
    this.#byKey.delete(key);
    for (const entry of [...this.#table.linesOf(key), ...this.#holders.hiddenLocks(key)])
      this.#holders.untrack(entry);
  }

  /** The path names another inode now. The old one stays of interest for as long as it is locked. */
  #leave(watched: Watched, before: FileKey): void {
    const locks = this.#table.linesOf(before.key).filter((entry) => this.#holders.get(entry) !== undefined);
    if (locks.length === 0) {
      this.#exit(watched, before.key);
      return;
    }
    watched.former.set(before.key, new Set(locks));
    this.#holders.forgetFiles(before.key);
  }

  #forgetFormer(key: string): void {
    for (const watched of [...(this.#byKey.get(key) ?? [])]) {
      if (watched.former.delete(key)) {
        this.#exit(watched, key);
        this.#changedPaths.add(watched.path);
      }
    }
  }

  #place(watched: Watched): void {
    const { canonical, dev } = watched;
    const same = this.#byCanonical.get(canonical);
    if (same === undefined) this.#byCanonical.set(canonical, new Set([watched]));
    else same.add(watched);
    if (dev !== undefined) this.#devices.set(dev, (this.#devices.get(dev) ?? 0) + 1);
  }

  #undoPlace(watched: Watched): void {
    const { canonical, dev } = watched;
    const same = this.#byCanonical.get(canonical);
    same?.delete(watched);
    if (same?.size === 0) this.#byCanonical.delete(canonical);
    if (dev === undefined) return;
    const left = (this.#devices.get(dev) ?? 1) - 1;
    if (left === 0) this.#devices.delete(dev);
    else this.#devices.set(dev, left);
  }

  #isStrange(entry: TableEntry): boolean {
    return (
      entry.line.dev !== undefined && this.#devices.has(entry.line.dev) && kindOf(entry.line) !== undefined
    );
  }

  /** A lock on an unwatched inode of a watched device: was it the file of a watched path before it was deleted? */
  #onStrangeLock(entry: TableEntry, pid: number, fd: number): void {
    const file = openFileOf(pid, fd);
    if (file?.isDeleted !== true) return;
    for (const watched of this.#byCanonical.get(file.path) ?? []) {
      if (watched.former.has(entry.line.key)) continue;
      watched.former.set(entry.line.key, new Set());
      this.#enter(watched, entry.line.key);
      this.#changedPaths.add(watched.path);
    }
  }

  /** Is this holder's descriptor open on the file that the path names (or, for a former inode, named)? */
  #isOn(watched: Watched, claim: Claim, isFormer: boolean): boolean {
    if (!isFormer && watched.current?.isAmbiguous !== true) return true;
    const file = this.#holders.fileOf(claim);
    if (file === undefined) return !isFormer;
    if (isFormer) return file.isDeleted && file.path === watched.canonical;
    return file.statKey === watched.current?.statKey;
  }

  #lockFacts(
    lock: LockClaims,
    claims: readonly Claim[],
    lines: readonly TableEntry[],
    deletedInode: boolean,
  ): LockFacts | undefined {
    const { line } = lock.entry;
    const kind = kindOf(line);
    if (kind === undefined || line.dev === undefined || line.ino === undefined) return undefined;
    const holders = this.#holderFacts(claims, line.pid, kind === 'ofd');
    if (holders.length === 0 && lock.unproven !== undefined) {
      const process = this.#processes.get(lock.unproven);
      if (process !== undefined) holders.push({ process, inherited: false, proven: false });
    }
    return {
      kind,
      access: accessOf(line),
      ...(kind === 'flock' ? {} : { start: line.start, end: line.end }),
      id: { dev: line.dev, ino: line.ino },
      deletedInode,
      ...(line.pid > 0
        ? { taker: line.pid, takerAlive: holders.some(({ process }) => process.pid === line.pid) }
        : {}),
      holders,
      ...(holders.length > 0 ? {} : { unknown: lock.reason ?? ('notFound' as const) }),
      ...(holders.length > 0 || lock.detail === undefined ? {} : { unknownDetail: lock.detail }),
      waiters: this.#waitersOf(lock.entry, lines),
    };
  }

  #holderFacts(claims: readonly Claim[], taker: number, isOfd: boolean): HolderFacts[] {
    const pids = new Set(claims.map(({ pid }) => pid));
    const holders: HolderFacts[] = [];
    for (const { pid, fd } of claims) {
      const process = this.#processes.get(pid);
      if (process === undefined) continue;
      // An OFD lock has no taker: among its holders the one that descends from another has it from there.
      const inherited = isOfd ? this.#descendsFromOneOf(pid, pids) : pid !== taker;
      holders.push({ process, inherited, proven: true, fd });
    }
    return holders.sort((a, b) => Number(a.inherited) - Number(b.inherited) || a.process.pid - b.process.pid);
  }

  #descendsFromOneOf(pid: number, others: ReadonlySet<number>): boolean {
    const met = new Set([pid]);
    for (
      let at = this.#processes.parentOf(pid);
      at !== undefined && at > 0;
      at = this.#processes.parentOf(at)
    ) {
      if (met.has(at)) return false;
      met.add(at);
      if (others.has(at)) return true;
    }
    return false;
  }

  #waitersOf(entry: TableEntry, lines: readonly TableEntry[]): ProcessFacts[] {
    const waiters = new Map<number, ProcessFacts>();
    for (const { line, blocker } of lines) {
      if (!line.waiter || blocker !== entry) continue;
      const process = line.pid > 0 ? this.#processes.get(line.pid) : undefined;
      // pid 0: it waits outside this namespace.
      waiters.set(line.pid, process ?? { pid: line.pid, comm: '', argv: [] });
    }
    return [...waiters.values()];
  }
}
