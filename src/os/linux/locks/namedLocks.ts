/**
 * Locks that given processes hold on files of given names, wherever these are: who holds `bot.lock` of another folder is
 * the owner there, and no duplicate here. Kept from call to call, read again when the lock table hints at a change.
 */
import type { NamedLock } from '../../readers';
import { locksBehindLinks } from './fdScan';
import { kindOf } from '../procfs/lockLine';
import type { LockTable, TableEntry } from './lockTable';
import { DELETED, openFileOf } from './openFile';
import type { ProcessTable } from '../processes/processTable';
import { drain } from '../slices';

type ByName = Map<string, readonly NamedLock[]>;

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export class NamedLocks {
  readonly #processes: ProcessTable;
  readonly #table: LockTable;
  readonly #known = new Map<number, ByName>();
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

  /** What the table gained and lost. */
  noteTable(added: readonly TableEntry[], removed: readonly TableEntry[]): void {
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
    for (const entry of this.#table.entries()) {
      if (entry.line.pid === pid && !entry.line.waiter && !this.#table.isSettled(entry)) return true;
    }
    return false;
  }

  #check(pid: number, before: ByName): void {
    const now: ByName = new Map();
    this.#read(pid, new Set(before.keys()), now);
    if (JSON.stringify([...now]) === JSON.stringify([...before])) return;
    this.#known.set(pid, now);
    this.#changed.add(pid);
  }

  #read(pid: number, names: ReadonlySet<string>, into: ByName): void {
    const links = new Map<number, string>();
    const isWanted = (link: string, fd: number): boolean => {
      const name = nameOf(link);
      if (!names.has(name) && !(name.endsWith(DELETED) && names.has(name.slice(0, -DELETED.length)))) {
        return false;
      }
      links.set(fd, link);
      return true;
    };
    const locks = this.#processes.isKernelThread(pid) ? [] : drain(locksBehindLinks(pid, isWanted));
    for (const name of names) into.set(name, []);
    for (const { fd, line } of typeof locks === 'string' ? [] : locks) {
      if (kindOf(line) === undefined || line.dev === undefined || line.ino === undefined) continue;
      let path = links.get(fd) ?? '';
      if (path.endsWith(DELETED)) {
        const file = openFileOf(pid, fd);
        if (file === undefined) continue;
        ({ path } = file);
      }
      const same = into.get(nameOf(path));
      if (same === undefined || same.some((other) => other.path === path)) continue;
      const lock = { path, id: { dev: line.dev, ino: line.ino } };
      into.set(nameOf(path), [...same, lock]);
    }
  }
}
