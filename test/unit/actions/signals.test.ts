/** What is signalled, when, and what is said of it; the clock is the test's own. */
import { describe, expect, test } from 'vitest';
import type { TerminationOptions, TerminationPlan, TerminationTarget } from '../../../src/actions/index';
import { lock, lockFile, proc, type Given } from '../model/build';
import { World } from './world';

const bot = proc(100, 'python3 bot.py');
const other = proc(200, 'python3 bot.py', { startedAgo: 60 });
const duplicates: TerminationTarget = { kind: 'duplicates' };
const holder: TerminationTarget = { kind: 'holder', pid: 100 };
const two: Given = {
  service: { process: { kind: 'substring', text: 'bot.py' } },
  processes: [bot, other],
  lockFiles: [lockFile([lock([bot])])],
};
const held: Given = { processes: [bot], lockFiles: [lockFile([lock([bot])])] };
const options: TerminationOptions = { gracePeriodMs: 1000, force: 'never', respawnWatchMs: 0 };

const ticked = ({ candidates }: TerminationPlan): string[] =>
  candidates.filter(({ preselected }) => preselected).map(({ id }) => id);

async function end(world: World, target: TerminationTarget, more: Partial<TerminationOptions> = {}) {
  const plan = await world.actions.planTermination('bot', target);
  expect(ticked(plan)).toHaveLength(1);
  const result = await world.actions.terminate(plan.id, ticked(plan), { ...options, ...more });
  expect(world.open).toEqual([]);
  return { kind: result.outcomes[0]?.kind, sentence: result.sentence, sent: world.sent };
}

/** Only this signal has an effect. */
function stubborn(world: World, ends: string | undefined): World {
  world.onSignal = (pid, signal) => {
    if (signal === ends) world.end(pid);
    return { result: 'sent' };
  };
  return world;
}

/** After the plan was made, the owner ends and the duplicate takes its place. */
const succession = (world: World): void => {
  world.given = { ...two, processes: [other], lockFiles: [lockFile([lock([other])])] };
};

describe('before SIGTERM', () => {
  test.each([
    [false, 'ended', ['SIGTERM 200']],
    [true, 'aborted', []],
  ])('the service is looked at again: it has changed %s', async (hasChanged, kind, sent) => {
    const world = new World(two);
    world.onInspect = (count) => {
      if (hasChanged && count > 2) succession(world);
    };
    expect(await end(world, duplicates)).toMatchObject({ kind, sent });
  });
});

describe('before SIGKILL', () => {
  test.each([
    [false, 'killed', ['SIGTERM 200', 'SIGKILL 200']],
    [true, 'aborted', ['SIGTERM 200']],
  ])('the service is looked at again: it has changed %s', async (hasChanged, kind, sent) => {
    const world = stubborn(new World(two), 'SIGKILL');
    world.onInspect = () => {
      if (hasChanged && world.sent.length > 0) succession(world);
    };
    expect(await end(world, duplicates, { force: 'always' })).toMatchObject({ kind, sent });
  });

  test.each([
    ['never', true, 'stillRunning', ['SIGTERM 200']],
    ['ask', false, 'stillRunning', ['SIGTERM 200']],
    ['ask', true, 'killed', ['SIGTERM 200', 'SIGKILL 200']],
    ['always', false, 'killed', ['SIGTERM 200', 'SIGKILL 200']],
  ] as const)('the setting %s and the answer %s decide', async (force, answer, kind, sent) => {
    const world = stubborn(new World(two), 'SIGKILL');
    world.force = () => answer;
    expect(await end(world, duplicates, { force })).toMatchObject({ kind, sent });
  });

  test.each([true, false])(
    'nobody who has ended while the person thought is killed, nor called running',
    async (answer) => {
      const world = stubborn(new World(two), undefined);
      world.force = () => {
        world.end(200);
        return answer;
      };
      expect(await end(world, duplicates, { force: 'ask' })).toMatchObject({
        kind: 'ended',
        sent: ['SIGTERM 200'],
      });
    },
  );

  test.each([
    [900, 'ended', ['SIGTERM 200']],
    [1100, 'killed', ['SIGTERM 200', 'SIGKILL 200']],
  ])('a process has the whole grace period: it ends after %i ms', async (after, kind, sent) => {
    const world = stubborn(new World(two), 'SIGKILL');
    world.onWait = () => {
      if (world.now >= after) world.end(200);
    };
    expect(await end(world, duplicates, { force: 'always' })).toMatchObject({ kind, sent });
  });

  test('whoever has not had its SIGTERM yet is waited for, however short the grace period is', async () => {
    const worker = proc(201, 'python3 bot.py', { ppid: 200, startedAgo: 60 });
    const world = new World({ ...two, processes: [bot, other, worker] });
    const seen = await end(world, duplicates, { gracePeriodMs: 100, force: 'always' });
    expect(seen).toMatchObject({ kind: 'ended', sent: ['SIGTERM 200', 'SIGTERM 201'] });
  });
});

describe('after SIGKILL', () => {
  test.each([
    [1000, 'killed', 'did not exit in time after SIGTERM and was killed.'],
    [60_000, 'stillRunning', 'is still there 3 s after SIGKILL'],
  ])('a process has a moment to end: %i ms', async (after, kind, words) => {
    const world = stubborn(new World(two), undefined);
    world.onWait = () => {
      if (world.now >= 1000 + after) world.end(200);
    };
    const seen = await end(world, duplicates, { force: 'always' });
    expect(seen.kind).toBe(kind);
    expect(seen.sentence).toContain(words);
  });

  test('what is said of the lock is about the one it held before the first signal', async () => {
    const world = new World(held);
    world.onSignal = (pid, signal) => {
      if (signal === 'SIGKILL') world.end(pid);
      else world.given = { ...held, lockFiles: [lockFile()] };
      return { result: 'sent' };
    };
    // It gives the lock up on SIGTERM and lives on.
    const seen = await end(world, holder, { force: 'always' });
    expect(seen.kind).toBe('killed');
    expect(seen.sentence).toContain('its lock is released');
  });
});

test('a process that may not be signalled is not waited for', async () => {
  const world = new World(two);
  world.onSignal = () => ({ result: 'denied' });
  const seen = await end(world, duplicates);
  expect(seen.kind).toBe('denied');
  expect(seen.sentence).toContain('sudo kill 200');
});

test('waiting ends when it is cancelled, and the processes are held until then', async () => {
  const world = stubborn(new World(two), undefined);
  const plan = await world.actions.planTermination('bot', duplicates);
  let open: number[] = [];
  world.onWait = () => {
    world.actions.cancelTermination(plan.id);
    open = [...world.open].sort();
  };
  const result = await world.actions.terminate(plan.id, ticked(plan), { ...options, force: 'always' });
  expect(result.outcomes).toMatchObject([{ kind: 'cancelled', signalled: [200] }]);
  expect([world.sent, open, world.open]).toEqual([['SIGTERM 200'], [100, 200], []]);
});

test.each([
  [200, /exited\.$/],
  [60_000, /exited\. Process 200 remains a zombie until its parent 1/],
])('a zombie is worth a word only if its parent does not collect it: within %i ms', async (after, words) => {
  const world = new World(two);
  world.onSignal = (pid) => {
    world.change(pid, { state: 'Z' });
    return { result: 'sent' };
  };
  world.onWait = () => {
    if (world.now >= after) world.end(200);
  };
  const seen = await end(world, duplicates);
  expect(seen.kind).toBe('ended');
  expect(seen.sentence).toMatch(words);
});
