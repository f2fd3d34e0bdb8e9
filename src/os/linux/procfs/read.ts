/**
 * Synchronous whole-file reads of procfs into one reused buffer. Sync, because the observer runs in a worker thread
 * and a table read by several async reads tears far more often than one read in a tight loop.
 */
import * as fs from 'node:fs';
import { failureOf, type SystemFailure } from '../../../common/errors';
import { closeQuietly } from '../../close';
import { touching } from '../../heartbeat';

let shared = Buffer.allocUnsafeSlow(64 * 1024);

/** ENOENT and ESRCH: the process (or thread, or descriptor) has gone. */
export function isGone(code: string): boolean {
  return code === 'ENOENT' || code === 'ESRCH';
}

/**
 * A file that the kernel makes in one go (`single_open`, fs/seq_file.c: all of `/proc/<pid>` but mountinfo and maps)
 * is whole after a read that is clearly shorter than a page: there is no need to ask whether more follows.
 */
const WHOLE_BELOW = 2048;

function isMadeInOneGo(path: string): boolean {
  return !path.endsWith('mountinfo') && !path.endsWith('maps');
}

/** Reads until end of file or `limit` bytes; answers the bytes, valid until the next call, or what failed. */
export function readBytes(path: string, limit = 1 << 20): Buffer | SystemFailure {
  let fd: number;
  touching(path);
  try {
    fd = fs.openSync(path, 'r');
  } catch (error) {
    return failureOf(error, 'open');
  }
  try {
    let length = 0;
    for (;;) {
      if (length === shared.length) {
        if (length >= limit) break;
        const larger = Buffer.allocUnsafeSlow(Math.min(limit, shared.length * 4));
        shared.copy(larger, 0, 0, length);
        shared = larger;
      }
      const got = fs.readSync(fd, shared, length, Math.min(shared.length, limit) - length, null);
      if (got === 0) break;
      length += got;
      if (length >= limit || (length === got && got < WHOLE_BELOW && isMadeInOneGo(path))) break;
    }
    return shared.subarray(0, length);
  } catch (error) {
    return failureOf(error, 'read');
  } finally {
    closeQuietly(fd);
  }
}

/**
 * Reads a descriptor of a file that the kernel makes in one go, from its start, and compares it with what it was.
 * Returns the bytes, valid until the next call; undefined when they are the same: then nothing has to be made of them.
 *
 * @throws what read(2) says.
 */
export function readIfChanged(fd: number, before: Buffer): Buffer | undefined {
  const length = fs.readSync(fd, shared, 0, shared.length, 0);
  return shared.compare(before, 0, before.length, 0, length) === 0 ? undefined : shared.subarray(0, length);
}

/** Returns a copy to keep: one made by `Buffer.from` would keep 8 KiB of Node's pool with it. */
export function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** As latin1: procfs is bytes, and every parser of it looks for ASCII only. */
export function readText(path: string, limit?: number): string | SystemFailure {
  const bytes = readBytes(path, limit);
  return Buffer.isBuffer(bytes) ? bytes.toString('latin1') : bytes;
}

/** For names the user reads: command lines, directories, user names. */
export function readUtf8(path: string, limit?: number): string | SystemFailure {
  const bytes = readBytes(path, limit);
  return Buffer.isBuffer(bytes) ? bytes.toString('utf8') : bytes;
}

/** undefined when it cannot be read, whatever the reason. */
export function readLink(path: string): string | undefined {
  try {
    return fs.readlinkSync(path);
  } catch {
    return undefined;
  }
}
