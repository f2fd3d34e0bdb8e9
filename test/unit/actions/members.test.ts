import { describe, expect, test } from 'vitest';
import { dueForContinue, dueForTerm, send, type Member } from '../../../src/actions/terminate/members';
import type { SignalOutcome } from '../../../src/os/platform';
import { proc } from '../model/build';

const cascade = { afterGoneMs: 150, afterTermMs: 1000 };

function member(pid: number, parent?: Member, outcome: SignalOutcome = { result: 'sent' }): Member {
  const facts = proc(pid, `process-${pid}`);
  const handle = { pid, read: () => facts, signal: () => outcome, close: () => undefined };
  return { pid, command: `process-${pid}`, handle, parent, facts };
}

const due = (members: readonly Member[], now: number): number[] =>
  dueForTerm(members, now, cascade).map(({ pid }) => pid);

describe('who is told to end, and when', () => {
  test('the wrapper first, alone', () => {
    const wrapper = member(10);
    const bot = member(11, wrapper);
    expect(due([wrapper, bot, member(12, bot)], 0)).toEqual([10]);
  });

  test('a child a moment after its parent is gone, so that what the parent passed on can work', () => {
    const wrapper = member(10);
    const bot = member(11, wrapper);
    wrapper.termAt = 0;
    wrapper.facts = undefined;
    expect(due([wrapper, bot], 100)).toEqual([]);
    expect(due([wrapper, bot], 150)).toEqual([11]);
  });

  test('a child later while its parent is still there, since a shell may wait for it', () => {
    const wrapper = member(10);
    const bot = member(11, wrapper);
    wrapper.termAt = 5000;
    expect(due([wrapper, bot], 5999)).toEqual([]);
    expect(due([wrapper, bot], 6000)).toEqual([11]);
  });

  test('a grandchild at once when everything above it ended without having been told', () => {
    const wrapper = member(10);
    const middle = member(11, wrapper);
    const bot = member(12, middle);
    wrapper.facts = undefined;
    middle.facts = undefined;
    expect(due([wrapper, middle, bot], 0)).toEqual([12]);
  });

  test('nobody twice, and nobody who has ended', () => {
    const bot = member(10);
    bot.termAt = 0;
    const zombie = member(11);
    zombie.facts = proc(11, 'zombie', { state: 'Z' });
    expect(due([bot, zombie], 10_000)).toEqual([]);
  });

  test('the children of a process that may not be signalled', async () => {
    const foreign = member(10, undefined, { result: 'denied' });
    const bot = member(11, foreign);
    await send(foreign, 'SIGTERM', () => undefined);
    expect(due([foreign, bot], 0)).toEqual([11]);
  });
});

describe('who is told to continue', () => {
  test('a process stopped when it got SIGTERM, once', () => {
    const bot = member(10);
    bot.facts = proc(10, 'bot', { state: 'T' });
    expect(dueForContinue([bot])).toEqual([]);
    bot.termAt = 0;
    expect(dueForContinue([bot])).toEqual([bot]);
    bot.continued = true;
    expect(dueForContinue([bot])).toEqual([]);
  });

  test('never one that a debugger has stopped', () => {
    const bot = member(10);
    bot.termAt = 0;
    bot.facts = proc(10, 'bot', { state: 't' });
    expect(dueForContinue([bot])).toEqual([]);
  });
});

describe('what a signal leaves behind', () => {
  test('gone counts as gone, denied and unproven as reasons', async () => {
    const gone = member(10, undefined, { result: 'gone' });
    const denied = member(11, undefined, { result: 'denied' });
    const unproven = member(12, undefined, { result: 'unproven', reason: 'no procfs' });
    const log: string[] = [];
    for (const one of [gone, denied, unproven]) await send(one, 'SIGTERM', (text) => log.push(text));
    expect(gone.facts).toBeUndefined();
    expect([denied.refused?.result, unproven.refused?.result]).toEqual(['denied', 'unproven']);
    expect(log).toEqual([
      'SIGTERM to pid 10 (process-10): gone',
      'SIGTERM to pid 11 (process-11): denied',
      'SIGTERM to pid 12 (process-12): unproven: no procfs',
    ]);
  });
});
