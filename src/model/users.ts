/** Who uses a file, a folder, a port, or what a process is and holds: asked once, of now. Plain data between the threads. */
import type { LockAccess, LockKind, ProcessInfo, Proof } from '../api';
import type { OwnerlessSuspect } from './facts';
import { compareRoles, type SqliteRole } from './sqlite';

/** Where a relative path of a question begins. */
export interface Base {
  folder?: string;
  /** Of a terminal's shell, whose working directory it is. */
  shell?: number;
}

/** What a line says of the process, to be compared with the process that is there. */
export interface Named {
  pid: number;
  /** Only one of these programs can be meant; absent: any. */
  programs?: readonly string[];
  host?: string;
}

export type UseQuestion =
  /** `locksOnly`: only whether it is locked or recorded, and by whom. */
  | { kind: 'path'; path: string; base?: Base; named?: Named; locksOnly?: true }
  /** The locks on files of these names; `files`: those that lock by being there, from the base's folder. */
  | { kind: 'held'; names: RegExp; files?: readonly string[]; isBelow?: true; base?: Base; named?: Named }
  | { kind: 'pid'; named: Named }
  | { kind: 'port'; port: number };

export type UseKind =
  | 'lock'
  /** The file's record names it. */
  | 'record'
  | 'waits'
  | 'open'
  /** Has it open, mapped, or runs it: Windows does not say which. */
  | 'uses'
  | 'directory'
  | 'root'
  | 'program'
  | 'mapped'
  | 'listens'
  /** It may hold a lock that names no process. */
  | 'mayHold'
  /** It is an instance of the service that was asked about. */
  | 'instance'
  /** The question named its number. */
  | 'named';

export interface Use {
  kind: UseKind;
  proof: Proof;
  /** What it uses, as it is called here. Several of one kind: the first of them. */
  path?: string;
  /** How many of this kind, where more than one. */
  count?: number;
  /** `role`: what it means to SQLite. */
  lock?: { kind: LockKind; access: LockAccess; role?: SqliteRole };
  port?: number;
  /** Of `mayHold`: what speaks for it. */
  suspect?: Pick<OwnerlessSuspect, 'why' | 'folder'>;
}

export interface User {
  process: ProcessInfo;
  /** The strongest first. */
  uses: readonly Use[];
  /** Nearest first. */
  ancestors: readonly number[];
  /** What else it holds: paths of locks, ports. */
  locks?: readonly string[];
  ports?: readonly number[];
}

export interface UseAnswer {
  /** ms since the epoch. */
  takenAt: number;
  /** Of a question for a path: absolute. */
  path?: string;
  isFolder?: boolean;
  isAbsent?: boolean;
  /** The file locks by being there (git's `index.lock`): it is held for as long as it exists. */
  locksByExistence?: true;
  /** Such a file, and no process can hold it: it may be cleaned up. */
  isLeftOver?: true;
  /** A lock on it may not be visible from here: that no process holds it is not known. */
  isUncertain?: boolean;
  users: readonly User[];
  /** Locks that are held by a process that cannot be named, each with the reason: sentences. */
  unknown: readonly string[];
  /** What else was found out, and why something may be missing: sentences. */
  notes: readonly string[];
  /** Shell commands that would find out more. */
  commands: readonly string[];
  /** The port that the file's record names. */
  port?: number;
}

const ORDER: readonly UseKind[] = [
  'lock',
  'record',
  'listens',
  'mayHold',
  'instance',
  'waits',
  'open',
  'uses',
  'directory',
  'root',
  'program',
  'mapped',
  'named',
];

/** Locks first, then what is open, then working directories and programs. */
export const compareUses = (a: Use, b: Use): number =>
  ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || compareRoles(a.lock?.role, b.lock?.role);

/** The user with the strongest use first; of several the lowest pid. */
export function compareUsers(a: User, b: User): number {
  const [first, second] = [a.uses[0], b.uses[0]];
  const byUse = first !== undefined && second !== undefined ? compareUses(first, second) : 0;
  return byUse === 0 ? a.process.pid - b.process.pid : byUse;
}
