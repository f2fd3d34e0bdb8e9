import { beforeEach, describe, expect, it } from 'vitest';
import { Restarts } from '../../src/monitor/restarts';

describe('Restarts', () => {
  let clock: number;
  let restarts: Restarts;
  beforeEach(() => {
    clock = 0;
    restarts = new Restarts(() => clock);
  });

  /** One life of an observer: the delay before the next, or undefined where there is none. */
  const live = (ms: number, worked: boolean, message = 'exit code 1'): number | undefined => {
    restarts.started();
    if (worked) restarts.worked();
    clock += ms;
    const next = restarts.ended(message);
    return next.kind === 'later' ? next.delayMs : undefined;
  };

  it('waits longer each time, also for an observer that dies after each first look', () => {
    expect([1, 2, 3, 4, 5].map(() => live(50, true))).toEqual([100, 1000, 5000, 30_000, 30_000]);
  });

  it('starts at the shortest wait again after a minute of life, and not a moment earlier', () => {
    [1, 2, 3].forEach(() => live(50, true));
    expect(live(59_999, true)).toBe(30_000);
    expect(live(60_000, true)).toBe(100);
  });

  it('does not take a long start that never watched for a minute of life', () => {
    [1, 2].forEach(() => live(50, true));
    expect(live(60_000, false)).toBe(5000);
  });

  it('stops after three starts that failed with the same message', () => {
    expect([1, 2, 3].map(() => live(50, false))).toEqual([100, 1000, undefined]);
  });

  it('goes on while the messages differ, or one start in between worked', () => {
    expect(live(50, false, 'a')).toBe(100);
    expect(live(50, false, 'a')).toBe(1000);
    expect(live(50, false, 'b')).toBe(5000);
    expect(live(50, false, 'b')).toBe(30_000);
    expect(live(50, true, 'b')).toBe(30_000);
    expect(live(50, false, 'b')).toBe(30_000);
    expect(live(50, false, 'b')).toBe(30_000);
    expect(live(50, false, 'b')).toBeUndefined();
  });

  it('counts from nothing once it is reset', () => {
    [1, 2].forEach(() => live(50, false));
    restarts.reset();
    expect([1, 2, 3].map(() => live(50, false))).toEqual([100, 1000, undefined]);
  });
});
