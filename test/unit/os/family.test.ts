import { expect, it } from 'vitest';
import type { Liveness, ProcessFacts } from '../../../src/model/facts';
import { familiesOf, type Families } from '../../../src/os/observer/family';
import { alive, gone, proc } from '../model/build';

/** A machine with these processes. */
const machine = (...processes: readonly ProcessFacts[]) => {
  const byPid = new Map(processes.map((one) => [one.pid, one]));
  return {
    get: (pid: number) => byPid.get(pid),
    childrenOf: (pid: number) => processes.filter(({ ppid }) => ppid === pid).map((one) => one.pid),
    liveness: (pid: number): Liveness => {
      const one = byPid.get(pid);
      return one === undefined ? gone : alive(one);
    },
  };
};

/** What a record that names pid 10 says after each of these moments. */
function seen(...moments: readonly (readonly ProcessFacts[])[]): (number[] | string | undefined)[] {
  let before: Families = new Map();
  return moments.map((processes) => {
    const { livenessOf, families } = familiesOf(before, machine(...processes));
    const liveness = livenessOf(10);
    before = families;
    return liveness.state === 'dead' ? liveness.childrenRun?.map(({ pid }) => pid) : liveness.state;
  });
}

const master = proc(10, 'master');
const worker = proc(11, 'worker', { ppid: 10 });
const orphan = proc(11, 'worker', { ppid: 1 });

it('remembers whom a process had below it, until that has ended', () => {
  expect(seen([master, worker], [orphan], [orphan], [], [orphan])).toEqual([
    'alive',
    [11],
    [11],
    undefined,
    undefined,
  ]);
});

it('shows them as they are now', () => {
  const { families } = (() => {
    const first = familiesOf(new Map(), machine(master, worker));
    first.livenessOf(10);
    return first;
  })();
  expect(familiesOf(families, machine(orphan)).livenessOf(10)).toMatchObject({
    childrenRun: [{ pid: 11, ppid: 1 }],
  });
});

it('knows nothing of what it has not seen below it', () => {
  expect(seen([master], [orphan])).toEqual(['alive', undefined]);
  expect(seen([orphan])).toEqual([undefined]);
});

it('keeps those that left while the process lived: a daemon leaves its parent', () => {
  expect(seen([master, worker], [master, orphan], [master], [master, orphan], [orphan])).toEqual([
    'alive',
    'alive',
    'alive',
    'alive',
    undefined,
  ]);
  expect(seen([master, worker], [master, orphan], [orphan])).toEqual(['alive', 'alive', [11]]);
});

it('follows what they start in turn', () => {
  const grandchild = proc(12, 'worker', { ppid: 11 });
  const left = proc(12, 'worker', { ppid: 1 });
  expect(seen([master, worker, grandchild], [orphan, left])).toEqual(['alive', [11, 12]]);
  expect(seen([master, worker], [orphan], [orphan, grandchild], [left])).toEqual([
    'alive',
    [11],
    [11, 12],
    [12],
  ]);
});

it('takes another process of the same number for none of them', () => {
  const other = proc(11, 'worker', { startedAgo: 5 });
  expect(seen([master, worker], [other])).toEqual(['alive', undefined]);
});

it('says nothing of the first process, and forgets what no record names', () => {
  const init = proc(1, '/sbin/init', { ppid: 0 });
  const world = machine(init, master, worker);
  const { livenessOf, families } = familiesOf(new Map(), world);
  livenessOf(1);
  expect([...families.keys()]).toEqual([]);
  livenessOf(10);
  expect([...families.keys()]).toEqual([10]);
  const later = familiesOf(families, world);
  later.livenessOf(77);
  expect([...later.families.keys()]).toEqual([]);
});
