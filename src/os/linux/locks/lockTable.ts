/**
 * `/proc/locks`, read again and again. A tick in which nothing changed costs the read and one memcmp; otherwise every
 * line is found by its text and only new ones are parsed.
 *
 * One read(2) returns at most a page of the table, and locks that come and go between two of them shift the rest: a
 * held lock can be missing from a read, another can be there twice. Within one page nothing is lost. So lines are a
 * set, and a line is gone only when two reads in a row lack it; of a table of several pages, when a third lacks it too
 * whose pages begin elsewhere.
 */
import * as fs from 'node:fs';
import { closeQuietly } from '../../close';
import { parseLockText, type LockLine } from '../procfs/lockLine';

/** One full read of the table. */
export interface TableRead {
  /** Bytes in `buffer`, or -1: it was too small. */
  length: number;
  /** How many read(2) calls returned something: 1 = one page, which cannot be torn. */
  pieces: number;
}

/** `shifted`: lets the pages begin elsewhere than usual, so that what falls between two of them is another line. */
export type TableSource = (buffer: Buffer, shifted: boolean) => TableRead;

const PAGE = 4096;
const BLANK = 0x20;

/** Of procfs: no one mounts that again below a running process. */
let procDevice: number | undefined;

/** Something else mounted over the table would say that nothing is locked. */
function assertTable(fd: number): void {
  procDevice ??= fs.statSync('/proc').dev;
  if (fs.fstatSync(fd).dev === procDevice) return;
  throw Object.assign(new Error('/proc/locks is no file of procfs'), { code: 'ENOENT', syscall: 'open' });
}

/** @throws what open(2) and read(2) say, also where the table is covered by another file. */
export function readProcLocks(buffer: Buffer, shifted: boolean): TableRead {
  const fd = fs.openSync('/proc/locks', 'r');
  try {
    assertTable(fd);
    let length = 0;
    let pieces = 0;
    for (;;) {
      // A record longer than the space left would be cut: leave room for a page.
      if (buffer.length - length < PAGE) return { length: -1, pieces };
      const wanted = shifted && pieces === 0 ? PAGE / 2 : buffer.length - length;
      const got = fs.readSync(fd, buffer, length, wanted, null);
      if (got === 0) return { length, pieces };
      length += got;
      pieces++;
    }
  } finally {
    closeQuietly(fd);
  }
}

/** A line of the table for as long as it is there. */
export interface TableEntry {
  readonly line: LockLine;
  /** When a read first had it, monotonic ms. */
  readonly since: number;
  /** For a waiter: the lock it waits for. */
  blocker: TableEntry | undefined;
}

interface Known extends TableEntry {
  /** The last read that had it. */
  seen: number;
}

export interface TableChange {
  added: readonly TableEntry[];
  removed: readonly TableEntry[];
  /** Keys (`dev:ino`) whose set of lines, or who waits for whom, changed. */
  keys: ReadonlySet<string>;
  /** How often the table was read. */
  reads: number;
}

export interface TableQuestions {
  /** Is someone interested in this inode? Only then is a doubtful line worth another read. */
  isWatched(key: string): boolean;
  /**
   * Last word before a watched lock counts as released on the evidence of torn reads: does a known holder's own fdinfo
   * still show it?
   */
  isProven(entry: TableEntry): boolean;
}

const NOTHING: ReadonlySet<string> = new Set();
const UNCHANGED: TableChange = { added: [], removed: [], keys: NOTHING, reads: 1 };
const NO_ENTRIES: readonly TableEntry[] = [];

/** Locks that come and go faster than they can be read twice must not keep us here. */
const MAX_READS = 6;

/** Reads in a row that must lack a line before it is gone: of a table of one page, and of one that may be torn. */
const MISSES = 2;
const TORN_MISSES = 3;

/**
 * A lock is inspected only when two reads this far apart (ms) have shown it: while the kernel prints one fdinfo it
 * keeps the file open, and who gives a lock up within moments and takes it again would meet itself.
 */
export const SETTLE_MS = 10;

export class LockTable {
  #current = Buffer.allocUnsafeSlow(64 * 1024);
  #previous = Buffer.allocUnsafeSlow(64 * 1024);
  #currentLength = 0;
  #previousLength = -1;
  #serial = 0;
  /** Something was kept on one read's word: the next tick has to check again even if the bytes are equal. */
  #unsettled = false;
  /** By their text. */
  readonly #lines = new Map<string, Known>();
  readonly #byKey = new Map<string, Known[]>();
  readonly #source: TableSource;
  readonly #now: () => number;
  /** When the last read began. */
  #readAt = 0;
  #added: Known[] = [];
  #keys = new Set<string>();

  constructor(source: TableSource = readProcLocks, now: () => number = () => performance.now()) {
    this.#source = source;
    this.#now = now;
  }

  /** Lines, waiters included, each once. */
  get size(): number {
    return this.#lines.size;
  }

  /** Locks and waiters on an inode, as of the last update. */
  linesOf(key: string): readonly TableEntry[] {
    return this.#byKey.get(key) ?? NO_ENTRIES;
  }

  /** Has it been there for longer than a moment, as of the last read? */
  isSettled(entry: TableEntry): boolean {
    return this.#readAt - entry.since >= SETTLE_MS;
  }

  *entries(): IterableIterator<TableEntry> {
    for (const lines of this.#byKey.values()) yield* lines;
  }

  /** @throws when the table cannot be read; what was known stays. */
  update(ask: TableQuestions): TableChange {
    let pieces = this.#read(false);
    if (
      !this.#unsettled &&
      this.#currentLength === this.#previousLength &&
      this.#current.compare(this.#previous, 0, this.#previousLength, 0, this.#currentLength) === 0
    ) {
      return UNCHANGED;
    }
    this.#added = [];
    this.#keys = new Set();
    this.#parse();
    let reads = 1;
    // Torn or not, one more read: a lock taken since the last tick may be missing from the first.
    for (;;) {
      const misses = pieces > 1 ? TORN_MISSES : MISSES;
      if (reads >= MAX_READS || !((pieces > 1 && reads === 1) || this.#isInDoubt(ask, misses))) break;
      const isThird = reads % TORN_MISSES === TORN_MISSES - 1;
      pieces = Math.max(pieces, this.#read(isThird && pieces > 1));
      this.#parse();
      reads++;
    }
    const removed = this.#sweep(ask, pieces > 1);
    const swap = this.#previous;
    this.#previous = this.#current;
    this.#previousLength = this.#currentLength;
    this.#current = swap;
    const added = this.#added.filter((entry) => entry.seen > 0);
    return { added, removed, keys: this.#keys, reads };
  }

  #read(shifted: boolean): number {
    this.#readAt = this.#now();
    for (;;) {
      const { length, pieces } = this.#source(this.#current, shifted);
      if (length >= 0) {
        this.#currentLength = length;
        return pieces;
      }
      this.#current = Buffer.allocUnsafeSlow(this.#current.length * 2);
    }
  }

  /** Is a line that someone watches missing, but not yet from as many reads as it takes? */
  #isInDoubt(ask: TableQuestions, misses: number): boolean {
    for (const entry of this.#lines.values()) {
      const missed = this.#serial - entry.seen;
      if (missed > 0 && missed < misses && ask.isWatched(entry.line.key)) return true;
    }
    return false;
  }

  #sweep(ask: TableQuestions, isTorn: boolean): Known[] {
    const misses = isTorn ? TORN_MISSES : MISSES;
    const removed: Known[] = [];
    this.#unsettled = false;
    for (const entry of this.#lines.values()) {
      const missed = this.#serial - entry.seen;
      if (missed === 0) continue;
      if (ask.isWatched(entry.line.key) && (missed < misses || (isTorn && ask.isProven(entry)))) {
        if (missed >= misses) entry.seen = this.#serial - 1;
        this.#unsettled = true;
        continue;
      }
      removed.push(entry);
      this.#keys.add(entry.line.key);
      this.#forget(entry);
    }
    return removed;
  }

  #forget(entry: Known): void {
    entry.seen = 0;
    this.#lines.delete(entry.line.text);
    const lines = this.#byKey.get(entry.line.key)?.filter((other) => other !== entry) ?? [];
    if (lines.length === 0) this.#byKey.delete(entry.line.key);
    else this.#byKey.set(entry.line.key, lines);
  }

  /** Lines: digits of the id, `:`, blanks, then the text that identifies the lock. */
  #parse(): void {
    const bytes = this.#current;
    const text = bytes.toString('latin1', 0, this.#currentLength);
    const serial = ++this.#serial;
    let holder: Known | undefined;
    let colon = -1;
    let at = 0;
    while (at < text.length) {
      const newline = text.indexOf('\n', at);
      const end = newline < 0 ? text.length : newline;
      // One that is found behind this line is the next line's: to look for it again would cost all lines between.
      if (colon < at) colon = text.indexOf(':', at);
      if (colon < 0) break;
      at = end + 1;
      let from = colon + 1;
      while (text.charCodeAt(from) === BLANK) from++;
      if (from >= end) continue;
      // What is kept is a string of its own: a part of this one would keep all of it.
      const entry = this.#lines.get(text.slice(from, end)) ?? this.#add(bytes.toString('latin1', from, end));
      if (entry === undefined) continue;
      entry.seen = serial;
      if (!entry.line.waiter) {
        holder = entry;
      } else if (entry.blocker !== holder) {
        entry.blocker = holder;
        this.#keys.add(entry.line.key);
      }
    }
  }

  #add(text: string): Known | undefined {
    const line = parseLockText(text);
    if (line === undefined) return undefined;
    const entry: Known = { line, since: this.#readAt, blocker: undefined, seen: 0 };
    this.#lines.set(text, entry);
    const lines = this.#byKey.get(line.key);
    if (lines === undefined) this.#byKey.set(line.key, [entry]);
    else lines.push(entry);
    this.#added.push(entry);
    this.#keys.add(line.key);
    return entry;
  }
}
