/**
 * Who has a file open, by the descriptors in /proc/<pid>/fd. A descriptor there is a link that stat(2) follows to the
 * very inode, whatever the file is called by now (proc_pid_fd(5)).
 */
import * as fs from 'node:fs';

export interface Opener {
  pid: number;
  fd: number;
}

export interface OpenersScan {
  openers: readonly Opener[];
  /** Processes whose descriptors may not be read: other users' processes, for anyone but root. */
  hidden: number;
}

/** What cannot be a record on disk: not worth a stat. */
const NOT_A_RECORD = /^(socket:|pipe:|anon_inode:|net:|mnt:|\/dev\/|\/proc\/|\/memfd:)/;

/** Looks at every descriptor that this user may see. `procfs`: where proc is mounted. */
export function findOpeners(file: { dev: bigint; ino: bigint }, procfs = '/proc'): OpenersScan {
  const openers: Opener[] = [];
  let hidden = 0;
  for (const name of fs.readdirSync(procfs)) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) {
      continue;
    }
    let descriptors: string[];
    try {
      descriptors = fs.readdirSync(`${procfs}/${name}/fd`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') {
        hidden += 1;
      }
      continue; // otherwise it has ended: nothing open
    }
    for (const fd of descriptors) {
      if (isOpen(`${procfs}/${name}/fd/${fd}`, file)) {
        openers.push({ pid, fd: Number(fd) });
      }
    }
  }
  return { openers, hidden };
}

function isOpen(descriptor: string, file: { dev: bigint; ino: bigint }): boolean {
  try {
    if (NOT_A_RECORD.test(fs.readlinkSync(descriptor))) {
      return false;
    }
    const stat = fs.statSync(descriptor, { bigint: true });
    return stat.ino === file.ino && stat.dev === file.dev;
  } catch {
    return false; // closed meanwhile
  }
}

/**
 * Does the kernel list any lock on this inode number? The device is left out on purpose: it differs from stat's on
 * overlay and btrfs, and one lock too many only keeps a record. Read twice, since a read of the table can be torn.
 */
export function isInodeLocked(ino: bigint, procfs = '/proc'): boolean {
  const mark = `:${BigInt.asUintN(64, ino)} `;
  const listed = (): boolean => {
    try {
      return fs.readFileSync(`${procfs}/locks`, 'latin1').includes(mark);
    } catch {
      return false;
    }
  };
  return listed() || listed();
}
