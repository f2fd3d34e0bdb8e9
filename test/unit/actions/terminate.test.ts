import { describe, expect, test } from 'vitest';
import type { TerminationPlan, TerminationResult } from '../../../src/actions/index';
import { findRespawn, ProcessesBefore } from '../../../src/actions/terminate/respawn';
import { diagnose } from '../../../src/model/diagnose';
import type { ProcessFacts } from '../../../src/model/facts';
import { alive, facts, holder, lock, lockFile, pidFile, proc, type Given } from '../model/build';
import { World } from './world';

const bot = proc(100, 'python3 bot.py');
const other = proc(200, 'python3 bot.py', { startedAgo: 60 });
const duplicates = { kind: 'duplicates' } as const;
const two: Given = {
  service: { process: { kind: 'substring', text: 'bot.py' } },
  processes: [bot, other],
  lockFiles: [lockFile([lock([bot])])],
};
const options = { gracePeriodMs: 1000, force: 'never', respawnWatchMs: 0 } as const;

const ticked = ({ candidates }: TerminationPlan): string[] =>
  candidates.filter(({ preselected }) => preselected).map(({ id }) => id);

/** Ends the holder 100, as the person who pointed at it would. */
async function endHolder(world: World, more: object = {}): Promise<TerminationResult> {
  const plan = await world.actions.planTermination('bot', { kind: 'holder', pid: 100 });
  return world.actions.terminate(plan.id, ticked(plan), { ...options, ...more });
}

describe('a process that is pinned down', () => {
  const planned = async (opened?: (pid: number) => ProcessFacts | undefined) => {
    const world = new World(two);
    if (opened !== undefined) world.opened = opened;
    const plan = await world.actions.planTermination('bot', duplicates);
    return { world, plan, refusal: plan.candidates.find(({ root }) => root.pid === 200)?.refusal };
  };

  test('is the one that was inspected, and stays open until the plan has been carried out', async () => {
    const { world, plan, refusal } = await planned();
    expect(refusal).toBeUndefined();
    expect([...world.open].sort()).toEqual([100, 200]);
    const result = await world.actions.terminate(plan.id, ticked(plan), options);
    expect(result).toMatchObject({ success: true, outcomes: [{ kind: 'ended', signalled: [200] }] });
    expect([world.sent, world.open]).toEqual([['SIGTERM 200'], []]);
  });

  test.each([
    [
      'started at another time than the one that was inspected',
      (process: ProcessFacts) => ({ ...process, startTicks: 7 }),
    ],
    ['could not be opened', () => undefined],
  ])('is not one that %s: it is refused and not signalled', async (_, as) => {
    const seen = new Map([bot, other].map((process) => [process.pid, process]));
    const { world, plan, refusal } = await planned((pid) => (pid === 200 ? as(other) : seen.get(pid)));
    expect(refusal).toBe(
      'Could not establish exactly which process pid 200 is, so it will not be signalled.',
    );
    expect(ticked(plan)).toEqual([]);
    const result = await world.actions.terminate(plan.id, ['200:' + String(other.startTicks)], options);
    expect(result).toMatchObject({ success: false, outcomes: [], sentence: refusal });
    expect([world.sent, world.open]).toEqual([[], []]);
  });
});

describe('a plan', () => {
  test('is carried out once, also while it is being carried out', async () => {
    const world = new World(two);
    const plan = await world.actions.planTermination('bot', duplicates);
    const first = world.actions.terminate(plan.id, ticked(plan), options);
    const again = await world.actions.terminate(plan.id, ticked(plan), options);
    expect(again).toEqual({
      outcomes: [],
      sentence: 'Nothing was signalled. Run the command again.',
      success: false,
    });
    expect((await first).success).toBe(true);
    expect((await world.actions.terminate(plan.id, ticked(plan), options)).outcomes).toEqual([]);
    expect(world.sent).toEqual(['SIGTERM 200']);
  });

  test('never ends all the instances, though all of them are chosen', async () => {
    const world = new World(two);
    const plan = await world.actions.planTermination('bot', duplicates);
    const all = plan.candidates.map(({ id }) => id);
    expect((await world.actions.terminate(plan.id, all, options)).sentence).toContain('leave one of them');
    expect(world.sent).toEqual([]);
  });
});

describe('the lock of a holder that has ended', () => {
  const heir = proc(300, 'ssh-agent', { startedAgo: 600 });
  const kept = lockFile([lock([holder(heir, { inherited: true })], { taker: 100 })]);
  const held: Given = { processes: [bot, heir], lockFiles: [lockFile([lock([bot])])] };

  test.each([
    [true, 'ended', 'its lock is released'],
    [
      false,
      'lockStillHeld',
      'its lock on /home/ann/bot/bot.lock is still held by 300 (ssh-agent), which inherited it',
    ],
  ])(
    'is waited for, since whoever inherited it may be on the way out as well: %s',
    async (ends, kind, words) => {
      const world = new World(held);
      world.onSignal = (pid) => {
        world.end(pid);
        world.given = { ...world.given, lockFiles: [kept] };
        return { result: 'sent' };
      };
      world.onInspect = () => {
        // Some looks later the heir is gone too.
        if (ends && world.sent.length > 0 && world.now > 300) {
          world.given = { ...world.given, lockFiles: [lockFile()] };
        }
      };
      const result = await endHolder(world);
      expect(result.outcomes).toMatchObject([{ kind }]);
      expect(result.sentence).toContain(words);
    },
  );
});

describe('a respawn', () => {
  const known = new ProcessesBefore();
  known.add(facts({ processes: [bot, other] }));
  const seen = (ppid: number) => {
    const fresh = proc(300, 'python3 bot.py', { ppid, startedAgo: 6 });
    const lockFiles = [
      lockFile([lock([bot])]),
      lockFile([lock([fresh])], { file: { ...lockFile().file, path: '/x' } }),
    ];
    const all = facts({ ...two, processes: [bot, fresh], lockFiles });
    return findRespawn({ facts: all, snapshot: diagnose(all) }, known, new Set([100]), new Set())?.pid;
  };

  test('is what was not there before, and no child of an instance that was left running', () => {
    expect(seen(1)).toBe(300);
    expect(seen(100)).toBeUndefined();
  });

  test('is nobody who was there before, and no heir that was named already', () => {
    const all = facts({ ...two, processes: [bot, other], lockFiles: [lockFile([lock([bot])])] });
    const found = (of: ProcessesBefore, heirs: number[]) =>
      findRespawn({ facts: all, snapshot: diagnose(all) }, of, new Set(), new Set(heirs))?.pid;
    expect(found(known, [])).toBeUndefined();
    expect(found(new ProcessesBefore(), [])).toBe(100);
    expect(found(new ProcessesBefore(), [100])).toBe(200);
  });

  test('is looked for only among those who came after the first signal', () => {
    const later = new ProcessesBefore();
    later.add(facts({ processes: [bot] }));
    later.close();
    later.add(facts({ processes: [other] }));
    expect([later.has(bot), later.has(other)]).toEqual([true, false]);
  });
});

test.each([
  [true, 'only has the number of a stale record', -4200, 'node worker.js', false],
  [false, 'wrote the record', 0, 'node worker.js', false],
  [false, 'is named by the service’s process', -4200, 'node bot.py', false],
  [false, 'holds a lock of the service', -4200, 'node worker.js', true],
])('refuses (%s) a duplicate with a worker that %s', async (isRefused, _, ticks, command, isHolding) => {
  const worker = proc(201, command, { ppid: 200, startedAgo: 60 });
  const record = JSON.stringify({ pid: 201, startTicks: (worker.startTicks ?? 0) + ticks });
  const own = lockFile([lock([worker])], { file: { ...lockFile().file, path: '/home/ann/bot/worker.lock' } });
  const world = new World({
    ...two,
    processes: [bot, other, worker],
    pidFiles: [pidFile(record, alive(worker))],
    lockFiles: [...(two.lockFiles ?? []), ...(isHolding ? [own] : [])],
  });
  const plan = await world.actions.planTermination('bot', duplicates);
  const candidate = plan.candidates.find(({ root }) => root.pid === 200);
  expect(candidate?.processes.map(({ pid }) => pid)).toEqual([200, 201]);
  expect(candidate?.refusal?.includes('merely has the pid that a record names') ?? false).toBe(isRefused);
});
