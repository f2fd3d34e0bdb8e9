/**
 * A directory held open, so that every step acts in the same one even if a parent is renamed or replaced meanwhile:
 * `/proc/self/fd/<n>/<name>` is what openat(2) would be.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { O_PATH } from '../linux/regularFile';
import { isLinux } from '../system';

export interface Folder {
  /** As it was named. */
  readonly path: string;
  /** Of the directory itself, held open. */
  readonly self: string;
  /** On Linux. */
  readonly fd: number | undefined;
  at(name: string): string;
  close(): void;
}

export function openFolder(path: string): Folder {
  if (!isLinux()) {
    return { path, self: path, fd: undefined, at: (name) => join(path, name), close: () => undefined };
  }
  const fd = fs.openSync(path, O_PATH | fs.constants.O_DIRECTORY);
  const self = `/proc/self/fd/${fd}`;
  return { path, self: `${self}/.`, fd, at: (name) => `${self}/${name}`, close: () => fs.closeSync(fd) };
}

const ASIDE = /^\.[0-9a-f]{24}\.aside$/;

/** Returns a name that no file has, for a record while it is moved aside. */
export const newAsideName = (): string => `.${randomBytes(12).toString('hex')}.aside`;

export const isAsideName = (name: string): boolean => ASIDE.test(name);
