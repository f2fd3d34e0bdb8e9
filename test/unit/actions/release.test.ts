import { describe, expect, test } from 'vitest';
import { locksOf } from '../../../src/actions/terminate/locks';
import { locksAfter, locksHeldBy } from '../../../src/actions/terminate/release';
import { diagnose } from '../../../src/model/diagnose';
import type { LockFacts } from '../../../src/model/facts';
import { facts, file, lock, lockFile, proc } from '../model/build';

const bot = proc(100, 'python3 bot.py');
const heir = proc(101, 'python3 worker.py', { ppid: 100 });
const next = proc(200, 'python3 bot.py');

const inspected = (...locks: LockFacts[]) => {
  const seen = facts({ lockFiles: [lockFile(locks)], processes: [bot, heir, next] });
  return { facts: seen, snapshot: diagnose(seen) };
};

function after(before: LockFacts[], now: LockFacts[]) {
  const then = inspected(...before);
  return locksAfter(inspected(...now), locksHeldBy(then, [100]), locksOf(then.facts), [100]);
}

describe('a lock after its holder has ended', () => {
  test('is released', () => expect(after([lock([bot])], [])).toEqual({ state: 'released' }));

  test('is kept by a child that shares the descriptor: the kernel still names the taker', () => {
    const kept = lock([{ process: heir, inherited: true, proven: true }], { taker: 100 });
    expect(after([lock([bot])], [kept])).toMatchObject({ state: 'kept', by: [{ pid: 101 }] });
  });

  test('is kept by somebody unknown', () => {
    expect(after([lock([bot])], [lock([], { taker: 100 })])).toMatchObject({ state: 'kept', by: [] });
  });

  test('is kept by others than those that have ended, though the kernel still lists one of these', () => {
    const kept = lock([bot, { process: heir, inherited: true, proven: true }]);
    const found = after([lock([bot])], [kept]);
    expect(found.state === 'kept' && found.by.map(({ pid }) => pid)).toEqual([101]);
  });

  test('is another one where another range is locked, of which the kernel names no taker', () => {
    const range = (process: typeof bot, start: string, end: string): LockFacts => {
      const ofd = lock([process], { kind: 'ofd', start, end });
      delete ofd.taker;
      return ofd;
    };
    const theirs = range(next, '10', 'EOF');
    expect(after([range(bot, '0', '9'), theirs], [theirs])).toEqual({ state: 'released' });
    expect(after([range(bot, '0', '9'), theirs], [range(next, '0', '9'), theirs])).toMatchObject({
      state: 'kept',
    });
  });

  const second = { id: { dev: '65024', ino: '8' } };

  test('is kept by whoever shared it all the time', () => {
    const shared = lock([bot, { process: heir, inherited: true, proven: true }]);
    const kept = lock([{ process: heir, inherited: true, proven: true }], { taker: 100 });
    expect(after([shared], [kept])).toMatchObject({ state: 'kept', by: [{ pid: 101 }] });
  });

  test('is kept, or taken, where one of two is', () => {
    const kept = lock([{ process: heir, inherited: true, proven: true }], { ...second, taker: 100 });
    expect(after([lock([bot]), lock([bot], second)], [kept])).toMatchObject({ state: 'kept' });
    expect(after([lock([bot]), lock([bot], second)], [lock([next], second)])).toMatchObject({
      state: 'taken',
      by: [{ pid: 200 }],
    });
  });

  test('is taken where that on one of two paths is', () => {
    const there = { file: file('/home/ann/bot/second.lock') };
    const of = (...locks: [LockFacts[], LockFacts[]]) => {
      const lockFiles = [lockFile(locks[0]), lockFile(locks[1], there)];
      const seen = facts({ lockFiles, processes: [bot, next] });
      return { facts: seen, snapshot: diagnose(seen) };
    };
    const then = of([lock([bot])], [lock([bot], second)]);
    const now = of([], [lock([next], second)]);
    expect(locksAfter(now, locksHeldBy(then, [100]), locksOf(then.facts), [100])).toMatchObject({
      state: 'taken',
      path: '/home/ann/bot/second.lock',
    });
  });

  test('is taken by the next in line', () => {
    expect(after([lock([bot])], [lock([next])])).toMatchObject({ state: 'taken', by: [{ pid: 200 }] });
  });

  test('is taken on a new file of the same name', () => {
    const elsewhere = lock([next], { id: { dev: '65024', ino: '7' } });
    expect(after([lock([bot])], [elsewhere])).toMatchObject({ state: 'taken', by: [{ pid: 200 }] });
  });

  test('that was shared is released though the others still hold theirs', () => {
    const theirs = lock([next], { access: 'read' });
    const ours = lock([bot], { access: 'read' });
    expect(after([ours, theirs], [theirs])).toEqual({ state: 'released' });
  });
});
