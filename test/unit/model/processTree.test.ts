import { describe, expect, it } from 'vitest';
import type { ProcessFacts } from '../../../src/model/facts';
import { ProcessTree } from '../../../src/model/processes/processTree';
import { parentIn } from '../../../src/model/processes/treeWalk';
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
    expect(tree.descendants(ring[0] as ProcessFacts)).not.toContain(ring[0]);
    expect(tree.descendants(ring[0] as ProcessFacts).map(({ pid }) => pid)).toEqual(
      expect.arrayContaining([6, 7, 8]) as number[],
    );
  });

  it('says who is above whom, however the way there ends', () => {
    const ring = [5, 6].map((pid) => proc(pid, 'python3 bot.py', { ppid: 11 - pid }));
    const [top, middle, low] = [10, 11, 12].map((pid) => proc(pid, 'python3 bot.py', { ppid: pid - 1 }));
    const tree = treeOf(...ring, top as ProcessFacts, middle as ProcessFacts, low as ProcessFacts);
    const isAbove = (one: number, process: ProcessFacts | undefined): boolean =>
      tree.isAbove(proc(one, 'python3 bot.py'), process as ProcessFacts);
    expect([isAbove(10, low), isAbove(11, low), isAbove(12, low), isAbove(5, low)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([isAbove(12, top), isAbove(10, ring[0]), isAbove(6, ring[0])]).toEqual([false, false, true]);
  });

  it.each([
    ['ticks', { startTicks: 7 }, { startTicks: 5 }],
    ['FILETIMEs', { fileTime: '134000000000000001' }, { fileTime: '134000000000000000' }],
    ['times of day', { startTime: 5000 }, { startTime: 4000 }],
  ])("takes no younger process for a parent: its number was another one's, by %s", (_, later, earlier) => {
    const bare = (pid: number, ppid: number, start: object): ProcessFacts => {
      const { startTicks, startTime, ...rest } = proc(pid, 'python3 bot.py', { ppid });
      expect([startTicks, startTime]).not.toContain(undefined);
      return { ...rest, ...start };
    };
    const [heir, orphan] = [bare(5000, 1, later), bare(5001, 5000, earlier)];
    const tree = treeOf(heir, orphan);
    expect([tree.descendants(heir), tree.ancestors(orphan)]).toEqual([[], []]);
    expect(parentIn(new Map([heir, orphan].map((one) => [one.pid, one])))(5001)).toBeUndefined();
    const [parent, child] = [bare(5000, 1, earlier), bare(5001, 5000, later)];
    expect(treeOf(parent, child).descendants(parent)).toEqual([child]);
  });

  it('takes no start that is not known for a younger one', () => {
    const { startTicks, startTime, ...parent } = proc(5000, 'python3 bot.py', { ppid: 1 });
    expect([startTicks, startTime]).not.toContain(undefined);
    const child = proc(5001, 'python3 bot.py', { ppid: 5000 });
    expect(treeOf(parent, child).descendants(parent)).toEqual([child]);
    // As ps(1) gives them, to the second.
    const [one, two] = [
      { ...parent, startTime: 4999 },
      { ...child, startTime: 4000 },
    ].map(
      ({ pid, ppid, comm, argv, startTime: at }) =>
        ({ pid, ppid, comm, argv, startTime: at }) as ProcessFacts,
    );
    expect(one && two && treeOf(one, two).descendants(one)).toEqual([two]);
  });

  const of = (ppid: number, pid: number, command: string | string[]): ProcessFacts =>
    proc(pid, command, { ppid });
  /** Is a parent of that pid and command kin to what it started, and are the two it started kin to each other? */
  const kin = (pid: number, command: string | string[]) => {
    const [parent, one, two] = [of(1, pid, command), of(pid, 5001, command), of(pid, 5002, command)];
    const tree = treeOf(parent, one, two);
    return {
      up: tree.areRelatives(parent, one),
      across: tree.areRelatives(one, two),
      above: tree.ancestors(one).map((above) => above.pid),
    };
  };

  it('makes one family of a master and its workers', () => {
    expect(kin(5000, 'python3 bot.py')).toEqual({ up: true, across: true, above: [5000] });
  });

  it.each([
    ['a window: the monitor', 900, 'node bot.js'],
    ['what a window runs under', 901, 'node bot.js'],
    ['init', 1, 'python3 bot.py'],
    ['an interactive shell that forked', 5000, ['-bash']],
    ['a tmux server', 5000, 'tmux new-session -d python3 bot.py'],
  ])('makes none of what is started by %s', (_, pid, command) => {
    expect(kin(pid, command)).toEqual({ up: false, across: false, above: [] });
  });

  it('goes down to no window, nor to what runs in one', () => {
    const shell = of(1, 5000, 'bash start.sh');
    const [window, inside, beside] = [
      of(5000, 900, 'node x'),
      of(900, 5001, 'node y'),
      of(5000, 5002, 'node z'),
    ];
    const below = treeOf(shell, window, inside, beside).descendants(shell);
    expect(below.map(({ pid }) => pid)).toEqual([5002]);
  });

  it.each([
    ['a script that runs a program twice', 'bash run.sh', 'python3 bot.py', 'python3 bot.py'],
    ['a master of another program', 'python3 bot.py', 'node worker.js', 'node worker.js'],
    ['a master of one of them only', 'python3 bot.py', 'python3 bot.py', 'node worker.js'],
    ['a master of the other only', 'python3 bot.py', 'node worker.js', 'python3 bot.py'],
  ])('takes no siblings for relatives below %s', (_, parent, a, b) => {
    const [one, two] = [of(5000, 5001, a), of(5000, 5002, b)];
    expect(treeOf(of(1, 5000, parent), one, two).areRelatives(one, two)).toBe(false);
  });
});
