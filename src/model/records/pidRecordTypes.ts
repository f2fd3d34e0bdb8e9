/** What a record says, and what it is read from. */

export type RecordShape =
  | 'integer'
  | 'lines'
  /** Nothing but several pids. */
  | 'pids'
  | 'json'
  | 'hostPid'
  | 'userHostPid'
  | 'pidHost'
  | 'labelled'
  | 'fileName'
  | 'empty'
  | 'none';

export interface PidRecord {
  shape: RecordShape;
  /** The process named; absent when empty, binary or unreadable as a pid. Always > 0. */
  pid?: number;
  /** PostgreSQL's single-user mode writes the pid negated. */
  negative?: boolean;
  host?: string;
  /** The number may be something else than a pid: nothing says what it is. */
  mayBeOther?: true;
  /** Field 22 of /proc/<pid>/stat, clock ticks since boot, as the writer recorded it. */
  startTicks?: number;
  /**
   * A number that may be such ticks, and may as well be a date, a count of ms or anything else, since its key does not say
   * its unit. It names a process whose start it is, and speaks against none.
   */
  mayBeTicks?: number;
  /**
   * ms since the epoch, as the writer recorded it (`startedAt`, `createdAt`, an ISO line, an epoch number); of several
   * readings the latest. Set together with `startTicks` when one number could be either: after 115 days of uptime,
   * ticks look like seconds.
   */
  startedAt?: number;
  /** `startedAt` was recorded without a time zone, and is the latest moment that it can mean. */
  zoneless?: true;
  /** The boot that `startTicks` belongs to, or in which the record was written: /proc/sys/kernel/random/boot_id. */
  bootId?: string;
  /** The pids of all processes that the record names, `pid` first; absent where it names one. */
  pids?: readonly number[];
  /** Other numbers in it that may be pids of the service: while one of them lives, the record is not left behind. */
  others?: readonly number[];
  /** Only its beginning was read: what follows may name a process that lives. */
  isCut?: true;
  /** The program that the writer calls itself (QLockFile line 2, hermes `kind`). */
  program?: string;
  /** The folder that the writer serves (`hermes_home`): a record in another one is misplaced. */
  home?: string;
  /** The name of the writer's profile (hermes). */
  profile?: string;
  /** The arguments that the writer recorded, secret values hidden. */
  argv?: readonly string[];
  /** A recorded start whose unit is not known: it proves nothing, whatever it is compared with. */
  startUnit?: 'unknown';
  /** Emacs records the boot time, s since the epoch. */
  bootTime?: number;
  /** Secret values in it are already hidden. */
  command?: string;
  port?: number;
  /** Where a browser finds the writer: http or https, without credentials, query and fragment. */
  url?: string;
  /** Mercurial's PID namespace inode, hex. */
  pidNamespace?: string;
}

export interface RecordInput {
  fileName: string;
  /** Absent for a symlink that leads nowhere, and for what was not read: a directory's name tells no pid. */
  content?: Uint8Array | string;
  symlinkTarget?: string;
}
