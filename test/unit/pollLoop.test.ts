import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PollLoop } from '../../src/monitor/pollLoop';

describe('PollLoop', () => {
  let clock = 0;
  let ticks: number[];
  let failures: unknown[];
  let work: () => Promise<void>;
  let changed: boolean;
  let overdue: number[];
  let loop: PollLoop;

  beforeEach(() => {
    vi.useFakeTimers();
    clock = Date.now();
    ticks = [];
    failures = [];
    work = () => Promise.resolve();
    changed = false;
    overdue = [];
    loop = new PollLoop({
      intervalMs: 1000,
      tick: () => {
        ticks.push(Date.now() - clock);
        return work().then(() => changed);
      },
      onFailure: (error) => failures.push(error),
      onOverdue: (ms) => overdue.push(ms),
      now: () => Date.now(),
    });
  });
  afterEach(() => {
    loop.dispose();
    vi.useRealTimers();
  });

  it('ticks at once and then at the interval', async () => {
    loop.start();
    await vi.advanceTimersByTimeAsync(2500);
    expect(ticks).toEqual([0, 1000, 2000]);
  });

  it('waits long, not at all, at an interval that no timer can wait', async () => {
    vi.useRealTimers();
    const long = new PollLoop({
      intervalMs: 3_000_000_000,
      tick: () => Promise.resolve(ticks.push(0) < 0),
      onFailure: (error) => failures.push(error),
      now: () => performance.now(),
    });
    try {
      await long.tickNow();
      // What a timer that runs out at once would have done by now.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
      expect(ticks).toHaveLength(1);
    } finally {
      long.dispose();
    }
  });

  it('never overlaps two ticks, and slows down when a tick takes longer than the interval', async () => {
    let running = 0;
    let worst = 0;
    work = async () => {
      running += 1;
      worst = Math.max(worst, running);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      running -= 1;
    };
    loop.start();
    void loop.tickNow();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(worst).toBe(1);
    expect(ticks.length).toBeLessThan(6);
  });

  it('rests five seconds at most after one tick that took very long', async () => {
    work = () => new Promise((resolve) => setTimeout(resolve, ticks.length === 1 ? 17_000 : 0));
    loop.start();
    await vi.advanceTimersByTimeAsync(24_000);
    expect(ticks).toEqual([0, 22_000, 23_000, 24_000]);
  });

  it('notices a tick that does not return, again and again, and none that does', async () => {
    let finish = (): void => undefined;
    work = () => new Promise((resolve) => (finish = resolve));
    loop.start();
    await vi.advanceTimersByTimeAsync(29_999);
    expect(overdue).toEqual([]);
    await vi.advanceTimersByTimeAsync(40_001);
    expect(overdue).toEqual([30_000, 60_000]);
    work = () => Promise.resolve();
    finish();
    await vi.advanceTimersByTimeAsync(100_000);
    expect(overdue).toEqual([30_000, 60_000]);
  });

  it('goes on after a failing tick, later each time, and recovers', async () => {
    work = () => Promise.reject(new Error('table unreadable'));
    loop.start();
    await vi.advanceTimersByTimeAsync(7000);
    expect(ticks).toEqual([0, 2000, 6000]);
    expect(failures).toHaveLength(3);
    work = () => Promise.resolve();
    await vi.advanceTimersByTimeAsync(9000);
    expect(ticks.slice(3)).toEqual([14_000, 15_000, 16_000]);
  });

  it('does not tick while paused, but does when asked to', async () => {
    loop.start();
    await vi.advanceTimersByTimeAsync(0);
    loop.setPaused(true);
    await vi.advanceTimersByTimeAsync(5000);
    expect(ticks).toEqual([0]);
    await loop.tickNow();
    expect(ticks).toEqual([0, 5000]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(ticks).toEqual([0, 5000]);
    loop.setPaused(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(ticks).toEqual([0, 5000, 10_000, 11_000]);
  });

  it('answers tickNow with a tick that started after the call', async () => {
    const finish: (() => void)[] = [];
    work = () => new Promise((resolve) => void finish.push(resolve));
    loop.start();
    await vi.advanceTimersByTimeAsync(0);
    let answered = false;
    const asked = loop.tickNow().then(() => (answered = true));
    finish.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(answered).toBe(false);
    expect(ticks).toHaveLength(2);
    finish.shift()?.();
    await asked;
    expect(answered).toBe(true);
  });

  it('watches less often when nobody looks, and at once when somebody looks again', async () => {
    loop.start();
    loop.setWatched(false);
    await vi.advanceTimersByTimeAsync(5000);
    expect(ticks).toEqual([0, 2500, 5000]);
    await vi.advanceTimersByTimeAsync(500);
    loop.setWatched(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(ticks).toEqual([0, 2500, 5000, 5500]);
  });

  it('watches still less often when nothing has changed for ten minutes, until something does', async () => {
    loop.start();
    loop.setWatched(false);
    await vi.advanceTimersByTimeAsync(600_000);
    ticks.length = 0;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(ticks.map((at, index) => at - (ticks[index - 1] ?? 600_000))).toEqual([5000, 5000, 5000, 5000]);
    changed = true;
    await vi.advanceTimersByTimeAsync(5000);
    ticks.length = 0;
    await vi.advanceTimersByTimeAsync(5000);
    expect(ticks).toEqual([627_500, 630_000]);
  });

  it('is not slowed down by quiet while somebody looks', async () => {
    loop.start();
    await vi.advanceTimersByTimeAsync(700_000);
    ticks.length = 0;
    await vi.advanceTimersByTimeAsync(2000);
    expect(ticks).toEqual([701_000, 702_000]);
  });
});
