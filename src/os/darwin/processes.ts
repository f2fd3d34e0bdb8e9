/**
 * Processes of macOS. ps gives the start to the second, and between looking and kill(2) a pid may become another's, so
 * that nothing is signalled by number. With the native helper a process is its unique id, and the kernel itself compares
 * the version that a signal is for. Without it the user gets the command, and decides.
 */
import { constants } from 'node:os';
import { defined } from '../../common/defined';
import { darwinCommands } from '../../model/commands/darwin';
import type { ProcessFacts } from '../../model/facts';
import { isSameProcess } from '../../model/processes/processIdentity';
import type { DarwinCalls, Identity } from '../native/darwin/calls';
import type { NativeHelper } from '../native/helper';
import type { ProcessControl, ProcessHandle, Signal, SignalOutcome } from '../platform';
import { outputNow } from '../ps/command';
import { isThere } from '../ps/processTable';
import { parsePs, PS_COLUMNS } from '../ps/psOutput';

type Native = Pick<NativeHelper<DarwinCalls>, 'ask'>;

class DarwinProcess implements ProcessHandle {
  readonly #first: ProcessFacts;
  readonly #native: Native | undefined;
  #identity: Identity | undefined;
  /** The number belongs to another process by now, or to none. */
  #isOver = false;
  #why = 'macOS cannot prove that this pid is still the same process';

  constructor(first: ProcessFacts, native: Native | undefined) {
    this.#first = first;
    this.#native = native;
  }

  get pid(): number {
    return this.#first.pid;
  }

  read(): ProcessFacts | undefined {
    if (this.#isOver) return undefined;
    const now = readProcess(this.pid);
    if (now === undefined || !isSameProcess(now, this.#first)) return undefined;
    // Its own number ties it to what was inspected exactly; ps gives the start to the second.
    return { ...now, ...defined({ uniqueId: this.#identity?.uniqueId }) };
  }

  /** The first time it learns who this is, later whether it still is, and its version now. */
  async pin(): Promise<void> {
    if (this.#native === undefined) return;
    const asked = await this.#native.ask('identify', this.pid);
    if (!('answer' in asked)) {
      this.#why = `${this.#why}: ${asked.why}`;
    } else if ('code' in asked.answer) {
      this.#isOver ||= asked.answer.code === 'ESRCH';
    } else {
      this.#isOver ||= this.#identity !== undefined && this.#identity.uniqueId !== asked.answer.uniqueId;
      this.#identity = asked.answer;
    }
  }

  async signal(signal: Signal): Promise<SignalOutcome> {
    if (this.pid <= 1 || this.pid === process.pid || this.pid === process.ppid) {
      return { result: 'unproven', reason: `pid ${this.pid} is never signalled` };
    }
    if (this.#isOver || !isThere(this.pid)) return { result: 'gone' };
    if (this.#native === undefined || this.#identity === undefined) return this.#unproven(signal, this.#why);
    const { idVersion } = this.#identity;
    const asked = await this.#native.ask('signalVersion', this.pid, idVersion, constants.signals[signal]);
    if (!('answer' in asked)) {
      return asked.isLost ? { result: 'lost', why: asked.why } : this.#unproven(signal, asked.why);
    }
    if (asked.answer === 'sent') return { result: 'sent' };
    switch (asked.answer.code) {
      case 'ESRCH':
        return this.#goneOrChanged(signal);
      case 'EPERM':
        return { result: 'denied' };
      case 'ENOSYS':
        return this.#unproven(signal, 'this macOS cannot signal one exact process (14.2 and newer can)');
      default:
        return this.#unproven(signal, `proc_signal_with_audittoken failed with ${asked.answer.code}`);
    }
  }

  close(): void {
    // Nothing is kept open.
  }

  /** After execve(2) it is the same process, and no longer the program that the user has confirmed. */
  async #goneOrChanged(signal: Signal): Promise<SignalOutcome> {
    await this.pin();
    return this.#isOver
      ? { result: 'gone' }
      : this.#unproven(signal, 'it runs another program since the last look');
  }

  #unproven(signal: Signal, why: string): SignalOutcome {
    const command = darwinCommands.signal(signal, this.pid).join('; ');
    return { result: 'unproven', reason: `${why}. To end it yourself: ${command}` };
  }
}

function readProcess(pid: number): ProcessFacts | undefined {
  const output = outputNow('ps', ['-wwo', PS_COLUMNS, '-p', String(pid)]);
  return output === undefined ? undefined : parsePs(output).find((process) => process.pid === pid);
}

/** `native`: absent, nothing is signalled. */
export const darwinProcesses = (native?: Native): ProcessControl => ({
  open(pid) {
    const facts = readProcess(pid);
    return facts === undefined ? undefined : new DarwinProcess(facts, native);
  },
});
