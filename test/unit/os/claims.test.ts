import { describe, expect, it } from 'vitest';
import type { HostFacts, LockFacts, ProcessFacts, RecordFacts } from '../../../src/model/facts';
import { Claims, ownersOf, stemOf } from '../../../src/os/observer/claims';
import { Lifetimes } from '../../../src/os/observer/lifetimes';

const process = (pid: number, more: Partial<ProcessFacts> = {}): ProcessFacts => ({
  pid,
  comm: 'python3',
  argv: ['python3', 'bot.py'],
  startTicks: pid * 10,
  startTime: 1_000_000,
  ...more,
});
const host: HostFacts = {
  hostname: 'here',
  platform: 'linux',
  ownPids: [77],
  nestedPidNamespace: false,
};
const lockOf = (...pids: number[]): LockFacts => ({
  kind: 'flock',
  access: 'write',
  id: { dev: '1', ino: '2' },
  deletedInode: false,
  holders: pids.map((pid) => ({ process: process(pid), inherited: false, proven: true })),
  waiters: [],
});
const recordOf = (alive: ProcessFacts, more: Partial<RecordFacts['record']> = {}): RecordFacts => ({
  record: { shape: 'plain', pid: alive.pid, text: String(alive.pid), ...more } as RecordFacts['record'],
  liveness: { state: 'alive', process: alive },
});
const file = { path: '/srv/bot.pid', status: 'file', mtimeNs: 2_000_000_000_000n } as const;
const anybody = (): boolean => true;

describe('who owns a file', () => {
  it('is each holder of a lock on it, and the recorded process that may have written it', () => {
    const owners = ownersOf({ file, locks: [lockOf(5, 6)] }, recordOf(process(7)), host, anybody);
    expect([...owners]).toEqual([
      [7, 'recorded'],
      [5, 'holds'],
      [6, 'holds'],
    ]);
  });

  it.each<[string, ProcessFacts, Partial<RecordFacts['record']>]>([
    ['started after the record was written', process(7, { startTime: 2_004_000 }), {}],
    ['has other start ticks than the record', process(7), { startTicks: 69 }],
    ['is a kernel thread', process(7, { kernelThread: true }), {}],
    ['is pid 1', process(1), {}],
    ['is the monitor itself', process(77), {}],
  ])('is nobody who %s', (_, alive, record) => {
    expect(ownersOf({ file, locks: [] }, recordOf(alive, record), host, anybody).size).toBe(0);
  });

  it('is whom a start contradicts that cannot have been, or whose unit is not said', () => {
    for (const record of [{ startTicks: 71 }, { mayBeTicks: 69 }, { startTicks: 70 }]) {
      expect([...ownersOf({ file, locks: [] }, recordOf(process(7), record), host, anybody)]).toEqual([
        [7, 'recorded'],
      ]);
    }
  });

  it('is nobody that the file’s own service would not know, or whose number may be another namespace’s', () => {
    const record = recordOf(process(7));
    expect(ownersOf({ file, locks: [] }, record, host, () => false).size).toBe(0);
    expect(ownersOf({ file, foreign: 'outsideNamespace', locks: [] }, record, host, anybody).size).toBe(0);
    const inner = { ...record, inner: [process(9)] };
    expect(ownersOf({ file, locks: [] }, inner, host, anybody).size).toBe(0);
    expect(ownersOf({ file, locks: [] }, record, host, anybody).size).toBe(1);
  });

  it('trusts a start a little after the write, and as much more as the clock was stepped', () => {
    const late = recordOf(process(7, { startTime: 2_002_900 }));
    expect(ownersOf({ file, locks: [] }, late, host, anybody).size).toBe(1);
    const later = recordOf(process(7, { startTime: 2_063_000 }));
    const stepped = { ...host, clockStepMs: 60_000 };
    expect(ownersOf({ file, locks: [] }, later, stepped, anybody).size).toBe(1);
  });
});

describe('what a process owns elsewhere', () => {
  const nothing = (): boolean => false;

  it('is a lock rather than a record, and always the same one', () => {
    const claims = new Claims();
    claims.note('/b.pid', new Map([[5, 'recorded']]));
    expect(claims.of(5, nothing)).toEqual({ by: 'recorded', path: '/b.pid' });
    claims.note('/z.lock', new Map([[5, 'holds']]));
    claims.note('/c.lock', new Map([[5, 'holds']]));
    expect(claims.of(5, nothing)).toEqual({ by: 'holds', path: '/c.lock' });
    expect(claims.of(5, (path) => path === '/c.lock')).toEqual({ by: 'holds', path: '/z.lock' });
    expect(claims.of(6, nothing)).toBeUndefined();
  });

  it('is news for whom it changes, and only then', () => {
    const claims = new Claims();
    expect(claims.note('/a.lock', new Map([[5, 'holds']]))).toEqual([5]);
    expect(claims.note('/a.lock', new Map([[5, 'holds']]))).toEqual([]);
    expect(claims.note('/a.lock', new Map([[6, 'holds']]))).toEqual([5, 6]);
    expect(claims.of(5, nothing)).toBeUndefined();
    expect(claims.note('/a.lock', new Map())).toEqual([6]);
  });

  it.each([
    ['/srv/.telegram-bot.lock', '/srv/.telegram-bot.pid', true],
    ['/srv/.hidden', '/srv/.hidden.pid', true],
    ['/run/a.pid', '/run/b.pid', false],
    ['/srv/a/bot.pid', '/srv/b/bot.pid', false],
    ['/srv/v1.2/bot', '/srv/v1.3/bot', false],
  ])('%s and %s belong together: %s', (a, b, together) => expect(stemOf(a) === stemOf(b)).toBe(together));
});

describe('the ends of instances', () => {
  const gone = (): undefined => undefined;
  const current = (...processes: ProcessFacts[]): Map<number, ProcessFacts> =>
    new Map(processes.map((one) => [one.pid, one]));

  it('are kept, oldest first, for ten minutes', () => {
    const lifetimes = new Lifetimes();
    expect(lifetimes.note(current(process(5), process(6)), gone, 1_000)).toEqual([]);
    expect(lifetimes.note(current(process(6)), gone, 2_000)).toEqual([
      { pid: 5, startTime: 1_000_000, endedAt: 2_000 },
    ]);
    const both = lifetimes.note(current(), gone, 3_000);
    expect(both.map(({ pid }) => pid)).toEqual([5, 6]);
    expect(lifetimes.note(current(), gone, 4_000)).toBe(both);
    expect(lifetimes.note(current(), gone, 602_500).map(({ pid }) => pid)).toEqual([6]);
    expect(lifetimes.note(current(), gone, 700_000)).toEqual([]);
  });

  it('come with the process, not with the lock that it gave up', () => {
    const lifetimes = new Lifetimes();
    lifetimes.note(current(process(5)), gone, 1_000);
    expect(lifetimes.note(current(), () => process(5), 2_000)).toEqual([]);
    expect([...lifetimes.running]).toEqual([5]);
    expect(lifetimes.note(current(), () => process(5, { state: 'Z' }), 3_000)).toHaveLength(1);
    expect([...lifetimes.running]).toEqual([]);
  });

  it('are not hidden by the next process of that pid', () => {
    const lifetimes = new Lifetimes();
    lifetimes.note(current(process(5)), gone, 1_000);
    const next = process(5, { startTicks: 51, startTime: 1_000_010 });
    expect(lifetimes.note(current(next), () => next, 2_000)).toMatchObject([{ pid: 5, endedAt: 2_000 }]);
    expect([...lifetimes.running]).toEqual([5]);
  });

  it('are at most fifty', () => {
    const lifetimes = new Lifetimes();
    for (let pid = 100; pid < 180; pid++) lifetimes.note(current(process(pid)), gone, pid);
    const ended = lifetimes.note(current(), gone, 200);
    expect(ended).toHaveLength(50);
    expect(ended.at(-1)?.pid).toBe(179);
  });
});
