/**
 * A log that is watched for conflict lines. Only what is appended is read, so a log of gigabytes costs a stat a tick.
 *
 * What is appended is new, unless the line's own time says otherwise. What stood there at first sight, or stands in a
 * file that was replaced or cut, may be days old, however lately the file was written: of it only lines count that
 * carry a time of just now.
 */
import * as fs from 'node:fs';
import { failureOf } from '../../common/errors';
import { closeQuietly } from '../close';
import { stepOf, touching, type Step } from '../heartbeat';
import { CONFLICT_LINE_FRESH_MS, writtenAt } from '../../model/conflictPatterns';
import type { FileProblem, LogFacts, LogLine } from '../../model/facts';
import { impossibleZones, ownTimeOf, readTimes, type Zone } from '../../model/logTime';

export type LineTest = (line: string) => boolean;

/** Bytes before the end that are checked when the log is first seen, and after it was replaced or cut. */
const TAIL = 64 * 1024;

/** Most bytes read in one tick; what a log grew beyond that is skipped but for its end. */
const TICK_LIMIT = 1024 * 1024;

/** Characters kept of a line. */
const LINE_LENGTH = 400;

/** A line longer than this (bytes) is cut and matched as far as it goes. */
const PARTIAL_LIMIT = 64 * 1024;

const LINES_KEPT = 20;

/** Of lines that stood there already, so many of the last are asked in which zone the log is written. */
const ZONE_WITNESSES = 20;

/** No `dev:ino`: the file was there and is not. */
const GONE = 'gone';

let shared: Buffer | undefined;

export class LogWatch {
  readonly path: string;
  readonly #tests: readonly LineTest[];
  readonly #open: (path: string) => number;
  readonly #step: Step;
  #lines: LogLine[] = [];
  #problem: FileProblem | undefined;
  #id: string | undefined;
  #offset = 0;
  #partial: Buffer = Buffer.alloc(0);
  #isFirst = true;
  /** What ends before this offset stood there already when this file was first seen. */
  #oldEnd = 0;
  /** Zones that this log is not written in. */
  #impossible = new Set<Zone>();
  /** The offset is in the middle of a line: what comes before the next newline is not a line. */
  #isMidLine = false;

  /** `open`: how to open a regular file for reading, and nothing else; throws as open(2) does. */
  constructor(path: string, tests: readonly LineTest[], open: (path: string) => number) {
    this.path = path;
    this.#tests = tests;
    this.#open = open;
    this.#step = stepOf(path);
  }

  get facts(): LogFacts {
    return {
      path: this.path,
      lines: this.#lines,
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
  }

  /** Lets go of what it holds: nothing here. */
  close(): void {
    // A log that is checked here is open only during a look.
  }

  /** Makes one tick's look and returns whether the facts changed. `now`: ms since the epoch. */
  check(now: number): boolean {
    const before = this.#problem;
    const kept = this.#lines.filter((line) => Math.abs(now - writtenAt(line)) < CONFLICT_LINE_FRESH_MS);
    let isChanged = kept.length !== this.#lines.length;
    this.#lines = kept;
    try {
      isChanged = this.#read(now) || isChanged;
      this.#problem = undefined;
    } catch (error) {
      this.#problem = failureOf(error, 'read');
    }
    return isChanged || before?.code !== this.#problem?.code;
  }

  #read(now: number): boolean {
    touching(this.#step);
    const stat = fs.statSync(this.path, { throwIfNoEntry: false });
    if (stat === undefined) {
      // Not there yet: whatever it says when it comes is new. One that was there comes back replaced.
      this.#isFirst = false;
      if (this.#id !== undefined) this.#id = GONE;
      return false;
    }
    if (!stat.isFile()) {
      throw Object.assign(new Error('not a regular file'), { code: 'ENOTFILE', syscall: 'stat' });
    }
    const id = `${stat.dev}:${stat.ino}`;
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (this.#id === undefined && !isFirst) {
      this.#startAt(0, 0, id);
    } else if (this.#id !== id || stat.size < this.#offset) {
      this.#startAt(Math.max(0, stat.size - TAIL), stat.size, id);
    } else if (stat.size === this.#offset) {
      return false;
    }
    if (stat.size - this.#offset > TICK_LIMIT) {
      this.#offset = stat.size - TICK_LIMIT;
      this.#partial = Buffer.alloc(0);
      this.#isMidLine = true;
    }
    return stat.size > this.#offset && this.#readOn(now, stat.size, id);
  }

  #startAt(offset: number, oldEnd: number, id: string): void {
    this.#id = id;
    this.#offset = offset;
    this.#oldEnd = oldEnd;
    this.#partial = Buffer.alloc(0);
    this.#isMidLine = offset > 0 && offset < oldEnd;
    this.#impossible = new Set();
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
    const from = this.#offset;
    this.#offset += length;
    const lines = this.#split(buffer.subarray(0, length), from);
    // The newest lines are the best witnesses of the zone: in a wrong one they come from the future.
    for (const { text } of lines.filter(({ isOld }) => isOld).slice(-ZONE_WITNESSES)) {
      this.#learnZone(text, now);
    }
    const found = lines.flatMap((line) => this.#test(line, now));
    if (found.length > 0) this.#lines = [...this.#lines, ...found].slice(-LINES_KEPT);
    return found.length > 0;
  }

  /** Returns the whole lines among what was read at offset `start`; the rest waits for its end. */
  #split(bytes: Buffer, start: number): ReadLine[] {
    const lines: ReadLine[] = [];
    let from = 0;
    for (let newline = bytes.indexOf(0x0a); newline >= 0; newline = bytes.indexOf(0x0a, from)) {
      const end = bytes.subarray(from, newline);
      const line = this.#partial.length > 0 ? Buffer.concat([this.#partial, end]) : end;
      this.#partial = Buffer.alloc(0);
      from = newline + 1;
      if (this.#isMidLine) this.#isMidLine = false;
      else if (line.length > 0) lines.push({ text: textOf(line), isOld: start + from <= this.#oldEnd });
    }
    const rest = bytes.subarray(from);
    if (rest.length > 0 && this.#partial.length < PARTIAL_LIMIT) {
      this.#partial = Buffer.concat([this.#partial, rest]).subarray(0, PARTIAL_LIMIT);
    }
    return lines;
  }

  #learnZone(text: string, now: number): void {
    for (const zone of impossibleZones(readTimes(text, now), now)) this.#impossible.add(zone);
  }

  #test({ text, isOld }: ReadLine, now: number): LogLine[] {
    if (!this.#tests.some((test) => test(text))) return [];
    this.#learnZone(text, now);
    const ownTime = ownTimeOf(readTimes(text, now), now, this.#impossible);
    const counts =
      ownTime === undefined
        ? !isOld
        : now - ownTime < CONFLICT_LINE_FRESH_MS && (!isOld || ownTime - now < CONFLICT_LINE_FRESH_MS);
    const line = { text: text.slice(0, LINE_LENGTH), seenAt: now };
    return counts ? [ownTime === undefined ? line : { ...line, ownTime }] : [];
  }
}

interface ReadLine {
  text: string;
  /** Stood there already when this file was first seen. */
  isOld: boolean;
}

const textOf = (line: Buffer): string => line.subarray(0, PARTIAL_LIMIT).toString('utf8').replace(/\r$/, '');
