/** Who is remembered to have held a lock, by pid and start. */
import { describe, expect, it } from 'vitest';
import { FormerHolders } from '../../../src/os/observer/formerHolders';

describe('who held a lock before', () => {
  const starts = new Map<number, number>();
  const read = (pid: number): { startTicks: number } | undefined => {
    const startTicks = starts.get(pid);
    return startTicks === undefined ? undefined : { startTicks };
  };
  const remembered = (...looks: number[][]): FormerHolders => {
    const former = new FormerHolders();
    for (const holders of looks) former.note(new Set(holders), read);
    return former;
  };
  const among = (former: FormerHolders, pids: number[]): number[] =>
    pids.filter((pid) => former.has(pid, read));

  it('is whoever let it go and runs on, not who holds it still or never did', () => {
    for (const pid of [7, 8, 9]) starts.set(pid, pid * 100);
    expect(among(remembered([7], [8]), [7, 8, 9])).toEqual([7]);
    expect(among(remembered([7, 8], [8]), [7, 8, 9])).toEqual([7]);
    expect(among(remembered([7]), [7])).toEqual([]);
  });

  it('is no other process that has its number since', () => {
    starts.set(7, 700);
    const former = remembered([7], [8]);
    starts.set(7, 701);
    expect(among(former, [7])).toEqual([]);
    starts.delete(7);
    expect(among(former, [7])).toEqual([]);
    expect(among(remembered([7], [8]), [7])).toEqual([]);
  });

  it('are the last of very many', () => {
    const pids = Array.from({ length: 60 }, (_, index) => 100 + index);
    for (const pid of pids) starts.set(pid, pid);
    const former = remembered(...pids.map((pid) => [pid]));
    // The last one still holds it.
    expect(among(former, pids)).toEqual(pids.slice(9, 59));
  });
});
