/** Reading a watched path where there is no O_PATH: FIFOs, devices and directories are never opened. */
import * as fs from 'node:fs';
import { failureOf } from '../../common/errors';
import type { FileProblem } from '../../model/facts';

/** Not defined on Windows, where there is nothing to wait for. */
const { O_NONBLOCK: NONBLOCK = 0 } = fs.constants as { O_NONBLOCK?: number };

export function readSmallFile(path: string, limit: number): Uint8Array | FileProblem {
  let fd: number | undefined;
  let syscall = 'stat';
  try {
    const before = fs.statSync(path);
    if (!before.isFile()) {
      return { code: 'ENOTFILE', syscall };
    }
    syscall = 'open';
    // Should a FIFO have taken the name since, this neither waits nor blocks.
    fd = fs.openSync(path, fs.constants.O_RDONLY | NONBLOCK);
    syscall = 'fstat';
    if (!fs.fstatSync(fd).isFile()) {
      return { code: 'ENOTFILE', syscall };
    }
    syscall = 'read';
    const bytes = new Uint8Array(limit);
    return bytes.subarray(0, fs.readSync(fd, bytes, 0, limit, 0));
  } catch (error) {
    return failureOf(error, syscall);
  } finally {
    if (fd !== undefined) {
      fs.closeSync(fd);
    }
  }
}
