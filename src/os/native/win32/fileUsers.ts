/**
 * Who uses a file, and whether that refuses others. The first question opens it for its attributes only, which is subject
 * to no sharing and refuses no process. Only a file that some process uses is opened for reading, and then for writing,
 * sharing everything: a program that opens it without sharing at that moment is refused. A file that no process uses
 * is left alone.
 */
import { toNamespacedPath } from 'node:path';
import type { FileLook, FileQuestion, FileUser, FileUsers, Refusal, WindowsError } from './calls';
import { growing } from '../growing';
import { ERROR, FILE_USERS, IO_STATUS_BLOCK, OPEN, PROCESS, STATUS } from './layouts';
import type { Libraries } from './libraries';
import { isTooSmall, type Processes } from './processes';
import { restartManagerUsers } from './restartManager';

/** A lock behind the first bytes is not seen; a lock of the whole file, or of its first byte, is. */
const LOOK_BYTES = 4096;
/** The users may change while they are asked about. */
const ATTEMPTS = 3;

type Tested = { state: 'refused'; refusal: Refusal } | { state: 'open' | 'empty' } | WindowsError;

export class FileUse {
  readonly #libraries: Libraries;
  readonly #processes: Processes;

  constructor(libraries: Libraries, processes: Processes) {
    this.#libraries = libraries;
    this.#processes = processes;
  }

  usersOf(path: string): FileUsers | WindowsError {
    return this.#opened(path, (handle) => {
      const pids = this.#pids(handle);
      if (pids === undefined) {
        return this.#registered(path) ?? { error: ERROR.invalidParameter };
      }
      return this.#identified(pids, (users) => ({ users, isComplete: true }));
    });
  }

  lookAt({ path, mayRegister }: FileQuestion): FileLook {
    const look = this.#opened(path, (handle): FileLook => {
      const pids = this.#pids(handle);
      if (pids !== undefined) return this.#test(path, handle, pids);
      const tested = this.#tested(path);
      if ('error' in tested) return { state: 'unknown', ...tested };
      const use = tested.state !== 'open' && mayRegister ? this.#registered(path) : undefined;
      return { ...tested, ...(use === undefined ? {} : { use }) };
    });
    if (!('error' in look) || 'state' in look) return look;
    const isAbsent = look.error === ERROR.fileNotFound || look.error === ERROR.pathNotFound;
    return isAbsent ? { state: 'absent' } : { state: 'unknown', ...look };
  }

  /** Tested while the same processes use it, so that a refusal is one of theirs. */
  #test(path: string, handle: number, first: readonly number[]): FileLook {
    let pids = first;
    for (let attempt = 1; ; attempt += 1) {
      if (pids.length === 0) return { state: 'unused' };
      const asked = pids;
      const look = this.#identified(asked, (users): FileLook | 'changed' => {
        const tested = this.#tested(path);
        if ('error' in tested) return { state: 'unknown', ...tested };
        const now = this.#pids(handle) ?? [];
        const isSame = now.length === asked.length && now.every((pid) => asked.includes(pid));
        pids = now;
        if (!isSame && attempt < ATTEMPTS) return 'changed';
        return { ...tested, use: { users, isComplete: isSame } };
      });
      if (look !== 'changed') return look;
    }
  }

  #tested(path: string): Tested {
    const reading = this.#open(path, OPEN.read);
    if (typeof reading !== 'number') {
      return reading.error === ERROR.sharingViolation ? { state: 'refused', refusal: 'read' } : reading;
    }
    const bytes = this.#readStart(reading);
    this.#libraries.kernel.CloseHandle(reading);
    if (typeof bytes !== 'number') {
      return bytes.error === ERROR.lockViolation ? { state: 'refused', refusal: 'region' } : bytes;
    }
    const writing = this.#open(path, OPEN.write);
    if (typeof writing === 'number') {
      this.#libraries.kernel.CloseHandle(writing);
    } else if (writing.error === ERROR.sharingViolation) {
      return { state: 'refused', refusal: 'write' };
    }
    return { state: bytes === 0 ? 'empty' : 'open' };
  }

  #readStart(handle: number): number | WindowsError {
    const read = Buffer.alloc(4);
    const { kernel } = this.#libraries;
    if (kernel.ReadFile(handle, Buffer.alloc(LOOK_BYTES), LOOK_BYTES, read, null) !== 0) {
      return read.readUInt32LE();
    }
    const error = kernel.GetLastError();
    return error === ERROR.handleEof ? 0 : { error };
  }

  /** Each is open while `act` runs: its pid is no other process's meanwhile. */
  #identified<T>(pids: readonly number[], act: (users: FileUser[]) => T): T {
    const opened = pids.map((pid) => ({ pid, ...this.#processes.open(pid, PROCESS.known) }));
    try {
      const listed = opened.some((one) => 'error' in one) ? this.#processes.starts() : undefined;
      return act(
        opened.map((one) => {
          const start = 'error' in one ? listed?.get(one.pid) : one.start;
          return { pid: one.pid, ...(start === undefined ? {} : { start }) };
        }),
      );
    } finally {
      for (const one of opened) if (!('error' in one)) this.#processes.close(one.handle);
    }
  }

  #registered(path: string): FileUsers | undefined {
    try {
      const users = restartManagerUsers(this.#libraries, path);
      return users && { users: users.filter(({ pid }) => pid !== process.pid), isComplete: false };
    } catch {
      return undefined; // Not in this Windows.
    }
  }

  /** undefined: this file system, or this Windows, does not say. */
  #pids(handle: number): number[] | undefined {
    const { informationClass, count, first, each } = FILE_USERS;
    const status = Buffer.alloc(IO_STATUS_BLOCK.size);
    return growing(4096, (buffer) => {
      const code = this.#libraries.kernel.NtQueryInformationFile(
        handle,
        status,
        buffer,
        buffer.length,
        informationClass,
      );
      if (isTooSmall(code)) return 'tooSmall';
      if (code !== STATUS.success) return undefined;
      const pids = Array.from({ length: buffer.readUInt32LE(count) }, (_, index) =>
        Number(buffer.readBigUInt64LE(first + index * each)),
      );
      return pids.filter((pid) => pid !== process.pid);
    });
  }

  #opened<T>(path: string, act: (handle: number) => T): T | WindowsError {
    const handle = this.#open(path, OPEN.attributesOnly);
    if (typeof handle !== 'number') return handle;
    try {
      return act(handle);
    } finally {
      this.#libraries.kernel.CloseHandle(handle);
    }
  }

  #open(path: string, access: number): number | WindowsError {
    const { kernel } = this.#libraries;
    const { shareAll, existing, backupSemantics, invalidHandle } = OPEN;
    const name = toNamespacedPath(path);
    const handle = kernel.CreateFileW(name, access, shareAll, null, existing, backupSemantics, 0);
    return handle === invalidHandle ? { error: kernel.GetLastError() } : handle;
  }
}
