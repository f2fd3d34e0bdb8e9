/** What may be carried out of a plan, and what counts as a respawn afterwards: the near misses of a whole termination. */
import { describe, expect, test } from 'vitest';
import type { TerminationOptions, TerminationPlan, TerminationTarget } from '../../../src/actions/index';
import type { SignalOutcome } from '../../../src/os/platform';
import { file, lock, lockFile, NAMED, proc, type Given } from '../model/build';
import { World } from './world';

const bot = proc(100, 'python3 bot.py');
const other = proc(200, 'python3 bot.py', { startedAgo: 60 });
const third = proc(300, 'python3 bot.py', { startedAgo: 50 });
const again = proc(500, 'python3 bot.py', { ppid: 40, startedAgo: 1 });
const duplicates: TerminationTarget = { kind: 'duplicates' };
const held: Given = { service: NAMED, processes: [bot], lockFiles: [lockFile([lock([bot])])] };
const two: Given = { ...held, processes: [bot, other] };
const three: Given = { ...held, processes: [bot, other, third] };
const options: TerminationOptions = { gracePeriodMs: 1000, force: 'never', respawnWatchMs: 400 };
const sent: SignalOutcome = { result: 'sent' };

const plan = (world: World, target: TerminationTarget = duplicates): Promise<TerminationPlan> =>
  world.actions.planTermination('bot', target);
const idsOf = ({ candidates }: TerminationPlan, ...pids: number[]): string[] =>
  candidates.filter(({ root }) => pids.includes(root.pid)).map(({ id }) => id);

async function end(
  world: World,
  pids: number[],
  target: TerminationTarget = duplicates,
  more: Partial<TerminationOptions> = {},
) {
  const made = await plan(world, target);
  const chosen = idsOf(made, ...pids);
  expect(chosen).toHaveLength(pids.length);
  return world.actions.terminate(made.id, chosen, { ...options, ...more });
}

/** One process more, from now on. */
function add(world: World, process: typeof again, more: Given = {}): void {
  world.given = { ...world.given, ...more, processes: [...(world.given.processes ?? []), process] };
}

describe('what is refused', () => {
  test('is refused with all that is chosen beside it', async () => {
    const foreign = proc(300, 'python3 bot.py', { startedAgo: 50, uid: 0, user: 'root' });
    const world = new World({ ...three, processes: [bot, other, foreign] });
    const result = await end(world, [200, 300]);
    expect(result).toMatchObject({ outcomes: [], success: false });
    expect(result.sentence).toMatch(/^Process 300 \(python3 bot\.py\) belongs to another user/);
    expect([world.sent, world.open]).toEqual([[], []]);
    expect(world.log.at(-1)).toContain('refused: Process 300');
    expect((await end(world, [200])).success).toBe(true);
  });

  test('is the last one that counts, though one that does not is to be kept', async () => {
    const young = proc(400, 'python3 bot.py', { startedAgo: 2 });
    const world = new World({ ...two, processes: [bot, other, young] });
    const keep: TerminationTarget = { kind: 'keep', pid: 400 };
    expect((await plan(world, keep)).candidates.map(({ root, counted }) => [root.pid, counted])).toEqual([
      [100, true],
      [200, true],
      [400, false],
    ]);
    expect((await end(world, [100, 200], keep)).sentence).toBe(
      'That would terminate every instance of bot; leave one of them unselected.',
    );
    expect(world.sent).toEqual([]);
    expect((await end(world, [200], keep)).success).toBe(true);
  });

  test('is not the only one, where that one was pointed at', async () => {
    const world = new World(held);
    expect((await end(world, [100], { kind: 'instance', pid: 100 })).success).toBe(true);
    expect(world.sent).toEqual(['SIGTERM 100']);
  });

  test('is to carry out one plan twice at once', async () => {
    const world = new World(two);
    const made = await plan(world);
    const twice = [0, 1].map(() => world.actions.terminate(made.id, idsOf(made, 200), options));
    expect((await Promise.all(twice)).map(({ sentence }) => sentence)).toEqual([
      'Process 200 (python3 bot.py) exited.',
      'Nothing was signalled. Run the command again.',
    ]);
    expect(world.sent).toEqual(['SIGTERM 200']);
  });
});

describe('a family', () => {
  const worker = proc(201, 'node worker.js', { ppid: 200, startedAgo: 60 });
  const deep = proc(202, 'node deep.js', { ppid: 201, startedAgo: 60 });
  const ended = (world: World) => end(world, [200], duplicates, { gracePeriodMs: 100, force: 'always' });

  test('has all of it asked before any of it is killed, though one of them does not care', async () => {
    const world = new World({ ...two, processes: [bot, other, worker, deep] });
    world.onSignal = (pid, signal) => {
      if (pid !== 200 || signal === 'SIGKILL') world.end(pid);
      return sent;
    };
    expect(await ended(world)).toMatchObject({ outcomes: [{ kind: 'killed' }] });
    expect(world.sent).toEqual(['SIGTERM 200', 'SIGTERM 201', 'SIGTERM 202', 'SIGKILL 200']);
    expect(world.log.join('\n')).toContain(': all gone: 200 201 202');
  });

  test('has the whole grace period from when the last of it was asked', async () => {
    const world = new World({ ...two, processes: [bot, other, worker] });
    const times = new Map<string, number>();
    world.onSignal = (pid, signal) => {
      times.set(`${signal} ${pid}`, world.now);
      if (signal === 'SIGKILL') world.end(pid);
      return sent;
    };
    await end(world, [200], duplicates, { force: 'always' });
    const [asked = 0, killed = 0] = [times.get('SIGTERM 201'), times.get('SIGKILL 200')];
    expect(asked).toBeGreaterThanOrEqual(250);
    expect(killed - asked).toBeGreaterThanOrEqual(1000);
  });

  test.each([
    [200, /exited\.$/],
    [60_000, /exited\. Process 201 remains a zombie/],
  ])('has a moment to be collected, each of it: within %i ms', async (after, words) => {
    const world = new World({ ...two, processes: [bot, other, worker] });
    world.onSignal = (pid) => {
      world.end(pid);
      world.change(201, { state: 'Z' });
      return sent;
    };
    world.onWait = () => {
      if (world.now >= after) world.end(201);
    };
    expect((await ended(world)).sentence).toMatch(words);
  });
});

test('whether to force is not asked where everything has ended', async () => {
  const world = new World(two);
  world.force = () => {
    throw new Error('asked');
  };
  expect((await end(world, [200], duplicates, { force: 'ask' })).success).toBe(true);
});

describe('who came back', () => {
  const respawns = ({ outcomes }: Awaited<ReturnType<typeof end>>) =>
    outcomes.map(({ respawn }) => respawn?.pid);

  test('is none of those who ran when the plan was made, though nothing was left to signal', async () => {
    const world = new World(two);
    const made = await plan(world, { kind: 'holder', pid: 100 });
    world.end(100);
    const result = await world.actions.terminate(made.id, idsOf(made, 100), options);
    expect(result).toMatchObject({
      success: true,
      sentence: 'Process 100 (python3 bot.py) had already exited.',
      outcomes: [{ kind: 'alreadyGone' }],
    });
    expect(Object.keys(result.outcomes[0] ?? {})).not.toContain('respawn');
  });

  test('is none of those who had started before the first signal', async () => {
    const world = new World(two);
    world.onInspect = (count) => {
      if (count === 3) add(world, again);
    };
    expect(respawns(await end(world, [200]))).toEqual([undefined]);
    const late = new World(two);
    late.onSignal = (pid) => {
      late.end(pid);
      add(late, again);
      return sent;
    };
    expect(respawns(await end(late, [200]))).toEqual([500]);
  });

  test('is whoever started after the first signal, though another could not be asked and was killed later', async () => {
    const world = new World(three);
    world.onSignal = (pid, signal) => {
      if (pid === 300 && signal === 'SIGTERM') return { result: 'unasked' };
      world.end(pid);
      if (pid === 200) add(world, again);
      return sent;
    };
    const result = await end(world, [200, 300], duplicates, { force: 'always' });
    expect(world.sent).toEqual(['SIGTERM 200', 'SIGTERM 300', 'SIGKILL 300']);
    expect(respawns(result)).toEqual([500, undefined]);
  });

  test.each([
    ['one that was chosen and would not end', 200, 500],
    ['one that was left running, whose own business it is', 100, undefined],
  ])('may be started by %s', async (_, ppid, pid) => {
    const second = file('/home/ann/bot/second.lock');
    const below = { ...again, ppid };
    const world = new World(three);
    world.onSignal = (at) => {
      if (at === 200) return { result: 'denied' };
      world.end(at);
      const { lockFiles = [] } = world.given;
      add(world, below, { lockFiles: [...lockFiles, lockFile([lock([below])], { file: second })] });
      return sent;
    };
    const result = await end(world, [200, 300]);
    expect(result.outcomes.map(({ kind }) => kind)).toEqual(['denied', 'ended']);
    expect(respawns(result)).toEqual([pid, undefined]);
  });

  test('is not whoever keeps the lock, who has been named, for as long as is looked', async () => {
    const heir = proc(300, 'ssh-agent', { startedAgo: 1 });
    const world = new World(held);
    world.onSignal = (pid) => {
      world.end(pid);
      const kept = lockFile([lock([{ process: heir, inherited: true, proven: true }], { taker: 100 })]);
      world.given = { ...world.given, processes: [heir], lockFiles: [kept] };
      return sent;
    };
    const result = await end(world, [100], { kind: 'holder', pid: 100 }, { respawnWatchMs: 3000 });
    expect(result.outcomes).toMatchObject([{ kind: 'lockStillHeld', keptBy: [300] }]);
    expect(respawns(result)).toEqual([undefined]);
    expect(world.now).toBeGreaterThanOrEqual(3000);
  });

  test('is told with the time since the end, not since the signal', async () => {
    const world = new World(two);
    world.onSignal = () => sent;
    world.onWait = () => {
      if (world.now >= 600) world.end(200);
      if (world.now >= 900 && world.process(500) === undefined) add(world, again);
    };
    const { outcomes } = await end(world, [200], duplicates, { respawnWatchMs: 3000 });
    expect(outcomes[0]?.respawn?.afterMs).toBeGreaterThanOrEqual(250);
    expect(outcomes[0]?.respawn?.afterMs).toBeLessThan(600);
  });
});

test('a plan that is under way keeps its processes until it is over, though it was cancelled', async () => {
  const world = new World(two);
  world.onSignal = () => sent;
  const made = await plan(world);
  const open: number[][] = [];
  world.onWait = () => {
    world.actions.cancelTermination(made.id);
    open.push([...world.open].sort());
  };
  const result = await world.actions.terminate(made.id, idsOf(made, 200), options);
  expect(result.outcomes).toMatchObject([{ kind: 'cancelled', signalled: [200] }]);
  expect([open, world.open]).toEqual([[[100, 200]], []]);
});
