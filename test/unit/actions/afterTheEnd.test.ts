/** What is said when an instance was to be ended: no more than was seen. And who brought it back. */
import { describe, expect, test } from 'vitest';
import type { SignalOutcome } from '../../../src/os/platform';
import {
  dueForContinue,
  isGone,
  isZombie,
  membersOf,
  send,
  stillThere,
  type Member,
} from '../../../src/actions/terminate/members';
import type { CandidateProcess, TerminationCandidate } from '../../../src/actions/terminate/plan';
import { locksAfter, type LockState } from '../../../src/actions/terminate/release';
import { describeRespawn, findRespawn, ProcessesBefore } from '../../../src/actions/terminate/respawn';
import {
  cancelledSentence,
  deniedSentence,
  goneSentence,
  nameOf,
  stillRunningSentence,
} from '../../../src/actions/terminate/sentences';
import type { TerminationSession } from '../../../src/actions/terminate/session';
import { commandsFor } from '../../../src/model/commands/index';
import { diagnose } from '../../../src/model/diagnose';
import type { ProcessFacts } from '../../../src/model/facts';
import { facts, file, lock, lockFile, pidFile, proc, without, type Given } from '../model/build';

const bot = proc(100, 'python3 bot.py');
const child = proc(101, 'python3 worker.py', { ppid: 100 });

const planned = (process: ProcessFacts, more: Partial<CandidateProcess> = {}): CandidateProcess => ({
  pid: process.pid,
  command: process.argv.join(' '),
  holds: [],
  ports: [],
  ...more,
});
const candidate = (...processes: CandidateProcess[]): TerminationCandidate => ({
  id: '100',
  role: 'duplicate',
  counted: true,
  root: planned(bot),
  processes,
  preselected: false,
});
const whole = candidate(planned(bot), planned(child, { parent: { pid: 100, command: 'python3 bot.py' } }));

function member(now: ProcessFacts | undefined, more: Partial<Member> = {}): Member {
  const handle = {
    pid: 100,
    read: () => now,
    signal: () => ({ result: 'sent' as const }),
    close: () => undefined,
  };
  return {
    pid: now?.pid ?? 100,
    command: now?.argv.join(' ') ?? 'gone',
    handle,
    parent: undefined,
    facts: now,
    ...more,
  };
}

describe('an instance that is gone', () => {
  test.each<[string, Parameters<typeof goneSentence>, string]>([
    ['alone', [candidate(planned(bot)), [], 'ended', undefined], 'Process 100 (python3 bot.py) exited.'],
    [
      'with one',
      [whole, [], 'alreadyGone', undefined],
      'Process 100 (python3 bot.py) and its other process had already exited.',
    ],
    [
      'with two',
      [candidate(planned(bot), planned(child), planned(child)), [], 'killed', { state: 'released' }],
      'Process 100 (python3 bot.py) and its 2 other processes did not exit in time after SIGTERM and was killed; its lock is released.',
    ],
    [
      'whose lock is taken',
      [candidate(planned(bot)), [], 'ended', { state: 'taken', path: '/a', by: [child] }],
      'Process 100 (python3 bot.py) exited; its lock on /a was released and is now held by 101 (python3 worker.py).',
    ],
    [
      'whose lock somebody took',
      [candidate(planned(bot)), [], 'ended', { state: 'taken', path: '/a', by: [] }],
      'Process 100 (python3 bot.py) exited; its lock on /a was released and has been taken again.',
    ],
    [
      'whose lock is kept',
      [candidate(planned(bot)), [], 'ended', { state: 'kept', path: '/a', by: [child] }],
      'Process 100 (python3 bot.py) exited, but its lock on /a is still held by 101 (python3 worker.py), which inherited it.',
    ],
    [
      'whose lock somebody keeps',
      [candidate(planned(bot)), [], 'ended', { state: 'kept', path: '/a', by: [] }],
      'Process 100 (python3 bot.py) exited, but its lock on /a is still held by a process that could not be identified.',
    ],
    [
      'but for a zombie of its own',
      [whole, [member(bot), member({ ...child, state: 'Z' })], 'ended', undefined],
      'Process 100 (python3 bot.py) and its other process exited. Process 101 remains a zombie until its parent 100 (python3 bot.py) reaps it; it holds nothing.',
    ],
    [
      'but for a zombie that has another parent by now',
      [whole, [member({ ...child, state: 'Z', ppid: 7 })], 'ended', undefined],
      'Process 100 (python3 bot.py) and its other process exited. Process 101 remains a zombie until its parent 7 reaps it; it holds nothing.',
    ],
    [
      'but for a zombie without one',
      [whole, [member({ ...bot, state: 'Z', ppid: undefined } as never)], 'ended', undefined],
      'Process 100 (python3 bot.py) and its other process exited. Process 100 remains a zombie until its parent ? reaps it; it holds nothing.',
    ],
  ])('%s', (_, args, expected) => {
    expect(goneSentence(...args)).toBe(expected);
  });

  test('is called by one short line', () => {
    expect(nameOf({ ...whole, root: { ...planned(bot), command: `a\n${'b'.repeat(200)}` } })).toHaveLength(
      106,
    );
  });
});

describe('an instance that is still there', () => {
  const [running, waiting, traced] = [
    member(bot),
    member({ ...child, state: 'D' }),
    member({ ...child, state: 't' }),
  ];
  const [it, both] = [
    'Process 100 (python3 bot.py)',
    'Processes 100 (python3 bot.py) and 101 (python3 worker.py)',
  ];
  test.each<[Member[], Parameters<typeof stillRunningSentence>[1], string]>([
    [
      [waiting],
      'afterKill',
      'Process 101 (python3 worker.py) is in uninterruptible sleep (state D); SIGKILL takes effect once the system call returns.',
    ],
    [
      [running, waiting],
      'afterKill',
      `${both} are still there 3 s after SIGKILL; they may be frozen or waiting in the kernel.`,
    ],
    [
      [running, traced],
      'ignored',
      'Stopped by a debugger: 101 (python3 worker.py). SIGTERM was sent, and takes effect when the debugger continues.',
    ],
    [
      [waiting],
      'ignored',
      'Process 101 (python3 worker.py) is in uninterruptible sleep (state D); SIGTERM takes effect once the system call returns.',
    ],
    [
      [running, waiting],
      'ignored',
      `${both} are still running 3 s after SIGTERM; SIGKILL is disabled in the settings.`,
    ],
    [[running, waiting], 'declined', `${both} are still running 3 s after SIGTERM; they were not killed.`],
    [
      [waiting, waiting],
      'ignored',
      'Processes 101 (python3 worker.py) and 101 (python3 worker.py) are in uninterruptible sleep (state D); SIGTERM takes effect once their system calls return.',
    ],
    [[running], 'declined', `${it} is still running 3 s after SIGTERM; it was not killed.`],
    [
      [member(undefined)],
      'declined',
      'Process 100 (gone) is still running 3 s after SIGTERM; it was not killed.',
    ],
    [
      [member(undefined)],
      'afterKill',
      'Process 100 (gone) is still there 3 s after SIGKILL; it may be frozen or waiting in the kernel.',
    ],
  ])('%#', (left, why, expected) => {
    expect(stillRunningSentence(left, why, 3)).toBe(expected);
  });

  test('cancelled, denied or unproven', () => {
    expect(cancelledSentence([running], true)).toBe(
      `${it} was sent SIGTERM and was still running when you stopped waiting.`,
    );
    expect(cancelledSentence([running, waiting], true)).toBe(
      `${both} were sent SIGTERM and were still running when you stopped waiting.`,
    );
    expect(cancelledSentence([running], false)).toBe('Cancelled; nothing was signalled.');
    const denied = member(child, { refused: { result: 'denied' } });
    expect(deniedSentence([running, denied], commandsFor({ platform: 'linux' }))).toBe(
      `The system did not allow a signal to pid ${both.replace('Processes ', '')}; it may now run as another user. An administrator can terminate it with: sudo kill 100 101`,
    );
    const unproven = member(bot, { refused: { result: 'unproven', reason: 'why.' } });
    const lost = member(bot, { refused: { result: 'lost', why: 'late' } });
    expect(deniedSentence([denied, lost], commandsFor({ platform: 'linux' }))).toBe(
      'It is unknown whether process 100 (python3 bot.py) got the signal, because the native helper ended before it answered; it was not sent again.',
    );
    expect(deniedSentence([denied, unproven], commandsFor({ platform: 'linux' }))).toBe(
      `${it} was not signalled: why.`,
    );
  });
});

describe('the members of an instance', () => {
  test('are those that there is a handle for, each under its parent', () => {
    const handles = new Map([99, 100, 101].map((pid) => [pid, { ...member(bot).handle, pid }]));
    const session = { handle: (pid: number) => handles.get(pid) } as unknown as TerminationSession;
    const all = candidate(
      planned(proc(99, 'x')),
      planned(bot),
      planned(child, { parent: { pid: 100 } }),
      planned(proc(102, 'x')),
    );
    const found = membersOf(session, all);
    expect(found.map(({ pid, command, parent, facts: now }) => [pid, command, parent?.pid, now])).toEqual([
      [99, 'x', undefined, bot],
      [100, 'python3 bot.py', undefined, bot],
      [101, 'python3 worker.py', 100, bot],
    ]);
  });

  test('are gone as zombies too, and read again until then', () => {
    const states = [undefined, 'Z', 'X', 'S', 'T'].map((state) =>
      member(state === undefined ? undefined : { ...bot, state }),
    );
    expect(states.map(isGone)).toEqual([true, true, true, false, false]);
    expect(states.map(isZombie)).toEqual([false, true, false, false, false]);
    const ended = member(bot, { handle: { ...member(undefined).handle } });
    const reborn = { ...member(undefined), handle: member(bot).handle };
    expect(stillThere([ended, reborn, member(bot)])).toHaveLength(1);
    expect([ended.facts, reborn.facts]).toEqual([undefined, undefined]);
  });

  test('continue once, when they are stopped and were told to end', () => {
    const stopped = { ...bot, state: 'T' };
    const due = (more: Partial<Member>, now = stopped) => dueForContinue([member(now, more)]).length;
    expect(due({ termAt: 0 })).toBe(1);
    expect(due({})).toBe(0);
    expect(due({ termAt: 0, continued: true })).toBe(0);
    expect(due({ termAt: 0 }, { ...bot, state: 't' })).toBe(0);
    expect(dueForContinue([member(undefined, { termAt: 0 })])).toEqual([]);
  });

  test('remember what came of a signal, and say so', async () => {
    const log: string[] = [];
    const told = async (outcome: SignalOutcome) => {
      const one = member(bot, { handle: { ...member(bot).handle, signal: () => outcome } });
      await send(one, 'SIGTERM', (text) => log.push(text));
      return [one.facts === undefined, one.refused];
    };
    expect(await told({ result: 'sent' })).toEqual([false, undefined]);
    expect(await told({ result: 'gone' })).toEqual([true, undefined]);
    expect(await told({ result: 'denied' })).toEqual([false, { result: 'denied' }]);
    expect(await told({ result: 'unproven', reason: 'why' })).toEqual([
      false,
      { result: 'unproven', reason: 'why' },
    ]);
    expect(await told({ result: 'sent', how: 'by its number: no helper' })).toEqual([false, undefined]);
    expect(await told({ result: 'lost', why: 'late' })).toEqual([false, { result: 'lost', why: 'late' }]);
    const said = ['sent', 'gone', 'denied', 'unproven: why', 'sent by its number: no helper', 'lost: late'];
    expect(log).toEqual(said.map((end) => `SIGTERM to pid 100 (python3 bot.py): ${end}`));
  });
});

describe('who holds the lock afterwards', () => {
  const one = lock([bot]);
  const now = (...locks: ReturnType<typeof lock>[]) => {
    const seen = facts({ lockFiles: [lockFile(locks)], processes: [bot, child] });
    return { facts: seen, snapshot: diagnose(seen) };
  };
  const path = '/home/ann/bot/bot.lock';
  const kept = (more: Parameters<typeof lock>[1]): LockState =>
    locksAfter(
      now(lock([child], { taker: 100, ...more })),
      [{ path, lock: one }],
      [{ path, lock: one }],
      [100],
    );
  test.each([
    [{}, 'kept'],
    [{ kind: 'posix' as const }, 'taken'],
    [{ taker: 101 }, 'taken'],
    [{ start: '7' }, 'taken'],
    [{ end: '7' }, 'taken'],
    [{ id: { dev: '1', ino: '2294010' } }, 'taken'],
    [{ id: { dev: '65024', ino: '1' } }, 'taken'],
  ])('another lock is another: %j', (more, state) => {
    expect(kept(more).state).toBe(state);
  });

  test('not who held another lock before, nor a lock on another file', () => {
    const [before, other] = [
      { path, lock: one },
      { path, lock: lock([child]) },
    ];
    expect(locksAfter(now(lock([child])), [before], [before, other], [100])).toEqual({ state: 'released' });
    const elsewhere = { path: '/other', lock: lock([bot], { id: { dev: '1', ino: '7' } }) };
    expect(locksAfter(now(lock([child])), [elsewhere], [elsewhere], [100])).toEqual({ state: 'released' });
    const both = lock([bot, child], { taker: 100 });
    expect(locksAfter(now(both), [before], [before], [100])).toEqual({ state: 'kept', path, by: [child] });
  });
});

describe('what came back', () => {
  const isNamed = { process: { kind: 'substring', text: 'bot.py' } } as const;
  const again = proc(200, 'python3 bot.py', { ppid: 60, startedAgo: 1 });
  const seen = (given: Given) => {
    const all = facts({ service: isNamed, ...given });
    return { facts: all, snapshot: diagnose(all) };
  };
  const knowing = (...processes: ProcessFacts[]): ProcessesBefore => {
    const known = new ProcessesBefore();
    known.add(facts({ processes }));
    known.close();
    known.add(facts({ processes: [again] }));
    return known;
  };
  const found = (given: Given, known = knowing(bot), survivors: number[] = [], heirs: number[] = []) =>
    findRespawn(seen(given), known, new Set(survivors), new Set(heirs))?.pid;
  const held = { lockFiles: [lockFile([lock([proc(300, 'sleep 9')])])] };

  test('is who was not there before', () => {
    expect(found({ processes: [again] })).toBe(200);
    expect(found({ processes: [bot] })).toBeUndefined();
    expect(found({ processes: [{ ...bot, startTicks: 7 }] })).toBe(100);
    expect(found({ processes: [again] }, knowing(again))).toBeUndefined();
    expect(found({ processes: [again] }, knowing(bot), [], [200])).toBeUndefined();
    expect(found({ processes: [again, proc(60, 'x')] }, knowing(bot), [60])).toBeUndefined();
    expect(found({ processes: [again, proc(60, 'x')] }, knowing(bot), [61])).toBe(200);
    expect(found({ processes: [again, proc(60, 'x', { ppid: 200 })] }, knowing(bot), [61])).toBe(200);
    expect(found({ processes: [proc(300, 'sleep 9')], ...held })).toBe(300);
    expect(found({ processes: [], ...held })).toBeUndefined();
    const tmux = proc(310, 'tmux new -s bots');
    expect(found({ processes: [tmux], lockFiles: [lockFile([lock([tmux])])] })).toBe(310);
    const known = knowing(again);
    expect(known.has({ ...again, startTime: 0 })).toBe(true);
    const tickless = without(again, 'startTicks');
    expect(known.has(tickless)).toBe(false);
    expect(knowing(tickless).has({ ...tickless, startTime: 7 })).toBe(false);
    expect(knowing(tickless).has(tickless)).toBe(true);
  });

  const supervisor = { kind: 'pm2', name: 'bot', stopCommand: 'pm2 stop bot' } as const;
  const [starter, middle] = [proc(50, 'bash run.sh', { ppid: 1 }), proc(60, 'sudo bot', { ppid: 50 })];
  const described = (process: ProcessFacts, known: ProcessesBefore, ...others: ProcessFacts[]) => {
    const locked = lockFile([lock([process])]);
    const all = facts({
      processes: [process, ...others],
      lockFiles: [locked],
      pidFiles: [pidFile('1', undefined, { locks: locked.locks, file: file('/home/ann/bot/bot.lock') })],
    });
    const { command, pid, afterMs, holds, ...rest } = describeRespawn(process, all, known, 1234);
    expect([pid, command, afterMs, holds]).toEqual([200, 'python3 bot.py', 1234, ['/home/ann/bot/bot.lock']]);
    return rest;
  };
  const came = 'It was running again after 1.2 s as pid 200 (python3 bot.py)';

  test('is told with who started it, past what is as new as it is', () => {
    expect(described(again, knowing())).toEqual({ sentence: `${came}; what started it is unknown.` });
    expect(described(again, knowing(starter), starter, middle)).toEqual({
      by: { pid: 50, command: 'bash run.sh', startTime: starter.startTime },
      sentence: `${came}, started by pid 50 (bash run.sh).`,
    });
    expect(described(again, knowing(), starter, middle).by).toMatchObject({ pid: 60, command: 'sudo bot' });
    expect(described(again, knowing(), middle).by?.pid).toBe(60);
    expect(described({ ...again, ppid: 1 }, knowing()).by).toBeUndefined();
    expect(described(again, knowing(), { ...middle, ppid: 200 }).by?.pid).toBe(60);
    expect(described({ ...again, ppid: undefined } as never, knowing()).by).toBeUndefined();
  });

  test('is told with its supervisor or that of its parent, and how to stop it there', () => {
    expect(described({ ...again, supervisor }, knowing())).toEqual({
      supervisor: 'pm2 bot',
      stopCommand: 'pm2 stop bot',
      sentence: `${came}, started by pm2 bot; to stop it there: pm2 stop bot`,
    });
    expect(described(again, knowing(), { ...middle, supervisor })).toEqual({
      by: { pid: 60, command: 'sudo bot', startTime: middle.startTime },
      supervisor: 'pm2 bot',
      stopCommand: 'pm2 stop bot',
      sentence: `${came}, started by pid 60 (sudo bot) under pm2 bot; to stop it there: pm2 stop bot`,
    });
  });
});
