/** Who is ticked for the person, who shares the lock that is pointed at, and whether the choice still holds. */
import { describe, expect, test } from 'vitest';
import { forLog } from '../../../src/actions/cleanUp/forLog';
import { candidatesOf, plannedFor } from '../../../src/actions/terminate/candidates';
import type { PlannedInstance } from '../../../src/actions/terminate/plannedInstance';
import type { Member } from '../../../src/actions/terminate/members';
import type { TerminationCandidate, TerminationTarget } from '../../../src/actions/terminate/plan';
import { whyNoLonger } from '../../../src/actions/terminate/recheck';
import { diagnose } from '../../../src/model/diagnose';
import type { ProcessFacts } from '../../../src/model/facts';
import type { Instance } from '../../../src/model/instances/instance';
import { facts, lock, lockFile, pidFile, proc, without, type Given } from '../model/build';

const duplicates = { kind: 'duplicates' } as const;
const bot = (pid: number, more: Partial<ProcessFacts> = {}): ProcessFacts =>
  proc(pid, 'python3 bot.py', more);
const inspected = (given: Given) => {
  const seen = facts(given);
  return { facts: seen, snapshot: diagnose(seen) };
};

type How = Partial<Pick<Instance, 'counted'>> & {
  role?: PlannedInstance['role'];
  proof?: Instance['proof']['proof'];
};

function planned(pid: number, how: How | undefined): PlannedInstance {
  const [root, role] = [bot(pid), how?.role ?? 'duplicate'];
  if (how === undefined) return { role, root, members: [root], isTarget: false };
  const { counted = true, proof = 'proven' } = how;
  const instance = {
    root,
    processes: [root],
    role: role === 'holder' || role === 'restarter' ? ('owner' as const) : role,
    counted,
    proof: { proof, reason: 'named' as const, differences: [] },
  };
  return { role, root, members: [root], isTarget: false, instance };
}

describe('who is ticked', () => {
  const ticked = (hows: (How | undefined)[], max = 1) => {
    const plannedOnes = hows.map((how, i) => planned(i + 1 + 10, how));
    const seen = inspected({
      service: { maxInstances: max },
      processes: plannedOnes.map(({ root }) => root),
    });
    return candidatesOf(seen, plannedOnes, duplicates, new Set()).map(({ preselected }) =>
      preselected ? 1 : 0,
    );
  };
  const owner = { role: 'owner' } as const;
  test.each<[string, (How | undefined)[], number[], number?]>([
    ['a proven duplicate beside a proven owner', [owner, {}], [0, 1]],
    ['all of them', [owner, {}, {}], [0, 1, 1]],
    ['none beside an owner that is only plausible', [{ ...owner, proof: 'plausible' }, {}], [0, 0]],
    [
      'none beside two owners of which one is only plausible',
      [owner, { ...owner, proof: 'plausible' }, {}],
      [0, 0, 0],
      2,
    ],
    ['not one that is only plausible', [owner, { proof: 'plausible' }, {}], [0, 0, 1]],
    ['not one that does not count', [owner, { counted: false }, {}], [0, 0, 1]],
    ['not a possible duplicate', [owner, { role: 'possibleDuplicate' }, {}], [0, 0, 1]],
    ['not one that is no instance', [owner, undefined, {}], [0, 0, 1]],
    ['none without an owner', [{}, {}], [0, 0]],
    [
      'none without an owner, though a possible duplicate counts',
      [{}, { role: 'possibleDuplicate' }],
      [0, 0],
    ],
    ['none beside an owner that does not count', [{ ...owner, counted: false }, {}, {}], [0, 0, 0]],
    ['none where more are duplicates than have to go', [owner, {}, {}], [0, 0, 0], 2],
    ['those that have to go', [owner, owner, {}], [0, 0, 1], 2],
    [
      'whatever does not count besides',
      [owner, {}, { role: 'possibleDuplicate', counted: false, proof: 'plausible' }],
      [0, 1, 0],
    ],
    [
      'an uncounted owner that is only plausible changes nothing',
      [owner, {}, { ...owner, counted: false, proof: 'plausible' }],
      [0, 1, 0],
    ],
  ])('%s', (_, hows, expected, max) => {
    expect(ticked(hows, max)).toEqual(expected);
  });

  test('what follows is said of an owner alone, and where duplicates are ended', () => {
    const [one, two] = [planned(11, owner), planned(12, {})];
    const seen = inspected({
      processes: [one.root, two.root],
      lockFiles: [lockFile([lock([one.root, two.root])])],
      pidFiles: [pidFile('7')],
    });
    const follows = (target: TerminationTarget) =>
      candidatesOf(seen, [one, two], target, new Set()).map((found) => found.follows);
    expect(follows(duplicates)).toEqual([
      'It holds /home/ann/bot/bot.lock. When it exits the lock is released, and another process may take it.',
      undefined,
    ]);
    expect(follows({ kind: 'holder', pid: 11 })).toEqual([undefined, undefined]);
    const free = inspected({ processes: [one.root], pidFiles: [pidFile('')] });
    const [found] = candidatesOf(free, [one], duplicates, new Set());
    expect(Object.keys(found ?? {})).not.toContain('follows');
    expect(Object.keys(found ?? {})).not.toContain('refusal');
    const orphan = { ...one, root: without(one.root, 'ppid') as ProcessFacts };
    expect(Object.keys(candidatesOf(free, [orphan], duplicates, new Set())[0]?.root ?? {})).not.toContain(
      'parent',
    );
  });
});

describe('who shares the lock that is pointed at', () => {
  const [boss, a, b] = [proc(40, 'python3 boss.py'), bot(41, { ppid: 40 }), bot(42, { ppid: 40 })];
  const [c, d] = [proc(43, 'sleep 9', { ppid: 41 }), proc(44, 'sleep 8', { ppid: 43 })];
  const given = (...locks: ReturnType<typeof lock>[]): Given => ({
    service: { process: { kind: 'substring', text: 'bot.py' } },
    processes: [boss, a, b, c, d],
    lockFiles: [lockFile(locks)],
  });
  const found = (at: Given, pid: number) => {
    const seen = inspected(at);
    return plannedFor(seen, { kind: 'holder', pid }).map(({ root, members, isTarget, instance }) => [
      root.pid,
      members.map((one) => one.pid).join(' '),
      isTarget,
      instance !== undefined,
    ]);
  };
  test('with all that it started, where it is no instance itself', () => {
    expect(found(given(lock([boss])), 40)).toEqual([[40, '40 41 42 43 44', true, false]]);
    expect(found(given(lock([boss, a])), 41)).toEqual([
      [41, '41 43 44', true, true],
      [40, '40 41 42 43 44', false, false],
    ]);
    expect(found(given(lock([a, b], { access: 'read' })), 41)).toEqual([[41, '41 43 44', true, true]]);
    expect(found(given(lock([boss])), 41)).toEqual([]);
    expect(found(given(lock([a]), lock([b], { access: 'read' })), 41)).toEqual([
      [41, '41 43 44', true, true],
    ]);
  });

  test('as the lock shows it, where it is not among the processes any more', () => {
    expect(found({ processes: [], lockFiles: [lockFile([lock([boss])])] }, 40)).toEqual([
      [40, '40', true, true],
    ]);
  });
});

describe('whether the choice still holds', () => {
  const one = bot(200);
  const member = (process: ProcessFacts | undefined, pid = process?.pid ?? 0): Member => ({
    pid,
    command: 'bot',
    handle: { pid, read: () => process, signal: () => ({ result: 'gone' }), close: () => undefined },
    parent: undefined,
    facts: process,
  });
  const candidate = (more: Partial<TerminationCandidate> = {}): TerminationCandidate => ({
    id: '200',
    role: 'duplicate',
    counted: true,
    root: { pid: 200, command: 'bot', holds: [], ports: [] },
    processes: [],
    preselected: true,
    ...more,
  });
  interface Now {
    instances?: {
      pids: number[];
      role?: 'owner' | 'duplicate';
      counted?: boolean;
      proof?: 'proven' | 'plausible';
    }[];
    claims?: number[];
    locked?: ProcessFacts[];
    target?: TerminationTarget;
    chosen?: Partial<TerminationCandidate>;
    members?: Member[];
    begun?: boolean;
  }
  const proven = [{ pids: [200] }];
  function changed({ instances = proven, claims = [], locked = [], target = duplicates, ...more }: Now) {
    const seen = inspected({
      processes: [one],
      lockFiles: [lockFile(locked.length > 0 ? [lock(locked)] : [])],
    });
    const list = instances.map(({ pids, role = 'duplicate', counted, proof = 'proven' }) => ({
      root: { pid: pids[0] ?? 0, command: 'x' },
      processes: pids.map((pid) => ({ pid, command: 'x' })),
      role,
      proof,
      ...(counted === undefined ? {} : { counted }),
    }));
    const now = {
      facts: {
        ...seen.facts,
        claims: new Map(claims.map((pid) => [pid, { by: 'holds' as const, path: '/a' }])),
      },
      snapshot: { ...seen.snapshot, instances: list },
    };
    const { chosen = {}, members = [member(one)], begun = false } = more;
    return whyNoLonger(now, target, candidate(chosen), members, begun);
  }
  const owner = [{ pids: [200], role: 'owner' as const }];
  const holder = { kind: 'holder', pid: 200 } as const;
  test.each<[string, Now, RegExp | undefined]>([
    ['it is the same', {}, undefined],
    ['it is the owner by now', { instances: owner }, /^Process 200 is now the owner rather than a duplicate/],
    ['it is the owner by now, in the middle of it', { instances: owner, begun: true }, /now the owner/],
    [
      'it was the owner when it was chosen',
      { instances: owner, chosen: { role: 'owner', preselected: false } },
      undefined,
    ],
    [
      'it is an owner that does not count',
      { instances: [{ ...owner[0], pids: [200], role: 'owner', counted: false }] },
      undefined,
    ],
    ['it is part of a larger one', { instances: [{ pids: [7, 200] }] }, undefined],
    ['it owns something else', { claims: [200] }, /^Process 200 now belongs to another service/],
    ['something else does', { claims: [7] }, undefined],
    ['it owns something else, and this too', { claims: [200], locked: [one] }, undefined],
    ['it owns something else, in the middle of it', { claims: [200], begun: true }, undefined],
    [
      'a member that is gone owns something else',
      { claims: [7], members: [member(one), member(undefined, 7)] },
      undefined,
    ],
    ['it is no instance', { instances: [] }, /no longer looks like an instance/],
    ['another is one', { instances: [{ pids: [7] }] }, /no longer looks like an instance/],
    ['it is none, in the middle of it', { instances: [], begun: true }, undefined],
    ['it is no longer proven', { instances: [{ pids: [200], proof: 'plausible' }] }, /no longer proven/],
    [
      'it is no longer proven, in the middle of it',
      { instances: [{ pids: [200], proof: 'plausible' }], begun: true },
      undefined,
    ],
    [
      'it never was',
      { instances: [{ pids: [200], proof: 'plausible' }], chosen: { preselected: false } },
      undefined,
    ],
    [
      'one of two is proven',
      { instances: [{ pids: [200], proof: 'plausible' }, { pids: [200] }] },
      undefined,
    ],
    ['it holds the lock', { target: holder, locked: [one] }, undefined],
    ['it does not', { target: holder }, /^Process 200 no longer holds the lock/],
    ['another does', { target: holder, locked: [bot(7)] }, /no longer holds the lock/],
    ['it does not, in the middle of it', { target: holder, begun: true }, undefined],
    [
      'one of its members does',
      { target: holder, locked: [bot(7)], members: [member(one), member(bot(7))] },
      undefined,
    ],
    [
      'one that is gone is listed still',
      { target: holder, locked: [bot(7)], members: [member(one), member(undefined, 7)] },
      /no longer holds/,
    ],
  ])('%s', (_, now, expected) => {
    if (expected === undefined) expect(changed(now)).toBeUndefined();
    else expect(changed(now)).toMatch(expected);
  });
});

test.each([
  ['4242', '4242'],
  ['4242\n', '4242'],
  ['4242\ntower', '4242 tower'],
  ['4242\ntower\n\n', '4242 tower'],
  ['4242\ntower\ns3cret', '4242 tower …'],
  ['{"pid": 4242,\n "token": "abcdefghijklmnop"}', '{"pid":4242,"token":"***"}'],
  ['null', 'null'],
  ['"x"', '"x"'],
  ['', ''],
])('the log shows %j as one line without secrets', (content, expected) => {
  const shown = forLog({ kind: 'file', content: Buffer.from(content) });
  expect(shown.replace(/"token":"[^"]*"/, '"token":"***"')).toBe(expected);
  expect(shown).not.toContain('abcdefghijklmnop');
  expect(forLog({ kind: 'directory', content: Buffer.from(content) })).toBe('(an empty directory)');
});
