/**
 * What an observation says, before anybody judges it. Facts only: every field was read from the operating system at
 * `takenAt`; what could not be read says why. Plain data, so that it crosses from the worker to the main thread.
 */
import type { RunFacts } from './processes/runFacts';
import type { HostFacts, PlatformName } from './host';
import type { MountPoint } from './mounts';
import type { LockAccess, LockKind } from '../api';
import type { PidRecord } from './records/pidRecordTypes';
import type { Service } from './service';
import type { UnknownHolderReason } from './unknownHolderReason';

export type { HostFacts, PlatformName, UnknownHolderReason };

/** A process is its pid and its start tick, always together. */
export interface ProcessFacts {
  pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks (USER_HZ, 100 a second) since boot. Absent where there is no procfs. */
  startTicks?: number;
  /** ms since the epoch, derived from boot time and `startTicks`, or read from ps. */
  startTime?: number;
  /** Windows: the same in units of 100 ns since 1601, decimal, as the kernel keeps it. */
  fileTime?: string;
  /** macOS: the process's own number, which is not reused in a boot; decimal. */
  uniqueId?: string;
  ppid?: number;
  /** Process group and session: proc(5) stat fields 5 and 6. */
  pgid?: number;
  sid?: number;
  uid?: number;
  user?: string;
  /** The short name: proc(5) comm, at most 15 bytes. */
  comm: string;
  /** Empty for kernel threads, zombies, and where it may not be read. */
  argv: readonly string[];
  cwd?: string;
  exe?: string;
  state?: string;
  /** Flag PF_KTHREAD in field 9 of /proc/<pid>/stat: it never wrote a record and is never signalled. */
  kernelThread?: true;
  /** Its pids (NSpid of /proc/<pid>/status), absent where it has only one. The last is what it calls itself and writes. */
  nsPids?: readonly number[];
  /** The working directory itself: symlinks and mounts do not change it. */
  cwdId?: FileId;
  /** The working directory has been removed; `cwd` is its path of before, without ` (deleted)`. */
  cwdDeleted?: true;
  /** Its control group is frozen (`docker pause`): it keeps its locks, does nothing, and even SIGKILL waits. */
  frozen?: true;
  /** Field 28 of /proc/<pid>/stat, random for each start of a program: who has another's is its fork. */
  startStack?: number;
  /** Differs from `pid` when the number names a thread. */
  tgid?: number;
  /** Who would restart or owns it, when the observer could tell. */
  supervisor?: SupervisorFacts;
}

export type SupervisorKind =
  | 'systemd'
  | 'pm2'
  | 'supervisord'
  | 'runit'
  | 'daemontools'
  | 's6'
  | 'docker'
  | 'podman'
  | 'kubernetes'
  | 'tmux'
  | 'screen'
  | 'cron'
  | 'vscode'
  | 'nodemon';

export interface SupervisorFacts {
  kind: SupervisorKind;
  /** Unit, container id, session, program name: what its own stop command needs. */
  name?: string;
  pid?: number;
  /** The supervisor's own way to stop it, ready for a shell. */
  stopCommand?: string;
}

/** Three values, never two: only "no such process" is dead. */
export type Liveness =
  | { state: 'alive'; process: ProcessFacts }
  /**
   * `groupRuns`: processes of the group or session that it led still run. `childrenRun`: those that were seen below it
   * while it ran. `startTime`: of the thread, ms since the epoch. `writtenSince`: the record that names it was written,
   * or its time was set, after it was seen dead.
   */
  | {
      state: 'dead';
      why: 'gone' | 'zombie' | 'thread';
      threadOf?: number;
      startTime?: number;
      groupRuns?: readonly number[];
      childrenRun?: readonly ProcessFacts[];
      writtenSince?: true;
    }
  | { state: 'unavailable'; reason: string };

/** Device and inode as the kernel counts them; decimal strings, since an inode may exceed 2^53. */
export interface FileId {
  dev: string;
  ino: string;
}

/** A file that a process took an exclusive lock on. */
export interface TakenFile extends FileId {
  /** First and last byte, where not all of it is locked. */
  bytes?: string;
}

export type FileStatus =
  | 'file'
  | 'directory'
  | 'symlink'
  /** FIFO, socket, device: checked with stat only, never opened. */
  | 'special'
  | 'absent'
  /** It may be there; stat or open failed: see `problem`. */
  | 'unreadable';

export interface FileProblem {
  code: string;
  syscall: string;
  /** The mount that gave no answer in time. */
  mount?: MountPoint;
}

export interface FileFacts {
  path: string;
  status: FileStatus;
  id?: FileId;
  size?: number;
  /** ns since the epoch. */
  mtimeNs?: bigint;
  ctimeNs?: bigint;
  mode?: number;
  uid?: number;
  nlink?: number;
  /** A directory whose time its owner set again while the monitor looked: how often, and the longest interval. */
  renewals?: { count: number; longestMs: number };
  problem?: FileProblem;
}

export interface HolderFacts {
  process: ProcessFacts;
  /** The process is not the one that took the lock. */
  inherited: boolean;
  /** Its own fdinfo has the `lock:` line (for POSIX locks: the table names it and it is alive with the file open). */
  proven: boolean;
  /** What proves it instead. */
  evidence?: HoldEvidence;
  fd?: number;
}

export type HoldEvidence =
  /** The kernel itself names the process as the owner of the POSIX lock. */
  | 'kernelNames'
  /** The file is locked, and no other process has taken an flock on it through a descriptor that it still has open. */
  | 'onlyTaker';

/** One lock of the kernel's table on a watched file, with everyone who shares it. */
export interface LockFacts {
  kind: LockKind;
  access: LockAccess;
  /** Byte range of a POSIX or OFD lock, as printed by the kernel ("0", "EOF"). */
  start?: string;
  end?: string;
  id: FileId;
  /** The inode is no longer what the path names. */
  deletedInode: boolean;
  /** The pid that the kernel recorded when the lock was taken: often dead, sometimes recycled. Absent for OFD. */
  taker?: number;
  holders: readonly HolderFacts[];
  /** Set exactly when `holders` is empty. */
  unknown?: UnknownHolderReason;
  /** The taker is not among the holders: who has its number now. For flock it may be another process by now. */
  takenBy?: ProcessFacts;
  /** Without a holder: processes of this user that do not show their descriptors, one of which may hold it. */
  denied?: readonly number[];
  /** For `oneOfUsers`: the processes that use the file; for `mayHold`: those that may hold it. */
  users?: readonly ProcessFacts[];
  waiters: readonly ProcessFacts[];
}

export interface LockFileFacts {
  file: FileFacts;
  /** As in `PidFileFacts`. */
  foreign?: ForeignOrigin;
  /** Empty = free, as far as the source can tell (see `certainty`). */
  locks: readonly LockFacts[];
  /** `unknown`: nothing seen, but this source could not have seen it (nested namespace, network file system). */
  certainty: 'certain' | 'unknown';
  /** For `unknown`: why, for the sentence. */
  uncertainBecause?: UnknownHolderReason;
  /** As in `LockFacts`: which of them holds a lock, if any does. */
  users?: readonly ProcessFacts[];
  /**
   * The record in the lock file, if it carries one (JSON, "host-pid" …). Without a kernel lock, the live writer it
   * names holds the file by its existence; a dead one proves nothing, since kernel locks leave their file behind.
   */
  record?: RecordFacts;
  /**
   * Existence lock whatever the service says: a symlink, a directory with a heartbeat, or a lock of git. Never set
   * merely because the file carries a record. `Service.existence` says the same for all lock files of a service.
   */
  existence?: boolean;
  /** Of a lock that names no process: collected when it is inspected, never in a tick. */
  ownerless?: OwnerlessFacts;
}

/** A process that may hold a lock that names none. */
export interface OwnerlessSuspect {
  process: ProcessFacts;
  /** What speaks for it. */
  why: 'open' | 'works' | 'arguments' | 'environment' | 'editor';
  /** What that leads to: the folder that it works in or names, the file that it edits. */
  folder?: string;
}

/** Evidence on a lock file that names no process and is no kernel lock: git's `index.lock`. */
export interface OwnerlessFacts {
  suspects: readonly OwnerlessSuspect[];
  /** Processes that may be its maker and do not show where they work. */
  unread: readonly ProcessFacts[];
  /** Processes of other users are not listed at all. */
  hidesProcesses?: true;
  /** How long it has to be unchanged before it can count as left over, ms. */
  quietMs: number;
}

/** A pid record and what became of the process it names. */
export interface RecordFacts {
  record: PidRecord;
  /** Of `record.pid`; absent when the record has no usable pid. */
  liveness?: Liveness;
  /** The record as one of its other numbers that live: it is not left behind where one of them may be meant. */
  alternatives?: readonly RecordFacts[];
  /** Processes of nested PID namespaces that call themselves `record.pid` there (their innermost NSpid). */
  inner?: readonly ProcessFacts[];
  /** Those that run and that the record named before it was rewritten. */
  namedBefore?: readonly ProcessFacts[];
  /** Collected when it is inspected and would count as left behind, never in a tick. */
  signs?: SignsOfLife;
}

/** What may be the service under another number than that of its record, whose process is gone. */
export interface SignsOfLife {
  /** Processes that have the record's path in their arguments or their environment, or its pid as one of an option. */
  naming: readonly { process: ProcessFacts; by: 'arguments' | 'environment' | 'pid' }[];
  /** Addresses in the record's text at which a socket listens: `127.0.0.1:9293`, `/run/app.sock`. */
  served: readonly string[];
  /** Files beside it that are called like it and in use; `process`: the live one that a `record` names. */
  beside?: readonly { path: string; is: 'locked' | 'served' | 'record'; process?: ProcessFacts }[];
  /** Processes, sockets or locks are hidden, so that nothing was found means little. */
  unseen?: true;
}

/** Why a pid number in a file may belong to another PID namespace or another host. */
export type ForeignOrigin = 'outsideNamespace' | 'otherHost';

export interface PidFileFacts {
  file: FileFacts;
  /** Processes elsewhere can write this file, so a number in it may be theirs. Absent: its numbers belong here. */
  foreign?: ForeignOrigin;
  /** Absent when the file is absent or could not be read. */
  content?: RecordFacts;
  /** Kernel locks on the pid file itself. */
  locks: readonly LockFacts[];
  certainty: 'certain' | 'unknown';
}

export interface LogFacts {
  path: string;
  /** Conflict lines seen while still fresh, newest last, each cut to 400 characters. */
  lines: readonly LogLine[];
  problem?: FileProblem;
}

export interface LogLine {
  text: string;
  /** When the monitor read it, ms since the epoch. */
  seenAt: number;
  /** The time that the line itself carries, ms since the epoch. */
  ownTime?: number;
}

/** A pattern that is too wide: only the first of its files, by name, are watched. */
export interface LeftOut {
  pattern: string;
  watched: number;
  /** Files that match and are not watched. */
  more: number;
}

/** A process of the service that ended while the monitor looked. */
export interface EndedProcess {
  pid: number;
  /** ms since the epoch; `endedAt`: when its absence was noticed. */
  startTime?: number;
  endedAt: number;
}

/** Another watched service, or another lock of the same name, that a process is the owner of. */
export interface Claim {
  by: 'holds' | 'recorded';
  /** The file that it holds, or that records it. */
  path: string;
}

/** A TCP socket that listens, in this network namespace. */
export interface ListenerFacts {
  /** `127.0.0.1`, `0.0.0.0`, `::1`, `::`. */
  address: string;
  /** Whose socket it is, also where no process of that user shows its descriptors. Absent: not known. */
  uid?: number;
  /** Those that have it open, by their own descriptors; none: no process shows it. */
  processes: readonly ProcessFacts[];
}

/** A TCP port that the settings or a record name. */
export interface PortFacts {
  port: number;
  /** The settings name it, whether or not a record does. */
  isConfigured: boolean;
  listeners: readonly ListenerFacts[];
  /**
   * Why nothing is known of it; absent: the listeners are all there are, as far as this system shows them. `otherUser`:
   * no process of this user listens, and those of others do not show it.
   */
  unknown?: 'system' | 'pending' | 'otherUser' | FileProblem;
  /** Owners of other watched services among the listeners and their ancestors, by pid: the service's name. */
  owners?: ReadonlyMap<number, string>;
  /** Names of other services for which the settings name this port. */
  sharedWith?: readonly string[];
}

/** Everything one diagnosis needs about one service. */
export interface ServiceFacts {
  service: Service;
  takenAt: number;
  host: HostFacts;
  lockFiles: readonly LockFileFacts[];
  pidFiles: readonly PidFileFacts[];
  /**
   * The processes that matter here, by pid: holders, recorded owners, matches of `process`, candidates for
   * "possible duplicate", and all ancestors and descendants of these.
   */
  processes: ReadonlyMap<number, ProcessFacts>;
  /** Pids that match `service.process`. */
  matched: readonly number[];
  /** Processes that run what it names, in a folder that is not shown to be the one that it names. Absent: none. */
  misplaced?: readonly number[];
  /** Those of `matched` that it names only as what they run: a shell by its text, `sudo` by its arguments. Absent: none. */
  wrapping?: readonly number[];
  /** By pid: the files of which the kernel's table says that this process took an exclusive lock on them. */
  taken?: ReadonlyMap<number, readonly TakenFile[]>;
  /** By pid: more of those that may be runs of one thing. Absent where there is but one, or where it is not known. */
  runs?: ReadonlyMap<number, RunFacts>;
  /** Ids of the other services that watch one of its files, by whatever path. Only when it is inspected; absent: none. */
  sharedWith?: readonly string[];
  /** By pid: processes among `processes` that own something else, and so are no duplicates here. */
  claims?: ReadonlyMap<number, Claim>;
  log?: LogFacts;
  /** Patterns that match more files than are watched. Absent: all are. */
  leftOut?: readonly LeftOut[];
  /** Instances of this service that ended lately, oldest first. */
  ended?: readonly EndedProcess[];
  /** Absent: neither the settings nor a record name a port. */
  ports?: readonly PortFacts[];
  /** Pids of the service that are in another network namespace, or of which that is not known: their ports are not these. */
  otherNetwork?: readonly number[];
}
