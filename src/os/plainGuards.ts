/** Around the removal of a record where the system does not say who has it open: what every system offers. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../common/errors';
import type { RemovalGuards } from './removal/guards';

export const plainGuards: RemovalGuards = {
  openFolder: (path) => ({
    path,
    self: path,
    fd: undefined,
    at: (name) => join(path, name),
    close: () => undefined,
  }),
  findOpeners: () => ({ openers: [], hidden: 0 }),
  isInodeLocked: () => false,
  watchInFlight: () => () => false,
  /** link(2) follows symlinks here. */
  linkSymlink: (from, to) => fs.symlinkSync(fs.readlinkSync(from), to),
  mayActForOwners: () => true,
  markSelf: () => ({ pid: process.pid }),
  mayStillRun: ({ pid }) => exists(pid),
  syncFolder,
};

/** A directory can be opened like a file, but on Windows. */
export function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, fs.constants.O_RDONLY);
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Reports whether the pid is in use. */
export function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}
