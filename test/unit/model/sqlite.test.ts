import { expect, it } from 'vitest';
import { compareRoles, sqliteRole } from '../../../src/model/sqlite';

const lock = (access: 'read' | 'write', start: number | string, end: number | string, kind = 'posix') => ({
  kind,
  access,
  start: String(start),
  end: String(end),
});

it.each([
  ['/a.db', lock('write', 1073741824, 1073742335), 'writes'],
  ['/a.db', lock('write', 1073741824, 1073741825), 'waitsForReaders'],
  ['/a.db', lock('write', 1073741825, 1073741825), 'willWrite'],
  ['/a.db', lock('read', 1073741826, 1073742335), 'reads'],
  ['/a.db-shm', lock('write', 120, 120), 'writes'],
  ['/a.db-shm', lock('write', 121, 121), 'checkpoints'],
  ['/a.db-shm', lock('write', 122, 122), 'recovers'],
  ['/a.db-shm', lock('read', 124, 124), 'readsSnapshot'],
  ['/a.db-shm', lock('read', 128, 128), 'connected'],
  // Beside them: the whole file, an flock, the same bytes of the other file, a byte more, none.
  ['/a.db', lock('write', 0, 'EOF'), undefined],
  ['/a.db', lock('write', 1073741824, 1073742335, 'flock'), undefined],
  ['/a.db', lock('write', 120, 120), undefined],
  ['/a.db-shm', lock('write', 1073741824, 1073742335), undefined],
  ['/a.db', lock('read', 1073741826, 1073742336), undefined],
  ['/a.db', { kind: 'posix', access: 'read' as const }, undefined],
])('%s %o: %s', (path, held, role) => {
  expect(sqliteRole(path, held)).toBe(role);
});

it('puts first who keeps others from writing', () => {
  const sorted = (['connected', 'reads', undefined, 'willWrite', 'writes'] as const).toSorted(compareRoles);
  expect(sorted[0]).toBe('writes');
  expect(sorted.at(-2)).toBe('connected');
});
