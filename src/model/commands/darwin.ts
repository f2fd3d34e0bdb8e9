/** macOS: its own ps and stat, and lsof, which is all that it has about locks. */
import { shellQuote } from '../shell';
import type { Commands } from './commandTypes';
import { listed } from './listed';
import { posixCommands } from './posix';

export const darwinCommands: Commands = {
  ...posixCommands,
  processes: (pids) => listed(pids, (list) => `ps -o pid,ppid,user,stat,lstart,command -p ${list}`),
  file: (path) => [`stat -f '%Sm %z bytes, inode %i: %N' ${shellQuote(path)}`],
  kernelLock: (_, path) => posixCommands.openers(path),
  listeners: (port) => [`sudo lsof -nP -iTCP:${port} -sTCP:LISTEN`],
  bootTime: () => ['sysctl kern.boottime'],
  allLocks: () => [],
  locksOf: () => [],
  hiddenLocks: () => [],
  deletedFiles: () => [],
  startTicks: () => [],
};
