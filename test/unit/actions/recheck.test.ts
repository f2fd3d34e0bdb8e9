/** What may have changed between the dialog and the signal, and what need not stop it. */
import { describe, expect, test } from 'vitest';
import { candidatesOf, plannedFor } from '../../../src/actions/terminate/candidates';
import type { Member } from '../../../src/actions/terminate/members';
import type { TerminationCandidate, TerminationTarget } from '../../../src/actions/terminate/plan';
import { whyNoLonger } from '../../../src/actions/terminate/recheck';
import { diagnose } from '../../../src/model/diagnose';
import type { Claim, ProcessFacts } from '../../../src/model/facts';
import { facts, lock, lockFile, proc, type Given } from '../model/build';

const bot = proc(100, 'python3 bot.py');
const other = proc(200, 'python3 bot.py', { startedAgo: 60 });
const duplicates: TerminationTarget = { kind: 'duplicates' };
const two: Given = {
  service: { process: { kind: 'substring', text: 'bot.py' } },
  processes: [bot, other],
  lockFiles: [lockFile([lock([bot])])],
};

function inspected(given: Given, claims?: ReadonlyMap<number, Claim>) {
  const seen = { ...facts(given), ...(claims === undefined ? {} : { claims }) };
  return { facts: seen, snapshot: diagnose(seen) };
}

/** As the dialog showed it. */
function shown(pid: number, target = duplicates, given = two): TerminationCandidate {
  const seen = inspected(given);
  const found = candidatesOf(seen, plannedFor(seen, target), target, new Set());
  const candidate = found.find(({ root }) => root.pid === pid);
  if (candidate === undefined) throw new Error(`${pid} is no candidate`);
  return candidate;
}

function member({ pid, comm }: ProcessFacts, now: ProcessFacts | undefined): Member {
  const handle = {
    pid,
    read: () => now,
    signal: () => ({ result: 'gone' as const }),
    close: () => undefined,
  };
  return { pid, command: comm, handle, parent: undefined, facts: now };
}

describe('an owner that was chosen knowingly', () => {
  test('may be ended as the owner, and a duplicate may not', () => {
    expect(whyNoLonger(inspected(two), duplicates, shown(100), [member(bot, bot)], false)).toBeUndefined();
    const succeeded = { ...two, processes: [other], lockFiles: [lockFile([lock([other])])] };
    for (const begun of [false, true]) {
      const now = inspected(succeeded);
      expect(whyNoLonger(now, duplicates, shown(200), [member(other, other)], begun)).toContain(
        'now the owner',
      );
    }
  });
});

describe('a duplicate that owns something else by now', () => {
  const claims = new Map<number, Claim>([[200, { by: 'holds', path: '/home/ann/api/api.lock' }]]);
  const own = lockFile([lock([other])], { file: { ...lockFile().file, path: '/home/ann/bot/second.lock' } });
  const chosen = { ...shown(200), preselected: false };
  const changed = (given: Given, begun: boolean) =>
    whyNoLonger(inspected(given, claims), duplicates, chosen, [member(other, other)], begun);

  test('left alone, unless it has been signalled already', () => {
    expect(changed(two, false)).toContain('Process 200 now belongs to another service');
    expect(changed(two, true)).toBeUndefined();
  });

  test('is still one of this service while it holds a write lock here', () => {
    const given = {
      ...two,
      service: { ...two.service, maxInstances: 1 },
      lockFiles: [lockFile([lock([bot])]), own],
    };
    expect(changed(given, false)).toBeUndefined();
  });
});

describe('a duplicate that is no longer proven to be one', () => {
  const now = inspected({
    ...two,
    processes: [bot, { ...other, argv: ['python3', 'bot.py', '--shard', '2'] }],
  });
  const changed = (candidate: TerminationCandidate, begun: boolean) =>
    whyNoLonger(now, duplicates, candidate, [member(other, other)], begun);

  test('left alone where it was ticked for that proof', () => {
    expect(shown(200).preselected).toBe(true);
    expect(changed(shown(200), false)).toContain('is no longer proven');
  });

  test('is still what the person chose who ticked it, or who has seen it signalled', () => {
    expect(changed({ ...shown(200), preselected: false }, false)).toBeUndefined();
    expect(changed(shown(200), true)).toBeUndefined();
  });
});

describe('a holder', () => {
  const target: TerminationTarget = { kind: 'holder', pid: 100 };
  const worker = proc(101, 'node worker.js', { ppid: 100 });
  const given = { processes: [bot, worker], lockFiles: [lockFile([lock([bot])])] };
  const changed = (locks: Given['lockFiles'], members: Member[], begun = false) =>
    whyNoLonger(
      inspected({ ...given, lockFiles: locks ?? [] }),
      target,
      shown(100, target, given),
      members,
      begun,
    );

  test('that has released the lock left alone, unless it has been signalled already', () => {
    const members = [member(bot, bot), member(worker, worker)];
    expect(changed(given.lockFiles, members)).toBeUndefined();
    expect(changed([lockFile()], members)).toContain('no longer holds the lock');
    expect(changed([lockFile()], members, true)).toBeUndefined();
  });

  test('that has ended holds nothing, whoever has its number now', () => {
    expect(changed(given.lockFiles, [member(bot, undefined), member(worker, worker)])).toContain(
      'no longer holds the lock',
    );
  });
});

describe('Keep This and Terminate the Others', () => {
  const keepOther: TerminationTarget = { kind: 'keep', pid: 200 };
  const owner = (): TerminationCandidate => shown(100, keepOther);

  test('ends the owner while the one that stays runs', () => {
    expect(whyNoLonger(inspected(two), keepOther, owner(), [member(bot, bot)], false)).toBeUndefined();
  });

  test('ends the owner while the one that stays runs, meant by one of its processes', () => {
    const worker = proc(201, 'node worker.js', { ppid: 200, startedAgo: 60 });
    const now = inspected({ ...two, processes: [bot, other, worker] });
    const target: TerminationTarget = { kind: 'keep', pid: 201 };
    expect(whyNoLonger(now, target, owner(), [member(bot, bot)], false)).toBeUndefined();
  });

  test.each([false, true])('ends nobody once the one that should stay has ended (begun: %s)', (begun) => {
    const now = inspected({ ...two, processes: [bot] });
    expect(whyNoLonger(now, keepOther, owner(), [member(bot, bot)], begun)).toContain(
      'Process 200, the one to keep, is gone',
    );
  });

  test('ends nobody once its number is another process', () => {
    const target: TerminationTarget = { kind: 'keep', pid: 200, startTime: (other.startTime ?? 0) - 60_000 };
    expect(whyNoLonger(inspected(two), target, owner(), [member(bot, bot)], false)).toContain(
      'the one to keep, is gone',
    );
  });

  test('ends none once the one that should stay runs on and is no instance', () => {
    const changed = { ...two, processes: [bot, proc(200, 'python3 other.py', { startedAgo: 60 })] };
    expect(whyNoLonger(inspected(changed), keepOther, owner(), [member(bot, bot)], false)).toContain(
      'the one to keep, is gone',
    );
  });

  test('ends none once a lock alone names the one that should stay, and the system lists it no more', () => {
    const given = { ...two, processes: [bot], lockFiles: [lockFile([lock([bot, other])])] };
    const now = inspected(given);
    const { snapshot } = inspected({ ...given, processes: [bot, other] });
    expect(whyNoLonger({ ...now, snapshot }, keepOther, owner(), [member(bot, bot)], false)).toContain(
      'the one to keep, is gone',
    );
  });

  test('ends none that is not proven any more', () => {
    const keepBot: TerminationTarget = { kind: 'keep', pid: 100 };
    const chosen = shown(200, keepBot);
    expect(chosen.preselected).toBe(true);
    const now = inspected({
      ...two,
      processes: [bot, { ...other, argv: ['python3', 'bot.py', '--shard', '2'] }],
    });
    expect(whyNoLonger(now, keepBot, chosen, [member(other, other)], false)).toContain('is no longer proven');
  });

  test('ends what has become the owner since: who stays was decided', () => {
    const target: TerminationTarget = { kind: 'keep', pid: 100 };
    const taken = inspected({ ...two, lockFiles: [lockFile([lock([other])])] });
    expect(whyNoLonger(taken, target, shown(200, target), [member(other, other)], false)).toBeUndefined();
  });
});

describe('Terminate Instance', () => {
  const target: TerminationTarget = { kind: 'instance', pid: 200 };

  test('ends the instance, as long as it is one', () => {
    const candidate = shown(200, target);
    expect(whyNoLonger(inspected(two), target, candidate, [member(other, other)], false)).toBeUndefined();
    const stranger = proc(200, 'python3 other.py', { startedAgo: 60 });
    const now = inspected({ ...two, processes: [bot, stranger] });
    expect(whyNoLonger(now, target, candidate, [member(stranger, stranger)], false)).toContain(
      'no longer looks like an instance',
    );
  });

  test('ends the one that was pointed at, proven or not', () => {
    const candidate = shown(200, target);
    expect(candidate.preselected).toBe(true);
    const now = inspected({
      ...two,
      processes: [bot, { ...other, argv: ['python3', 'bot.py', '--shard', '2'] }],
    });
    expect(whyNoLonger(now, target, candidate, [member(other, other)], false)).toBeUndefined();
  });

  test('leaves what belongs to another service now', () => {
    const claims = new Map<number, Claim>([[200, { by: 'holds', path: '/elsewhere/bot.lock' }]]);
    expect(
      whyNoLonger(inspected(two, claims), target, shown(200, target), [member(other, other)], false),
    ).toContain('now belongs to another service');
  });
});
