import { describe, expect, it } from 'vitest';
import { drain } from '../../../src/common/steps';
import type { HolderFacts } from '../../../src/model/facts';
import type { HeldLock } from '../../../src/os/platform';
import {
  heldCounts,
  heldCountText,
  heldRowSteps,
  type HeldLockGrouping,
  type HeldLockOrder,
} from '../../../src/ui/text/rows/heldGroups';
import { serviceRow } from '../../../src/ui/text/rows/rows';
import { service } from './snapshots';
import { heldTooltip, type HeldRow } from '../../../src/ui/text/rows/heldRows';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;

const holder = (pid: number, script: string, hours = 3, inherited = false): HolderFacts => ({
  process: { pid, comm: 'python3', argv: ['/usr/bin/python3', script], startTime: NOW - hours * HOUR },
  inherited,
  proven: true,
});

const lock = (path: string, holders: HolderFacts[], more: Partial<HeldLock> = {}): HeldLock => ({
  id: `${path} ${more.id ?? ''}`,
  kind: 'flock',
  access: 'write',
  path,
  deletedInode: false,
  holders,
  waiters: [],
  ...more,
});

const bot = holder(4242, 'bot.py');
const worker = holder(77, 'worker.py', 30);

const rowsOf = (
  locks: readonly HeldLock[],
  grouping: HeldLockGrouping = 'process',
  order: HeldLockOrder = 'holder',
  watched: readonly string[] = [],
): HeldRow[] =>
  drain(
    heldRowSteps(
      locks,
      { grouping, order },
      {
        now: NOW,
        shorten: (path) => path.replace('/work/', ''),
        watched: (path) => watched.includes(path),
      },
    ),
  );

it('takes steps where there are many', () => {
  const many = Array.from({ length: 300 }, (_, index) =>
    lock(`/work/${index}.lock`, [holder(5000 + index, 'bot.py')]),
  );
  const context = { now: NOW, shorten: (path: string) => path, watched: () => false };
  const steps = heldRowSteps(many, { grouping: 'process', order: 'holder' }, context);
  let count = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) count += 1;
  expect(step.value).toHaveLength(300);
  expect(count).toBeGreaterThan(5);
});

const below = (row: HeldRow | undefined): HeldRow[] =>
  Array.from({ length: row?.childCount ?? 0 }, (_, index) => row?.childAt(index)).flatMap(
    (child) => child ?? [],
  );

const seen = (rows: readonly HeldRow[]): string[] =>
  rows.map(({ label, description }) => `${label} | ${description}`);

describe('by process, a row of Held Locks', () => {
  it('says who first, then which file and since when, the kind last', () => {
    const [row] = rowsOf([lock('/work/run/bot.lock', [bot])]);
    expect(row).toMatchObject({
      label: 'pid 4242 bot.py',
      description: 'bot.lock · 3 h · run · flock exclusive',
      spoken: 'pid 4242 bot.py holds run/bot.lock, for 3 hours, flock exclusive',
      icon: 'lock',
      childCount: 0,
    });
    expect(seen(rowsOf([lock('/srv/bot.lock', [bot], { access: 'read' })]))).toEqual([
      'pid 4242 bot.py | bot.lock · 3 h · /srv · flock shared',
    ]);
  });

  it('says before the age what a person must know of the lock', () => {
    const heir = holder(4242, 'bot.py', 3, true);
    const held = lock('/work/bot.lock', [heir], { deletedInode: true, waiters: [5, 6] });
    expect(seen(rowsOf([held]))).toEqual([
      'pid 4242 bot.py | bot.lock · file deleted · 2 waiting · inherited · 3 h · flock exclusive',
    ]);
    const [watched] = rowsOf([lock('/work/bot.lock', [bot])], 'process', 'holder', ['/work/bot.lock']);
    expect(watched).toMatchObject({ icon: 'eye' });
    expect(watched?.spoken).toMatch(/, watched$/);
  });

  it('does not name a holder that is not known, and puts such locks together', () => {
    const unknown = { unknown: 'probeOnly' } as const;
    const rows = rowsOf([lock('/work/a', [], unknown), lock('/work/b', [bot]), lock('/work/c', [], unknown)]);
    expect(seen(rows)).toEqual(['pid 4242 bot.py | b · 3 h · flock exclusive', 'pid unknown | 2 locks']);
    expect(rows[1]).toMatchObject({ icon: 'question', spoken: 'pid unknown holds 2 locks' });
    expect(rows[1]?.capabilities).toEqual(['evidence']);
    expect(seen(rowsOf([lock('/work/a', [], unknown)]))).toEqual(['pid unknown | a · flock exclusive']);
  });

  it('is one for a process with several locks, with their count and the files below it', () => {
    const rows = rowsOf([
      lock('/work/run/b.lock', [bot]),
      lock('/work/only.lock', [worker]),
      lock('/srv/a.lock', [bot]),
    ]);
    expect(seen(rows)).toEqual([
      'pid 77 worker.py | only.lock · 30 h · flock exclusive',
      'pid 4242 bot.py | 2 locks · 3 h',
    ]);
    expect(rows[1]).toMatchObject({
      icon: 'server-process',
      spoken: 'pid 4242 bot.py holds 2 locks, for 3 hours',
    });
    expect(seen(below(rows[1]))).toEqual(['a.lock | /srv · flock exclusive', 'run/b.lock | flock exclusive']);
    expect(below(rows[1])[0]?.spoken).toBe(
      '/srv/a.lock is held by pid 4242 bot.py, for 3 hours, flock exclusive',
    );
  });

  it('keeps the id of a process when its locks become more, and tells a later process of that pid apart', () => {
    const [one] = rowsOf([lock('/work/a', [bot])]);
    const [two] = rowsOf([lock('/work/a', [bot]), lock('/work/b', [bot])]);
    const [later] = rowsOf([lock('/work/a', [holder(4242, 'bot.py', 1)])]);
    expect(two?.id).toBe(one?.id);
    expect(later?.id).not.toBe(one?.id);
    const ids = below(two).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
  });

  it('shows a lock with each of its holders, and counts it once', () => {
    const shared = lock('/work/a', [bot, holder(4243, 'bot.py', 2, true)]);
    expect(seen(rowsOf([shared]))).toEqual([
      'pid 4242 bot.py | a · 3 h · flock exclusive',
      'pid 4243 bot.py | a · inherited · 2 h · flock exclusive',
    ]);
    expect(heldCountText(drain(heldCounts([shared])))).toBe('1 lock, 2 processes');
  });
});

describe('by file', () => {
  it('names the file first, then who', () => {
    expect(seen(rowsOf([lock('/work/run/bot.lock', [bot])], 'file', 'file'))).toEqual([
      'run/bot.lock | pid 4242 bot.py · 3 h · flock exclusive',
    ]);
    expect(seen(rowsOf([lock('/srv/run/bot.lock', [bot])], 'file', 'file'))).toEqual([
      'bot.lock | pid 4242 bot.py · 3 h · /srv/run · flock exclusive',
    ]);
  });

  it('shortens a long name rather than push its holder out of sight, and says the whole path at the end', () => {
    const path = '/work/run/telegram-bot-of-the-team-4711.lock';
    const [row] = rowsOf([lock(path, [bot])], 'file', 'file');
    expect(seen(row === undefined ? [] : [row])).toEqual([
      'tele…he-team-4711 | pid 4242 bot · 3 h · run/telegram-bot-of-the-team-4711.lock · flock exclusive',
    ]);
    expect(row?.spoken).toMatch(/^run\/telegram-bot-of-the-team-4711\.lock is held by /);
  });

  it('is one row for a file with several holders, with their count and the holders below it', () => {
    const read = { access: 'read' } as const;
    const locks = [
      lock('/work/db', [bot], { ...read, id: '1' }),
      lock('/work/db', [worker], { ...read, id: '2' }),
      lock('/work/a', [bot]),
    ];
    const rows = rowsOf(locks, 'file', 'file', ['/work/db']);
    expect(seen(rows)).toEqual([
      'a | pid 4242 bot.py · 3 h · flock exclusive',
      'db | pid 4242 bot.py and 1 more',
    ]);
    expect(rows[1]).toMatchObject({
      icon: 'eye',
      spoken: 'db is held by pid 4242 bot.py and 1 more, watched',
      path: '/work/db',
    });
    expect(seen(below(rows[1]))).toEqual(
      ['pid 77 worker.py | 30 h · flock shared', 'pid 4242 bot.py | 3 h · flock shared'].reverse(),
    );
    const ranges = [lock('/work/db', [bot], { id: '1' }), lock('/work/db', [bot], { id: '2' })];
    expect(seen(rowsOf(ranges, 'file', 'file'))).toEqual(['db | pid 4242 bot.py · 2 locks']);
  });
});

describe('what a row can do', () => {
  const can = (row: HeldRow | undefined): string => row?.capabilities.join(' ') ?? '';

  it('is the same for one process however many locks it holds, and for its file what files can', () => {
    const [single] = rowsOf([lock('/work/a', [bot])]);
    const [group] = rowsOf([lock('/work/a', [bot]), lock('/srv/b', [bot])]);
    expect(can(single)).toBe('evidence watch openFile copyPath reveal process copyPid terminate');
    expect(can(group)).toBe('evidence process copyPid terminate');
    // Outside the workspace the Explorer has nothing to reveal.
    expect(below(group).map(can)).toEqual([
      'evidence watch openFile copyPath process copyPid terminate',
      'evidence watch openFile copyPath reveal process copyPid terminate',
    ]);
  });

  it('is the same for a process in the Services view', () => {
    const info = { pid: 4242, command: '/usr/bin/python3 bot.py', startTime: NOW - 3 * HOUR };
    const held = service({
      lockFiles: [
        {
          path: '/work/a',
          exists: true,
          held: true,
          holders: [{ pid: 4242, process: info, inherited: false, deletedInode: false }],
          waiters: [{ pid: 5 }],
        },
      ],
      instances: [{ root: info, processes: [info], role: 'owner' }],
    });
    const [group] = rowsOf([lock('/work/a', [bot]), lock('/srv/b', [bot])]);
    const [owner, file] = serviceRow(held, { now: NOW, shorten: (path) => path }).children;
    const [holding, waiting] = file?.children ?? [];
    // Terminate Instance does all that Terminate Lock Holder would.
    expect(owner?.capabilities.join(' ')).toBe('evidence process copyPid instance');
    expect(holding?.capabilities.join(' ')).toBe(can(group));
    // Who only waits holds nothing that could be given up.
    expect(waiting?.capabilities.join(' ')).toBe('evidence process copyPid');
  });

  it('offers nothing that needs the file where it has been deleted, nor to watch what is watched', () => {
    expect(can(rowsOf([lock('/work/a', [bot], { deletedInode: true })])[0])).toBe(
      'evidence copyPath process copyPid terminate',
    );
    expect(can(rowsOf([lock('/work/a', [bot])], 'file', 'file', ['/work/a'])[0])).not.toContain('watch');
  });
});

describe('the order', () => {
  const locks = [
    lock('/work/b', [holder(3, 'b.py', 1)]),
    lock('/work/a', [holder(2, 'a.py', 2)], { kind: 'posix' }),
    lock('/work/c', [holder(1, 'c.py', 3)]),
  ];
  it.each([
    ['file', 'a b c'],
    ['holder', 'c a b'],
    ['kind', 'b c a'],
    ['age', 'c a b'],
  ] as const)('by %s', (order, wanted) => {
    expect(
      rowsOf(locks, 'file', order)
        .map(({ label }) => label)
        .join(' '),
    ).toBe(wanted);
  });
});

it('counts no process for a lock whose holder is not known', () => {
  const unknown = lock('/work/a', [], { unknown: 'probeOnly' });
  expect(heldCountText(drain(heldCounts([unknown])))).toBe('1 lock');
  expect(heldCountText(drain(heldCounts([unknown, lock('/work/b', [bot])])))).toBe('2 locks, 1 process');
});

it('says in the tooltip of a group what all of it has in common', () => {
  const [group] = rowsOf([lock('/work/a', [bot]), lock('/work/b', [bot])]);
  expect(group && heldTooltip(group)).toMatch(/pid 4242 · started .*\n.*bot\.py.*\n\n2 locks$/);
});
