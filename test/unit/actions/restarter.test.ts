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
});
