/**
 * Every lock of the kernel's table whose file can be named. What was found out of a lock is kept for as long as the
 * table shows it, so that a list that has not changed costs one read of the table.
 */
import { defined } from '../../../common/defined';
import type { HeldLock } from '../../platform';
import type { ProcessChange } from '../../readers';
import { linkOf, type Claim, type LockClaims } from './claims';
import { fdInfoOf } from './fdScan';
import { fileKeyOf, type MountTable } from './fileKey';
import { Holders } from './holders';
import { lockFacts } from './lockFacts';
import { kindOf } from '../procfs/lockLine';
import type { LockTable, TableChange, TableEntry } from './lockTable';
import { fdsOf, openFileOf, type OpenFile } from './openFile';
import type { ProcessTable } from '../processes/processTable';
import type { Watched, WatchedFiles } from './watchedFiles';

/** A count that was made before the holders were known is too low, and nothing in the table says when they are. */
const COUNT_KEPT_MS = 5_000;

/** A file that was renamed while it is locked has another name, and no table says so: rows are made again after this, ms. */
const LIST_KEPT_MS = 15_000;

/** No one has asked for this long (ms): what is known of unwatched locks is forgotten. */
const KEEP_MS = 60_000;

/** A file by the name under which it is shown. */
type Named = Pick<OpenFile, 'path' | 'isDeleted'> & { size?: number; claims: readonly Claim[] };

export interface HeldLocksParts {
  processes: ProcessTable;
  table: LockTable;
  mounts: MountTable;
  files: WatchedFiles;
  hidesProcesses: boolean;
  /** Reads the table again. */
  reread: () => void;
}

interface Listed {
  under: string | undefined;
  locks: readonly HeldLock[];
  /** Of the holders. */
  pids: ReadonlySet<number>;
  at: number;
}

export class HeldLocks {
  readonly #parts: HeldLocksParts;
  #holders: Holders | undefined;
  #usedAt = 0;
  #isFirst = true;
  /** The last count, for a while and as long as the table stays as it was. */
  #counted: { under: string; count: number; at: number } | undefined;

  /** The last list, for a while and as long as nothing has changed. */
  #listed: Listed | undefined;

  constructor(parts: HeldLocksParts) {
    this.#parts = parts;
  }

  /** Is the release of this lock worth a second read of the table? */
  get isUsed(): boolean {
    return this.#holders !== undefined;
  }

  get isAnyStarting(): boolean {
    return this.#holders?.isAnyStarting === true;
  }

  isProven(entry: TableEntry): boolean {
    return this.#holders?.isProven(entry) === true;
  }

  noteTable({ added, removed, keys }: TableChange): void {
    if (added.length > 0 || removed.length > 0) this.#counted = undefined;
    if (keys.size > 0) this.#listed = undefined;
    if (this.#holders === undefined) return;
    if (performance.now() - this.#usedAt > KEEP_MS) {
      this.#holders = undefined;
      return;
    }
    for (const entry of removed) this.#holders.untrack(entry);
    for (const entry of added) if (kindOf(entry.line) !== undefined) this.#holders.track(entry);
  }

  noteProcesses({ added, removed, changed }: ProcessChange): void {
    this.#holders?.noteProcesses(added, removed);
    if (changed.some((pid) => this.#listed?.pids.has(pid) === true)) this.#listed = undefined;
  }

  /** From now on every lock of the table is followed. */
  use(): void {
    this.#usedAt = performance.now();
    if (this.#holders !== undefined) return;
    const { processes, table, hidesProcesses, reread } = this.#parts;
    this.#holders = new Holders(processes, table, {
      isName: () => false,
      isHidden: () => false,
      onStranger: () => undefined,
      isRemote: () => false,
      isThorough: false,
      reread,
      hidesProcesses,
    });
    this.#isFirst = true;
    for (const entry of table.entries()) if (kindOf(entry.line) !== undefined) this.#holders.track(entry);
  }

  /** The last list; undefined: something has changed, or may have. */
  async unchanged(under: readonly string[] | undefined): Promise<readonly HeldLock[] | undefined> {
    const kept = this.#listed;
    const isKept =
      kept !== undefined &&
      kept.under === under?.join('\0') &&
      performance.now() - kept.at < LIST_KEPT_MS &&
      (await this.#holders?.rest()) === true;
    return isKept ? kept.locks : undefined;
  }

  /** Only files below one of these folders; undefined: all. */
  async list(under: readonly string[] | undefined): Promise<readonly HeldLock[]> {
    const holders = this.#holders;
    if (holders === undefined) return [];
    await holders.update(this.#isFirst);
    this.#isFirst = false;
    holders.takeChanged();
    const isBelow = belowOneOf(under, this.#parts.mounts);
    const held: HeldLock[] = [];
    for (const entry of this.#parts.table.entries()) {
      const lock = holders.get(entry);
      const row = lock === undefined ? undefined : this.#rowOf(lock, holders, isBelow);
      if (row !== undefined) held.push(row);
    }
    held.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.id < b.id ? -1 : 1));
    const pids = new Set(held.flatMap((lock) => lock.holders.map(({ process }) => process.pid)));
    this.#listed = { under: under?.join('\0'), locks: held, pids, at: performance.now() };
    return held;
  }

  /** How many of the list there are. */
  async count(under: readonly string[]): Promise<number> {
    const folders = under.join('\0');
    const isFresh = performance.now() - (this.#counted?.at ?? -Infinity) < COUNT_KEPT_MS;
    if (isFresh && this.#counted?.under === folders) return this.#counted.count;
    const { length } = await this.list(under);
    // What has yet to settle has no name, and the table need not change for it to get one.
    if (!this.isAnyStarting) this.#counted = { under: folders, count: length, at: performance.now() };
    return length;
  }

  #rowOf(lock: LockClaims, holders: Holders, isBelow: (path: string) => boolean): HeldLock | undefined {
    const { table, processes } = this.#parts;
    const { entry } = lock;
    const named = namedByHolder(lock, holders, isBelow) ?? this.#namedOtherwise(entry);
    if (named === undefined || !isBelow(named.path)) return undefined;
    const lines = table.linesOf(entry.line.key);
    const facts = lockFacts(lock, named.claims, lines, named.isDeleted, processes);
    if (facts === undefined) return undefined;
    const { kind, access, deletedInode, start, end, waiters, unknown, takenBy, denied } = facts;
    return {
      id: `${entry.line.text} ${facts.holders[0]?.process.startTicks ?? ''}`,
      kind,
      access,
      path: named.path,
      deletedInode,
      ...defined({ start, end }),
      ...(named.size === undefined ? {} : { size: named.size }),
      holders: facts.holders,
      waiters: waiters.map(({ pid }) => pid),
      ...(unknown === undefined ? {} : { unknown }),
      ...(takenBy === undefined ? {} : { takenBy }),
      ...(denied === undefined ? {} : { denied }),
    };
  }

  /** No one who holds it can be asked: it is a watched file, or one that a waiter has open. */
  #namedOtherwise(entry: TableEntry): Named | undefined {
    const { files, table } = this.#parts;
    const { key } = entry.line;
    const watched: Watched | undefined = [...files.of(key)][0];
    if (watched !== undefined) {
      return { path: watched.path, isDeleted: watched.current?.key !== key, claims: [] };
    }
    for (const { line } of table.linesOf(key)) {
      const file = line.waiter && line.pid > 0 ? this.#openBy(line.pid, entry) : undefined;
      if (file !== undefined) return { ...file, claims: [] };
    }
    return undefined;
  }

  #openBy(pid: number, { line }: TableEntry): OpenFile | undefined {
    for (const fd of fdsOf(pid)) {
      const info = fdInfoOf(pid, fd);
      if (typeof info === 'string' || info.ino !== line.ino || info.mntId === undefined) continue;
      if (this.#parts.mounts.get(info.mntId)?.dev === line.dev) return openFileOf(pid, fd);
    }
    return undefined;
  }
}

function namedByHolder(
  lock: LockClaims,
  holders: Holders,
  isBelow: (path: string) => boolean,
): Named | undefined {
  for (const claim of lock.claims.values()) {
    const link = linkOf(claim);
    // Where it does not belong is known without touching its file system.
    if (link === undefined || !isBelow(link)) continue;
    if (link !== claim.link) claim.file = null;
    const file = holders.fileOf(claim);
    if (file !== undefined) return { ...file, claims: [...lock.claims.values()] };
  }
  return undefined;
}

function belowOneOf(under: readonly string[] | undefined, mounts: MountTable): (path: string) => boolean {
  const folders = under?.map((folder) => {
    const canonical = fileKeyOf(folder, mounts)?.canonical ?? folder;
    return canonical.endsWith('/') ? canonical : `${canonical}/`;
  });
  return (path) => folders?.some((folder) => path.startsWith(folder)) !== false;
}
