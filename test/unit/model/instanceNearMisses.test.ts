/** Which processes are one instance: cases where the nearest rule would put them together, or apart, wrongly. */
import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import type { LockFacts, LockFileFacts, ProcessFacts } from '../../../src/model/facts';
import type { Group } from '../../../src/model/instances/groups';
import { belonging, startingAmong } from '../../../src/model/instances/rivals';
import type { Service } from '../../../src/model/service';
import {
  alive,
  facts,
  file,
  group,
  holder,
  lock,
  lockFile,
  NAMED,
  NOW,
  pidFile,
  port,
  proc,
  without,
  type Given,
} from './build';

const bot = (pid: number, ppid = 1, more: Partial<ProcessFacts> = {}): ProcessFacts =>
  proc(pid, 'python3 bot.py', { ppid, ...more });
const instances = (given: Given) => contextOf(facts(given)).instances.all;

/** Every instance: its root, role, whether it counts, why, and all of its processes. */
const see = (given: Given): string[] =>
  instances(given).map(({ root, role, counted, proof, processes }) =>
    [root.pid, role, counted, proof.reason, processes.map(({ pid }) => pid).join(' ')].join(', '),
  );

const other = { id: { dev: '65024', ino: '7' }, deletedInode: true };
const third = { id: { dev: '65024', ino: '8' }, deletedInode: true };
const held = (...locks: LockFacts[]): Given => ({ lockFiles: [lockFile(locks)] });
const on = (path: string, ...locks: LockFacts[]): LockFileFacts => lockFile(locks, { file: file(path) });
const elsewhere = { cwd: '/srv/other' };

describe('wrappers', () => {
  const timeout = (pid: number, ppid = 1): ProcessFacts => proc(pid, 'timeout 9 python3 bot.py', { ppid });
  const script = proc(20, 'bash run.sh');

  it.each<[string, Given, string[]]>([
    [
      'in wrappers, of which neither shows what it runs: the inner one first, in whatever order they are met',
      {
        processes: [proc(20, 'timeout 9 nice bot'), proc(21, 'nice bot', { ppid: 20 })],
        matched: [21, 20],
      },
      ['20, owner, true, named, 20 21'],
    ],
    [
      'that a script started twice, though nothing names the script',
      {
        processes: [script, timeout(21, 20), timeout(22, 20), bot(23, 21), bot(24, 22)],
        matched: [21, 22, 23, 24],
      },
      ['23, duplicate, true, noProvenOwner, 21 23', '24, duplicate, true, noProvenOwner, 22 24'],
    ],
    [
      'whose parent is not shown',
      { processes: [timeout(21, 77), bot(23, 21)], matched: [21, 23] },
      ['23, owner, true, named, 21 23'],
    ],
    [
      'of two interpreters without a script, which are not one program twice',
      {
        processes: [script, proc(21, 'python3', { ppid: 20 }), proc(22, 'python3', { ppid: 20 })],
        matched: [20, 21, 22],
      },
      ['21, owner, true, named, 20 21 22'],
    ],
    [
      'below a match are its workers, before they show what they run too',
      { processes: [bot(10), timeout(11, 10)], matched: [10, 11] },
      ['10, owner, true, named, 10 11'],
    ],
    [
      'that hold the lock themselves stand for what they run',
      { processes: [script, bot(21, 20)], matched: [20, 21], ...held(lock([script])) },
      ['20, owner, true, holdsLock, 20 21'],
    ],
    [
      'that are subshells, and hold the lock, are not their parents',
      {
        processes: [script, proc(21, 'bash run.sh', { ppid: 20 })],
        ...held(lock([proc(21, 'bash run.sh', { ppid: 20 })])),
      },
      ['21, owner, true, holdsLock, 21'],
    ],
    [
      'in the same folder are no possible duplicates',
      { processes: [script, proc(21, 'bash run.sh')], ...held(lock([script])) },
      ['20, owner, true, holdsLock, 20'],
    ],
  ])('%s', (_, given, expected) => {
    expect(see(given)).toEqual(expected);
  });
});

describe('holders', () => {
  const of = (pid: number, ppid: number): ProcessFacts => proc(pid, `python3 ${pid}.py`, { ppid });
  const [boss, a, b] = [of(40, 1), of(41, 40), of(42, 40)];
  const crowd = [51, 52, 53].map((pid) => proc(pid, `python3 ${pid}.py`));

  it.each<[string, Given, string[]]>([
    [
      'are one instance with those below that hold something too',
      {
        processes: [boss, a, b],
        lockFiles: [on('/a', lock([a])), on('/b', lock([b])), on('/c', lock([boss]))],
      },
      ['40, owner, true, holdsLock, 40 41 42'],
    ],
    [
      'are one instance with one match below, and a holder',
      {
        processes: [boss, a, b],
        matched: [41],
        lockFiles: [on('/b', lock([b])), on('/c', lock([boss]))],
      },
      ['40, owner, true, holdsLock, 40 41 42'],
    ],
    [
      'share a lock with a zombie',
      {
        processes: [bot(10), bot(11, 1, { state: 'Z' })],
        ...held(lock([bot(11, 1, { state: 'Z' }), bot(10)])),
      },
      ['10, owner, true, holdsLock, 10'],
    ],
    [
      // What was two becomes one on the way, and with it all that share the lock.
      'are all there where they are put together while they are gone through',
      { processes: [boss, b, a, ...crowd], ...held(lock([a, ...crowd, b, boss])) },
      ['40, owner, true, holdsLock, 40 51 52 53 41 42'],
    ],
    [
      'of two files of one path are one where one of them only reads',
      {
        processes: [bot(10), bot(11, 10), bot(12, 10)],
        matched: [10, 11, 12],
        ...held(lock([bot(11, 10)]), lock([bot(12, 10)], { ...other, access: 'read' })),
      },
      ['10, owner, true, holdsLock, 10 11 12'],
    ],
    [
      'of one of two files belong to the match above them, which holds neither',
      {
        processes: [bot(10), proc(11, 'python3 mid.py', { ppid: 10 }), proc(50, 'python3 x.py', elsewhere)],
        matched: [10],
        ...held(
          lock([proc(11, 'python3 mid.py', { ppid: 10 })]),
          lock([proc(50, 'python3 x.py', elsewhere)], other),
        ),
      },
      ['10, owner, true, holdsLock, 10 11', '50, duplicate, true, differs, 50'],
    ],
    [
      'of both files, with a worker that has inherited the old one',
      {
        processes: [bot(10), bot(11, 10)],
        matched: [10, 11],
        ...held(lock([bot(10)]), lock([bot(10), holder(bot(11, 10), { inherited: true })], other)),
      },
      ['10, owner, true, holdsLock, 10 11'],
    ],
    [
      'of an old file stay, where no process holds the new one',
      {
        service: NAMED,
        processes: [bot(10, 1, { startTime: NOW - 3_500_000 }), bot(12)],
        ...held(lock([bot(12)], other)),
      },
      ['12, owner, true, holdsLock, 12', '10, duplicate, true, sameAsOwner, 10'],
    ],
    [
      'of two files, below a script that a match has started',
      {
        processes: [bot(10), proc(20, 'bash run.sh', { ppid: 10 }), bot(21, 20), bot(22, 20)],
        matched: [10, 20, 21, 22],
        ...held(lock([bot(21, 20)]), lock([bot(22, 20)], other)),
      },
      ['10, owner, true, holdsLock, 10 20 21', '22, duplicate, true, differs, 22'],
    ],
    [
      'of both files stay, and not those of the old one',
      {
        service: NAMED,
        processes: [bot(10), bot(12, 1, { startTime: NOW - 3_500_000 })],
        ...held(lock([bot(10)]), lock([bot(10), holder(bot(12, 1, { startTime: NOW - 3_500_000 }))], other)),
      },
      ['10, owner, true, holdsLock, 10', '12, duplicate, true, sameAsOwner, 12'],
    ],
    [
      'of another file do not include a zombie, nor this window',
      {
        processes: [bot(10), bot(50, 1, { state: 'Z' }), bot(900)],
        ...held(lock([bot(10)]), lock([bot(50, 1, { state: 'Z' })], other), lock([bot(900)], third)),
      },
      ['10, owner, true, holdsLock, 10'],
    ],
    [
      'of a file that refuses others are its only users',
      { processes: [bot(10)], ...held(lock([bot(10)], { kind: 'mandatory' })) },
      ['10, owner, true, onlyUser, 10'],
    ],
    [
      'that the kernel names are owners for that',
      { processes: [bot(10)], ...held(lock([holder(bot(10), { evidence: 'kernelNames' })])) },
      ['10, owner, true, kernelNames, 10'],
    ],
    [
      'that took an flock, which is not proven to be this one',
      { processes: [bot(10)], ...held(lock([holder(bot(10), { evidence: 'onlyTaker', proven: false })])) },
      ['10, owner, false, listedOnly, 10'],
    ],
    [
      'of one instance are not proven by what would prove another of its holders',
      {
        processes: [bot(10), bot(12, 10)],
        ...held(lock([holder(bot(10), { evidence: 'onlyTaker', proven: false }), bot(12, 10)])),
      },
      ['10, owner, true, holdsLock, 10 12'],
    ],
    [
      'of a file that refuses others, as far as a list says so',
      { processes: [bot(10)], ...held(lock([holder(bot(10), { proven: false })], { kind: 'mandatory' })) },
      ['10, owner, false, listedOnly, 10'],
    ],
    [
      'that a list names, and a record too, count',
      {
        service: NAMED,
        processes: [bot(10), proc(12, 'python3 -m odd')],
        ...held(lock([holder(proc(12, 'python3 -m odd'), { proven: false })])),
        pidFiles: [pidFile('12', alive(proc(12, 'python3 -m odd')))],
      },
      ['12, owner, true, listedOnly, 12', '10, duplicate, true, noProvenOwner, 10'],
    ],
  ])('%s', (_, given, expected) => {
    expect(see(given)).toEqual(expected);
  });

  it('are said once to be proven, whatever another record says', () => {
    const proven = pidFile(`{"pid":60,"start_time":${bot(60).startTicks ?? 0}}`, alive(bot(60)));
    const likely = pidFile('60', alive(bot(60)), { file: file('/home/ann/bot/b.pid') });
    for (const pidFiles of [
      [proven, likely],
      [likely, proven],
    ]) {
      expect(see({ service: NAMED, processes: [bot(60)], pidFiles })).toEqual([
        '60, owner, true, recordedStart, 60',
      ]);
    }
  });
});

describe('who stands for an instance, and in which order they are shown', () => {
  const tool = (pid: number, ppid: number, cwd: string): ProcessFacts =>
    proc(pid, 'python3 /usr/lib/bot.py', { ppid, cwd });

  it('is its topmost process, whatever its number', () => {
    const [master, worker] = [tool(30, 1, '/srv'), tool(11, 30, '/home/ann/bot')];
    expect(
      see({
        processes: [worker, master, { ...tool(20, 1, '/srv'), startTime: NOW - 3_500_000 }],
        matched: [11, 20],
        ...held(lock([worker])),
      }),
    ).toEqual(['30, owner, true, holdsLock, 30 11', '20, duplicate, true, sameAsOwner, 20']);
  });

  it('is of two beside each other the one with the lower number', () => {
    const [low, high] = [proc(11, 'python3 a.py'), proc(12, 'python3 b.py', elsewhere)];
    expect(see({ service: NAMED, processes: [high, low, bot(20)], ...held(lock([high, low])) })).toEqual([
      '11, owner, true, holdsLock, 11 12',
      '20, duplicate, true, differs, 20',
    ]);
  });

  it('is no namesake elsewhere, where an owner shows where the service is', () => {
    const namesake = bot(30, 1, elsewhere);
    const given = {
      service: NAMED,
      processes: [bot(10), bot(20, 1, { startTime: NOW - 3_500_000 }), namesake],
    };
    expect(see({ ...given, ...held(lock([bot(10)])) })).toEqual([
      '10, owner, true, holdsLock, 10',
      '20, duplicate, true, sameAsOwner, 20',
    ]);
    expect(see({ ...given, pidFiles: [pidFile('10', alive(bot(10)))] })).toEqual([
      '10, owner, true, recordedAndNamed, 10',
      '20, duplicate, true, sameAsOwner, 20',
    ]);
  });

  it('of two proven owners it is the first that others are compared with', () => {
    const quiet = proc(52, 'python3 bot.py -q');
    expect(
      see({
        service: { ...NAMED, maxInstances: 2 },
        processes: [bot(51), quiet, bot(53, 1, { startTime: NOW - 3_500_000 })],
        ...held(lock([bot(51)]), lock([quiet])),
      }),
    ).toEqual([
      '51, owner, true, holdsLock, 51',
      '52, owner, true, holdsLock, 52',
      '53, duplicate, true, sameAsOwner, 53',
    ]);
  });

  it('by age and number, and duplicates before those that are only starting', () => {
    const ages = { 57: 7000, 56: 8000, 55: 8000, 58: 9000 };
    const all = [57, 56, 55, 58].map((pid) => bot(pid, 1, { startTime: NOW - 1000 * ages[pid as 55] }));
    expect(
      see({ service: NAMED, processes: all, ...held(lock(all.slice(0, 1))) }).map((one) => one.slice(0, 2)),
    ).toEqual(['57', '58', '55', '56']);
    const [starting, late] = [bot(58, 1, { startTime: NOW - 3000 }), bot(60, 1, { startTime: NOW - 1000 })];
    expect(
      see({
        service: NAMED,
        processes: [bot(57), starting, late],
        ...held(lock([bot(57)]), lock([late], other)),
      }).map((one) => one.split(', ', 2).join(' ')),
    ).toEqual(['57 owner', '60 duplicate', '58 possibleDuplicate']);
    expect(see({ processes: [bot(10), bot(12, 10), bot(11, 10)], matched: [10, 12, 11] })).toEqual([
      '10, owner, true, named, 10 11 12',
    ]);
  });

  it('is compared with the possible duplicates, which are shown by number', () => {
    const given = (line: string): Given => ({
      processes: [bot(10), proc(53, line), proc(51, line)],
      ...held(lock([bot(10)])),
    });
    const found = (line: string) =>
      instances(given(line))
        .slice(1)
        .map(({ root, proof, unlike }) => [root.pid, proof, unlike]);
    const proof = (differences: string[]) => ({ proof: 'plausible', reason: 'differs', differences });
    expect(found('python3 bot.py')).toEqual([
      [51, proof([]), false],
      [53, proof([]), false],
    ]);
    expect(found('python3 bot.py -p 80')).toEqual([
      [51, proof(['arguments']), true],
      [53, proof(['arguments']), true],
    ]);
    const numbered: Given = {
      processes: [proc(10, 'python3 bot.py -p 1'), proc(51, 'python3 bot.py -p 2')],
      ...held(lock([proc(10, 'python3 bot.py -p 1')])),
    };
    expect(instances(numbered)[1]).toMatchObject({ proof: proof(['arguments']), unlike: false });
  });
});

describe('a service that nothing but its port tells', () => {
  const service = { lockFiles: [], pidFiles: [], ports: [3000] };
  const server = proc(4300, 'node server.js', elsewhere);
  const only = (...listeners: Parameters<typeof port>[0]): string[] =>
    see({
      service,
      lockFiles: [],
      processes: listeners.flat(),
      ports: [port(listeners)],
    });

  it('is whoever listens, and no zombie, no window, nothing of the kernel', () => {
    expect(only(server)).toEqual(['4300, owner, true, listens, 4300']);
    expect(only({ ...server, state: 'Z' })).toEqual([]);
    expect(only(proc(900, 'node server.js', elsewhere))).toEqual([]);
    expect(only({ ...server, kernelThread: true })).toEqual([]);
    expect(see({ service, lockFiles: [] })).toEqual([]);
  });

  it('is one where one of those who share a socket runs what another listener runs', () => {
    expect(only([bot(10), server], proc(4301, 'node server.js', elsewhere))).toEqual([
      '10, owner, true, listens, 10 4300 4301',
    ]);
  });

  it('is one where one of those who share a socket runs what the sole listener of another does', () => {
    const [one, twin] = [bot(10), proc(4301, 'node server.js', elsewhere)];
    expect(only(one, server, [one, twin])).toEqual(['10, owner, true, listens, 10 4300 4301']);
  });
});

describe('what belongs to a service', () => {
  const matched = (process: ProcessFacts, more: Partial<Group> = {}): Group =>
    group(process, { matched: true, ...more });
  const of = (pid: number, line: string, more: Partial<ProcessFacts> = {}, how: Partial<Group> = {}): Group =>
    matched(proc(pid, line, more), how);
  const owner = (line: string, more: Partial<ProcessFacts> = {}): Group =>
    of(1, line, more, { holds: 'path' });
  const root = ({ members }: Group): ProcessFacts | undefined => [...members.values()][0];
  const pidsOf = (groups: Iterable<Group>): number[] =>
    [...groups].flatMap(({ members }) => [...members.keys()]);
  const own = (groups: Group[], service: Partial<Service> = {}): number[] =>
    pidsOf(belonging(new Set(groups), facts({ service }), root));
  const tool = 'python3 /usr/lib/bot.py';
  const lockIn = (...lockFiles: string[]): Partial<Service> => ({ lockFiles, pidFiles: [] });

  it.each<[string, Group[], number[], Partial<Service>?]>([
    [
      'files in a folder that only begins alike',
      [owner(tool, { cwd: '/home/ann/bo' }), of(2, tool, elsewhere)],
      [1, 2],
    ],
    [
      'one of its files in the folder',
      [owner(tool), of(2, tool, elsewhere)],
      [1],
      lockIn('/run/a.lock', '/home/ann/bot/b.lock'),
    ],
    [
      'a folder that only ends like a home',
      [owner(tool, { cwd: '/srv/home/ann' }), of(2, tool, elsewhere)],
      [1],
      lockIn('/srv/home/ann/a.lock'),
    ],
    [
      'a folder below a home',
      [owner(tool, { cwd: '/home/ann/x' }), of(2, tool, elsewhere)],
      [1],
      lockIn('/home/ann/x/a.lock'),
    ],
    ['another program of the folder', [owner('/usr/bin/bot'), of(2, '/usr/bin/tob')], [1]],
    [
      'another subcommand of one that nothing names',
      [owner('python3 bot.py a'), of(2, 'python3 bot.py b', {}, { matched: false })],
      [1, 2],
    ],
    [
      'one that belongs to the second of two owners',
      [
        owner('python3 bot.py'),
        of(2, 'python3 bot.py', elsewhere, { recorded: 'likely' }),
        of(3, 'python3 bot.py', elsewhere),
      ],
      [1, 2, 3],
    ],
    [
      'those of whom one works where the files are, before more that do not',
      [
        of(1, 'python3 /home/ann/bot/x.py'),
        of(2, 'python3 /home/ann/bot/x.py', elsewhere),
        ...[3, 4, 5].map((pid) => of(pid, 'python3 bot.py', { cwd: '/srv/third' })),
      ],
      [1, 2],
    ],
  ])('%s', (_, groups, expected, service) => {
    expect(own(groups, service)).toEqual(expected);
  });

  it('never starts where it holds a lock, be it the second that does', () => {
    const at = (pid: number, ago: number, how: Partial<Group>) => of(pid, 'x', { startTime: NOW - ago }, how);
    const starting = (...groups: Group[]) => pidsOf(startingAmong(new Set(groups), facts({}), root));
    expect(starting(at(1, 60_000, { holds: 'path' }), at(2, 1000, { holds: 'deleted' }))).toEqual([]);
    expect(starting(at(1, 60_000, { holds: 'path' }), at(2, 1000, { recorded: 'likely' }))).toEqual([]);
    expect(starting(at(1, 60_000, { holds: 'path' }), at(2, 1000, {}))).toEqual([2]);
    expect(starting(at(1, 60_000, {}), matched(without(proc(2, 'x'), 'startTime')))).toEqual([]);
  });
});
