/** Linux: procps, coreutils, util-linux, and /proc itself. */
import { shellQuote } from '../shell';
import type { Commands } from './commandTypes';
import { listed } from './listed';
import { posixCommands } from './posix';

/** Holders of one lock whose own view of it is shown. */
const HOLDERS_SHOWN = 4;

export const linuxCommands: Commands = {
  ...posixCommands,
  processes: (pids) => listed(pids, (list) => `ps -o pid,ppid,user,stat,lstart,args -p ${list}`),
  file: (path) => [`stat -c '%y %s bytes, inode %i: %n' ${shellQuote(path)}`],
  listeners: (port) => [`sudo ss -ltnp 'sport = :${port}'`],
  allLocks: () => ['sudo lslocks -o COMMAND,PID,TYPE,MODE,PATH'],
  kernelLock: ({ id, holders }) => [
    `grep ':${id.ino} ' /proc/locks`,
    ...holders.slice(0, HOLDERS_SHOWN).map(({ process }) => `grep -H lock: /proc/${process.pid}/fdinfo/*`),
  ],
  // The shell of an ordinary user cannot even list the descriptors of another's process.
  locksOf: (pid, { sudo = false } = {}) => [
    `${sudo ? 'sudo ' : ''}sh -c 'grep -H lock: /proc/${pid}/fdinfo/*'`,
  ],
  hiddenLocks: (pid, { ino }) => [
    `grep -H lock: /proc/${pid}/task/*/fdinfo/*`,
    `grep ' ${ino} ' /proc/${pid}/maps`,
  ],
  deletedFiles: (pid) => [`ls -l /proc/${pid}/fd | grep -F '(deleted)'`],
  // Field 22 of /proc/<pid>/stat; `sed` cuts after the last parenthesis, since a process may have any name.
  startTicks: (pid) => [`sed 's/.*) //' /proc/${pid}/stat | cut -d' ' -f20`],
  bootTime: () => ['uptime -s'],
};
