/**
 * One lock as the kernel prints it, in `/proc/locks` and (after `lock:\t`) in `/proc/<pid>/fdinfo/<fd>`; the format is
 * `lock_get_status` in fs/locks.c:
 *
 *     6: FLOCK  ADVISORY  WRITE 18254 fe:00:2294010 0 EOF
 *     6:  -> FLOCK  ADVISORY  READ 18352 fe:00:2294010 0 EOF
 *     1: -> LEASE  BREAKER   WRITE 18359 <none>:0 0 EOF
 */
import type { LockAccess, LockKind } from '../../../api';

export interface LockLine {
  /** Everything after the id and the indent: the same text in the table and in a holder's fdinfo. */
  text: string;
  /** Blocked behind the lock of the line above with the same id. Has no fdinfo line. */
  waiter: boolean;
  /** FLOCK, POSIX, OFDLCK, LEASE, DELEG, ACCESS … */
  type: string;
  /** READ, WRITE, UNLCK; LEASE also RW and NONE. */
  mode: string;
  /** Who took it: -1 for OFD, 0 for a process that this PID namespace does not show. */
  pid: number;
  /** `st_dev` number and inode, decimal; absent for `<none>:0`. */
  dev?: string;
  ino?: string;
  /** `dev:ino`; empty for `<none>`. */
  key: string;
  start: string;
  end: string;
}

const LINE =
  /^(-> *)?([A-Z]+) +(\S+) +([A-Z]+) +(-?\d+) (?:([0-9a-f]+):([0-9a-f]+):(\d+)|<none>:0) (-?\d+) (-?\d+|EOF)$/;

/**
 * `stat.st_dev` of a major and minor number: the kernel's new_encode_dev (include/linux/kdev_t.h), which is what stat
 * gives as a number.
 */
export function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) + (major & 0xfff) * 0x100 + (minor >>> 8) * 0x10_0000;
}

/** `text`: without id and indent. undefined: no lock line. */
export function parseLockText(text: string): LockLine | undefined {
  const match = LINE.exec(text);
  if (match === null) return undefined;
  const [, arrow, type = '', , mode = '', pid, major, minor, ino, start = '0', end = 'EOF'] = match;
  const line: LockLine = {
    text,
    waiter: arrow !== undefined,
    type,
    mode,
    pid: Number(pid),
    key: '',
    start,
    end,
  };
  if (major !== undefined && minor !== undefined && ino !== undefined) {
    line.dev = String(deviceNumber(parseInt(major, 16), parseInt(minor, 16)));
    line.ino = ino;
    line.key = `${line.dev}:${ino}`;
  }
  return line;
}

/** Leases and delegations are no locks: no one is excluded by them for longer than a break takes. */
export function kindOf(line: LockLine): LockKind | undefined {
  switch (line.type) {
    case 'FLOCK':
      return 'flock';
    case 'POSIX':
    case 'ACCESS':
      return 'posix';
    case 'OFDLCK':
      return 'ofd';
    default:
      return undefined;
  }
}

export function accessOf(line: LockLine): LockAccess {
  return line.mode === 'READ' ? 'read' : 'write';
}
