/**
 * What a byte range means on a file of SQLite: os_unix.c (PENDING_BYTE 0x40000000, RESERVED_BYTE, SHARED_FIRST and
 * SHARED_SIZE) for the database itself, wal.c (WALINDEX_LOCK_OFFSET 120) for the `-shm` file of a write-ahead log.
 */
import * as l10n from '@vscode/l10n';
import { assertNever } from '../common/assertNever';
import type { LockAccess } from '../api';

export type SqliteRole =
  | 'writes'
  | 'checkpoints'
  | 'recovers'
  | 'waitsForReaders'
  | 'willWrite'
  | 'reads'
  | 'readsSnapshot'
  | 'connected';

interface Range {
  on: 'database' | 'shm';
  access: LockAccess;
  from: number;
  to: number;
  role: SqliteRole;
}

const PENDING = 0x4000_0000;
const SHARED_LAST = PENDING + 2 + 509;

/** The first that lies within the locked range counts: the kernel joins neighbouring ranges of one process. */
const RANGES: readonly Range[] = [
  { on: 'database', access: 'write', from: PENDING + 2, to: SHARED_LAST, role: 'writes' },
  { on: 'database', access: 'write', from: PENDING, to: PENDING, role: 'waitsForReaders' },
  { on: 'database', access: 'write', from: PENDING + 1, to: PENDING + 1, role: 'willWrite' },
  { on: 'database', access: 'read', from: PENDING + 2, to: SHARED_LAST, role: 'reads' },
  { on: 'shm', access: 'write', from: 120, to: 120, role: 'writes' },
  { on: 'shm', access: 'write', from: 121, to: 121, role: 'checkpoints' },
  { on: 'shm', access: 'write', from: 122, to: 122, role: 'recovers' },
  ...[123, 124, 125, 126, 127].map((slot): Range => ({
    on: 'shm',
    access: 'read',
    from: slot,
    to: slot,
    role: 'readsSnapshot',
  })),
  { on: 'shm', access: 'read', from: 128, to: 128, role: 'connected' },
];

export interface RangeLock {
  kind: string;
  access: LockAccess;
  /** As the kernel prints them. */
  start?: string | undefined;
  end?: string | undefined;
}

/** Returns what a lock on a byte range of this file means to SQLite; undefined: it is none of SQLite's. */
export function sqliteRole(path: string, { kind, access, start, end }: RangeLock): SqliteRole | undefined {
  if (kind !== 'posix' && kind !== 'ofd') return undefined;
  const [first, last] = [Number(start), Number(end)];
  const isShm = path.endsWith('-shm');
  // Whoever locks more than these bytes is another program.
  const [lowest, highest] = isShm ? [120, 128] : [PENDING, SHARED_LAST];
  if (!(first >= lowest && last <= highest)) return undefined;
  return RANGES.find(
    ({ on, access: wanted, from, to }) =>
      (on === 'shm') === isShm && wanted === access && first <= from && to <= last,
  )?.role;
}

export function sqliteRoleText(role: SqliteRole): string {
  switch (role) {
    case 'writes':
      return l10n.t('SQLite: writes');
    case 'checkpoints':
      return l10n.t('SQLite: moves the log into the database (checkpoint)');
    case 'recovers':
      return l10n.t('SQLite: recovers the log');
    case 'waitsForReaders':
      return l10n.t('SQLite: waits to write until no process reads');
    case 'willWrite':
      return l10n.t('SQLite: is going to write');
    case 'reads':
      return l10n.t('SQLite: reads');
    case 'readsSnapshot':
      return l10n.t('SQLite: reads, which holds back a checkpoint');
    case 'connected':
      return l10n.t('SQLite: is connected');
    default:
      return assertNever(role);
  }
}

const ORDER: readonly (SqliteRole | undefined)[] = [
  'writes',
  'checkpoints',
  'recovers',
  'waitsForReaders',
  'willWrite',
  undefined,
  'readsSnapshot',
  'reads',
  'connected',
];

/** Whoever keeps others from writing comes first. */
export const compareRoles = (a: SqliteRole | undefined, b: SqliteRole | undefined): number =>
  ORDER.indexOf(a) - ORDER.indexOf(b);
