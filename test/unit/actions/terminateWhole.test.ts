/** Whole terminations, from the plan to the last look: what is signalled when, what is said, and what the log says. */
import { describe, expect, test } from 'vitest';
import type {
  ForceQuestion,
  TerminationOptions,
  TerminationPlan,
  TerminationTarget,
} from '../../../src/actions/index';
import type { Signal, SignalOutcome } from '../../../src/os/platform';
import { holder, lock, lockFile, proc, type Given } from '../model/build';
import { World } from './world';

const bot = proc(100, 'python3 bot.py');
const other = proc(200, 'python3 bot.py', { startedAgo: 60 });
const third = proc(300, 'python3 bot.py', { startedAgo: 50 });
const duplicates: TerminationTarget = { kind: 'duplicates' };
const holding: TerminationTarget = { kind: 'holder', pid: 100 };
const locked = lockFile([lock([bot])]);
const service = { process: { kind: 'substring', text: 'bot.py' } } as const;
const two: Given = { service, processes: [bot, other], lockFiles: [locked] };
const three: Given = { service, processes: [bot, other, third], lockFiles: [locked] };
const held: Given = { processes: [bot], lockFiles: [locked] };
const options: TerminationOptions = { gracePeriodMs: 1000, force: 'never', respawnWatchMs: 0 };
const sent: SignalOutcome = { result: 'sent' };

const ticked = ({ candidates }: TerminationPlan): string[] =>
  candidates.filter(({ preselected }) => preselected).map(({ id }) => id);
const idOf = ({ candidates }: TerminationPlan, pid: number): string =>
  candidates.find(({ root }) => root.pid === pid)?.id ?? '';

const plan = (world: World, target: TerminationTarget = duplicates): Promise<TerminationPlan> =>
  world.actions.planTermination('bot', target);

async function end(
  world: World,
  target: TerminationTarget = duplicates,
  more: Partial<TerminationOptions> = {},
) {
  const made = await plan(world, target);
  world.log.length = 0;
  const result = await world.actions.terminate(made.id, ticked(made), { ...options, ...more });
  expect(world.open).toEqual([]);
  return { ...result, kinds: result.outcomes.map(({ kind }) => kind) };
}

/** `ends`: when a process ends after a signal, ms. */
function slow(world: World, ends: (pid: number, signal: Signal) => number): World {
  const due = new Map<number, number>();
  world.onSignal = (pid, signal) => {
    due.set(pid, Math.min(due.get(pid) ?? Infinity, world.now + ends(pid, signal)));
    return sent;
  };
  world.onWait = () => {
    for (const [pid, at] of due) if (world.now >= at) world.end(pid);
  };
  return world;
}

/** What the log says, without the clock. */
const logged = (world: World): string[] => world.log.map((line) => line.replace(/ \+[\d.]+ ms/, ''));

describe('a plan', () => {
  test('says in the log what it found, and what is ticked', async () => {
    const world = new World(two);
    const made = await plan(world);
    expect(Object.keys(made)).not.toContain('nothing');
    expect(made.commands).toEqual([]);
    expect(world.log).toEqual([
      'kill duplicate instance (plan) +0.0 ms: bot: owner pid 100 (python3 bot.py), processes 100',
      'kill duplicate instance (plan) +0.0 ms: bot: duplicate pid 200 (python3 bot.py), processes 200, preselected',
    ]);
  });

  test('says in the log why something is refused, and names every process', async () => {
    const worker = proc(101, 'node worker.js', { ppid: 100 });
    const world = new World({ ...held, processes: [bot, worker] });
    world.opened = (pid) => (pid === 101 ? undefined : world.process(pid));
    await plan(world, holding);
    expect(world.log).toEqual([
      'terminate lock holder 100 (plan) +0.0 ms: bot: holder pid 100 (python3 bot.py), processes 100 101, refused: Could not establish exactly which process pid 101 is, so it will not be signalled.',
    ]);
  });

  const unseen = lockFile([lock([], { unknown: 'outsideNamespace' })]);
  test.each<[string, World, TerminationTarget, string]>([
    ['no duplicate', new World(held), duplicates, 'No duplicate instance of bot is running.'],
    [
      'a holder without a lock',
      new World({ ...held, lockFiles: [lockFile()] }),
      holding,
      'Process 100 (python3 bot.py) does not hold a lock of bot.',
    ],
    [
      'a process that is gone',
      new World({ lockFiles: [lockFile()] }),
      holding,
      'Process 100 does not hold a lock of bot.',
    ],
    [
      'a lock without a known holder',
      new World({ ...held, lockFiles: [lockFile(), unseen] }),
      holding,
      'The lock on /home/ann/bot/bot.lock is held, but the holder is outside this container or PID namespace.',
    ],
  ])('offers nothing for %s, and says why', async (_, world, target, nothing) => {
    const made = await plan(world, target);
    expect(made).toMatchObject({ candidates: [], nothing, serviceId: 'bot', serviceName: 'bot' });
    expect(world.log.at(-1)).toMatch(
      new RegExp(`\\(plan\\) \\+0\\.0 ms: bot: ${nothing.slice(0, 20).replace(/[()]/g, '.')}`),
    );
    const result = await world.actions.terminate(made.id, ['x'], options);
    expect(result).toEqual({
      outcomes: [],
      sentence: 'Nothing was selected, so nothing was signalled.',
      success: false,
    });
    expect(world.log.at(-1)).toContain('terminate bot +0.0 ms: refused: Nothing was selected');
  });

  test('names the commands that would find the holder who cannot be seen', async () => {
    const made = await plan(new World({ ...held, lockFiles: [unseen] }), holding);
    expect(made.commands.join('\n')).toContain('/home/ann/bot/bot.lock');
  });

  test('of a service that is not watched any more says so, under its id', async () => {
    const world = new World(two);
    world.isWatched = false;
    const made = await world.actions.planTermination('gone', duplicates);
    expect(made).toMatchObject({
      candidates: [],
      commands: [],
      serviceName: 'gone',
      nothing: 'gone is no longer watched.',
    });
    expect(world.inspections).toBe(1);
  });

  test('lets go of every process where the look fails', async () => {
    const world = new World(two);
    world.onInspect = (count) => {
      if (count === 2) throw new Error('no such file system');
    };
    await expect(plan(world)).rejects.toThrow('no such file system');
    expect(world.open).toEqual([]);
    expect(world.opens).toBe(2);
  });

  test('does not wait for a tree that keeps changing', async () => {
    const world = new World(two);
    world.onInspect = (count) => {
      world.given = { ...two, processes: [bot, { ...other, startTicks: count }] };
    };
    const made = await plan(world);
    expect(world.inspections).toBe(5);
    expect(made.candidates.find(({ root }) => root.pid === 200)?.refusal).toContain(
      'Could not establish exactly which process pid 200 is',
    );
  });

  test('is dropped with its processes when it is cancelled, once', async () => {
    const world = new World(two);
    const [first, second] = [await plan(world), await plan(world)];
    expect(world.open).toHaveLength(4);
    world.actions.cancelTermination(first.id);
    expect(world.open).toHaveLength(2);
    world.actions.cancelTermination(first.id);
    world.actions.cancelTermination('no such plan');
    expect(world.open).toHaveLength(2);
    expect((await world.actions.terminate(second.id, ticked(second), options)).success).toBe(true);
  });
});

describe('several at once', () => {
  test('are ended together, and counted', async () => {
    const world = new World(three);
    const result = await end(world);
    expect(result).toMatchObject({
      success: true,
      kinds: ['ended', 'ended'],
      sentence: '2 of 2 instances ended.',
    });
    expect(world.sent).toEqual(['SIGTERM 200', 'SIGTERM 300']);
  });

  test('are said one by one where they did not end', async () => {
    const world = new World(three);
    world.onSignal = (pid) => {
      if (pid === 300) return { result: 'denied' };
      world.end(pid);
      return sent;
    };
    const result = await end(world);
    expect(result).toMatchObject({ success: false, kinds: ['ended', 'denied'] });
    expect(result.sentence).toMatch(
      /^1 of 2 instances ended\. The system did not allow a signal to pid 300 /,
    );
    expect(
      result.outcomes.map(({ candidateId, signalled }) => [candidateId.split(':')[0], signalled]),
    ).toEqual([
      ['200', [200]],
      ['300', [300]],
    ]);
  });

  test('are watched for a respawn from when the first of them was gone', async () => {
    const world = slow(new World(three), (pid) => (pid === 200 ? 0 : 800));
    const result = await end(world, duplicates, { respawnWatchMs: 1000 });
    expect(result.success).toBe(true);
    expect(logged(world).at(-1)).toMatch(/: no respawn seen within 1\.[01] s$/);
    expect(world.now).toBeGreaterThanOrEqual(1000);
    expect(world.now).toBeLessThan(1300);
  });

  test('leave a counted one, whatever else is chosen', async () => {
    const shell = proc(400, 'python3 bot.py', { startedAgo: 40, cwd: '/elsewhere' });
    const world = new World({ ...two, processes: [bot, other, shell] });
    const made = await plan(world);
    const counted = made.candidates.filter((one) => one.counted).map(({ id }) => id);
    const result = await world.actions.terminate(made.id, counted, options);
    expect(result.sentence).toBe('That would terminate every instance of bot; leave one of them unselected.');
    expect(world.sent).toEqual([]);
  });
});

describe('a wrapper and what it runs', () => {
  const worker = proc(201, 'python3 bot.py', { ppid: 200, startedAgo: 60 });
  const family: Given = { ...two, processes: [bot, other, worker] };

  test.each([
    [2000, 500],
    [400, 100],
    [20_000, 1000],
  ])('get SIGTERM one after the other: within %i ms after %i ms', async (gracePeriodMs, after) => {
    const world = slow(new World(family), (pid) => (pid === 201 ? 0 : 5000));
    const times = new Map<number, number>();
    const { onSignal } = world;
    world.onSignal = (pid, signal) => {
      times.set(pid, world.now);
      return onSignal(pid, signal);
    };
    await end(world, duplicates, { gracePeriodMs });
    expect(times.get(200)).toBe(0);
    expect(times.get(201)).toBeGreaterThanOrEqual(after);
    expect(times.get(201)).toBeLessThan(after + 80);
  });

  test('are named with who was signalled only: a child may end with its parent', async () => {
    const world = new World(family);
    world.onSignal = (pid) => {
      world.end(pid);
      world.end(201);
      return sent;
    };
    const result = await end(world);
    expect(result.outcomes).toMatchObject([{ kind: 'ended', signalled: [200] }]);
    expect(result.sentence).toBe('Process 200 (python3 bot.py) and its other process exited.');
  });

  test('are has waiters as long as one of them may be signalled', async () => {
    const world = slow(new World(family), () => 300);
    const { onSignal } = world;
    world.onSignal = (pid, signal) => (pid === 200 ? { result: 'denied' } : onSignal(pid, signal));
    const result = await end(world);
    expect(result.kinds).toEqual(['denied']);
    expect(world.process(201)).toBeUndefined();
    expect(world.now).toBeGreaterThanOrEqual(300);
  });

  test('are killed where one of them has to be, and then the whole was', async () => {
    const world = slow(new World(family), (pid, signal) =>
      pid === 201 && signal === 'SIGTERM' ? 60_000 : 0,
    );
    const result = await end(world, duplicates, { force: 'always' });
    expect(result.kinds).toEqual(['killed']);
    expect(world.sent).toEqual(['SIGTERM 200', 'SIGTERM 201', 'SIGKILL 201']);
  });

  test('are denied SIGKILL when none is left that it may reach', async () => {
    const world = slow(new World(family), (_, signal) => (signal === 'SIGKILL' ? 100 : 60_000));
    const { onSignal } = world;
    world.onSignal = (pid, signal) =>
      pid === 200 && signal === 'SIGKILL' ? { result: 'denied' } : onSignal(pid, signal);
    const result = await end(world, duplicates, { force: 'always' });
    expect(result.kinds).toEqual(['denied']);
    expect(result.sentence).toContain('sudo kill 200');
    expect(world.process(201)).toBeUndefined();
  });
});

describe('a process that is stopped', () => {
  test('is continued once after its SIGTERM, which it could not act on', async () => {
    const world = new World(two);
    world.onSignal = (pid, signal) => {
      if (signal === 'SIGTERM') world.change(pid, { state: 'T' });
      return sent;
    };
    world.onWait = () => {
      if (world.now >= 400) world.end(200);
    };
    const result = await end(world);
    expect(result.kinds).toEqual(['ended']);
    expect(world.sent).toEqual(['SIGTERM 200', 'SIGCONT 200']);
  });
});

describe('the question whether to force', () => {
  const stubborn = (): World => slow(new World(two), (_, signal) => (signal === 'SIGKILL' ? 0 : 60_000));

  test.each([
    [true, 'killed', /was killed\.$/, 'yes'],
    [false, 'stillRunning', /is still running \d+(\.\d)? s after SIGTERM; it was not killed\.$/, 'no'],
  ])('names who is running, and since when: %s', async (answer, kind, words, yes) => {
    const world = stubborn();
    const questions: ForceQuestion[] = [];
    world.force = (question) => {
      questions.push(question);
      return answer;
    };
    const result = await end(world, duplicates, { force: 'ask' });
    expect(result.kinds).toEqual([kind]);
    expect(result.sentence).toMatch(words);
    expect(questions).toMatchObject([{ candidate: { role: 'duplicate' }, running: [200], seconds: 1 }]);
    expect(logged(world)).toEqual(
      expect.arrayContaining([
        'terminate bot: still running 1 s after SIGTERM: 200; asking whether to force',
        `terminate bot: force: ${yes}`,
      ]),
    );
  });

  test('is not asked where the setting has decided', async () => {
    const never = await end(stubborn());
    expect(never.sentence).toMatch(/SIGKILL is disabled in the settings\.$/);
    const world = stubborn();
    world.force = () => {
      throw new Error('asked');
    };
    expect((await end(world, duplicates, { force: 'always' })).kinds).toEqual(['killed']);
  });

  test('names several', async () => {
    const worker = proc(201, 'python3 bot.py', { ppid: 200, startedAgo: 60 });
    const world = slow(new World({ ...two, processes: [bot, other, worker] }), () => 60_000);
    await end(world, duplicates, { force: 'ask' });
    expect(logged(world).join('\n')).toContain('after SIGTERM: 200 201; asking');
  });
});

describe('what is shown meanwhile', () => {
  test('is each step, in a sentence', async () => {
    const world = slow(new World(held), (_, signal) => (signal === 'SIGKILL' ? 0 : 60_000));
    await end(world, holding, { force: 'always', respawnWatchMs: 200 });
    expect(world.progress).toEqual([
      'Re-checking process 100 (python3 bot.py)…',
      'Waiting for process 100 (python3 bot.py) to exit…',
      'Killing process 100 (python3 bot.py)…',
      'Waiting for process 100 (python3 bot.py) to release its lock…',
    ]);
    expect(world.ended).toEqual([
      'Process 100 (python3 bot.py) did not exit in time after SIGTERM and was killed; its lock is released. Watching for 1 s in case something starts it again…',
    ]);
  });

  test('is in the log step by step', async () => {
    const world = new World(held);
    const { outcomes } = await end(world, holding, { respawnWatchMs: 400 });
    const id = outcomes[0]?.candidateId ?? '';
    expect(logged(world)).toEqual([
      `terminate bot: re-checked ${id}: still what was confirmed`,
      'terminate bot: SIGTERM to pid 100 (python3 bot.py): sent',
      'terminate bot: all gone: 100',
      'terminate bot: lock released',
      'terminate bot: ended: Process 100 (python3 bot.py) exited; its lock is released.',
      'terminate bot: no respawn seen within 0.4 s',
    ]);
  });

  test('says who ended during the last look, and signals nobody', async () => {
    const world = new World(two);
    world.onInspect = (count) => {
      if (count === 3) world.end(200);
    };
    const result = await end(world);
    expect(result.outcomes).toMatchObject([{ kind: 'alreadyGone', signalled: [] }]);
    expect(result.success).toBe(true);
    expect(result.sentence).toBe('Process 200 (python3 bot.py) had already exited.');
    expect(logged(world)[0]).toMatch(/: gone$/);
    expect(world.sent).toEqual([]);
  });

  test('says what has changed since the plan', async () => {
    const world = new World(two);
    world.onInspect = (count) => {
      if (count === 3) world.given = { ...two, lockFiles: [lockFile([lock([other])])] };
    };
    const result = await end(world);
    expect(result).toMatchObject({ kinds: ['aborted'], success: false });
    expect(logged(world)[0]).toContain('is now the owner rather than a duplicate');
  });

  test('a service that is not watched any more stops it before the first signal', async () => {
    const world = new World(two);
    world.onInspect = (count) => {
      if (count === 3) world.isWatched = false;
    };
    const result = await end(world);
    expect(result.sentence).toBe('The service is no longer watched, so process 200 was left alone.');
    expect(world.sent).toEqual([]);
  });
});

describe('the lock after the end', () => {
  const heir = proc(300, 'ssh-agent', { startedAgo: 600 });
  const kept = lockFile([lock([holder(heir, { inherited: true })], { taker: 100 })]);
  /** Somebody keeps it until `until` ms. */
  function keeping(until: number, file = kept, after = lockFile()): World {
    const world = new World({ processes: [bot, heir], lockFiles: [locked] });
    world.onSignal = (pid) => {
      world.end(pid);
      world.given = { ...world.given, lockFiles: [file] };
      return sent;
    };
    world.onInspect = () => {
      if (world.sent.length > 0 && world.now >= until) world.given = { ...world.given, lockFiles: [after] };
    };
    return world;
  }

  test.each([
    [3000, 2500, 'ended'],
    [3000, 3500, 'lockStillHeld'],
    [100, 800, 'ended'],
    [100, 1300, 'lockStillHeld'],
  ])('is has waiters, within a grace period of %i ms until %i ms: %s', async (gracePeriodMs, until, kind) => {
    const world = keeping(until);
    const result = await end(world, holding, { gracePeriodMs });
    expect(result.kinds).toEqual([kind]);
    expect(logged(world)).toContain(`terminate bot: lock ${kind === 'ended' ? 'released' : 'kept by 300'}`);
    expect(world.now).toBeLessThan(Math.max(gracePeriodMs, 1000) + 200);
  });

  test('is not asked about ever faster: each look costs others', async () => {
    const world = keeping(900);
    await end(world, holding, { gracePeriodMs: 100 });
    expect(world.inspections).toBeLessThan(15);
  });

  test('may be kept by somebody who cannot be seen, or be taken by another at once', async () => {
    const nobody = keeping(60_000, lockFile([lock([], { taker: 100 })]));
    expect((await end(nobody, holding)).sentence).toContain('by a process that could not be identified');
    expect(logged(nobody)).toContain('terminate bot: lock kept by an unknown process');
    const [first, second] = [proc(310, 'a'), proc(311, 'b')];
    const taken = keeping(60_000, lockFile([lock([first, second])]));
    const result = await end(taken, holding);
    expect(result).toMatchObject({ kinds: ['ended'] });
    expect(result.sentence).toContain('and is now held by 310 (a) and 311 (b)');
    expect(logged(taken)).toContain('terminate bot: lock taken by 310 311');
    expect(taken.now).toBe(0);
  });

  test('is not has waiters by whoever has had enough', async () => {
    const world = keeping(60_000);
    const made = await plan(world, holding);
    world.onWait = () => world.actions.cancelTermination(made.id);
    const result = await world.actions.terminate(made.id, ticked(made), { ...options, respawnWatchMs: 900 });
    expect(result.outcomes).toMatchObject([{ kind: 'lockStillHeld', keptBy: [300] }]);
    expect(world.now).toBeLessThan(200);
  });

  test('is not spoken of where the service is not watched any more', async () => {
    const world = new World(held);
    world.onSignal = (pid) => {
      world.end(pid);
      world.isWatched = false;
      return sent;
    };
    expect((await end(world, holding)).sentence).toBe('Process 100 (python3 bot.py) exited.');
  });

  test('is spoken of only where it held one', async () => {
    const world = new World(two);
    expect((await end(world)).sentence).toBe('Process 200 (python3 bot.py) exited.');
    expect(world.progress).not.toContain('Waiting for process 200 (python3 bot.py) to release its lock…');
  });
});

describe('a respawn', () => {
  const again = proc(500, 'python3 bot.py', { ppid: 40, startedAgo: 1 });
  const init = proc(40, 'supervisord', { startedAgo: 900 });
  /** It comes `after` ms. */
  function coming(after: number, more: Partial<typeof again> = {}): World {
    const world = new World({ ...two, processes: [init, bot, other] });
    world.onWait = () => {
      if (world.now >= after && world.process(500) === undefined && world.sent.length > 0) {
        const processes = [...(world.given.processes ?? []), { ...again, ...more }];
        world.given = { ...world.given, processes };
      }
    };
    return world;
  }

  test('is seen, with who started it and when', async () => {
    const world = coming(1000);
    const result = await end(world, duplicates, { respawnWatchMs: 3000 });
    const sentence =
      'It was running again after 1.0 s as pid 500 (python3 bot.py), started by pid 40 (supervisord).';
    expect(result).toMatchObject({
      success: false,
      sentence: `Process 200 (python3 bot.py) exited. ${sentence}`,
      outcomes: [{ kind: 'ended', respawn: { pid: 500, afterMs: 1000, by: { pid: 40 }, sentence } }],
    });
    expect(logged(world).at(-1)).toBe(`terminate bot: ${sentence}`);
  });

  test('is told once, of several that have ended', async () => {
    const world = coming(400);
    world.given = { ...three, processes: [init, bot, other, third] };
    const result = await end(world, duplicates, { respawnWatchMs: 3000 });
    expect(result.outcomes.map(({ respawn }) => respawn?.pid)).toEqual([500, undefined]);
    expect(result.sentence).toMatch(
      /^2 of 2 instances ended\. It was running again after 0\.\d s as pid 500/,
    );
    expect(result.success).toBe(false);
  });

  test.each([
    ['comes too late', 1200, {}, 1000],
    ['is a child of an instance that was left running', 200, { ppid: 100 }, 1000],
  ])('is none that %s', async (_, after, more, respawnWatchMs) => {
    const world = coming(after, more);
    const result = await end(world, duplicates, { respawnWatchMs });
    expect(result.success).toBe(true);
    expect(result.outcomes[0]?.respawn).toBeUndefined();
    expect(logged(world).at(-1)).toBe('terminate bot: no respawn seen within 1.0 s');
  });

  test('is looked out for 5 s where nothing else is said, and not at all where nothing has ended', async () => {
    const world = new World(two);
    const made = await plan(world);
    await world.actions.terminate(made.id, ticked(made), { gracePeriodMs: 1000, force: 'never' });
    expect(logged(world).at(-1)).toBe('terminate bot: no respawn seen within 5.0 s');
    const denied = new World(two);
    denied.onSignal = () => ({ result: 'denied' });
    await end(denied, duplicates, { respawnWatchMs: 3000 });
    expect(denied.now).toBe(0);
    expect(denied.ended).toEqual([]);
  });

  test('is not looked out for by whoever has had enough, nor in a service that is gone', async () => {
    const world = new World(two);
    const made = await plan(world);
    world.onWait = () => world.actions.cancelTermination(made.id);
    await world.actions.terminate(made.id, ticked(made), { ...options, respawnWatchMs: 5000 });
    expect(world.now).toBe(200);
    const gone = coming(400);
    gone.onSignal = (pid) => {
      gone.end(pid);
      gone.isWatched = false;
      return sent;
    };
    const result = await end(gone, duplicates, { respawnWatchMs: 1000 });
    expect(result.success).toBe(true);
  });

  test('is looked for by whoever has its plan, and nobody else', async () => {
    const world = new World(two);
    const made = await plan(world);
    await world.actions.terminate(made.id, [idOf(made, 200)], options);
    expect(await world.actions.terminate(made.id, [idOf(made, 200)], options)).toEqual({
      outcomes: [],
      sentence: 'Nothing was signalled. Run the command again.',
      success: false,
    });
  });
});
