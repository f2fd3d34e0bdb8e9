/**
 * Locks that given processes hold on files of given names, wherever these are: who holds `bot.lock` of another folder is
 * the owner there, and no duplicate here. Kept from call to call, read again when the lock table hints at a change.
 */
import * as fs from 'node:fs';
import type { LockUse, NamedLock } from '../../readers';
import { locksBehindLinks, locksOfFd } from './fdScan';
import { MultiMap } from '../../../common/multiMap';
import type { TakenFile } from '../../../model/facts';
import { accessOf, kindOf } from '../procfs/lockLine';
import type { LockTable, TableEntry } from './lockTable';
import { DELETED, openFileOf } from './openFile';
import type { ProcessTable } from '../processes/processTable';
import { drain } from '../../../common/steps';

type ByName = Map<string, readonly NamedLock[]>;

interface Link {
  fd: number;
  path: string;
}

/**
 * Each Java machine locks a file of this name, wherever its other temporary files are, and keeps it by a mapping alone
 * (perfMemory_posix.cpp). It says nothing of what the process works for.
 */
function inodeOf(path: string): string | undefined {
  try {
    return String(fs.lstatSync(path).ino);
  } catch {
    return undefined; // it is no Java, or keeps no such file
  }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export class NamedLocks {
  readonly #processes: ProcessTable;
  readonly #table: LockTable;
  readonly #known = new Map<number, ByName>();
  /** What descriptors link to, read since the table was: thousands of services may ask about one process. */
  readonly #links = new Map<number, ReadonlyMap<string, readonly Link[]>>();
  /** Takers of locks that have not been there for long, since the table was read. */
  #starting: ReadonlySet<number> | undefined;
  /** Files that are locked exclusively, by the pid that took the lock, since the table was read. */
  #taken: MultiMap<number, TakenFile> | undefined;
  /** Those of them that are not Java's own, asked once for each process. */
  readonly #takenBy = new Map<number, readonly TakenFile[]>();
  #waiting: ReadonlySet<number> | undefined;
  #changed = new Set<number>();

  constructor(processes: ProcessTable, table: LockTable) {
    this.#processes = processes;
    this.#table = table;
  }

  of(pids: Iterable<number>, names: ReadonlySet<string>): ReadonlyMap<number, readonly NamedLock[]> {
    const found = new Map<number, readonly NamedLock[]>();
    for (const pid of pids) {
      const known = this.#known.get(pid) ?? new Map<string, readonly NamedLock[]>();
      const missing = new Set([...names].filter((name) => !known.has(name)));
      if (missing.size > 0) {
        if (this.#isStarting(pid)) {
          // Not inspected at the very moment in which it takes its locks; the next update names it.
          this.#changed.add(pid);
          continue;
        }
        this.#read(pid, missing, known);
        this.#known.set(pid, known);
      }
      const locks = [...names].flatMap((name) => known.get(name) ?? []);
      if (locks.length > 0) found.set(pid, locks);
    }
    return found;
  }

  /** The files on which these processes took an exclusive lock, but for Java's own of each process. */
  takenBy(pids: Iterable<number>): ReadonlyMap<number, readonly TakenFile[]> {
    this.#taken ??= this.#readTaken();
    const found = new Map<number, readonly TakenFile[]>();
    for (const pid of pids) {
      const files = this.#taken.get(pid);
      if (files.size === 0) continue;
      const others = this.#takenBy.get(pid) ?? this.#withoutJavas(pid, [...files]);
      this.#takenBy.set(pid, others);
      if (others.length > 0) found.set(pid, others);
    }
    return found;
  }

  #readTaken(): MultiMap<number, TakenFile> {
    const taken = new MultiMap<number, TakenFile>();
    for (const { line } of this.#table.entries()) {
      const isLock = !line.waiter && kindOf(line) !== undefined && accessOf(line) === 'write';
      if (!isLock || line.pid <= 0 || line.dev === undefined || line.ino === undefined) continue;
      const file: TakenFile = { dev: line.dev, ino: line.ino };
      if (line.start !== '0' || line.end !== 'EOF') file.bytes = `${line.start}-${line.end}`;
      taken.add(line.pid, file);
    }
    return taken;
  }

  #withoutJavas(pid: number, files: readonly TakenFile[]): readonly TakenFile[] {
    const user = this.#processes.get(pid)?.user;
    const perfData = user === undefined ? undefined : inodeOf(`/tmp/hsperfdata_${user}/${pid}`);
    return files.filter(({ ino }) => ino !== perfData);
  }

  /** Who waits for any lock, and who has a file open which has one of these paths, or had it: locked or not. */
  usesOf(pids: Iterable<number>, paths: ReadonlySet<string>): ReadonlyMap<number, LockUse> {
    const waiting = (this.#waiting ??= new Set(
      [...this.#table.entries()].flatMap(({ line }) => (line.waiter ? [line.pid] : [])),
    ));
    const hasOpen = (pid: number): boolean => {
      const links = this.#linksOf(pid);
      return [...paths].some((path) =>
        (links.get(nameOf(path)) ?? []).some((link) => link.path === path || link.path === path + DELETED),
      );
    };
    const uses = new Map<number, LockUse>();
    for (const pid of pids) {
      if (waiting.has(pid)) uses.set(pid, 'waits');
      else if (hasOpen(pid)) uses.set(pid, 'opens');
    }
    return uses;
  }

  /** What the table gained and lost. */
  noteTable(added: readonly TableEntry[], removed: readonly TableEntry[]): void {
    this.#links.clear();
    this.#starting = undefined;
    this.#taken = undefined;
    this.#takenBy.clear();
    this.#waiting = undefined;
    if (this.#known.size === 0) return;
    let isAnyones = false;
    for (const entry of [...added, ...removed]) {
      if (kindOf(entry.line) === undefined || entry.line.waiter) continue;
      const taker = entry.line.pid;
      if (this.#known.delete(taker)) this.#changed.add(taker);
      // An OFD lock names no process; a taker that is gone has left the lock to someone.
      else if (taker <= 0 || !this.#processes.has(taker)) isAnyones = true;
    }
    if (isAnyones) for (const [pid, known] of this.#known) this.#check(pid, known);
  }

  noteProcesses(removed: readonly number[]): void {
    for (const pid of removed) this.#known.delete(pid);
  }

  /** Has one been left out that was just taking a lock? */
  get isSettling(): boolean {
    return this.#changed.size > 0;
  }

  /** Processes for which `of` may return something else now. */
  takeChanged(): ReadonlySet<number> {
    const changed = this.#changed;
    if (changed.size > 0) this.#changed = new Set();
    return changed;
  }

  #isStarting(pid: number): boolean {
    if (this.#starting === undefined) {
      const starting = new Set<number>();
      for (const entry of this.#table.entries()) {
        if (!entry.line.waiter && !this.#table.isSettled(entry)) starting.add(entry.line.pid);
      }
      this.#starting = starting;
    }
    return this.#starting.has(pid);
  }

  #check(pid: number, before: ByName): void {
    const now: ByName = new Map();
    this.#read(pid, new Set(before.keys()), now);
    if (JSON.stringify([...now]) === JSON.stringify([...before])) return;
    this.#known.set(pid, now);
    this.#changed.add(pid);
  }

  #read(pid: number, names: Iterable<string>, into: ByName): void {
    const links = this.#linksOf(pid);
    for (const name of names) {
      into.set(name, []);
      for (const link of links.get(name) ?? []) this.#readLocks(pid, name, link, into);
    }
  }

  #readLocks(pid: number, name: string, { fd, path: link }: Link, into: ByName): void {
    const lines = locksOfFd(pid, fd);
    for (const line of typeof lines === 'string' ? [] : lines) {
      if (kindOf(line) === undefined || line.dev === undefined || line.ino === undefined) continue;
      const path = link.endsWith(DELETED) ? openFileOf(pid, fd)?.path : link;
      // A file may really be called so.
      if (path === undefined || nameOf(path) !== name) continue;
      const same = into.get(name) ?? [];
      if (same.some((other) => other.path === path)) continue;
      into.set(name, [...same, { path, id: { dev: line.dev, ino: line.ino } }]);
    }
  }

  /** Returns the links by the names that they end in, a deleted file's by its former name as well. */
  #linksOf(pid: number): ReadonlyMap<string, readonly Link[]> {
    const known = this.#links.get(pid);
    if (known !== undefined) return known;
    const links = new Map<string, Link[]>();
    const note = (name: string, link: Link): void => {
      const same = links.get(name);
      if (same === undefined) links.set(name, [link]);
      else same.push(link);
    };
    const noteOne = (path: string, fd: number): boolean => {
      const name = nameOf(path);
      note(name, { fd, path });
      if (name.endsWith(DELETED)) note(name.slice(0, -DELETED.length), { fd, path });
      return false;
    };
    if (!this.#processes.isKernelThread(pid)) drain(locksBehindLinks(pid, noteOne));
    this.#links.set(pid, links);
    return links;
  }
}
