/** Processes kept open, so that their pid stays theirs: ended by their own handle, and awaited. */
import { randomUUID } from 'node:crypto';
import type { Requested, WindowsCalls } from './calls';
import { closeWindows, interruptAlone } from './console';
import { ERROR, PROCESS } from './layouts';
import type { Libraries } from './libraries';
import type { OpenProcess, Processes } from './processes';

/** ms between two looks at a process that is waited for. */
const LOOK_EVERY_MS = 50;
/** As Windows itself and taskkill end a program. */
const EXIT_CODE = 1;

interface Pinned extends OpenProcess {
  pid: number;
}

export class PinnedProcesses {
  readonly #libraries: Libraries;
  readonly #processes: Processes;
  readonly #pinned = new Map<string, Pinned>();

  readonly #close: (pid: number) => Promise<boolean>;

  /** `close`: asks the windows of a process to close. */
  constructor(
    libraries: Libraries,
    processes: Processes,
    close: (pid: number) => Promise<boolean> = closeWindows,
  ) {
    this.#libraries = libraries;
    this.#processes = processes;
    this.#close = close;
  }

  pin(pid: number, token: string | undefined): ReturnType<WindowsCalls['pin']> {
    const kept = token === undefined ? undefined : this.#pinned.get(token);
    if (token !== undefined && kept !== undefined) {
      return this.#processes.hasEnded(kept.handle)
        ? { error: ERROR.invalidParameter }
        : { token, process: this.#processes.describe(pid, kept) };
    }
    const opened = this.#open(pid);
    if ('error' in opened) return opened;
    const made = randomUUID();
    this.#pinned.set(made, { pid, ...opened });
    return { token: made, process: this.#processes.describe(pid, opened) };
  }

  end(token: string, start: string): ReturnType<WindowsCalls['end']> {
    const found = this.#find(token, start);
    if (typeof found === 'string') return found;
    const { handle } = found;
    if (this.#libraries.kernel.TerminateProcess(handle, EXIT_CODE) !== 0) return 'sent';
    const error = this.#libraries.kernel.GetLastError();
    // One that has just ended refuses too.
    return this.#processes.hasEnded(handle) ? 'ended' : { error };
  }

  async requestEnd(token: string, start: string): Promise<Requested> {
    const found = this.#find(token, start);
    if (typeof found === 'string') return found;
    const isSent = interruptAlone(this.#libraries.console, found.pid) || (await this.#close(found.pid));
    return isSent ? 'sent' : 'unasked';
  }

  async ended(token: string): Promise<'ended' | 'unpinned'> {
    for (;;) {
      const pinned = this.#pinned.get(token);
      if (pinned === undefined) return 'unpinned';
      if (this.#processes.hasEnded(pinned.handle)) return 'ended';
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  unpin(token: string): undefined {
    const pinned = this.#pinned.get(token);
    if (pinned !== undefined) this.#processes.close(pinned.handle);
    this.#pinned.delete(token);
  }

  #find(token: string, start: string): Pinned | 'unpinned' | 'other' | 'ended' {
    const pinned = this.#pinned.get(token);
    if (pinned === undefined) return 'unpinned';
    if (this.#processes.startOf(pinned.handle) !== start) return 'other';
    return this.#processes.hasEnded(pinned.handle) ? 'ended' : pinned;
  }

  /** One that may not be ended can still be known. */
  #open(pid: number): OpenProcess | { error: number } {
    const opened = this.#processes.open(pid, PROCESS.known | PROCESS.terminate);
    return 'error' in opened && opened.error === ERROR.accessDenied
      ? this.#processes.open(pid, PROCESS.known)
      : opened;
  }
}
