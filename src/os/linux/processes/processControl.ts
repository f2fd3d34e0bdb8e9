/**
 * Signals to exact processes. A descriptor kept open on `/proc/<pid>/stat` belongs to that one process always: once
 * it is gone, reads give ESRCH, even when the pid is reused. It proves a pidfd in the native helper (`pinned.ts`),
 * which then is signalled; without the helper: read, then kill, with nothing in between.
 */
import * as fs from 'node:fs';
import { failureOf } from '../../../common/errors';
import { isSameProcess } from '../../../model/processes/processIdentity';
import { closeQuietly } from '../../close';
import type { ProcessFacts } from '../../../model/facts';
import type { NativeHelper } from '../../native/helper';
import type { LinuxCalls } from '../../native/linux/calls';
import type { ProcessControl, ProcessHandle, Signal, SignalOutcome } from '../../platform';
import { canSignalByProcPid } from './host';
import { readText } from '../procfs/read';
import { PinnedProcess } from './pinned';
import { ProcessTable } from './processTable';
import { parseProcStat, parseProcStatus, type ProcStat } from '../procfs/procStat';
import { livingThreadOf } from '../procfs/threads';

/** Reading one byte takes about 1 µs; a preempted thread is off the CPU for far longer. */
const FRESH_MS = 0.02;
/** Where even that is always too slow, the last read has to do. */
const FRESH_ATTEMPTS = 200;

class LinuxProcessHandle implements ProcessHandle {
  readonly pid: number;
  readonly #table: ProcessTable;
  readonly #buffer = Buffer.alloc(4096);
  #fd: number | undefined;
  /** On `/proc/<pid>/comm`: the same proof as `#fd` at an eighth of the time, which is all that a race is about. */
  #proof: number | undefined;

  readonly #pinned: PinnedProcess | undefined;

  constructor(
    pid: number,
    fd: number,
    proof: number,
    table: ProcessTable,
    native: NativeHelper<LinuxCalls> | undefined,
  ) {
    this.pid = pid;
    this.#fd = fd;
    this.#proof = proof;
    this.#table = table;
    this.#pinned = native && new PinnedProcess(pid, () => this.#stat() !== undefined, native);
  }

  read(): ProcessFacts | undefined {
    const stat = this.#stat();
    if (stat === undefined) return undefined;
    this.#table.invalidate([this.pid]);
    const facts = this.#table.get(this.pid);
    // What was read by pid counts only if the descriptor's process was there before and after.
    return this.#stat() !== undefined && facts !== undefined && isSameProcess(facts, stat)
      ? facts
      : undefined;
  }

  async pin(): Promise<void> {
    await this.#pinned?.hold();
  }

  async signal(signal: Signal): Promise<SignalOutcome> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return { result: 'unproven', reason: refusal };
    if (this.#isOver()) return { result: 'gone' };
    const exactly = await this.#pinned?.signal(signal);
    if (exactly === undefined || exactly.result !== 'unavailable') {
      return exactly ?? this.#signalByNumber(signal);
    }
    const outcome = this.#signalByNumber(signal);
    return outcome.result === 'sent' ? { ...outcome, how: `by its number: ${exactly.why}` } : outcome;
  }

  async ended(): Promise<boolean> {
    return (await this.#pinned?.ended()) ?? false;
  }

  #refusal(): string | undefined {
    if (this.pid <= 1) return `pid ${this.pid} is never signalled`;
    if (this.#table.host.ownPids.includes(this.pid)) {
      return `pid ${this.pid} is the extension host or one of its ancestors`;
    }
    return canSignalByProcPid() ? undefined : '/proc belongs to another PID namespace than this process';
  }

  #isOver(): boolean {
    const stat = this.#stat();
    return stat === undefined || this.#hasEnded(stat);
  }

  /** In one synchronous step. */
  #signalByNumber(signal: Signal): SignalOutcome {
    if (this.#isOver() || !this.#isThere()) return { result: 'gone' };
    try {
      process.kill(this.pid, signal);
      return { result: 'sent' };
    } catch (error) {
      const { code } = failureOf(error, 'kill');
      if (code === 'ESRCH') return { result: 'gone' };
      if (code === 'EPERM') return { result: 'denied' };
      return { result: 'unproven', reason: `kill(${this.pid}) failed with ${code}` };
    }
  }

  close(): void {
    this.#pinned?.release();
    if (this.#fd !== undefined) closeQuietly(this.#fd);
    if (this.#proof !== undefined) closeQuietly(this.#proof);
    this.#fd = undefined;
    this.#proof = undefined;
  }

  /**
   * Is it there, as of a microsecond ago? A busy system takes the processor away at the end of a system call, for
   * milliseconds: time enough to reuse the pid. Such a read is seen by how long it took, and repeated.
   */
  #isThere(): boolean {
    for (let attempt = 1; ; attempt += 1) {
      const began = performance.now();
      try {
        if (this.#proof === undefined || fs.readSync(this.#proof, this.#buffer, 0, 1, 0) < 1) return false;
      } catch {
        return false;
      }
      if (performance.now() - began < FRESH_MS || attempt === FRESH_ATTEMPTS) return true;
    }
  }

  /** Its first thread ends first, or alone. */
  #hasEnded({ state }: ProcStat): boolean {
    return (state === 'Z' || state === 'X') && livingThreadOf(this.pid) === undefined;
  }

  #stat(): ProcStat | undefined {
    if (this.#fd === undefined) return undefined;
    try {
      const length = fs.readSync(this.#fd, this.#buffer, 0, this.#buffer.length, 0);
      return parseProcStat(this.#buffer.toString('utf8', 0, length));
    } catch {
      return undefined;
    }
  }
}

export class LinuxProcessControl implements ProcessControl {
  readonly #native: NativeHelper<LinuxCalls> | undefined;
  #known: ProcessTable | undefined;

  constructor(native?: NativeHelper<LinuxCalls>) {
    this.#native = native;
  }

  /** Made when first needed: who only observes has a table of its own. */
  get #table(): ProcessTable {
    return (this.#known ??= new ProcessTable());
  }

  open(pid: number): ProcessHandle | undefined {
    if (!Number.isInteger(pid) || pid <= 0) return undefined;
    let fd: number | undefined;
    let proof: number;
    try {
      fd = fs.openSync(`/proc/${pid}/stat`, 'r');
      // The first is read below, after the second was opened: so the pid was that process's all along.
      proof = fs.openSync(`/proc/${pid}/comm`, 'r');
    } catch {
      if (fd !== undefined) closeQuietly(fd);
      return undefined;
    }
    const handle = new LinuxProcessHandle(pid, fd, proof, this.#table, this.#native);
    // /proc/<tid> opens too, and kill(tid) would hit the whole process.
    const status = readText(`/proc/${pid}/status`);
    if (typeof status === 'string' && parseProcStatus(status).tgid === pid && handle.read() !== undefined) {
      return handle;
    }
    handle.close();
    return undefined;
  }
}
