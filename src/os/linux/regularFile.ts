/** Reading a watched path without touching what must not be touched; FACTS: FIFOs, devices, /proc/kmsg. */
import * as fs from 'node:fs';
import { hasCode, type SystemFailure } from '../../common/errors';
import { closeQuietly } from '../close';
import { readStart, refused, type OpenRules } from '../openRegular';

/** open(2): the descriptor names the file and opens nothing: no permission needed, no FIFO writer woken. */
export const O_PATH = 0o10000000;

/**
 * O_PATH first, so that a FIFO, device or socket is never opened and nothing can be swapped in between the check and
 * the open; then the same file again through /proc/self/fd. Throws as open(2) does, or ENOTFILE.
 */
export function openRegularFile(path: string, { follow = true, refuse }: OpenRules = {}): number {
  const named = fs.openSync(path, follow ? O_PATH : O_PATH | fs.constants.O_NOFOLLOW);
  try {
    const file = fs.fstatSync(named, { bigint: true });
    const why = file.isFile() ? refuse?.(file) : 'ENOTFILE';
    if (why !== undefined) throw refused(path, why, 'fstat');
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

export const readRegularFile = (path: string, limit: number): Uint8Array | SystemFailure =>
  readStart(path, limit, openRegularFile);
