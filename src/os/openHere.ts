/** The way to open a regular file on this system, for what runs on all of them. */
import { openRegularFile } from './linux/regularFile';
import type { OpenRegular } from './openRegular';
import { openPlainFile } from './plainFile';
import { isLinux } from './system';

export const openRegularHere: OpenRegular = (path, rules) =>
  isLinux() ? openRegularFile(path, rules) : openPlainFile(path, rules);
