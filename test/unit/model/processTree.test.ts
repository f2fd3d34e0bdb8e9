import { describe, expect, it } from 'vitest';
import type { ProcessFacts } from '../../../src/model/facts';
import { ProcessTree } from '../../../src/model/processes/processTree';
import { host, proc } from './build';

const treeOf = (...processes: ProcessFacts[]): ProcessTree =>
  new ProcessTree(new Map(processes.map((one) => [one.pid, one])), host());

describe('the tree of processes', () => {
  const chain = Array.from({ length: 10_000 }, (_, index) =>
    proc(10_000 + index, 'python3 bot.py', { ppid: 9_999 + index }),
  );
  const [first, last] = [chain[0] as ProcessFacts, chain.at(-1) as ProcessFacts];

  it('knows relatives across a chain of thousands of forks', () => {
    const tree = treeOf(...chain);
    expect(tree.ancestors(last)).toHaveLength(chain.length - 1);
    expect(tree.descendants(first)).toHaveLength(chain.length - 1);
    expect(tree.areRelatives(first, last)).toBe(true);
  });

  it('ends where a torn observation shows parents in a ring, and calls nobody there an ancestor', () => {
    const ring = [5, 6, 7].map((pid) => proc(pid, 'python3 bot.py', { ppid: pid === 5 ? 7 : pid - 1 }));
    const tree = treeOf(...ring, proc(8, 'python3 bot.py', { ppid: 5 }));
    expect(ring.map((one) => tree.ancestors(one))).toEqual([[], [], []]);
    expect(tree.ancestors(proc(8, 'python3 bot.py', { ppid: 5 }))).toEqual([]);
    expect(tree.descendants(ring[0] as ProcessFacts).map(({ pid }) => pid)).toEqual(
      expect.arrayContaining([6, 7, 8]) as number[],
    );
  });
});
