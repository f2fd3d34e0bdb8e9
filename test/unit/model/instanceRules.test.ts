/** The rules by which processes become instances, one by one; beside each case the nearest one that goes the other way. */
import { describe, expect, it } from 'vitest';
import { CONFLICT_LINE_FRESH_MS } from '../../../src/model/conflictPatterns';
import { contextOf } from '../../../src/model/context';
import type { LockFacts, ProcessFacts } from '../../../src/model/facts';
import { Groups, type Group } from '../../../src/model/instances/groups';
import { differencesOf, duplicateProof, ownerProof } from '../../../src/model/instances/proof';
import {
  belonging,
  isCounted,
  ownersAmong,
  rivalsAmong,
  startingAmong,
  STARTING_MS,
} from '../../../src/model/instances/rivals';
import { rootOf } from '../../../src/model/instances/trees';
import { ProcessTree } from '../../../src/model/processes/processTree';
import type { JudgedRecord } from '../../../src/model/records/records';
import type { Service } from '../../../src/model/service';
import {
  alive,
  facts,
  file,
  group,
  holder,
  host,
  lock,
  lockFile,
  NOW,
  pidFile,
  proc,
  without,
  type Given,
  NAMED,
} from './build';

const root = (of: Group): ProcessFacts | undefined => [...of.members.values()][0];
const pidsOf = (groups: Iterable<Group>): number[] =>
  [...groups].flatMap(({ members }) => [...members.keys()]);

/** Every instance: its root, role, whether it counts, why, and all of its processes. */
const see = (given: Given & { claims?: number[] }): unknown[] => {
  const all = facts(given);
  const claims = new Map((given.claims ?? []).map((pid) => [pid, { by: 'holds' as const, path: '/a' }]));
  return contextOf({ ...all, claims }).instances.all.map(({ root: top, role, counted, proof, processes }) =>
    [top.pid, role, counted, proof.reason, processes.map(({ pid }) => pid).join(' ')].join(', '),
  );
};

describe('how sure it is that a group is the owner', () => {
  const one = proc(7, 'python3 bot.py');
  it.each<[Partial<Group>, boolean, string]>([
    [{}, true, 'plausible named'],
    [{ holds: 'path' }, true, 'plausible listedOnly'],
    [{ holds: 'path', holdsProven: true, direct: true }, false, 'proven holdsLock'],
    [{ holds: 'deleted', holdsProven: true, matched: true }, false, 'proven holdsLock'],
    [{ holds: 'path', holdsProven: true, holdsAlone: true, direct: true }, false, 'proven onlyUser'],
    [
      { holds: 'path', holdsProven: true, holdEvidence: 'kernelNames', direct: true },
      true,
      'proven kernelNames',
    ],
    [{ holds: 'path', holdsProven: true, holdEvidence: 'onlyTaker' }, false, 'proven onlyTaker'],
    [{ holds: 'path', holdEvidence: 'onlyTaker' }, true, 'plausible listedOnly'],
    [{ holds: 'path', holdsProven: true }, true, 'proven holdsLock'],
    [{ holds: 'path', holdsProven: true }, false, 'proven inheritedLock'],
    [{ holdsProven: true }, true, 'plausible named'],
    [{ recorded: 'proven' }, true, 'proven recordedStart'],
    [{ recorded: 'likely', matched: true }, true, 'proven recordedAndNamed'],
    [{ recorded: 'likely' }, true, 'plausible recorded'],
    [{ reads: true }, true, 'plausible sharedLock'],
    [{ reads: true, matched: true }, true, 'plausible named'],
  ])('%j, counted %s: %s', (more, counted, expected) => {
    expect(ownerProof(group(one, more), counted)).toEqual({
      proof: expected.split(' ')[0],
      reason: expected.split(' ')[1],
      differences: [],
    });
  });

  it.each<[Partial<Group>, boolean, boolean]>([
    [{ matched: true }, true, true],
    [{ matched: true }, false, true],
    [{}, true, false],
    [{}, false, false],
    [{ direct: true }, true, true],
    [{ direct: true }, false, false],
    [{ recorded: 'proven' }, true, true],
    [{ recorded: 'likely' }, true, false],
    [{ recorded: 'likely' }, false, true],
    [{ holds: 'path', holdsProven: true }, true, false],
    [{ holds: 'path', holdsProven: true }, false, true],
    [{ holds: 'path' }, false, false],
    [{ holdsProven: true }, false, false],
  ])('%j counts, where anything matches %s: %s', (more, anyMatch, counts) => {
    expect(isCounted(group(one, more), anyMatch)).toBe(counts);
  });
});

describe('in what two runs differ', () => {
  const owner = proc(7, 'python3 bot.py -v', { startStack: 140_729_387_822_304 });
  const again = { ...owner, startStack: 140_724_990_843_088 };
  it.each<[string, ProcessFacts, string[]]>([
    ['nothing', again, []],
    ['a start that is not shown', without(owner, 'startStack'), []],
    ['a start', owner, ['forked']],
    ['program', { ...again, exe: '/opt/python3' }, ['program']],
    ['a program that may not be read', without(again, 'exe'), ['unread']],
    ['script', { ...again, argv: ['python3', 'other.py', '-v'] }, ['script']],
    ['arguments', { ...again, argv: ['python3', 'bot.py', '-q'] }, ['arguments']],
    ['numbers', { ...again, argv: ['python3', 'bot.py', '-v', '7'] }, ['arguments']],
    ['directory', { ...again, cwd: '/srv' }, ['script', 'directory']],
    ['a directory that may not be read', without(again, 'cwd'), ['script', 'unread']],
    ['user', { ...again, uid: 7 }, ['user']],
    ['a user that is not shown', without(again, 'uid'), ['user']],
    ['namespace', { ...again, nsPids: [7, 1] }, ['namespace']],
    ['no namespace of its own', { ...again, nsPids: [7] }, []],
    ['a title', { ...again, argv: ['bot: running'] }, ['title', 'arguments']],
  ])('%s', (_, other, expected) => {
    expect(differencesOf(owner, other)).toEqual(expected);
    if (!expected.includes('arguments')) expect(differencesOf(other, owner)).toEqual(expected);
    const proof = { proof: 'proven', reason: 'holdsLock', differences: [] } as const;
    expect(duplicateProof(other, { root: owner, proof })).toEqual(
      expected.length === 0
        ? { proof: 'proven', reason: 'sameAsOwner', differences: [] }
        : { proof: 'plausible', reason: 'differs', differences: expected },
    );
    const unproven = { proof: 'plausible', reason: 'noProvenOwner', differences: [] };
    expect(duplicateProof(other, { root: owner, proof: { ...proof, proof: 'plausible' } })).toEqual(unproven);
    expect(duplicateProof(other, undefined)).toEqual(unproven);
  });

  it('is also said of programs that have no key, and of users that neither shows', () => {
    const bare = without(proc(7, 'python3'), 'uid') as ProcessFacts;
    expect(differencesOf(bare, bare)).toEqual(['script', 'user']);
  });
});

describe('who stays', () => {
  const [a, b, c] = [1, 2, 3].map((pid) => proc(pid, 'python3 bot.py'));
  const stays = (max: number, ...more: Partial<Group>[]) => {
    const groups = [a, b, c].flatMap((one, i) => (one && more[i] ? [group(one, more[i])] : []));
    return pidsOf(ownersAmong(new Set(groups), max));
  };
  it.each<[string, number, Partial<Group>[], number[]]>([
    ['who holds the lock', 1, [{}, { holds: 'path' }], [2]],
    ['of the path before one of a deleted file', 1, [{ holds: 'deleted' }, { holds: 'path' }], [2]],
    ['of a deleted file before a recorded one', 1, [{ recorded: 'proven' }, { holds: 'deleted' }], [2]],
    ['who is recorded', 1, [{}, { recorded: 'likely' }], [2]],
    ['nobody, where two hold it', 1, [{ holds: 'path' }, { holds: 'path' }, { recorded: 'proven' }], []],
    ['both, where two may', 2, [{ holds: 'path' }, { holds: 'path' }], [1, 2]],
    ['nobody, where nothing shows it', 1, [{}, {}], []],
  ])('%s', (_, max, more, expected) => {
    expect(stays(max, ...more)).toEqual(expected);
  });
});

describe('who has just started', () => {
  const at = (pid: number, ago: number, more: Partial<Group> = {}): Group =>
    group(proc(pid, 'python3 bot.py', { startedAgo: ago }), more);
  const young = STARTING_MS / 1000 - 0.001;
  const starting = (groups: Group[], log: { seen: number; own?: number }[] = []) =>
    pidsOf(
      startingAmong(
        new Set(groups),
        facts({
          log: {
            path: '/log',
            lines: log.map(({ seen, own }) => ({
              text: 'conflict',
              seenAt: NOW - seen,
              ...(own === undefined ? {} : { ownTime: NOW - own }),
            })),
          },
        }),
        root,
      ),
    );
  it.each<[string, Group[], number[]]>([
    ['a newcomer beside an older one', [at(1, 60), at(2, young)], [2]],
    ['in whatever order they are met', [at(2, young), at(1, 60)], [2]],
    ['not after its first seconds', [at(1, 60), at(2, STARTING_MS / 1000)], []],
    ['never the first of several', [at(1, 2), at(2, 1), at(3, 1)], [2, 3]],
    ['not who holds the lock', [at(1, 60), at(2, 1, { holds: 'path' })], []],
    ['not who is recorded', [at(1, 60), at(2, 1, { recorded: 'likely' })], []],
    ['beside an owner all of them', [at(1, 2), at(2, 1), at(3, 1, { holds: 'path' })], [1, 2]],
    ['beside a recorded owner too', [at(1, 2), at(2, 1), at(3, 1, { recorded: 'likely' })], [1, 2]],
    ['not one whose start is not shown', [at(1, 60), group(without(proc(2, 'x'), 'startTime'))], []],
  ])('%s', (_, groups, expected) => {
    expect(starting(groups)).toEqual(expected);
  });

  it('not once the log tells of a conflict since, as long as that is fresh', () => {
    const groups = [at(1, 60), at(2, 2)];
    expect(starting(groups, [{ seen: 1000 }])).toEqual([]);
    expect(starting(groups, [{ seen: 2000 }])).toEqual([]);
    expect(starting(groups, [{ seen: 2001 }])).toEqual([2]);
    expect(starting(groups, [{ seen: 1000, own: 3000 }])).toEqual([2]);
    expect(starting(groups, [{ seen: 3000, own: 1000 }])).toEqual([]);
    expect(starting(groups, [{ seen: CONFLICT_LINE_FRESH_MS, own: 0 }])).toEqual([]);
    expect(starting(groups, [{ seen: CONFLICT_LINE_FRESH_MS + 1, own: 0 }])).toEqual([2]);
  });
});

describe('whom a service is', () => {
  const matched = { matched: true };
  const elsewhere = { cwd: '/srv/other' };
  const of = (line: string, pid: number, more: Partial<ProcessFacts> = {}, how: Partial<Group> = matched) =>
    group(proc(pid, line, more), how);
  const owner = (line = 'python3 bot.py', more: Partial<ProcessFacts> = {}) =>
    of(line, 1, more, { ...matched, holds: 'path' });
  const own = (groups: Group[], service: Partial<Service> = {}, rootOfGroup = root) =>
    pidsOf(belonging(new Set(groups), facts({ service }), rootOfGroup));
  const scoped = {
    process: { kind: 'commandAndCwd', command: { kind: 'substring', text: 'bot.py' }, cwd: '/x' },
  } as unknown as Partial<Service>;

  it.each<[string, Group[], number[], Partial<Service>?]>([
    ['program and directory', [owner(), of('python3 bot.py', 2)], [1, 2]],
    ['another directory', [owner(), of('python3 bot.py', 2, elsewhere)], [1]],
    ['another script', [owner(), of('python3 other.py', 2)], [1]],
    ['another subcommand', [owner('python3 bot.py a'), of('python3 bot.py b', 2)], [1]],
    ['another build of one program', [owner('/usr/bin/bot'), of('/opt/bin/bot', 2)], [1, 2]],
    ['a script of that name', [owner('/home/ann/bot/bot.py'), of('python3 bot.py', 2)], [1]],
    ['one that owns too', [owner(), of('python3 other.py', 2, elsewhere, { recorded: 'likely' })], [1, 2]],
    ['one that nothing names, in the same directory', [owner(), of('python3 other.py', 2, {}, {})], [1, 2]],
    ['one that nothing names, elsewhere', [owner(), of('python3 other.py', 2, elsewhere, {})], [1]],
    [
      'elsewhere, where a setting gives the folder',
      [owner(), of('python3 bot.py', 2, elsewhere)],
      [1, 2],
      scoped,
    ],
    [
      'elsewhere, where a setting gives it as a pattern',
      [owner(), of('python3 bot.py', 2, elsewhere)],
      [1, 2],
      {
        process: { kind: 'commandAndCwd', command: { kind: 'substring', text: 'x' }, cwdPattern: '/x/*' },
      } as never,
    ],
    [
      'of another file of that name, in the same directory',
      [owner('python3 services/a/main.py'), of('python3 services/b/main.py', 2)],
      [1],
      scoped,
    ],
    [
      'by another path to the same file name that the owner runs',
      [owner('python3 services/a/main.py'), of('python3 ./services/a/main.py', 2)],
      [1, 2],
      scoped,
    ],
    [
      'elsewhere, where it gives none',
      [owner(), of('python3 bot.py', 2, elsewhere)],
      [1],
      { process: { kind: 'commandAndCwd', command: { kind: 'substring', text: 'x' } } } as never,
    ],
    // The service's own files lie in /home/ann/bot.
    [
      'a script of the machine, in another project',
      [owner('python3 /usr/lib/bot.py'), of('python3 /usr/lib/bot.py', 2, elsewhere)],
      [1],
    ],
    [
      'the project’s own script, wherever',
      [owner('python3 /home/ann/bot/x.py'), of('python3 /home/ann/bot/x.py', 2, elsewhere)],
      [1, 2],
    ],
    [
      'a script of the machine for no project',
      [owner('python3 /usr/lib/bot.py'), of('python3 /usr/lib/bot.py', 2, elsewhere)],
      [1, 2],
      { lockFiles: ['/run/a'], pidFiles: [] },
    ],
    [
      'whose log lies there',
      [owner('python3 /usr/lib/bot.py'), of('python3 /usr/lib/bot.py', 2, elsewhere)],
      [1],
      { lockFiles: [], pidFiles: [], log: { path: '/home/ann/bot/x.log' } } as never,
    ],
    [
      'everybody’s folder',
      [owner('python3 /usr/lib/bot.py', { cwd: '/home/ann' }), of('python3 /usr/lib/bot.py', 2, elsewhere)],
      [1, 2],
    ],
    [
      'a module, elsewhere',
      [owner('python3 -m bot'), of('python3 -m bot', 2, elsewhere)],
      [1],
      { lockFiles: [], pidFiles: [] },
    ],
    [
      'a binary, elsewhere',
      [owner('/usr/bin/bot'), of('/usr/bin/bot', 2, elsewhere)],
      [1],
      { lockFiles: [], pidFiles: [] },
    ],
  ])('%s', (_, groups, expected, service) => {
    expect(own(groups, service)).toEqual(expected);
  });

  it('without an owner, the most that belong together; of two such, the older', () => {
    const most = (groups: Group[], rootOfGroup = root) =>
      own(groups, { lockFiles: ['/run/a'], pidFiles: [] }, rootOfGroup);
    const here = (pid: number, ago: number) => of('python3 bot.py', pid, { startTime: NOW - ago });
    const there = (pid: number, ago: number) =>
      of('python3 bot.py', pid, { ...elsewhere, startTime: NOW - ago });
    expect(most([here(1, 9), there(2, 8), there(3, 7)])).toEqual([2, 3]);
    expect(most([there(2, 8), here(1, 9)])).toEqual([1]);
    expect(most([here(1, 9), there(2, 8)])).toEqual([1]);
    expect(most([here(1, 5), there(2, 8), here(3, 9), there(4, 1)])).toEqual([1, 3]);
    expect(most([here(1, 5), there(2, 9), here(3, 8), there(4, 1)])).toEqual([2, 4]);
    // Where nothing owns it, another subcommand is the same program still.
    expect(most([of('python3 bot.py a', 1), of('python3 bot.py b', 2)])).toEqual([1, 2]);
    expect(most([here(1, 9), there(2, 8)], () => undefined)).toHaveLength(1);
    // Those first that work where the service's files are.
    expect(own([here(1, 7), there(2, 9), there(3, 8)])).toEqual([1]);
  });
});

describe('who competes', () => {
  const [a, b, c] = [proc(1, 'a'), proc(2, 'b'), proc(3, 'c')];
  const compete = (
    given: Given,
    how: Record<number, Partial<Group>> = {},
    records: Partial<JudgedRecord>[] = [],
    counted = [1, 2, 3],
  ) => {
    const all = facts({ processes: [a, b, c], ...given });
    const groups = new Groups(new ProcessTree(all.processes, all.host));
    for (const one of [a, b, c]) Object.assign(groups.add(one), how[one.pid]);
    const competing = new Set(
      [...groups.all].filter(({ members }) => counted.some((pid) => members.has(pid))),
    );
    return pidsOf(rivalsAmong(competing, all, records as JudgedRecord[], groups)).sort();
  };
  const on = (where: string, ...locks: LockFacts[]) => lockFile(locks, { file: file(where) });
  const range = (process: ProcessFacts, start: string, end: string) =>
    lock([process], { start, end, kind: 'posix' });
  const owned = (owner: ProcessFacts, more: Partial<JudgedRecord> = {}) => ({
    owner,
    source: 'pidFile' as const,
    locks: [],
    ...more,
  });

  it.each<[string, Parameters<typeof compete>, number[]]>([
    ['all that match', [{}, { 1: { matched: true }, 2: { matched: true } }], [1, 2]],
    ['the holders of one lock', [{ lockFiles: [on('/a', lock([a]), lock([b]))] }], [1, 2]],
    [
      'of two files, those of the one with the most',
      [{ lockFiles: [on('/a', lock([c])), on('/b', lock([a]), lock([b]))] }],
      [1, 2],
    ],
    ['of two files with one each, one', [{ lockFiles: [on('/a', lock([a])), on('/b', lock([b]))] }], [1]],
    ['nobody who only reads', [{ lockFiles: [on('/a', lock([a], { access: 'read' }), lock([b]))] }], [2]],
    ['nobody who does not count', [{ lockFiles: [on('/a', lock([a]), lock([b]))] }, {}, [], [1]], [1]],
    ['ranges that meet', [{ lockFiles: [on('/a', range(a, '0', '9'), range(b, '9', '20'))] }], [1, 2]],
    ['not ranges that do not', [{ lockFiles: [on('/a', range(a, '0', '9'), range(b, '10', '20'))] }], [1]],
    ['a holder on top of a match', [{ lockFiles: [on('/a', lock([b]))] }, { 1: { matched: true } }], [1, 2]],
    ['who is recorded', [{}, {}, [owned(a)]], [1]],
    ['one of those that are recorded', [{}, {}, [owned(a), owned(b)]], [1]],
    [
      'nobody recorded, where one of them competes already',
      [{}, { 2: { matched: true } }, [owned(a), owned(b)]],
      [2],
    ],
    ['who is recorded besides', [{}, { 2: { matched: true } }, [owned(a)]], [1, 2]],
    [
      'not who is recorded in a held lock file',
      [{}, {}, [owned(a, { source: 'lockFile', locks: [lock([b])] })]],
      [],
    ],
    ['who is recorded in a free one', [{}, {}, [owned(a, { source: 'lockFile' })]], [1]],
    ['who is recorded in a held pid file', [{}, {}, [owned(a, { locks: [lock([b])] })]], [1]],
    ['nobody for a record without an owner', [{}, {}, [{ source: 'pidFile', locks: [] }]], []],
    [
      'nobody who is in no group',
      [{ lockFiles: [on('/a', lock([proc(9, 'x')]))] }, {}, [owned(proc(9, 'x'))]],
      [],
    ],
  ])('%s', (_, args, expected) => {
    expect(compete(...args)).toEqual(expected);
  });
});

describe('what stands for an instance', () => {
  const [shell, timeout, bot] = [proc(1, 'bash run.sh'), proc(2, 'flock x bot'), proc(3, 'python3 bot.py')];
  const top = (of: Group, processes: ProcessFacts[], holders: number[] = []) =>
    rootOf(of, processes, new Set(holders))?.pid;
  it('is its topmost member that is no wrapper, unless a shell holds the lock itself', () => {
    const all = group(shell, { members: new Map([shell, timeout, bot].map((one) => [one.pid, one])) });
    expect(top(all, [shell, timeout, bot])).toBe(3);
    expect(top(all, [shell, timeout, bot], [1])).toBe(1);
    expect(top(all, [timeout, shell, bot], [2])).toBe(3);
    expect(top(group(bot), [proc(4, 'python3 x.py'), bot])).toBe(3);
    expect(top(group(shell), [shell, timeout, bot])).toBe(3);
    expect(top(group(shell), [shell, timeout])).toBe(1);
    expect(top(group(shell), [])).toBeUndefined();
    expect(top(group(proc(5, 'bash')), [proc(5, 'bash'), bot], [5])).toBe(3);
  });
});

describe('which processes are one instance', () => {
  const bot = (pid: number, ppid = 1, more: Partial<ProcessFacts> = {}) =>
    proc(pid, 'python3 bot.py', { ppid, ...more });
  const other = { id: { dev: '65024', ino: '7' }, deletedInode: true };
  const [master, one, two] = [bot(10), bot(11, 10), bot(12, 10)];
  const held = (...locks: LockFacts[]): Given => ({ lockFiles: [lockFile(locks)] });
  const below = bot(13, 11);
  const isBot = NAMED;

  it.each<[string, Given & { claims?: number[] }, string[]]>([
    [
      'a master and its workers',
      { processes: [master, one, two], matched: [10, 11, 12] },
      ['10, owner, true, named, 10 11 12'],
    ],
    [
      'a master that nothing names',
      { processes: [master, one, two], matched: [11] },
      ['10, owner, true, named, 10 11 12'],
    ],
    [
      'workers that hold two files of one path',
      { processes: [master, one, two], matched: [11, 12], ...held(lock([one]), lock([two], other)) },
      [
        '11, owner, true, holdsLock, 11',
        '12, duplicate, true, differs, 12',
        '10, possibleDuplicate, false, differs, 10',
      ],
    ],
    [
      'workers that hold one file',
      { processes: [master, one, two], matched: [11, 12], ...held(lock([one, two])) },
      ['10, owner, true, holdsLock, 10 11 12'],
    ],
    [
      'a worker of one that holds another file of the path',
      {
        service: isBot,
        processes: [one, below],
        matched: [11, 13],
        ...held(lock([one]), lock([below], other)),
      },
      ['11, owner, true, holdsLock, 11', '13, duplicate, true, differs, 13'],
    ],
    [
      'a third one, beside an owner that is only listed and one that is proven',
      {
        service: { ...isBot, maxInstances: 2 },
        processes: [bot(51), bot(52), bot(53, 1, { startTime: NOW - 3_500_000 })],
        matched: [51, 52, 53],
        ...held(lock([holder(bot(51), { proven: false })]), lock([bot(52)])),
      },
      [
        '51, owner, true, listedOnly, 51',
        '52, owner, true, holdsLock, 52',
        '53, duplicate, true, sameAsOwner, 53',
      ],
    ],
    [
      'owners first, then by age and number',
      {
        service: isBot,
        processes: [57, 58, 55, 56].map((pid) =>
          bot(pid, 1, { startTime: NOW - (pid === 58 ? 9e6 : pid === 57 ? 7e6 : 8e6) }),
        ),
        matched: [57, 58, 55, 56],
        ...held(lock([bot(57)])),
      },
      [
        '57, owner, true, holdsLock, 57',
        '58, duplicate, true, sameAsOwner, 58',
        '55, duplicate, true, sameAsOwner, 55',
        '56, duplicate, true, sameAsOwner, 56',
      ],
    ],
    [
      'a holder that nothing names, and its like elsewhere',
      {
        processes: [
          proc(50, 'python3 a.py'),
          proc(51, 'python3 a.py'),
          proc(53, 'python3 a.py'),
          proc(54, 'python3 a.py', { ppid: 53 }),
          proc(52, 'python3 a.py', { uid: 7 }),
        ],
        ...held(lock([proc(50, 'python3 a.py')])),
      },
      [
        '50, owner, true, holdsLock, 50',
        '51, possibleDuplicate, false, differs, 51',
        '53, possibleDuplicate, false, differs, 53 54',
      ],
    ],
    [
      'one that holds both files has made its lock again',
      { processes: [one], matched: [11], ...held(lock([one]), lock([one], other)) },
      ['11, owner, true, holdsLock, 11'],
    ],
    [
      'a subshell of the same script',
      { processes: [proc(20, 'bash run.sh'), proc(21, 'bash run.sh', { ppid: 20 })], matched: [20, 21] },
      ['20, owner, true, named, 20 21'],
    ],
    [
      'a wrapper and what it runs',
      { processes: [proc(20, 'timeout 9 python3 bot.py'), bot(21, 20)], matched: [20, 21] },
      ['21, owner, true, named, 20 21'],
    ],
    [
      'a wrapper of two different programs',
      {
        processes: [proc(20, 'bash run.sh'), bot(21, 20), proc(22, 'python3 x.py', { ppid: 20 })],
        matched: [20, 21, 22],
      },
      ['21, owner, true, named, 20 21 22'],
    ],
    [
      'a wrapper that has started one program twice is part of neither',
      { processes: [proc(20, 'bash run.sh'), bot(21, 20), bot(22, 20)], matched: [20, 21, 22] },
      ['21, duplicate, true, noProvenOwner, 21', '22, duplicate, true, noProvenOwner, 22'],
    ],
    [
      'what matches below a match, past what does not',
      {
        processes: [
          bot(30),
          proc(31, 'python3 mid.py', { ppid: 30 }),
          proc(32, 'python3 bot2.py', { ppid: 31 }),
        ],
        matched: [30, 32],
      },
      ['30, owner, true, named, 30 31 32'],
    ],
    [
      'a holder below what matches',
      {
        processes: [bot(30), proc(31, 'python3 mid.py', { ppid: 30 })],
        matched: [30],
        ...held(lock([proc(31, 'python3 mid.py', { ppid: 30 })])),
      },
      ['30, owner, true, holdsLock, 30 31'],
    ],
    [
      'a holder that launched two of them is none of them',
      {
        processes: [proc(40, 'python3 boss.py'), bot(41, 40), bot(42, 40)],
        matched: [41, 42],
        ...held(lock([proc(40, 'python3 boss.py')])),
      },
      ['41, duplicate, true, noProvenOwner, 41', '42, duplicate, true, noProvenOwner, 42'],
    ],
    [
      'one that launched two of them is none of them, though a record names it',
      {
        processes: [proc(40, 'python3 boss.py'), bot(41, 40), bot(42, 40)],
        matched: [41, 42],
        pidFiles: [pidFile('40', alive(proc(40, 'python3 boss.py')))],
      },
      ['41, duplicate, true, noProvenOwner, 41', '42, duplicate, true, noProvenOwner, 42'],
    ],
    [
      'two holders of one lock that nothing names',
      { processes: [proc(50, 'a'), proc(51, 'b')], ...held(lock([proc(50, 'a'), proc(51, 'b')])) },
      ['50, owner, true, holdsLock, 50 51'],
    ],
    [
      'two holders of one lock that `process` tells apart',
      {
        processes: [bot(50), bot(51)],
        matched: [50, 51],
        ...held(lock([bot(50), holder(bot(51), { inherited: true })])),
      },
      ['50, duplicate, true, noProvenOwner, 50', '51, duplicate, true, noProvenOwner, 51'],
    ],
    [
      'a reader',
      { processes: [proc(50, 'a')], ...held(lock([proc(50, 'a')], { access: 'read' })) },
      ['50, owner, false, sharedLock, 50'],
    ],
    [
      'a zombie that is listed as a holder',
      { processes: [proc(50, 'a', { state: 'Z' })], ...held(lock([proc(50, 'a', { state: 'Z' })])) },
      [],
    ],
    ['this window', { processes: [proc(900, 'code')], ...held(lock([proc(900, 'code')])) }, []],
    ['what owns something else', { processes: [master, one], matched: [10, 11], claims: [11] }, []],
    [
      'what ends as something else owns',
      {
        processes: [bot(10, 1, { startTime: NOW - 3_500_000 }), bot(60)],
        matched: [10, 60],
        claims: [60, 99],
      },
      ['10, owner, true, named, 10'],
    ],
    [
      'who is recorded, and a record proves it',
      {
        processes: [bot(10, 1, { startTime: NOW - 3_500_000 }), bot(60)],
        matched: [10, 60],
        pidFiles: [pidFile(`{"pid":60,"start_time":${bot(60).startTicks ?? 0}}`, alive(bot(60)))],
      },
      ['60, owner, true, recordedStart, 60', '10, duplicate, true, sameAsOwner, 10'],
    ],
    [
      'who is recorded, as far as that goes',
      {
        processes: [bot(10, 1, { startTime: NOW - 3_500_000 }), bot(60)],
        matched: [10, 60],
        pidFiles: [pidFile('60', alive(bot(60)))],
      },
      ['60, owner, true, recordedAndNamed, 60', '10, duplicate, true, sameAsOwner, 10'],
    ],
    [
      'a wrapper above that runs nothing else',
      { processes: [proc(20, 'timeout 9 python3 bot.py'), bot(21, 20)], matched: [21] },
      ['21, owner, true, named, 20 21'],
    ],
    [
      'not one that runs something else besides',
      {
        processes: [proc(20, 'timeout 9 python3 bot.py'), bot(21, 20), proc(22, 'sleep 9', { ppid: 20 })],
        matched: [21],
      },
      ['21, owner, true, named, 21'],
    ],
    [
      'not a script above, which may do anything',
      { processes: [proc(20, 'bash run.sh'), bot(21, 20)], matched: [21] },
      ['21, owner, true, named, 21'],
    ],
    [
      'what a shell started that holds the lock stays out',
      { processes: [proc(20, 'bash'), proc(21, 'sleep 9', { ppid: 20 })], ...held(lock([proc(20, 'bash')])) },
      ['20, owner, true, holdsLock, 20'],
    ],
  ])('%s', (_, given, expected) => {
    expect(see(given)).toEqual(expected);
  });

  it('merges groups into the larger, with all that is known of either; never two inodes of one path', () => {
    const tree = new ProcessTree(new Map(), host());
    const groups = new Groups(tree);
    const [x, y] = [groups.add(bot(1)), groups.join(bot(2), groups.add(bot(3)))];
    Object.assign(x, { matched: true, inode: 'i' });
    expect(groups.merge(x, y)).toBe(y);
    expect([y.matched, y.inode, [...y.members.keys()].sort(), groups.all.has(x)]).toEqual([
      true,
      'i',
      [1, 2, 3],
      false,
    ]);
    expect(groups.of(bot(1))).toBe(y);
    const z = groups.add(bot(4));
    expect(groups.merge(y, z)).toBe(y);
    expect([y.matched, y.inode]).toEqual([true, 'i']);
    const [apart, same] = [groups.add(bot(5)), groups.add(bot(6))];
    apart.inode = 'j';
    same.inode = 'i';
    expect(groups.merge(y, apart)).toBe(y);
    expect(groups.of(bot(5))).toBe(apart);
    expect(groups.merge(y, same)).toBe(y);
    expect(groups.of(bot(6))).toBe(y);
    const plain = groups.add(bot(7));
    expect(groups.merge(plain, groups.add(bot(8)))).toBe(plain);
    expect(plain).toMatchObject({ matched: false, inode: undefined });
    expect(groups.merge(apart, plain)).toBe(plain);
    expect(plain.inode).toBe('j');
  });
});
