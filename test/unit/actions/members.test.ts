import { describe, expect, test } from 'vitest';
import {
  dueForContinue,
  dueForTerm,
  isPastAsking,
  pause,
  pinAll,
  send,
  type Member,
} from '../../../src/actions/terminate/members';
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

describe('whether waiting is of use', () => {
  test('is not where each was refused or cannot be asked', () => {
    const [refused, unasked, asked] = [member(10), member(11), member(12)];
    refused.refused = { result: 'denied' };
    unasked.isUnasked = true;
    asked.termAt = 0;
    expect([refused, unasked].map((one) => isPastAsking([one]))).toEqual([true, true]);
    expect(isPastAsking([refused, unasked])).toBe(true);
    expect(isPastAsking([refused, unasked, asked])).toBe(false);
  });
});

test('all of them are got ready, as far as that can be done', async () => {
  const pinned: number[] = [];
  const ready = [10, 11].map((pid) => {
    const one = member(pid);
    return { ...one, handle: { ...one.handle, pin: () => Promise.resolve(void pinned.push(pid)) } };
  });
  await pinAll([...ready, member(12)]);
  expect(pinned).toEqual([10, 11]);
});

describe('a pause', () => {
  /** Whether the wait was cut short; it is not over before `until`. */
  async function isCut(
    members: readonly Member[],
    abort?: AbortSignal,
    until?: () => void,
  ): Promise<boolean> {
    let isShort = false;
    const wait = async (ms: number, signal?: AbortSignal): Promise<void> => {
      expect(ms).toBe(40);
      until?.();
      await new Promise(setImmediate);
      isShort = signal?.aborted === true;
    };
    await pause(members, 40, wait, abort);
    return isShort;
  }
  const ending = (ended: Promise<boolean>): Member => {
    const one = member(10);
    return { ...one, handle: { ...one.handle, ended: () => ended } };
  };

  test('takes its time where nothing is known of an end', async () => {
    expect(await isCut([member(10)])).toBe(false);
    expect(await isCut([ending(Promise.resolve(false))])).toBe(false);
    expect(await isCut([ending(new Promise(() => undefined))], new AbortController().signal)).toBe(false);
  });

  test('is cut short when one of them has ended', async () => {
    expect(await isCut([member(11), ending(Promise.resolve(true))])).toBe(true);
  });

  test('is cut short when it is aborted, before or meanwhile, and leaves no listener', async () => {
    const abort = new AbortController();
    const { signal } = abort;
    let listeners = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...all: Parameters<typeof add>) => {
      if (all[0] === 'abort') listeners += 1;
      add(...all);
    };
    signal.removeEventListener = (...all: Parameters<typeof remove>) => {
      if (all[0] === 'abort') listeners -= 1;
      remove(...all);
    };
    expect(await isCut([member(10)], signal)).toBe(false);
    expect(listeners).toBe(0);
    expect(await isCut([member(10)], signal, () => abort.abort())).toBe(true);
    expect(await isCut([member(10)], signal)).toBe(true);
    expect(listeners).toBe(0);
  });
});
