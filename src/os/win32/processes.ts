/**
 * Ending one exact process on Windows. A pid is not given to another process while a handle to the old one is open, so
 * the native helper opens the process, keeps the handle as long as the plan lives, compares its start in 100 ns, and ends
 * it by that handle. Without the helper a process can be inspected, by PowerShell, and is not ended: the user gets the
 * command, and decides.
 */
import { windowsCommands } from '../../model/commands/windows';
import type { ProcessFacts } from '../../model/facts';
import { ERROR } from '../native/win32/layouts';
import type { ProcessControl, ProcessHandle, Signal, SignalOutcome } from '../platform';
import { isThere } from '../ps/processTable';
import { factsOf, type Native } from './native';
import { lookByPowerShell } from './powershellLook';

/** The idle process and the kernel's own. */
const SYSTEM_PIDS = new Set([0, 4]);

interface Known {
  start: string;
  facts: ProcessFacts;
}

/** How often a helper that has ended is asked once more. */
const ATTEMPTS = 2;

class WindowsProcess implements ProcessHandle {
  readonly pid: number;
  readonly #native: Native | undefined;
  #known: Known | undefined;
  #token: string | undefined;
  /** The number belongs to another process by now, or to none. */
  #isOver = false;
  #why = 'without the native helper, Windows cannot prove that this pid is still the same process';

  constructor(pid: number, native: Native | undefined, known: Known | undefined) {
    this.pid = pid;
    this.#native = native;
    this.#known = known;
  }

  read(): ProcessFacts | undefined {
    if (this.#isOver || this.#known === undefined) return undefined;
    if (this.#token !== undefined) return isThere(this.pid) ? this.#known.facts : undefined;
    const now = lookByPowerShell(this.pid);
    return now?.start === this.#known.start ? now.facts : undefined;
  }

  /** The first time it learns who this is, later whether it still is; the helper may be another one by then. */
  async pin(): Promise<void> {
    if (this.#native === undefined || this.#isOver) return;
    const asked = await this.#native.ask('pin', this.pid, this.#token);
    this.#token = undefined;
    if (!('answer' in asked)) {
      this.#why = `${this.#why}: ${asked.why}`;
      this.#known ??= lookByPowerShell(this.pid);
    } else if ('error' in asked.answer) {
      this.#isOver = asked.answer.error === ERROR.invalidParameter;
      this.#why = `OpenProcess failed with error ${asked.answer.error}`;
    } else {
      this.#note(asked.answer);
    }
  }

  async signal(signal: Signal): Promise<SignalOutcome> {
    if (signal !== 'SIGTERM' && signal !== 'SIGKILL') {
      return { result: 'unproven', reason: `Windows has no equivalent of ${signal}.` };
    }
    if (SYSTEM_PIDS.has(this.pid) || this.pid === process.pid || this.pid === process.ppid) {
      return { result: 'unproven', reason: `pid ${this.pid} is never signalled` };
    }
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      if (this.#token === undefined) await this.pin();
      if (this.#isOver) return { result: 'gone' };
      if (this.#token === undefined || this.#known === undefined) break;
      const outcome = await this.#send(signal, this.#token, this.#known.start);
      if (outcome !== 'unpinned') return outcome;
      this.#token = undefined;
    }
    return this.#unproven(this.#why);
  }

  async ended(): Promise<boolean> {
    if (this.#native === undefined || this.#token === undefined) return false;
    const asked = await this.#native.ask('ended', this.#token);
    return 'answer' in asked && asked.answer === 'ended';
  }

  close(): void {
    // A helper that has ended keeps nothing, and is not started for this.
    if (this.#token !== undefined && this.#native?.pid !== undefined) {
      void this.#native.ask('unpin', this.#token);
    }
    this.#token = undefined;
  }

  #note({ token, process: listed }: { token: string; process: Parameters<typeof factsOf>[0] }): void {
    if (this.#known !== undefined && this.#known.start !== listed.start) {
      this.#isOver = true;
      void this.#native?.ask('unpin', token);
      return;
    }
    this.#token = token;
    this.#known = { start: listed.start, facts: factsOf(listed) };
  }

  async #send(
    signal: 'SIGTERM' | 'SIGKILL',
    token: string,
    start: string,
  ): Promise<SignalOutcome | 'unpinned'> {
    const call = signal === 'SIGKILL' ? 'end' : 'requestEnd';
    const asked = await this.#native?.ask(call, token, start);
    if (asked === undefined) return 'unpinned';
    if (!('answer' in asked)) {
      this.#why = asked.why;
      // Ending it a second time changes nothing; a second request makes some programs drop what they were saving.
      return asked.isLost && signal === 'SIGTERM' ? { result: 'lost', why: asked.why } : 'unpinned';
    }
    switch (asked.answer) {
      case 'sent':
        return { result: 'sent' };
      case 'ended':
      case 'other':
        this.#isOver = true;
        return { result: 'gone' };
      case 'unpinned':
        this.#why = 'the native helper keeps ending';
        return 'unpinned';
      case 'unasked':
        return { result: 'unasked' };
      default:
        return asked.answer.error === ERROR.accessDenied
          ? { result: 'denied' }
          : this.#unproven(`TerminateProcess failed with error ${asked.answer.error}`);
    }
  }

  #unproven(why: string): SignalOutcome {
    const command = windowsCommands.signal('SIGKILL', this.pid).join('; ');
    return { result: 'unproven', reason: `${why}. To end it yourself: ${command}` };
  }
}

/** `native`: absent, nothing is ended. */
export const windowsProcesses = (native?: Native): ProcessControl => ({
  open(pid) {
    if (native !== undefined) return new WindowsProcess(pid, native, undefined);
    const known = lookByPowerShell(pid);
    return known === undefined ? undefined : new WindowsProcess(pid, undefined, known);
  },
});
