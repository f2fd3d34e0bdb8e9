/** Whom a termination offers and ticks: the near misses, and what is shown of each process. */
import { describe, expect, test } from 'vitest';
import { candidatesOf, plannedFor } from '../../../src/actions/terminate/candidates';
import type { TerminationTarget } from '../../../src/actions/terminate/plan';
import type { PlannedInstance } from '../../../src/actions/terminate/plannedInstance';
import { diagnose } from '../../../src/model/diagnose';
import type { Instance } from '../../../src/model/instances/instance';
import { facts, lock, lockFile, NAMED, port, proc, type Given } from '../model/build';

const bot = (pid: number, more: Parameters<typeof proc>[2] = {}) => proc(pid, 'python3 bot.py', more);
const inspected = (given: Given) => {
  const seen = facts(given);
  return { facts: seen, snapshot: diagnose(seen) };
};

describe('who is ticked of those beside the one that is pointed at', () => {
  const of = (pid: number, counted: boolean, proof: Instance['proof']['proof'], isTarget = false) => {
    const root = bot(pid);
    const instance: Instance = {
      root,
      processes: [root],
      role: 'possibleDuplicate',
      counted,
      proof: { proof, reason: 'named', differences: [] },
    };
    return { role: instance.role, root, members: [root], isTarget, instance } satisfies PlannedInstance;
  };
  const ticked = (kind: 'keep' | 'instance', ...planned: PlannedInstance[]): number[] => {
    const seen = inspected({ processes: planned.map(({ root }) => root) });
    const all = candidatesOf(seen, planned, { kind, pid: 1 }, new Set());
    const found = all.filter(({ preselected }) => preselected).map(({ root }) => root.pid);
    expect(all.map(({ preselected }) => preselected)).toEqual(
      all.map(({ root }) => found.includes(root.pid)),
    );
    return found;
  };
  const kept = of(10, true, 'proven', true);

  test.each<[string, PlannedInstance[], number[]]>([
    ['a proven one that counts', [kept, of(11, true, 'proven')], [11]],
    ['not one that is only plausible', [kept, of(11, true, 'plausible')], []],
    ['not one that does not count', [kept, of(11, false, 'proven')], []],
    ['none beside one that is only plausible', [of(10, true, 'plausible', true), of(11, true, 'proven')], []],
    ['none beside one that does not count', [of(10, false, 'proven', true), of(11, true, 'proven')], []],
    ['none where no one is to be kept', [of(10, true, 'proven'), of(11, true, 'proven')], []],
  ])('%s', (_, planned, expected) => {
    expect(ticked('keep', ...planned)).toEqual(expected);
  });

  test('is said of each as yes or no', () => {
    const planned = [of(10, true, 'plausible', true), of(11, true, 'proven')];
    const seen = inspected({ processes: planned.map(({ root }) => root) });
    const all = candidatesOf(seen, planned, { kind: 'keep', pid: 1 }, new Set());
    expect(all.map(({ preselected }) => preselected)).toEqual([false, false]);
  });

  test('the one that is pointed at alone, where it is proven and counts', () => {
    expect(ticked('instance', kept)).toEqual([10]);
    expect(ticked('instance', of(10, true, 'plausible', true))).toEqual([]);
    expect(ticked('instance', of(10, false, 'proven', true))).toEqual([]);
  });
});

describe('what is planned', () => {
  const [root, worker, other] = [bot(100), proc(101, 'node worker.js', { ppid: 100 }), bot(200)];
  const seen = inspected({
    service: NAMED,
    processes: [root, worker, other],
    lockFiles: [lockFile([lock([root])])],
  });
  const planned = (target: TerminationTarget) =>
    plannedFor(seen, target).map((one) => [one.root.pid, one.isTarget]);

  test('points at no one where all duplicates are meant', () => {
    expect(planned({ kind: 'duplicates' })).toEqual([
      [100, false],
      [200, false],
    ]);
  });

  test('points at an instance by any of its processes', () => {
    expect(planned({ kind: 'instance', pid: 101 })).toEqual([[100, true]]);
    expect(planned({ kind: 'keep', pid: 101 })).toEqual([
      [100, true],
      [200, false],
    ]);
  });

  test('is none of the duplicates where no owner is clear', () => {
    const seenAll = inspected({ service: { ...NAMED, maxInstances: 2 }, processes: [root, other] });
    const target: TerminationTarget = { kind: 'duplicates' };
    const all = candidatesOf(seenAll, plannedFor(seenAll, target), target, new Set());
    expect(all.map(({ preselected }) => preselected)).toEqual([false, false]);
  });
});

describe('who is offered as a holder', () => {
  const [boss, a, b] = [proc(40, 'python3 boss.py'), bot(41, { ppid: 40 }), bot(42, { ppid: 40 })];
  const worker = proc(43, 'sleep 9', { ppid: 41 });
  const found = (locks: ReturnType<typeof lock>[], pid: number, processes = [boss, a, b, worker]) => {
    const seen = inspected({ service: NAMED, processes, lockFiles: [lockFile(locks)] });
    const target: TerminationTarget = { kind: 'holder', pid };
    return candidatesOf(seen, plannedFor(seen, target), target, new Set()).map(
      ({ root, processes: all, preselected, counted, proof }) => ({
        root: root.pid,
        all: all.map((one) => one.pid).join(' '),
        preselected,
        counted,
        proof,
      }),
    );
  };

  test('once, though a process of the same instance shares the lock', () => {
    expect(found([lock([a, worker])], 41)).toEqual([
      { root: 41, all: '41 43', preselected: true, counted: true, proof: 'proven' },
    ]);
  });

  test('once, though it has started another that shares the lock', () => {
    expect(found([lock([boss, a])], 40)).toEqual([
      { root: 40, all: '40 41 42 43', preselected: true, counted: false, proof: undefined },
    ]);
  });

  test('as its own lock shows it, where the system does not list it any more', () => {
    const [first] = found([lock([a]), lock([boss])], 40, [a, b]);
    expect(first).toMatchObject({ root: 40, all: '40', preselected: true });
  });

  test('as its own lock shows it, though it starts whatever its user wants', () => {
    const tmux = proc(50, 'tmux new -s bots', { ppid: 1 });
    const [first] = found([lock([a]), lock([tmux])], 50, [a, b]);
    expect(first).toMatchObject({ root: 50, all: '50', preselected: true });
  });

  test('never where it is this very window, which the system need not list', () => {
    const own = proc(900, 'code', { ppid: 1 });
    expect(found([lock([a]), lock([own])], 900, [a, b])).toEqual([
      { root: 900, all: '900', preselected: false, counted: false, proof: undefined },
    ]);
  });

  test('as itself, whoever else the locks name', () => {
    expect(found([lock([a]), lock([boss], { access: 'read' })], 40).map(({ root }) => root)).toEqual([40]);
    expect(found([lock([a], { access: 'read' }), lock([boss])], 41).map(({ root }) => root)).toEqual([41]);
  });
});

test('a process is shown with the ports on which it listens by its own descriptors', () => {
  const [one, child, other] = [bot(100), proc(101, 'node worker.js', { ppid: 100 }), bot(200)];
  const ports = [
    port([one]),
    port([[one, child]], { port: 3001 }),
    port([other, one], { port: 3002 }),
    port([other], { port: 3003 }),
    port([], { port: 3004 }),
    port([[]], { port: 3005 }),
  ];
  const seen = inspected({
    service: NAMED,
    processes: [one, child, other],
    lockFiles: [lockFile([lock([one])])],
    ports,
  });
  const target: TerminationTarget = { kind: 'duplicates' };
  const shown = candidatesOf(seen, plannedFor(seen, target), target, new Set()).flatMap(({ processes }) =>
    processes.map(({ pid, ports: on }) => [pid, on]),
  );
  expect(shown).toEqual([
    [100, [3000, 3001, 3002]],
    [101, [3001]],
    [200, [3002, 3003]],
  ]);
});
