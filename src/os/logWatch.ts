/**
 * A log that is watched for conflict lines. Only what is appended is read, so a log of gigabytes costs a stat a tick;
 * at first sight its last 64 KiB count if it was written to a moment ago.
 */
import * as fs from 'node:fs';
import { closeQuietly } from './close';
import { CONFLICT_LINE_FRESH_MS } from '../model/conflictPatterns';
import type { FileProblem, LogFacts, LogLine } from '../model/facts';

export type LineTest = (line: string) => boolean;

/** Bytes before the end that are looked at when the log is first seen, and after a rotation or truncation. */
const TAIL = 64 * 1024;

/** Most bytes read in one tick; what a log grew beyond that is skipped but for its end. */
const TICK_LIMIT = 1024 * 1024;

/** Characters kept of a line. */
const LINE_LENGTH = 400;

/** A line longer than this (bytes) is cut and matched as far as it goes. */
const PARTIAL_LIMIT = 64 * 1024;

const LINES_KEPT = 20;

let shared: Buffer | undefined;

export class LogWatch {
  readonly path: string;
  readonly #tests: readonly LineTest[];
  readonly #open: (path: string) => number;
  #lines: LogLine[] = [];
  #problem: FileProblem | undefined;
  #id: string | undefined;
  #offset = 0;
  #partial: Buffer = Buffer.alloc(0);
  #isFirst = true;
  /** The offset is in the middle of a line: what comes before the next newline is not a line. */
  #skipTo = false;

  /** `open`: how to open a regular file for reading, and nothing else; throws as open(2) does. */
  constructor(path: string, tests: readonly LineTest[], open: (path: string) => number) {
    this.path = path;
    this.#tests = tests;
    this.#open = open;
  }

  get facts(): LogFacts {
    return {
      path: this.path,
      lines: this.#lines,
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
  }

  /** One tick; `now`: ms since the epoch. Answers whether the facts changed. */
  check(now: number): boolean {
    const before = this.#problem;
    const kept = this.#lines.filter(({ seenAt }) => Math.abs(now - seenAt) < CONFLICT_LINE_FRESH_MS);
    let isChanged = kept.length !== this.#lines.length;
    this.#lines = kept;
    try {
      isChanged = this.#read(now) || isChanged;
      this.#problem = undefined;
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException;
      this.#problem = { code: code ?? 'EUNKNOWN', syscall: syscall ?? 'read' };
    }
    return isChanged || before?.code !== this.#problem?.code;
  }

  #read(now: number): boolean {
    const stat = fs.statSync(this.path, { throwIfNoEntry: false });
    if (stat === undefined) {
      // Not there (yet): whatever it says when it comes is new.
      this.#id = undefined;
      this.#offset = 0;
      this.#partial = Buffer.alloc(0);
      this.#isFirst = false;
      return false;
    }
    if (!stat.isFile())
      throw Object.assign(new Error('not a regular file'), { code: 'ENOTFILE', syscall: 'stat' });
    const id = `${stat.dev}:${stat.ino}`;
    if (this.#isFirst) {
      this.#isFirst = false;
      this.#id = id;
      // An old log tells of the past; one written to just now may have said it a moment before we came.
      const isRecent =
        now - stat.mtimeMs < CONFLICT_LINE_FRESH_MS && stat.mtimeMs - now < CONFLICT_LINE_FRESH_MS;
      this.#offset = isRecent ? Math.max(0, stat.size - TAIL) : stat.size;
      this.#partial = Buffer.alloc(0);
      if (this.#offset > 0 && isRecent) this.#skipTo = true;
    } else if (this.#id !== id || stat.size < this.#offset) {
      // Rotated or truncated: the new file's lines came after the last look.
      this.#id = id;
      this.#offset = Math.max(0, stat.size - TAIL);
      this.#partial = Buffer.alloc(0);
      this.#skipTo = this.#offset > 0;
    } else if (stat.size === this.#offset) {
      return false;
    }
    if (stat.size - this.#offset > TICK_LIMIT) {
      this.#offset = stat.size - TICK_LIMIT;
      this.#partial = Buffer.alloc(0);
      this.#skipTo = true;
    }
    return stat.size > this.#offset && this.#readOn(now, stat.size, id);
  }

  #readOn(now: number, size: number, id: string): boolean {
    const buffer = (shared ??= Buffer.allocUnsafeSlow(TICK_LIMIT));
    const fd = this.#open(this.path);
    let length = 0;
    try {
      const opened = fs.fstatSync(fd);
      // Rotated between the stat and the open: next tick.
      if (`${opened.dev}:${opened.ino}` !== id) return false;
      const wanted = Math.min(size - this.#offset, TICK_LIMIT);
      while (length < wanted) {
        const got = fs.readSync(fd, buffer, length, wanted - length, this.#offset + length);
        if (got === 0) break;
        length += got;
      }
    } finally {
      closeQuietly(fd);
    }
    this.#offset += length;
    return this.#take(buffer.subarray(0, length), now);
  }

  #take(bytes: Buffer, now: number): boolean {
    let from = 0;
    let isChanged = false;
    for (let newline = bytes.indexOf(0x0a); newline >= 0; newline = bytes.indexOf(0x0a, from)) {
      const end = bytes.subarray(from, newline);
      const line = this.#partial.length > 0 ? Buffer.concat([this.#partial, end]) : end;
      this.#partial = Buffer.alloc(0);
      from = newline + 1;
      if (this.#skipTo) this.#skipTo = false;
      else isChanged = this.#test(line, now) || isChanged;
    }
    const rest = bytes.subarray(from);
    if (rest.length > 0 && this.#partial.length < PARTIAL_LIMIT) {
      this.#partial = Buffer.concat([this.#partial, rest]).subarray(0, PARTIAL_LIMIT);
    }
    return isChanged;
  }

  #test(line: Buffer, now: number): boolean {
    if (line.length === 0) return false;
    const text = line.subarray(0, PARTIAL_LIMIT).toString('utf8').replace(/\r$/, '');
    if (!this.#tests.some((test) => test(text))) return false;
    this.#lines = [...this.#lines, { text: text.slice(0, LINE_LENGTH), seenAt: now }].slice(-LINES_KEPT);
    return true;
  }
}
