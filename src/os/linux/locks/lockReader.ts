/** The kernel's lock table, put together with watched paths and with the processes that hold the locks. */
import { setTimeout as delay } from 'node:timers/promises';
import { failureOf } from '../../../common/errors';
import type { FileFacts, LockFacts, TakenFile } from '../../../model/facts';
import type { HeldLock } from '../../platform';
import type { LockChange, LockReader, LockUse, LockView, NamedLock, ProcessChange } from '../../readers';
import type { Claim } from './claims';
import { MountTable } from './fileKey';
import { HeldLocks } from './heldLocks';
import { Holders } from './holders';
import { lockFacts } from './lockFacts';
import { kindOf } from '../procfs/lockLine';
import { LockTable, SETTLE_MS, type TableEntry } from './lockTable';
import { NamedLocks } from './namedLocks';
import { openFileOf } from './openFile';
import { readText } from '../procfs/read';
import type { ProcessTable } from '../processes/processTable';
import { WatchedFiles, type Watched } from './watchedFiles';

/** How often a tick waits for new locks to settle; where locks come and go without end, the next tick goes on. */
const SETTLE_ROUNDS = 3;

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

function isAnyUnknown(keys: Iterable<string>, table: LockTable, holders: Holders): boolean {
  for (const key of keys) {
    for (const entry of table.linesOf(key)) {
      const reason = holders.get(entry)?.unknown?.reason;
      if (reason === 'notFound' || reason === 'takerSilent') return true;
    }
  }
  return false;
}

export class LinuxLockReader implements LockReader {
  /** Until the table has been read once there may be none (gVisor, a hardened container). */
  #source: 'procfs' | 'none' = 'none';
  readonly #processes: ProcessTable;
  readonly #table: LockTable;
  readonly #mounts: MountTable;
  readonly #files: WatchedFiles;
  readonly #holders: Holders;
  readonly #named: NamedLocks;
  readonly #held: HeldLocks;
  #isFirst = true;

  constructor(processes: ProcessTable, table = new LockTable(), mounts = new MountTable()) {
    this.#processes = processes;
    this.#mounts = mounts;
    this.#table = table;
    this.#files = new WatchedFiles(this.#mounts, () => processes.host, {
      onEnter: (key) => this.#track(key),
      onLeave: (key) => {
        for (const entry of [...this.#holders.linesOf(key)]) this.#holders.untrack(entry);
      },
      locksLeft: (key) => this.#locksLeft(key),
    });
    const mountinfo = process.getuid?.() === 0 ? '' : readText('/proc/self/mountinfo', 16 << 20);
    const hides = typeof mountinfo === 'string' && hidesProcesses(mountinfo);
    const reread = (): void => void this.#readTable();
    this.#holders = new Holders(processes, table, {
      isName: (link) => this.#files.isName(link),
      isHidden: (key) => processes.host.nestedPidNamespace && this.#files.isWatched(key),
      onStranger: (entry, pid, fd) => this.#onStranger(entry, pid, fd),
      isRemote: (key) => [...this.#files.of(key)].some(({ locality }) => locality.foreign === 'otherHost'),
      isThorough: true,
      reread,
      hidesProcesses: hides,
    });
    this.#named = new NamedLocks(processes, table);
    const files = this.#files;
    this.#held = new HeldLocks({ processes, table, mounts, files, reread, hidesProcesses: hides });
  }

  get source(): 'procfs' | 'none' {
    return this.#source;
  }

  watch(path: string, file: FileFacts): void {
    if (this.#files.watch(path, file)) this.#holders.wantSweep();
  }

  unwatch(path: string): void {
    this.#files.unwatch(path);
  }

  async update(change: ProcessChange): Promise<LockChange> {
    this.#mounts.newTick();
    this.#files.retryUnplaced();
    this.#holders.noteProcesses(change.added, change.removed);
    this.#named.noteProcesses(change.removed);
    this.#held.noteProcesses(change);
    const problem = this.#readTable();
    if (problem === undefined) await this.#settle(() => this.#holders.isAnyStarting);
    await this.#holders.update(this.#isFirst);
    this.#isFirst = false;
    const changed = this.#holders.takeChanged();
    for (const key of changed) this.#files.touchKey(key);
    // Given up between the table and fdinfo, or taken by a process that came after the list of them was read: look
    // again before calling its holder unknown.
    if (problem === undefined && isAnyUnknown(changed, this.#table, this.#holders)) {
      this.#holders.noteProcesses(this.#processes.discoverNew(), []);
      this.#readTable();
      await this.#holders.update();
      for (const key of this.#holders.takeChanged()) this.#files.touchKey(key);
    }
    const paths = this.#files.takeChanged();
    const pids = this.#named.takeChanged();
    return problem === undefined ? { paths, pids } : { paths, pids, problem };
  }

  async refresh(paths: readonly string[]): Promise<void> {
    this.#mounts.newTick();
    // Left to be taken by the observer, which matches them against its services.
    this.#holders.noteProcesses(this.#processes.discoverNew(), []);
    if (this.#readTable() === undefined) await this.#settle(() => this.#holders.isAnyStarting);
    const keys = paths.flatMap((path) => {
      const watched = this.#files.get(path);
      return watched === undefined ? [] : this.#files.keysOf(watched);
    });
    for (const key of keys) this.#holders.forgetFiles(key);
    await this.#holders.refresh(keys);
    this.#readTable();
    for (const path of paths) this.#files.touch(path);
  }

  view(path: string): LockView {
    const watched = this.#files.get(path);
    if (watched === undefined) return { locks: [], certainty: 'certain' };
    const { foreign, beyondProbe, isView } = watched.locality;
    const locks = this.#locksOn(watched);
    const common: LockView = { locks, certainty: 'certain' };
    if (foreign !== undefined) common.foreign = foreign;
    if (locks.length > 0) return common;
    if (watched.unplaced !== undefined) return { ...common, certainty: 'unknown' };
    if (watched.current === undefined) return common;
    if (this.#source === 'none' && isView !== true) {
      return { ...common, certainty: 'unknown', because: 'probeOnly', beyondProbe: ['posix', 'ofd'] };
    }
    if (isView === true) return { ...common, certainty: 'unknown', because: 'otherPath', beyondProbe };
    return foreign === undefined
      ? common
      : { ...common, certainty: 'unknown', because: foreign, beyondProbe };
  }

  seesAllOn(path: string): boolean {
    const { unplaced, locality } = this.#files.get(path) ?? {};
    const isHere = locality?.foreign === undefined && locality?.isView !== true;
    return this.#source !== 'none' && unplaced === undefined && isHere;
  }

  get isSettling(): boolean {
    return this.#named.isSettling;
  }

  locksNamed(pids: Iterable<number>, names: ReadonlySet<string>): ReadonlyMap<number, readonly NamedLock[]> {
    return this.#named.of(pids, names);
  }

  locksTaken(pids: Iterable<number>): ReadonlyMap<number, readonly TakenFile[]> {
    return this.#named.takenBy(pids);
  }

  usesOf(pids: Iterable<number>, paths: readonly string[]): ReadonlyMap<number, LockUse> {
    return this.#named.usesOf(pids, this.#files.canonicalOf(paths));
  }

  async heldLocks(under: readonly string[] | undefined): Promise<readonly HeldLock[]> {
    this.#mounts.newTick();
    this.#held.use();
    this.#readTable();
    await this.#settle(() => this.#held.isAnyStarting);
    return this.#held.list(under);
  }

  async unchangedHeldLocks(under: readonly string[] | undefined): Promise<readonly HeldLock[] | undefined> {
    if (!this.#held.isUsed) return undefined;
    this.#mounts.newTick();
    this.#held.use();
    return this.#readTable() === undefined ? this.#held.unchanged(under) : undefined;
  }

  heldLockCount(under: readonly string[]): Promise<number> {
    this.#held.use();
    return this.#held.count(under);
  }

  close(): void {
    this.#files.clear();
  }

  /** Reads the table and starts or stops following what came and went. Returns what went wrong. */
  #readTable(): string | undefined {
    let change;
    try {
      change = this.#table.update({
        isWatched: (key) => this.#files.isWatched(key) || this.#held.isUsed,
        isProven: (entry) => this.#holders.isProven(entry) || this.#held.isProven(entry),
      });
    } catch (error) {
      const { code, syscall } = failureOf(error, 'read');
      return this.#source === 'none' ? undefined : `${syscall} /proc/locks: ${code}`;
    }
    if (this.#source === 'none') {
      this.#source = 'procfs';
      for (const path of this.#files.paths()) this.#files.touch(path);
    }
    this.#named.noteTable(change.added, change.removed);
    this.#held.noteTable(change);
    for (const entry of change.removed) this.#holders.untrack(entry);
    for (const entry of change.added) {
      if (kindOf(entry.line) === undefined) continue;
      if (this.#files.isWatched(entry.line.key)) this.#holders.track(entry);
      else if (!entry.line.waiter && this.#mayBeFormerFile(entry)) this.#holders.queueTaker(entry);
    }
    for (const key of change.keys) {
      this.#files.touchKey(key);
      if (this.#table.linesOf(key).length === 0) this.#files.forgetFormer(key);
    }
    return undefined;
  }

  /** Waits until new locks have been there for a moment: only then may they be inspected. */
  async #settle(isAnyStarting: () => boolean): Promise<void> {
    for (let round = 0; round < SETTLE_ROUNDS && isAnyStarting(); round++) {
      await delay(SETTLE_MS + 1);
      if (this.#readTable() !== undefined) return;
    }
  }

  #track(key: string): void {
    for (const entry of this.#table.linesOf(key)) {
      if (kindOf(entry.line) !== undefined) this.#holders.track(entry);
    }
  }

  #locksLeft(key: string): readonly TableEntry[] {
    this.#holders.forgetFiles(key);
    return this.#table.linesOf(key).filter((entry) => this.#holders.get(entry) !== undefined);
  }

  #mayBeFormerFile({ line }: TableEntry): boolean {
    return line.dev !== undefined && this.#files.hasDevice(line.dev) && kindOf(line) !== undefined;
  }

  /** A lock on an unwatched inode of a watched device: was it the file of a watched path before it was deleted? */
  #onStranger(entry: TableEntry, pid: number, fd: number): void {
    if (!this.#mayBeFormerFile(entry)) return;
    const file = openFileOf(pid, fd);
    if (file?.isDeleted !== true) return;
    for (const watched of this.#files.named(file.path)) this.#files.addFormer(watched, entry.line.key);
  }

  #locksOn(watched: Watched): LockFacts[] {
    const locks: LockFacts[] = [];
    for (const key of this.#files.keysOf(watched)) {
      const isFormer = key !== watched.current?.key;
      const lines = this.#holders.linesOf(key);
      for (const entry of lines) {
        const lock = this.#holders.get(entry);
        if (lock === undefined) continue;
        const claims = [...lock.claims.values()].filter((claim) => this.#isOn(watched, claim, isFormer));
        const isTrusted = !isFormer || watched.former.get(key)?.has(entry) === true;
        if (claims.length === 0 && (lock.claims.size > 0 || !isTrusted)) continue;
        const facts = lockFacts(lock, claims, lines, isFormer, this.#processes);
        if (facts !== undefined) locks.push(facts);
      }
    }
    return locks;
  }

  /** Is this holder's descriptor open on the file that the path names (or, for a former inode, named)? */
  #isOn(watched: Watched, claim: Claim, isFormer: boolean): boolean {
    if (!isFormer && watched.current?.isAmbiguous !== true) return true;
    const file = this.#holders.fileOf(claim);
    if (file === undefined) return !isFormer;
    if (isFormer) return file.isDeleted && file.path === watched.canonical;
    return file.statKey === watched.current?.statKey;
  }
}
