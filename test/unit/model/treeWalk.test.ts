import { describe, expect, it } from 'vitest';
import { ancestorsOf, parentIn, withDescendants } from '../../../src/model/processes/treeWalk';
import { proc } from './build';

/** A chain of forks: 1 is the parent of 2, 2 of 3 … */
const DEEP = 10_000;
const childInChain = (pid: number): number[] => (pid < DEEP ? [pid + 1] : []);
const parentInChain = (pid: number): number | undefined => (pid > 1 ? pid - 1 : undefined);

/** 5 → 6 → 7 → 5. */
const childInRing = (pid: number): number[] => [pid === 7 ? 5 : pid + 1];
const parentInRing = (pid: number): number => (pid === 5 ? 7 : pid - 1);

describe('trees of processes', () => {
  it('are walked to their end however deep they are', () => {
    expect(withDescendants(1, childInChain).size).toBe(DEEP);
    expect([...ancestorsOf(DEEP, parentInChain)]).toHaveLength(DEEP - 1);
  });

  it('are walked once where they form a ring', () => {
    expect([...withDescendants(5, childInRing)]).toEqual([5, 6, 7]);
    expect([...ancestorsOf(5, parentInRing)]).toEqual([7, 6]);
    expect([...ancestorsOf(5, () => 5)]).toEqual([]);
  });

  it('are cut at a limit, nearest first, and below what may have nothing below it', () => {
    const two = (pid: number): number[] => [pid * 2, pid * 2 + 1];
    expect([...withDescendants(1, two, 5)]).toEqual([1, 2, 3, 4, 5]);
    expect([...withDescendants(1, two, 6, (pid) => pid !== 2)]).toEqual([1, 2, 3, 6, 7, 12]);
  });

  it('end above at nobody', () => {
    expect([...ancestorsOf(3, (pid) => (pid === 3 ? 0 : 99))]).toEqual([]);
  });

  it('know a parent only among what was observed together', () => {
    const seen = [proc(10, 'sh', { ppid: 1 }), proc(11, 'python3 bot.py', { ppid: 10 })];
    const parentOf = parentIn(new Map(seen.map((one) => [one.pid, one])));
    expect([...ancestorsOf(11, parentOf)]).toEqual([10]);
    expect([...ancestorsOf(12, parentOf)]).toEqual([]);
  });
});
