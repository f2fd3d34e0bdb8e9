/**
 * `/proc/<pid>/stat` of one process, asked for in every tick, and read only when the process may have run since: one
 * that has not run has called no execve(2), was neither stopped nor continued, and has not ended.
 *
 * Whether it ran is in `schedstat`: the time on a processor and how often it came there (proc_pid_schedstat,
 * fs/proc/base.c), those of its first thread, which is the one that has called execve(2) once it returns. A read of it
 * costs a third of one of `stat`, and its descriptor stays open. That is of this process whatever the number means
 * later: once it is gone, every read fails, even where another has its number.
 */
import * as fs from 'node:fs';
import { failureOf, type SystemFailure } from '../../../common/errors';
import { closeQuietly } from '../../close';
import { readIfChanged } from '../procfs/read';

/** Descriptors that may be kept open. */
interface Budget {
  left: number;
}

/** That of all of them together; the extension host has its own limit, and others live in it. */
const OURS: Budget = { left: 256 };

/** Longer than three numbers of 64 bits. */
const bytes = Buffer.alloc(64);

const BLANK = 0x20;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * Returns the first and the third number together, ns and a count: neither ever gets less, so their sum is the same only
 * where both are. A kernel that does not count says `0 0 0` (sched_info_on is false there).
 */
function runsIn(length: number): number {
  let sum = 0;
  let at = 0;
  for (let field = 0; field < 3; field++) {
    let number = 0;
    for (; at < length; at++) {
      const digit = bytes[at] ?? BLANK;
      if (digit < ZERO || digit > NINE) break;
      number = number * 10 + digit - ZERO;
    }
    at++;
    if (field !== 1) sum += number;
  }
  return sum;
}

export class StatFile {
  readonly #folder: string;
  readonly #budget: Budget;
  #schedFd: number | undefined;
  /** What `schedstat` said when it was last read. */
  #runs = 0;

  constructor(pid: number, procfs = '/proc', budget = OURS) {
    this.#folder = `${procfs}/${pid}`;
    this.#budget = budget;
  }

  /** Returns whether the process may have run since the last call. */
  mayHaveRun(): boolean {
    try {
      if (this.#schedFd === undefined) {
        if (this.#budget.left <= 0) return true;
        this.#schedFd = fs.openSync(`${this.#folder}/schedstat`, fs.constants.O_RDONLY);
        this.#budget.left--;
      }
      const before = this.#runs;
      this.#runs = runsIn(fs.readSync(this.#schedFd, bytes, 0, bytes.length, 0));
      return this.#runs === 0 || this.#runs !== before;
    } catch {
      return true; // It is gone, or this kernel has no such file: `stat` says.
    }
  }

  /** Returns the bytes, valid until the next call, or what failed; undefined when they are those of `before`. */
  readIfChanged(before: Buffer): Buffer | SystemFailure | undefined {
    let fd: number | undefined;
    try {
      fd = fs.openSync(`${this.#folder}/stat`, fs.constants.O_RDONLY);
      return readIfChanged(fd, before);
    } catch (error) {
      return failureOf(error, 'read');
    } finally {
      if (fd !== undefined) closeQuietly(fd);
    }
  }

  close(): void {
    if (this.#schedFd === undefined) return;
    closeQuietly(this.#schedFd);
    this.#schedFd = undefined;
    this.#budget.left++;
  }
}
