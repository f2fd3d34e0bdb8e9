/** What starts a service and is no part of it; beside each the nearest that is not. */
import { describe, expect, test } from 'vitest';
import type { TerminationCandidate } from '../../../src/actions/terminate/plan';
import { whyNoLonger } from '../../../src/actions/terminate/recheck';
import { startsService } from '../../../src/actions/terminate/restarter';
import { diagnose } from '../../../src/model/diagnose';
import type { ProcessFacts } from '../../../src/model/facts';
import { facts, lock, lockFile, NAMED, proc } from '../model/build';

const loop = proc(40, 'node watch.js', { ppid: 1 });
const shell = proc(50, ['sh', '-c', 'python3 bot.py'], { ppid: 40 });
const bot = proc(100, 'python3 bot.py', { ppid: 50 });
const other = proc(60, 'node other.js', { ppid: 1 });

const seen = (...processes: ProcessFacts[]) =>
  facts({
    service: NAMED,
    processes,
    lockFiles: processes.includes(bot) ? [lockFile([lock([bot])])] : [],
  });

describe('what starts a service', () => {
  const all = seen(loop, shell, bot, other);

  test('is above an instance, and no part of it', () => {
    expect(startsService(loop, all)).toBe(true);
    expect(startsService(shell, all)).toBe(false);
    expect(startsService(bot, all)).toBe(false);
    expect(startsService(other, all)).toBe(false);
  });

  test('is left alone once nothing of the service runs below it, unless its end has begun', () => {
    const target = { kind: 'restarter', pid: 40 } as const;
    const candidate = { root: { pid: 40 } } as TerminationCandidate;
    const now = (inspected: typeof all, begun: boolean): string | undefined =>
      whyNoLonger({ facts: inspected, snapshot: diagnose(inspected) }, target, candidate, [], begun);
    expect(now(all, false)).toBeUndefined();
    expect(now(seen(loop, other), false)).toMatch(/^Process 40 no longer starts this service/);
    expect(now(seen(loop, other), true)).toBeUndefined();
  });

  test('is left alone where the system does not list it', () => {
    const now = seen(shell, bot, other);
    const target = { kind: 'restarter', pid: 40 } as const;
    const candidate = { root: { pid: 40 } } as TerminationCandidate;
    expect(whyNoLonger({ facts: now, snapshot: diagnose(now) }, target, candidate, [], false)).toMatch(
      /^Process 40 no longer starts this service/,
    );
  });

  test('is above an instance that holds no lock', () => {
    const free = facts({ service: NAMED, processes: [loop, shell, bot, other] });
    expect(startsService(loop, free)).toBe(true);
    expect(startsService(other, free)).toBe(false);
  });

  test('is no part of one instance, whatever the others are', () => {
    const second = proc(200, 'python3 bot.py', { startedAgo: 60 });
    const both = seen(loop, shell, bot, other, second);
    expect(startsService(shell, both)).toBe(false);
    expect(startsService(loop, both)).toBe(true);
  });

  test('is above this very window where that holds the lock', () => {
    const own = proc(900, 'code', { ppid: 40 });
    const given = { service: NAMED, processes: [loop, own, other] };
    expect(startsService(loop, facts({ ...given, lockFiles: [lockFile([lock([own])])] }))).toBe(true);
    expect(startsService(other, facts({ ...given, lockFiles: [lockFile([lock([own])])] }))).toBe(false);
    expect(startsService(loop, facts(given))).toBe(false);
  });

  test('is above a holder that is no instance', () => {
    const tmux = proc(70, 'tmux new -s bots', { ppid: 40 });
    const of = (...holders: ProcessFacts[]) =>
      facts({
        service: NAMED,
        processes: [loop, tmux, other],
        lockFiles: holders.length === 0 ? [] : [lockFile([lock(holders)])],
      });
    expect(startsService(loop, of(tmux))).toBe(true);
    expect(startsService(loop, of(other))).toBe(false);
    expect(startsService(loop, of())).toBe(false);
  });
});
