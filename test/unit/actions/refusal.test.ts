/** Who must not be signalled, and what is said instead; beside each the nearest one who may be. */
import { describe, expect, test } from 'vitest';
import { candidatesOf, plannedFor } from '../../../src/actions/terminate/candidates';
import type { PlannedInstance } from '../../../src/actions/terminate/plannedInstance';
import { holdsWriteLock, locksOf, provenLocks } from '../../../src/actions/terminate/locks';
import type { TerminationTarget } from '../../../src/actions/terminate/plan';
import {
  findCommands,
  refusalOf,
  restarterWarning,
  stopCommandOf,
  supervisorWarning,
} from '../../../src/actions/terminate/refusal';
import { diagnose } from '../../../src/model/diagnose';
import type { ProcessFacts, SupervisorFacts } from '../../../src/model/facts';
import type { Instance } from '../../../src/model/instances/instance';
import { alive, facts, file, holder, lock, lockFile, OLD, pidFile, proc, type Given } from '../model/build';

const duplicates = { kind: 'duplicates' } as const;
const bot = proc(100, 'python3 bot.py');
const isNamed = { process: { kind: 'substring', text: 'bot.py' } } as const;

const inspected = (given: Given) => {
  const seen = facts(given);
  return { facts: seen, snapshot: diagnose(seen) };
};

interface Case extends Given {
  planned?: Partial<PlannedInstance>;
  target?: TerminationTarget;
  claims?: [number, { by: 'holds' | 'recorded'; path: string }][];
}

const instance = (more: Partial<Instance> = {}): Instance => ({
  root: bot,
  processes: [bot],
  role: 'duplicate',
  counted: true,
  proof: { proof: 'proven', reason: 'sameAsOwner', differences: [] },
  ...more,
});

function refusal({ planned, target = duplicates, claims, ...given }: Case): string | undefined {
  const members = planned?.members ?? [planned?.root ?? bot];
  const seen = inspected({ processes: members, ...given });
  const all = claims === undefined ? seen : { ...seen, facts: { ...seen.facts, claims: new Map(claims) } };
  const [root = bot] = members;
  return refusalOf(all, { role: 'duplicate', root, members, isTarget: false, ...planned }, target);
}

const held = (...processes: ProcessFacts[]) => ({ lockFiles: [lockFile([lock(processes)])] });
const holderOf = (pid: number) => ({ kind: 'holder', pid }) as const;
const restarter = (command: string, more: Case = {}): Case => ({
  planned: { role: 'restarter', members: [proc(100, command)] },
  target: { kind: 'restarter', pid: 100 },
  ...more,
});
const members = (...all: ProcessFacts[]): Case => ({ planned: { members: all } });
const counted = (more: Partial<Instance>, role: PlannedInstance['role'] = 'duplicate'): Case => ({
  planned: { role, instance: instance(more) },
});
const tmux = proc(100, 'tmux new -s bots');
const uncounted = counted({
  counted: false,
  proof: { proof: 'guessed', reason: 'sharedLock', differences: [] },
});
const claimed: Case = { claims: [[100, { by: 'holds', path: '/a' }]] };
const pointed = { kind: 'instance', pid: 100 } as const;
const keeping = { kind: 'keep', pid: 7 } as const;
const named = (verdict: 'live' | 'unverifiable'): Case => ({
  host: verdict === 'live' ? {} : { ownPids: [100] },
  pidFiles: [pidFile('100', alive(bot))],
});

describe('who must not be ended', () => {
  test.each<[string, Case, RegExp | undefined]>([
    ['nobody in particular', {}, undefined],
    ['this window', { host: { ownPids: [100] } }, /^Process 100 \(python3 bot\.py\) is this extension host/],
    [
      'a process above this window',
      members(bot, proc(901, 'code')),
      /^Process 901 \(code\) is this extension host/,
    ],
    ['this very process', members(proc(process.pid, 'node')), /is this extension host/],
    ['its parent', members(proc(process.ppid, 'node')), /is this extension host/],
    [
      'the first process',
      members(bot, proc(1, 'init')),
      /^Process 1 \(init\) keeps the whole system running/,
    ],
    ['a second one', members(bot, proc(2, 'x')), undefined],
    ['what has no number here', members(proc(0, 'x')), /keeps the whole system running/],
    ['a thread of the kernel', members({ ...bot, kernelThread: true }), /^Process 100 .* is a kernel thread/],
    [
      'who holds something else',
      { claims: [[100, { by: 'holds', path: '/a' }]] },
      /^Process 100 .* holds \/a, so it belongs to another service/,
    ],
    [
      'whom another record names',
      { claims: [[100, { by: 'recorded', path: '/a' }]] },
      /^\/a names pid 100 .*, so that process belongs to another service/,
    ],
    [
      'a member that holds something else',
      { ...members(bot, proc(7, 'x')), claims: [[7, { by: 'holds', path: '/a' }]] },
      /7/,
    ],
    ['who holds this too', { claims: [[100, { by: 'holds', path: '/a' }]], ...held(bot) }, undefined],
    ['somebody else’s claim', { claims: [[7, { by: 'holds', path: '/a' }]] }, undefined],
    [
      'the holder, whatever else it holds',
      { claims: [[100, { by: 'holds', path: '/a' }]], target: holderOf(100), ...held(bot) },
      undefined,
    ],
    ['a script that starts it again', restarter('bash loop.sh'), undefined],
    ['a program that starts it again', restarter('node watch.js'), undefined],
    ['a shell that its user types into', restarter('-bash'), /starts whatever its user runs/],
    ['an editor that runs it', restarter('vim bot.py'), /starts whatever its user runs/],
    ['a terminal multiplexer', restarter('tmux new -s bots'), /starts whatever its user runs/],
    [
      'what starts it again, and holds something else',
      restarter('bash loop.sh', { claims: [[100, { by: 'holds', path: '/a' }]] }),
      /belongs to another service/,
    ],
    ['one that counts', counted({}), undefined],
    ['the one that is pointed at, whatever it counts as', { ...uncounted, target: pointed }, undefined],
    [
      'the one that is pointed at, and holds something else',
      { ...counted({}), ...claimed, target: pointed },
      /belongs to another service/,
    ],
    [
      'the one to keep',
      { planned: { isTarget: true, instance: instance() }, target: keeping },
      /^Process 100 .* is the one to keep/,
    ],
    ['one beside the one to keep', { ...counted({}), target: keeping }, undefined],
    [
      'one beside the one to keep that does not count',
      { ...uncounted, target: keeping },
      /does not count as an instance/,
    ],
    [
      'one beside the one to keep that holds something else',
      { ...counted({}), ...claimed, target: keeping },
      /belongs to another service/,
    ],
    [
      'one that has just started',
      counted({ counted: false, starting: true }),
      /^Process 100 .* has just started/,
    ],
    ['a possible duplicate', counted({ counted: false }, 'possibleDuplicate'), undefined],
    [
      'a possible duplicate that has just started',
      counted({ counted: false, starting: true }, 'possibleDuplicate'),
      /has just started/,
    ],
    [
      'one that does not count',
      counted({ counted: false, proof: { proof: 'guessed', reason: 'sharedLock', differences: [] } }),
      /^Process 100 .* does not count as an instance \(not an instance for that alone: .*Terminate Lock Holder/,
    ],
    [
      'one that does not count, as the holder',
      { ...counted({ counted: false }), target: holderOf(100), ...held(bot) },
      undefined,
    ],
    [
      'the holder, though it starts whatever its user wants',
      { ...members(tmux), target: holderOf(100), ...held(tmux) },
      undefined,
    ],
    [
      'the holder of a lock that is made to be shared, whatever else it holds',
      { ...claimed, target: holderOf(100), lockFiles: [lockFile([lock([bot], { access: 'read' })])] },
      undefined,
    ],
    ['who holds no lock', { target: holderOf(100) }, /^Could not confirm that pid 100 .* holds/],
    [
      'who is only listed as a holder',
      { target: holderOf(100), lockFiles: [lockFile([lock([holder(bot, { proven: false })])])] },
      /Could not confirm/,
    ],
    [
      'one of whose members holds it',
      { ...members(bot, proc(7, 'x')), target: holderOf(100), ...held(proc(7, 'x')) },
      undefined,
    ],
    [
      'another user’s',
      members({ ...bot, uid: 7, user: 'bob' }),
      /^Process 100 .* belongs to another user \(bob\)\. .*: sudo kill 100$/,
    ],
    [
      'another user’s without a name',
      members({ ...bot, uid: 7, user: undefined } as never),
      /another user \(7\)/,
    ],
    ['another user’s member', members(bot, proc(7, 'x', { uid: 7 })), /^Process 7/],
    ['another user’s, for root', { ...members({ ...bot, uid: 7 }), host: { uid: 0 } }, undefined],
    [
      'another user’s, where users have no numbers',
      { ...members({ ...bot, uid: 7 }), host: { uid: undefined } as never },
      undefined,
    ],
    ['whose user is not shown', members({ ...bot, uid: undefined } as never), undefined],
    [
      'whom a record names that proves nothing',
      { pidFiles: [pidFile('100', alive(bot), { foreign: 'outsideNamespace' })] },
      /^Process 100 .* merely has the pid/,
    ],
    ['whom a record names and nothing contradicts', named('live'), undefined],
    [
      'whom such a record names, and `process` too',
      {
        service: isNamed,
        host: { hostname: 'x' },
        pidFiles: [pidFile('{"pid":100,"host":"y"}', alive(bot))],
      },
      undefined,
    ],
    [
      'whom such a record names, and it holds the lock',
      { ...held(bot), pidFiles: [pidFile('{"pid":100,"host":"y"}', alive(bot))] },
      undefined,
    ],
    [
      'whom a record of another start names',
      { pidFiles: [pidFile(`{"pid":100,"startTicks":${(bot.startTicks ?? 0) - 1}}`, alive(bot), OLD)] },
      /merely has the pid/,
    ],
    [
      'whom a record of another start names, and it holds the lock',
      {
        ...held(bot),
        pidFiles: [pidFile(`{"pid":100,"startTicks":${(bot.startTicks ?? 0) - 1}}`, alive(bot), OLD)],
      },
      undefined,
    ],
    [
      'whom such a record does not name',
      { ...members(bot, proc(7, 'x')), pidFiles: [pidFile('{"pid":8,"host":"y"}', alive(bot))] },
      undefined,
    ],
    ['who has ended', members({ ...bot, state: 'Z' }), /^Process 100 .* has already exited/],
    ['one of whose members runs', members({ ...bot, state: 'Z' }, proc(7, 'x')), undefined],
  ])('%s', (_, given, expected) => {
    if (expected === undefined) expect(refusal(given)).toBeUndefined();
    else expect(refusal(given)).toMatch(expected);
  });
});

describe('what would start it again', () => {
  const supervised = (supervisor: SupervisorFacts) => supervisorWarning({ ...bot, supervisor });
  test('is named, with its own way to stop where that is known', () => {
    expect(supervisorWarning(bot)).toBeUndefined();
    expect(supervised({ kind: 'vscode', name: 'terminal' })).toBe('It runs in a VS Code terminal.');
    for (const kind of ['tmux', 'screen'] as const) {
      expect(supervised({ kind, name: 'x' })).toBe(`It runs in ${kind} x.`);
      expect(supervised({ kind, name: 'x', stopCommand: 'stop' })).toBe(
        `It runs in ${kind} x; to stop it there: stop`,
      );
    }
    expect(supervised({ kind: 'pm2', name: 'x' })).toBe('pm2 x may restart it.');
    expect(supervised({ kind: 'docker', stopCommand: 'stop' })).toBe(
      'docker may restart it; to stop it there: stop',
    );
    expect(stopCommandOf(bot)).toBeUndefined();
    expect(stopCommandOf({ ...bot, supervisor: { kind: 'cron', stopCommand: 'x' } })).toBe('x');
  });

  const child = { ...bot, ppid: 50 };
  test.each([
    ['a script above it', [proc(50, 'bash run.sh')], [child], true],
    ['an interactive shell', [proc(50, 'bash')], [child], false],
    ['a program', [proc(50, 'python3 other.py')], [child], false],
    ['a script that is gone', [], [child], false],
    ['a script that ends with it', [proc(50, 'bash run.sh')], [proc(50, 'bash run.sh'), child], false],
    ['a script above a member', [proc(50, 'bash run.sh')], [proc(7, 'x'), child], true],
    ['the first process', [proc(1, 'bash run.sh')], [bot], false],
    ['no parent', [], [{ ...bot, ppid: undefined } as never], false],
  ])('%s', (_, others, all, warns) => {
    const warning = restarterWarning(all, facts({ processes: others }));
    expect(warning).toBe(warns ? 'Its parent, pid 50 (bash run.sh), may restart it.' : undefined);
  });

  test('a lock without a known holder gives one command for each file', () => {
    const unknown = [lock([]), lock([])];
    const given = {
      lockFiles: [lockFile(unknown), lockFile([lock([bot])], { file: file('/held.lock') })],
      pidFiles: [pidFile('1', undefined, { locks: unknown, file: file("/it's.pid") })],
    };
    expect(findCommands(facts(given))).toEqual([
      'sudo lsof /home/ann/bot/bot.lock',
      `sudo lsof '/it'\\''s.pid'`,
    ]);
    const mixed = lockFile([lock([bot]), lock([])], { file: file('/mixed.lock') });
    const free = lockFile([], { file: file('/free.lock') });
    expect(findCommands(facts({ lockFiles: [mixed, free] }))).toEqual(['sudo lsof /mixed.lock']);
  });
});

describe('the locks of a service', () => {
  const reader = lock([bot], { access: 'read' });
  test('each once, however many lists have it', () => {
    const one = lock([bot]);
    const both = facts({
      lockFiles: [lockFile([one], { file: file('/a') })],
      pidFiles: [pidFile('1', undefined, { file: file('/a'), locks: [{ ...one }] })],
    });
    expect(locksOf(both)).toHaveLength(1);
    for (const more of [
      { kind: 'posix' as const },
      { access: 'read' as const },
      { start: '7' },
      { end: '7' },
      { taker: 7 },
      { id: { dev: '1', ino: '2294010' } },
      { id: { dev: '65024', ino: '1' } },
      { holders: [holder(proc(7, 'x'))] },
    ]) {
      expect(locksOf(facts({ lockFiles: [lockFile([one, { ...one, ...more }])] }))).toHaveLength(2);
    }
    // Put one after the other, the numbers of both are the same.
    const alike = [
      { ...one, id: { dev: '1', ino: '23' } },
      { ...one, id: { dev: '12', ino: '3' } },
    ];
    expect(locksOf(facts({ lockFiles: [lockFile(alike)] }))).toHaveLength(2);
    const holders = [[1, 23], [12, 3], [123]].map((pids) => ({
      ...one,
      holders: pids.map((pid) => holder(proc(pid, 'x'))),
    }));
    expect(locksOf(facts({ lockFiles: [lockFile(holders)] }))).toHaveLength(3);
    const elsewhere = lockFile([one], { file: file('/b') });
    expect(locksOf(facts({ lockFiles: [lockFile([one]), elsewhere] })).map(({ path }) => path)).toEqual([
      '/home/ann/bot/bot.lock',
      '/b',
    ]);
  });

  test('its own are those that its descriptors prove; a shared one makes no owner', () => {
    const of = (...locks: ReturnType<typeof lock>[]) => facts({ lockFiles: [lockFile(locks)] });
    expect(provenLocks(of(lock([bot])), 100)).toHaveLength(1);
    expect(provenLocks(of(lock([bot])), 101)).toEqual([]);
    expect(provenLocks(of(lock([holder(bot, { proven: false })])), 100)).toEqual([]);
    expect(holdsWriteLock(of(lock([bot])), 100)).toBe(true);
    expect(holdsWriteLock(of(reader), 100)).toBe(false);
    expect(holdsWriteLock(of(reader, lock([proc(7, 'x')])), 100)).toBe(false);
  });
});

describe('what is shown of an instance', () => {
  const shown = (given: Given, target: TerminationTarget = duplicates, unproven: number[] = []) => {
    const seen = inspected(given);
    return candidatesOf(seen, plannedFor(seen, target), target, new Set(unproven));
  };

  test('everything that is known, and nothing that is not', () => {
    const child = proc(101, 'python3 worker.py', { ppid: 100, user: undefined, cwd: undefined } as never);
    const given = { processes: [bot, child], pidFiles: [pidFile('100', alive(bot))], ...held(bot) };
    const [found] = shown({ service: isNamed, ...given });
    expect(found).toStrictEqual({
      id: `100:${bot.startTicks ?? ''}`,
      role: 'owner',
      counted: true,
      proof: 'proven',
      proofText: 'proven: its own descriptor shows the lock',
      root: found?.processes[0],
      processes: [
        {
          pid: 100,
          startTicks: bot.startTicks,
          startTime: bot.startTime,
          command: 'python3 bot.py',
          cwd: '/home/ann/bot',
          user: 'ann',
          state: 'S',
          parent: { pid: 1, command: '/sbin/init' },
          holds: ['/home/ann/bot/bot.lock'],
          ports: [],
        },
        {
          pid: 101,
          startTicks: child.startTicks,
          startTime: child.startTime,
          command: 'python3 worker.py',
          state: 'S',
          parent: { pid: 100, command: 'python3 bot.py' },
          holds: [],
          ports: [],
        },
      ],
      preselected: false,
      follows:
        'It holds /home/ann/bot/bot.lock. When it exits the lock is released, and another process may take it. ' +
        '/home/ann/bot/bot.pid names it, and will be stale afterwards.',
    });
  });

  test('all who hold one lock as one, with what they started', () => {
    const [holding, child, ring] = [
      proc(200, 'sleep 9', { ppid: 77 }),
      proc(201, 'sleep 8', { ppid: 200 }),
      proc(202, 'sleep 7', { ppid: 201 }),
    ];
    const other = proc(300, 'sleep 6');
    const given = { processes: [holding, child, ring, other], ...held(holding, other) };
    const found = shown(given, { kind: 'holder', pid: 200 });
    expect(
      found.map(({ root, role, preselected, processes }) => [
        root.pid,
        role,
        preselected,
        processes.map(({ pid }) => pid),
      ]),
    ).toEqual([[200, 'holder', true, [200, 300, 201, 202]]]);
    expect(found[0]?.root.parent).toEqual({ pid: 77 });
    expect(found[0]?.follows).toBeUndefined();
    // Those who merely share a lock that is made to be shared stay out.
    const shared = {
      processes: [holding, other],
      lockFiles: [lockFile([lock([holding, other], { access: 'read' })])],
    };
    expect(shown(shared, { kind: 'holder', pid: 200 }).map(({ root }) => root.pid)).toEqual([200]);
    expect(shown(given, { kind: 'holder', pid: 201 })).toEqual([]);
  });

  test('its supervisor, or the script above it, and which members are not pinned down', () => {
    const supervisor = { kind: 'pm2', name: 'bot', stopCommand: 'pm2 stop bot' } as const;
    const child = proc(101, 'python3 worker.py', { ppid: 100, supervisor });
    const [found] = shown(
      { service: isNamed, processes: [bot, child], ...held(bot) },
      duplicates,
      [100, 101],
    );
    expect(found).toMatchObject({
      supervisor,
      warning: 'pm2 bot may restart it; to stop it there: pm2 stop bot',
      refusal: 'Could not establish exactly which process pid 100, 101 is, so it will not be signalled.',
    });
  });
});
