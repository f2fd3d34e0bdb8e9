import { describe, expect, it } from 'vitest';
import type { LockFacts, ProcessFacts } from '../../../src/model/facts';
import { lockFactsOf, type Lookup } from '../../../src/os/darwin/holders';
import type { FileLock, FileUse, Opener } from '../../../src/os/native/darwin/calls';

const ID = { dev: '1', ino: '2' };
const WHOLE = { access: 'write', start: '0', end: 'EOF' } as const;
const process = (pid: number): ProcessFacts => ({
  pid,
  comm: 'python3',
  argv: ['python3'],
  uniqueId: String(pid),
});

const TOOK = { tookFlock: true, mayWrite: true };
const opener = (pid: number, more: Partial<Opener> = {}): Opener => ({
  ...{ pid, uniqueId: String(pid), fd: 3, mayRead: true, mayWrite: false },
  ...{ tookFlock: false, isShared: false, hasHiddenTwin: false },
  ...more,
});
const use = (openers: Opener[], more: Partial<FileUse> = {}): FileUse => ({
  ...{ id: ID, locks: [WHOLE], openers, hidden: 0, isSettled: true },
  ...more,
});

interface World {
  parents?: Record<number, number>;
  unlisted?: number[];
  /** The list has these without their own number. */
  unsure?: number[];
}

const lookup = ({ parents = {}, unlisted = [], unsure = [] }: World = {}): Lookup => ({
  find: (pid, uniqueId) =>
    unlisted.includes(pid)
      ? 'pending'
      : { process: process(pid), isSame: !unsure.includes(pid) && uniqueId === String(pid) },
  parentOf: (pid) => parents[pid],
});

const see = (locks: readonly FileLock[], of: FileUse | undefined, world: World = {}): LockFacts[] =>
  lockFactsOf({ locks, use: of }, ID, lookup(world));
const only = (openers: Opener[], more: Partial<FileUse> = {}, world: World = {}, lock: FileLock = WHOLE) =>
  see([lock], use(openers, more), world)[0];
/** `501 proven onlyTaker`, or why there is none and who may hold it. */
const said = (lock: LockFacts | undefined): string[] => [
  lock?.kind ?? '',
  ...(lock?.holders ?? []).map((holder) =>
    [holder.process.pid, holder.proven, holder.evidence, holder.inherited ? 'inherited' : 'own'].join(' '),
  ),
  ...(lock?.unknown === undefined ? [] : [lock.unknown]),
  ...(lock?.users ?? []).map(({ pid }) => String(pid)),
];

describe('an flock', () => {
  it('is held by the only process that has taken one and has the file open', () => {
    expect(only([opener(501, TOOK)])).toEqual({
      ...{ kind: 'flock', access: 'write', id: ID, deletedInode: false, waiters: [] },
      holders: [{ process: process(501), inherited: false, proven: true, evidence: 'onlyTaker', fd: 3 }],
    });
  });

  it.each<[string, Opener[], Partial<FileUse>, World, string[]]>([
    [
      'by it, whoever else has the file open',
      [opener(502, { mayWrite: true }), opener(501, TOOK)],
      {},
      {},
      ['flock', '501 true onlyTaker own'],
    ],
    [
      'by it, whoever hides and runs other programs',
      [opener(501, TOOK)],
      { hidden: 200 },
      {},
      ['flock', '501 true onlyTaker own'],
    ],
    [
      'by one process once, through two descriptors',
      [opener(501, TOOK), opener(501, { ...TOOK, fd: 4 })],
      {},
      {},
      ['flock', '501 true onlyTaker own'],
    ],
    [
      'by a family that shares the open file, the child after its parent',
      [opener(502, { ...TOOK, isShared: true }), opener(501, { ...TOOK, isShared: true })],
      {},
      { parents: { 502: 501, 501: 1 } },
      ['flock', '501 true onlyTaker own', '502 true onlyTaker inherited'],
    ],
    [
      'by one of a parent and a child that have opened the file each',
      [opener(501, { ...TOOK, isShared: true }), opener(502, TOOK)],
      {},
      { parents: { 502: 501, 501: 1 } },
      ['flock', 'oneOfUsers', '501', '502'],
    ],
    [
      'by one of two that are not related',
      [opener(501, { ...TOOK, isShared: true }), opener(502, { ...TOOK, isShared: true })],
      {},
      { parents: { 501: 1, 502: 1 } },
      ['flock', 'oneOfUsers', '501', '502'],
    ],
    [
      'by one of two, or by one that hides',
      [opener(501, TOOK), opener(502, TOOK)],
      { hidden: 1 },
      {},
      ['flock', 'mayHold', '501', '502'],
    ],
    [
      'perhaps by a twin that hides',
      [opener(501, { ...TOOK, hasHiddenTwin: true })],
      { hidden: 1 },
      {},
      ['flock', 'mayHold', '501'],
    ],
    [
      'by one that is not proven where the lock changed during the look',
      [opener(501, TOOK)],
      { isSettled: false },
      {},
      ['flock', 'oneOfUsers', '501'],
    ],
    [
      'by one that the list does not have yet',
      [opener(501, TOOK), opener(502)],
      {},
      { unlisted: [501] },
      ['flock', 'pending'],
    ],
    [
      'by one of which the list does not say that it is the same',
      [opener(501, TOOK)],
      {},
      { unsure: [501] },
      ['flock', 'oneOfUsers', '501'],
    ],
    [
      'by a process of another user, where none of this user could',
      [opener(501)],
      { hidden: 9 },
      {},
      ['flock', 'otherUser'],
    ],
  ])('is held %s', (_, openers, more, world, expected) => {
    expect(said(only(openers, more, world))).toEqual(expected);
  });

  it('is shown with the first descriptor through which it was taken', () => {
    const [holder] =
      only([opener(501), opener(501, { ...TOOK, fd: 5 }), opener(501, { ...TOOK, fd: 6 })])?.holders ?? [];
    expect(holder?.fd).toBe(5);
  });

  it('has no holder yet before the processes are inspected', () => {
    expect(said(see([WHOLE], undefined)[0])).toEqual(['flock', 'pending']);
    expect(said(see([{ ...WHOLE, end: '9' }], undefined)[0])).toEqual(['ofd', 'pending']);
  });
});

describe('a lock of an open file description', () => {
  it.each<[string, Opener[], Partial<FileUse>, FileLock, string[]]>([
    [
      'of a part of the file may be of any that may write, an flock on it or not',
      [opener(501, TOOK), opener(502, { mayWrite: true }), opener(503)],
      {},
      { ...WHOLE, end: '9' },
      ['ofd', 'oneOfUsers', '501', '502'],
    ],
    [
      'from the second byte on is no flock either',
      [opener(501, TOOK)],
      {},
      { ...WHOLE, start: '1' },
      ['ofd', 'oneOfUsers', '501'],
    ],
    [
      'of the whole file is one where every process shows its descriptors and none took an flock',
      [opener(501, { mayWrite: true })],
      {},
      WHOLE,
      ['ofd', 'oneOfUsers', '501'],
    ],
    [
      'to read may be of any that may read',
      [opener(501, { mayRead: false, mayWrite: true }), opener(502)],
      { hidden: 1 },
      { ...WHOLE, access: 'read', end: '9' },
      ['ofd', 'mayHold', '502'],
    ],
    ['of none that is known is not found', [], {}, { ...WHOLE, end: '9' }, ['ofd', 'notFound']],
  ])('%s', (_, openers, more, lock, expected) => {
    expect(said(only(openers, more, {}, lock))).toEqual(expected);
  });
});

describe('a POSIX lock', () => {
  const owned = (pid: number, more: Partial<FileLock> = {}): FileLock => ({
    ...WHOLE,
    owner: { pid, uniqueId: String(pid) },
    ...more,
  });

  it('is held by whom the kernel names, on the range that it says', () => {
    expect(see([owned(501, { start: '10', end: '19' })], undefined)).toEqual([
      {
        ...{
          kind: 'posix',
          access: 'write',
          start: '10',
          end: '19',
          id: ID,
          deletedInode: false,
          waiters: [],
        },
        holders: [{ process: process(501), inherited: false, proven: true, evidence: 'kernelNames' }],
      },
    ]);
  });

  it('that several share is one', () => {
    const shared = [501, 502, 503].map((pid) => owned(pid, { access: 'read' }));
    const [lock, ...others] = see([...shared, owned(504, { start: '5' })], undefined, { unlisted: [501] });
    expect(said(lock)).toEqual(['posix', '502 true kernelNames own', '503 true kernelNames own']);
    expect(others.map(said)).toEqual([['posix', '504 true kernelNames own']]);
  });

  it('is not proven where its owner’s number may be another’s, and waits for the list', () => {
    expect(said(see([{ ...WHOLE, owner: { pid: 501 } }], undefined)[0])).toEqual(['posix', '501 false  own']);
    expect(said(see([owned(501)], undefined, { unlisted: [501] })[0])).toEqual(['posix', 'pending']);
  });

  it('and an flock on one file are two', () => {
    const both = see([owned(501, { end: '9' }), WHOLE], use([opener(502, TOOK)]));
    expect(both.map(said)).toEqual([
      ['posix', '501 true kernelNames own'],
      ['flock', '502 true onlyTaker own'],
    ]);
  });
});
