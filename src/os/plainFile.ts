/** Opening a regular file, and nothing else, where there is no O_PATH. */
import * as fs from 'node:fs';
import { closeQuietly } from './close';
import { refused, type OpenRules } from './openRegular';

/** Neither is defined on Windows, which has no FIFOs among its files. */
const { O_NONBLOCK = 0, O_NOFOLLOW = 0 } = fs.constants as { O_NONBLOCK?: number; O_NOFOLLOW?: number };

/** Never opens a FIFO or device, unless it took the file's place just now, and then without waiting. */
export function openPlainFile(path: string, { follow = true, refuse }: OpenRules = {}): number {
  const before = (follow ? fs.statSync : fs.lstatSync)(path, { bigint: true });
  if (!before.isFile()) throw refused(path, 'ENOTFILE', 'stat');
  const why = refuse?.(before);
  if (why !== undefined) throw refused(path, why, 'stat');
  const fd = fs.openSync(path, fs.constants.O_RDONLY | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW));
  if (fs.fstatSync(fd).isFile()) return fd;
  closeQuietly(fd);
  throw refused(path, 'ENOTFILE', 'fstat');
}
