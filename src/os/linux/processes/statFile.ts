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
import { copyOf, readIfChanged } from '../procfs/read';

/** Descriptors that may be kept open. */
interface Budget {
  left: number;
}

/** That of all of them together; the extension host has its own limit, and others live in it. */
const OURS: Budget = { left: 256 };

/** What a kernel says that does not count (sched_info_on is false there). */
const NOT_COUNTED = Buffer.from('0 0 0\n');

const NO_BYTES = Buffer.alloc(0);

export class StatFile {
  readonly #folder: string;
  readonly #budget: Budget;
  #schedFd: number | undefined;
  /** What `schedstat` said when `stat` was read. */
  #sched: Buffer = NO_BYTES;

  constructor(pid: number, procfs = '/proc', budget = OURS) {
    this.#folder = `${procfs}/${pid}`;
    this.#budget = budget;
  }

  /**
   * Returns the bytes, valid until the next call, or what failed; undefined when they are those of `before`. `always`:
   * reads them also where the process has not run, for what others change: its name, group, session.
   */
  readIfChanged(before: Buffer, always: boolean): Buffer | SystemFailure | undefined {
    if (!this.#mayHaveRun() && before.length > 0 && !always) return undefined;
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

  #mayHaveRun(): boolean {
    try {
      if (this.#schedFd === undefined) {
        if (this.#budget.left <= 0) return true;
        this.#schedFd = fs.openSync(`${this.#folder}/schedstat`, fs.constants.O_RDONLY);
        this.#budget.left--;
      }
      const changed = readIfChanged(this.#schedFd, this.#sched);
      if (changed !== undefined) this.#sched = copyOf(changed);
      return changed !== undefined || this.#sched.equals(NOT_COUNTED);
    } catch {
      return true; // It is gone, or this kernel has no such file: `stat` says.
    }
  }
}
