/**
 * Processes as macOS lets one see and end them without native code. It has no handle to one exact process: ps gives the
 * start to the second, and between looking and kill(2) the pid may become another's. First, do no harm: nothing is
 * signalled here. The user gets the command instead, and decides.
 */
import { darwinCommands } from '../../model/commands/darwin';
import type { ProcessFacts } from '../../model/facts';
import { isSameProcess } from '../../model/processes/processIdentity';
import type { ProcessControl, ProcessHandle, Signal, SignalOutcome } from '../platform';
import { outputNow } from '../ps/command';
import { isThere } from '../ps/processTable';
import { parsePs, PS_COLUMNS } from '../ps/psOutput';

class DarwinProcess implements ProcessHandle {
  readonly #first: ProcessFacts;

  constructor(first: ProcessFacts) {
    this.#first = first;
  }

  get pid(): number {
    return this.#first.pid;
  }

  read(): ProcessFacts | undefined {
    const now = readProcess(this.pid);
    return now !== undefined && isSameProcess(now, this.#first) ? now : undefined;
  }

  signal(signal: Signal): SignalOutcome {
    if (!isThere(this.pid)) {
      return { result: 'gone' };
    }
    const command = darwinCommands.signal(signal, this.pid).join('; ');
    return {
      result: 'unproven',
      reason: `macOS cannot prove that this pid is still the same process. To end it yourself: ${command}`,
    };
  }

  close(): void {
    // Nothing is kept open.
  }
}

function readProcess(pid: number): ProcessFacts | undefined {
  const output = outputNow('ps', ['-wwo', PS_COLUMNS, '-p', String(pid)]);
  return output === undefined ? undefined : parsePs(output).find((process) => process.pid === pid);
}

export const darwinProcesses: ProcessControl = {
  open(pid) {
    const facts = readProcess(pid);
    return facts === undefined ? undefined : new DarwinProcess(facts);
  },
};
