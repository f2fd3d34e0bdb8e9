/** What a plan offers for each target, and what it says where there is nothing to offer. */
import { describe, expect, test } from 'vitest';
import type { TerminationPlan, TerminationTarget } from '../../../src/actions/index';
import { file, lock, lockFile, NAMED, proc, type Given } from '../model/build';
import { World } from './world';

const loop = proc(40, 'node watch.js', { ppid: 1, startedAgo: 7200 });
const stranger = proc(60, 'node other.js', { ppid: 1 });
const bot = proc(100, 'python3 bot.py', { ppid: 40 });
const other = proc(200, 'python3 bot.py', { startedAgo: 60 });
const locked = lockFile([lock([bot])]);
const alone: Given = { service: NAMED, processes: [loop, stranger, bot], lockFiles: [locked] };
const two: Given = { ...alone, processes: [loop, stranger, bot, other] };
const second = file('/home/ann/bot/second.lock');
const unseen = lockFile([lock([], { unknown: 'outsideNamespace' })], { file: second });

const plan = (world: World, target: TerminationTarget): Promise<TerminationPlan> =>
  world.actions.planTermination('bot', target);
const chosen = ({ candidates }: TerminationPlan): string[] =>
  candidates.filter(({ preselected }) => preselected).map(({ id }) => id);

describe('where there is nothing to offer', () => {
  test.each<[string, Given, TerminationTarget, string]>([
    ['the one to keep is alone', alone, { kind: 'keep', pid: 100 }, 'No other instance of bot is running.'],
    [
      'the one to keep is alone, with what it has started',
      { ...alone, processes: [loop, stranger, bot, proc(101, 'node worker.js', { ppid: 100 })] },
      { kind: 'keep', pid: 101 },
      'No other instance of bot is running.',
    ],
    [
      'none runs at all',
      { ...alone, processes: [loop, stranger], lockFiles: [] },
      { kind: 'keep', pid: 100 },
      'Process 100 is no longer an instance of bot.',
    ],
    [
      'the one to keep is gone',
      two,
      { kind: 'keep', pid: 300 },
      'Process 300 is no longer an instance of bot.',
    ],
    [
      'the one that is pointed at is gone',
      two,
      { kind: 'instance', pid: 300 },
      'Process 300 is no longer an instance of bot.',
    ],
    [
      'the one that is pointed at runs, and is no instance',
      two,
      { kind: 'instance', pid: 60 },
      'Process 60 is no longer an instance of bot.',
    ],
    [
      'the one that is pointed at starts another service',
      two,
      { kind: 'restarter', pid: 60 },
      'Process 60 no longer starts bot.',
    ],
    [
      'the holder of one lock is known, and another holds nothing',
      { ...two, lockFiles: [locked, unseen] },
      { kind: 'holder', pid: 60 },
      'The lock on /home/ann/bot/second.lock is held, but the holder is outside this container or PID namespace.',
    ],
    [
      'the holders of all locks are known, and another holds nothing',
      two,
      { kind: 'holder', pid: 60 },
      'Process 60 (node other.js) does not hold a lock of bot.',
    ],
  ])('%s', async (_, given, target, nothing) => {
    expect(await plan(new World(given), target)).toMatchObject({ candidates: [], nothing });
  });

  test('a service that is not watched has no holder either', async () => {
    const world = new World(two);
    world.isWatched = false;
    expect(await plan(world, { kind: 'holder', pid: 100 })).toMatchObject({
      candidates: [],
      nothing: 'bot is no longer watched.',
    });
    expect(world.inspections).toBe(1);
  });
});

describe('what starts the service', () => {
  const restarter: TerminationTarget = { kind: 'restarter', pid: 40 };

  test('is offered alone, ticked, with what its end means', async () => {
    const { candidates, ...rest } = await plan(new World(two), restarter);
    expect(candidates).toMatchObject([
      {
        role: 'restarter',
        root: { pid: 40 },
        processes: [{ pid: 40 }],
        preselected: true,
        counted: false,
        follows: 'It is not part of the service. What it has started continues to run.',
      },
    ]);
    for (const key of ['refusal', 'proof', 'warning', 'supervisor']) {
      expect(Object.keys(candidates[0] ?? {})).not.toContain(key);
    }
    expect(Object.keys(rest)).not.toContain('nothing');
  });

  test('is ended, and nothing below it', async () => {
    const world = new World(two);
    const made = await plan(world, restarter);
    const result = await world.actions.terminate(made.id, chosen(made), {
      gracePeriodMs: 1000,
      force: 'never',
      respawnWatchMs: 400,
    });
    expect(result).toMatchObject({ success: true, sentence: 'Process 40 (node watch.js) exited.' });
    expect(world.sent).toEqual(['SIGTERM 40']);
    expect(world.process(100)).toEqual(bot);
  });

  test('is another process once its number was given again', async () => {
    const startTime = loop.startTime ?? 0;
    const offered = async (at: number) =>
      (await plan(new World(two), { ...restarter, startTime: at })).candidates.length;
    expect([await offered(startTime), await offered(startTime - 60_000)]).toEqual([1, 0]);
  });

  test.each([
    ['an instance', 100],
    ['a process elsewhere', 60],
    ['a number without a process', 41],
  ])('is not %s', async (_, pid) => {
    expect((await plan(new World(two), { kind: 'restarter', pid })).candidates).toEqual([]);
  });
});

describe('who is pinned down', () => {
  test('is so before the look that the plan is made from, and after it once more', async () => {
    const world = new World(alone);
    world.canPin = true;
    world.onInspect = () => void world.steps.push('look');
    await plan(world, { kind: 'holder', pid: 100 });
    expect(world.steps).toEqual(['look', 'open 100', 'pin 100', 'look', 'pin 100']);
  });

  test('is so before the last look, so that nothing lies between that and the signal', async () => {
    const world = new World(alone);
    world.canPin = true;
    const made = await plan(world, { kind: 'holder', pid: 100 });
    world.steps.length = 0;
    world.onInspect = () => void world.steps.push('look');
    await world.actions.terminate(made.id, chosen(made), {
      gracePeriodMs: 1000,
      force: 'never',
      respawnWatchMs: 0,
    });
    expect(world.steps.slice(0, 3)).toEqual(['pin 100', 'look', 'SIGTERM 100']);
  });
});
