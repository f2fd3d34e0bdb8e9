/** Reading a watched path without touching what must not be touched; FACTS: FIFOs, devices, /proc/kmsg. */
import * as fs from 'node:fs';
import { failureOf, hasCode, type SystemFailure } from '../../common/errors';
import { closeQuietly } from '../close';

/** open(2): the descriptor names the file and opens nothing: no permission needed, no FIFO writer woken. */
export const O_PATH = 0o10000000;

/**
 * O_PATH first, so that a FIFO, device or socket is never opened and nothing can be swapped in between the check and
 * the open; then the same file again through /proc/self/fd. Throws as open(2) does, or ENOTFILE.
 */
export function openRegularFile(path: string): number {
  const named = fs.openSync(path, O_PATH);
  try {
    if (!fs.fstatSync(named).isFile()) {
      throw Object.assign(new Error(`${path} is not a regular file`), { code: 'ENOTFILE', syscall: 'fstat' });
    }
    return reopen(named);
  } finally {
    closeQuietly(named);
  }
}

/** @throws ENOSYS where procfs is missing: "no such file" would be taken for the watched one. */
function reopen(named: number): number {
  try {
    return fs.openSync(`/proc/self/fd/${named}`, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    // The link leads to the file itself, whatever became of its name.
    if (hasCode(error, 'ENOENT')) {
      throw Object.assign(new Error('/proc is not mounted'), { code: 'ENOSYS', syscall: 'open' });
    }
    throw error;
  }
}

/** The first `limit` bytes in one read, because a file may claim any size (and /proc/kmsg passes for a file). */
export function readRegularFile(path: string, limit: number): Uint8Array | SystemFailure {
  let fd: number | undefined;
  let syscall = 'open';
  try {
    fd = openRegularFile(path);
    syscall = 'read';
    const bytes = new Uint8Array(limit);
    return bytes.subarray(0, fs.readSync(fd, bytes, 0, limit, 0));
  } catch (error) {
    return failureOf(error, syscall);
  } finally {
    if (fd !== undefined) closeQuietly(fd);
  }
}
