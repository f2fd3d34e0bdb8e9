/**
 * The processes of Windows without a program beside: the kernel's list has every start, and what a process was started
 * with is read through a handle whose start is the listed one.
 */
import { defined } from '../../../common/defined';
import type { ListedProcess, WindowsError } from './calls';
import { growing } from '../growing';
import { COMMAND_LINE, ERROR, FILETIME, PROCESS, PROCESS_LIST, STATUS, WAIT_ENDED } from './layouts';
import type { Libraries } from './libraries';

/** Most lists fit. */
const LIST_SIZE = 256 << 10;
/** Characters of the longest path. */
const PATH_CHARACTERS = 32_768;

interface Details {
  start: string;
  exe?: string;
  commandLine?: string;
}

export interface OpenProcess {
  handle: number;
  start: string;
}

export class Processes {
  readonly #libraries: Libraries;
  /** A command line does not change: read once for each process. */
  readonly #details = new Map<number, Details>();

  constructor(libraries: Libraries) {
    this.#libraries = libraries;
  }

  list(): ListedProcess[] {
    const listed = this.#read();
    const pids = new Set(listed.map(({ pid }) => pid));
    for (const pid of this.#details.keys()) if (!pids.has(pid)) this.#details.delete(pid);
    return listed.map((process) => ({ ...process, ...this.#detailsOf(process) }));
  }

  /** Returns when each process was made, by pid, also of those that may not be opened. */
  starts(): Map<number, string> {
    return new Map(this.#read().map(({ pid, start }) => [pid, start]));
  }

  /** Opens the process that has this pid now. The caller closes the handle. */
  open(pid: number, access: number): OpenProcess | WindowsError {
    const { kernel } = this.#libraries;
    const handle = kernel.OpenProcess(access, 0, pid);
    if (handle === 0) return { error: kernel.GetLastError() };
    const start = this.startOf(handle);
    // A pid that is no multiple of four opens the process of the one below; one that has ended may still be opened.
    if (start === undefined || kernel.GetProcessId(handle) !== pid || this.hasEnded(handle)) {
      this.close(handle);
      return { error: ERROR.invalidParameter };
    }
    return { handle, start };
  }

  close(handle: number): void {
    this.#libraries.kernel.CloseHandle(handle);
  }

  startOf(handle: number): string | undefined {
    const start = Buffer.alloc(FILETIME.size);
    const [exit, kernel, user] = [FILETIME.size, FILETIME.size, FILETIME.size].map((size) =>
      Buffer.alloc(size),
    ) as [Buffer, Buffer, Buffer];
    const isRead = this.#libraries.kernel.GetProcessTimes(handle, start, exit, kernel, user) !== 0;
    return isRead ? String(start.readBigUInt64LE()) : undefined;
  }

  /** Needs a handle that may be waited for; one that may not has not ended as far as is known. */
  hasEnded(handle: number): boolean {
    return this.#libraries.kernel.WaitForSingleObject(handle, 0) === WAIT_ENDED;
  }

  /** As in the list, of a process that is open. */
  describe(pid: number, { handle, start }: OpenProcess): ListedProcess {
    const listed = this.#read().find((process) => process.pid === pid && process.start === start);
    return { pid, ppid: 0, name: '', start, ...listed, ...this.#detailsBy(handle) };
  }

  #detailsOf({ pid, start }: ListedProcess): Omit<Details, 'start'> {
    const known = this.#details.get(pid);
    const details = known?.start === start ? known : this.#readDetails(pid, start);
    this.#details.set(pid, details);
    return defined({ exe: details.exe, commandLine: details.commandLine });
  }

  #readDetails(pid: number, start: string): Details {
    const opened = this.open(pid, PROCESS.known);
    if ('error' in opened) return { start };
    try {
      return opened.start === start ? { start, ...this.#detailsBy(opened.handle) } : { start };
    } finally {
      this.close(opened.handle);
    }
  }

  #detailsBy(handle: number): Omit<Details, 'start'> {
    return defined({ exe: this.#exeOf(handle), commandLine: this.#commandLineOf(handle) });
  }

  #exeOf(handle: number): string | undefined {
    const name = Buffer.alloc(PATH_CHARACTERS * 2);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(PATH_CHARACTERS);
    if (this.#libraries.kernel.QueryFullProcessImageNameW(handle, 0, name, size) === 0) return undefined;
    return name.toString('utf16le', 0, Math.min(size.readUInt32LE() * 2, name.length));
  }

  #commandLineOf(handle: number): string | undefined {
    const needed = Buffer.alloc(4);
    const { informationClass, length, text } = COMMAND_LINE;
    return growing(1024, (buffer) => {
      const status = this.#libraries.kernel.NtQueryInformationProcess(
        handle,
        informationClass,
        buffer,
        buffer.length,
        needed,
      );
      if (isTooSmall(status)) return { needed: needed.readUInt32LE() };
      if (status !== STATUS.success) return undefined;
      return buffer.toString('utf16le', text, text + buffer.readUInt16LE(length));
    });
  }

  #read(): ListedProcess[] {
    const needed = Buffer.alloc(4);
    const list = growing(LIST_SIZE, (buffer) => {
      const { informationClass } = PROCESS_LIST;
      const { kernel } = this.#libraries;
      const status = kernel.NtQuerySystemInformation(informationClass, buffer, buffer.length, needed);
      if (isTooSmall(status)) return { needed: needed.readUInt32LE() };
      if (status !== STATUS.success) {
        throw new Error(`NtQuerySystemInformation failed with 0x${status.toString(16)}`);
      }
      return parseList(buffer, this.#libraries.addressOf(buffer));
    });
    if (list === undefined) throw new Error('the list of processes has no end');
    return list;
  }
}

export const isTooSmall = (status: number): boolean =>
  status === STATUS.infoLengthMismatch || status === STATUS.bufferTooSmall;

/** `address`: where the buffer is, which names are pointed to in. Without the idle process, which is none. */
function parseList(buffer: Buffer, address: bigint): ListedProcess[] {
  const processes: ListedProcess[] = [];
  for (let at = 0; ;) {
    const pid = Number(buffer.readBigUInt64LE(at + PROCESS_LIST.pid));
    if (pid > 0) {
      processes.push({
        pid,
        ppid: Number(buffer.readBigUInt64LE(at + PROCESS_LIST.parent)),
        name: nameAt(buffer, at, address),
        start: String(buffer.readBigUInt64LE(at + PROCESS_LIST.start)),
      });
    }
    const next = buffer.readUInt32LE(at + PROCESS_LIST.next);
    if (next === 0) return processes;
    at += next;
  }
}

function nameAt(buffer: Buffer, at: number, address: bigint): string {
  const length = buffer.readUInt16LE(at + PROCESS_LIST.nameLength);
  const from = Number(buffer.readBigUInt64LE(at + PROCESS_LIST.name) - address);
  return from < 0 || from + length > buffer.length ? '' : buffer.toString('utf16le', from, from + length);
}
