/** Whom the termination refuses, with whom it would not beside him. */
import { describe, expect, test } from 'vitest';
import { candidatesOf, plannedFor } from '../../../src/actions/terminate/candidates';
import type { TerminationTarget } from '../../../src/actions/terminate/plan';
import { diagnose } from '../../../src/model/diagnose';
import type { Claim, ProcessFacts } from '../../../src/model/facts';
import { alive, facts, holder, lock, lockFile, pidFile, proc, type Given } from '../model/build';

const bot = proc(100, 'python3 bot.py');
const other = proc(200, 'python3 bot.py', { startedAgo: 60 });
const duplicates = { kind: 'duplicates' } as const;
const held = [lockFile([lock([bot])])];
const two: Given = {
  service: { process: { kind: 'substring', text: 'bot.py' } },
  processes: [bot, other],
  lockFiles: held,
};

function candidates(
  given: Given,
  target: TerminationTarget = duplicates,
  claims?: ReadonlyMap<number, Claim>,
) {
  const seen = { ...facts(given), ...(claims === undefined ? {} : { claims }) };
  const inspected = { facts: seen, snapshot: diagnose(seen) };
  return candidatesOf(inspected, plannedFor(inspected, target), target, new Set());
}

const found = (
  given: Given,
  pid: number,
  target: TerminationTarget = duplicates,
  claims?: ReadonlyMap<number, Claim>,
) => candidates(given, target, claims).find(({ root }) => root.pid === pid);
const at = (file: string) => ({ file: { ...lockFile().file, path: file } });

describe('a holder', () => {
  const offered = (process: ProcessFacts, isProven = true) => {
    const given = {
      processes: [process],
      lockFiles: [lockFile([lock([holder(process, { proven: isProven })])])],
    };
    const { refusal, preselected } = found(given, process.pid, { kind: 'holder', pid: process.pid }) ?? {};
    return { refusal, preselected };
  };

  test('is offered', () => expect(offered(bot)).toEqual({ refusal: undefined, preselected: true }));

  test.each([
    ['is this very process', { ...bot, pid: process.pid }, 'it is never signalled'],
    ['is the parent of this process', { ...bot, pid: process.ppid }, 'it is never signalled'],
    ['is a kernel thread', { ...bot, kernelThread: true as const, argv: [] }, 'is a kernel thread'],
    ['is a zombie', { ...bot, state: 'Z' }, 'has already exited'],
  ])('is refused when it %s', (_, process, words) => {
    const { refusal, preselected } = offered(process);
    expect(refusal).toContain(words);
    expect(preselected).toBe(false);
  });

  test('is refused where the kernel’s table alone names it', () => {
    expect(offered(bot, false).refusal).toContain('Could not confirm that pid');
  });
});

describe('whoever holds the same lock as the one that is pointed at', () => {
  const target: TerminationTarget = { kind: 'holder', pid: 100 };
  const both = [bot, { process: other, inherited: true, proven: true }];
  const chosen = (access: 'write' | 'read') =>
    candidates({ ...two, lockFiles: [lockFile([lock(both, { access })])] }, target).map(
      ({ root, preselected }) => [root.pid, preselected],
    );

  test('is shown beside it, unselected', () => {
    expect(chosen('write')).toEqual([
      [100, true],
      [200, false],
    ]);
  });

  test('is none of our business where the lock is made to be shared', () => {
    expect(chosen('read')).toEqual([[100, true]]);
  });
});

test('a holder that is no instance is shown with everything that would be signalled', () => {
  const supervisor = proc(10, 'bash supervise.sh', { startedAgo: 7200 });
  const below = (pid: number, ppid: number) => ({ ...proc(pid, 'python3 bot.py'), ppid });
  const bots = [below(11, 10), below(12, 10)];
  const given = { ...two, processes: [supervisor, ...bots], lockFiles: [lockFile([lock([supervisor])])] };
  const holding = found(given, 10, { kind: 'holder', pid: 10 });
  expect(holding?.proof).toBeUndefined();
  expect(holding?.processes.map(({ pid }) => pid)).toEqual([10, 11, 12]);
});

describe('a duplicate that holds a write lock here', () => {
  const worker = proc(201, 'node worker.js', { ppid: 200, startedAgo: 60 });
  const given: Given = {
    ...two,
    processes: [bot, other, worker],
    lockFiles: [...held, lockFile([lock([other])], at('/home/ann/bot/second.lock'))],
  };
  const refusal = (pid: number, by: Claim['by'], here = given) =>
    found(here, 200, duplicates, new Map([[pid, { by, path: '/home/ann/api/api.lock' }]]))?.refusal;

  test.each([
    ['holds', 'Process 201 (node worker.js) holds /home/ann/api/api.lock, so it belongs to another service.'],
    [
      'recorded',
      '/home/ann/api/api.lock names pid 201 (node worker.js), so that process belongs to another service.',
    ],
  ] as const)('is refused with a worker that belongs to another service: %s', (by, sentence) => {
    expect(found(given, 200)?.refusal).toBeUndefined();
    expect(refusal(201, by)).toBe(sentence);
  });

  test('is one of this service whatever else it owns, and so is a worker with a write lock here', () => {
    expect(refusal(200, 'holds')).toBeUndefined();
    const of = (access: 'write' | 'read') =>
      lockFile([lock([worker], { access })], at('/home/ann/bot/third.lock'));
    const also = (access: 'write' | 'read') => ({
      ...given,
      lockFiles: [...(given.lockFiles ?? []), of(access)],
    });
    expect(refusal(201, 'holds', also('write'))).toBeUndefined();
    expect(refusal(201, 'holds', also('read'))).toContain('belongs to another service');
  });
});

test('a duplicate with a worker whose number a record of another machine names is refused', () => {
  const worker = proc(201, 'node worker.js', { ppid: 200, startedAgo: 60 });
  const refusal = (name: string) => {
    const record = pidFile(
      JSON.stringify({ pid: 201, host: name, start_time: worker.startTicks }),
      alive(worker),
    );
    return found({ ...two, processes: [bot, other, worker], pidFiles: [record] }, 200)?.refusal;
  };
  expect(refusal('elsewhere')).toContain('merely has the pid that a record names');
  expect(refusal('tower')).toBeUndefined();
});

describe('an instance that does not count', () => {
  test('is refused while it has just started, and offered when it stays', () => {
    const since = (startedAgo: number) =>
      found({ ...two, processes: [bot, proc(200, 'python3 bot.py', { startedAgo })] }, 200)?.refusal;
    expect(since(2)).toContain('it counts as an instance if it stays');
    expect(since(6)).toBeUndefined();
  });

  test('is refused with the command that would end it, unless it may be a duplicate', () => {
    const agent = proc(300, 'ssh-agent', { startedAgo: 60 });
    const shared = [lockFile([lock([holder(agent, { inherited: true })], { taker: 5 })])];
    const given = { ...two, processes: [bot, other, agent], lockFiles: shared };
    expect(found(given, 300)?.refusal).toContain('“Terminate Lock Holder” would terminate it');
    // Near miss: no `process` says what an instance is, and this one runs the same.
    const possible = found({ processes: [bot, other], lockFiles: held }, 200);
    expect(possible).toMatchObject({ role: 'possibleDuplicate', preselected: false });
    expect(possible?.refusal).toBeUndefined();
  });
});

test('nobody is ticked where one of several owners is named by the kernel’s table alone', () => {
  const third = proc(300, 'python3 bot.py', { startedAgo: 30 });
  const ticked = (isProven: boolean) => {
    const second = lockFile([lock([holder(other, { proven: isProven })])], at('/home/ann/bot/second.lock'));
    const service = { ...two.service, maxInstances: 2 };
    return candidates({ service, processes: [bot, other, third], lockFiles: [...held, second] })
      .filter(({ preselected }) => preselected)
      .map(({ root }) => root.pid);
  };
  expect(ticked(true)).toEqual([300]);
  expect(ticked(false)).toEqual([]);
});

test.each([
  ['bash supervise.sh', 'Its parent, pid 50 (bash supervise.sh), may restart it.'],
  ['-bash', undefined],
  ['node server.js', undefined],
  ['make -j2 all', undefined],
  ['sudo -u bot node bot.js', undefined],
])('a parent that runs a script may start it again: %s', (command, warning) => {
  const parent = proc(50, command.split(' '), { startedAgo: 7200 });
  const below = { ...other, ppid: 50 };
  expect(found({ ...two, processes: [bot, parent, below] }, 200)?.warning).toBe(warning);
});
