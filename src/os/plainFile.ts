/** Opening a regular file, and nothing else, where there is no O_PATH. */
import * as fs from 'node:fs';
import { closeQuietly } from './close';
import { isWindows } from './system';

// Windows has no such flag, and no FIFOs among its files.
const NON_BLOCKING = isWindows() ? 0 : fs.constants.O_NONBLOCK;

/** Never opens a FIFO or device, unless it took the file's place just now, and then without waiting. */
export function openPlainFile(path: string): number {
  const notAFile = (syscall: string): Error =>
    Object.assign(new Error(`${path} is not a regular file`), { code: 'ENOTFILE', syscall });
  if (!fs.statSync(path).isFile()) throw notAFile('stat');
  const fd = fs.openSync(path, fs.constants.O_RDONLY | NON_BLOCKING);
  if (fs.fstatSync(fd).isFile()) return fd;
  closeQuietly(fd);
  throw notAFile('fstat');
}
