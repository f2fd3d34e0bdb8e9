/**
 * Opening a regular file and nothing else, which everything that reads what others write does: a FIFO must not be
 * opened (closing it can kill its writer with SIGPIPE), nor a device, whatever takes the file's name meanwhile.
 */
import * as fs from 'node:fs';
import { failureOf, type SystemFailure } from '../common/errors';
import { closeQuietly } from './close';

export interface OpenRules {
  /** Through a symbolic link at the end of the path; true unless it says otherwise. */
  follow?: boolean;
  /** Returns why this very file may not be opened; asked before it is. */
  refuse?: (file: fs.BigIntStats) => string | undefined;
}

/** Opens for reading, returns the descriptor. @throws as open(2) does; code ENOTFILE, or what `refuse` said. */
export type OpenRegular = (path: string, rules?: OpenRules) => number;

export const refused = (path: string, code: string, syscall: string): Error =>
  Object.assign(new Error(`${path} is not opened: ${code}`), { code, syscall });

/** Returns the first `limit` bytes, in one read: a file may claim any size (and /proc/kmsg passes for a file). */
export function readStart(path: string, limit: number, open: OpenRegular): Uint8Array | SystemFailure {
  let fd: number | undefined;
  let syscall = 'open';
  try {
    fd = open(path);
    syscall = 'read';
    const bytes = new Uint8Array(limit);
    return bytes.subarray(0, fs.readSync(fd, bytes, 0, limit, 0));
  } catch (error) {
    return failureOf(error, syscall);
  } finally {
    if (fd !== undefined) closeQuietly(fd);
  }
}
