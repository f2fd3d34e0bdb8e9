import { describe, expect, it } from 'vitest';
import type { HolderFacts } from '../../../src/model/facts';
import type { HeldLock } from '../../../src/os/platform';
import { drain } from '../../../src/common/steps';
import * as rows from '../../../src/ui/text/rows/offerRows';

const offerRows = (...args: Parameters<typeof rows.offerRows>): rows.Offers => drain(rows.offerRows(...args));

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;
const context = {
  now: NOW,
  shorten: (path: string): string => path.replace('/work/', ''),
  watched: () => false,
};

const holder = (pid: number): HolderFacts => ({
  process: { pid, comm: 'python3', argv: ['/usr/bin/python3', 'bot.py'], startTime: NOW - 3 * HOUR },
  inherited: false,
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

describe('what is offered to be watched', () => {
  it('is each locked file and each live pid file, once, with who uses it', () => {
    const { rows, message } = offerRows(
      [
        lock('/work/bot.lock', [holder(1)]),
        lock('/work/db', [holder(1)]),
        lock('/work/db', [holder(2)], { id: '2' }),
      ],
      [
        { path: '/work/run/bot.pid', process: holder(3).process },
        { path: '/work/bot.lock', process: holder(1).process },
      ],
      context,
    );
    expect(rows.map(({ label, description, icon }) => `${icon} ${label} | ${description}`)).toEqual([
      'lock bot.lock | pid 1 bot.py · held lock · 3 h',
      'lock db | pids 1, 2 · held lock · 3 h',
      'note run/bot.pid | pid 3 bot.py · pid file · 3 h',
    ]);
    expect(rows.map(({ spoken }) => spoken)).toEqual([
      'bot.lock is held by pid 1 bot.py, for 3 hours, not watched yet',
      'db is held by pids 1, 2, for 3 hours, not watched yet',
      'run/bot.pid is the pid file of pid 3 bot.py, for 3 hours, not watched yet',
    ]);
    expect(message).toMatch(/^Nothing is watched yet\./);
  });

  it('can be watched and opened; only who holds a lock can be terminated from here', () => {
    const { rows } = offerRows(
      [lock('/work/bot.lock', [holder(1)])],
      [{ path: '/work/run/bot.pid', process: holder(3).process }],
      context,
    );
    expect(rows.map(({ capabilities }) => capabilities.join(' '))).toEqual([
      'evidence watch openFile copyPath reveal process copyPid terminate',
      'evidence watch openFile copyPath reveal process copyPid',
    ]);
  });

  it('leaves out what is locked on a deleted file, and is nothing where there is nothing', () => {
    expect(offerRows([lock('/work/a', [holder(1)], { deletedInode: true })], [], context)).toEqual({
      rows: [],
      message: '',
    });
  });

  it('says how many it does not show', () => {
    const locks = Array.from({ length: 60 }, (_, index) => lock(`/work/${index}`, [holder(1)]));
    const { rows, message } = offerRows(locks, [], context);
    expect(rows).toHaveLength(50);
    expect(message).toMatch(/ 10 more are not shown; “Held Locks” lists every lock\.$/);
    expect(offerRows(locks.slice(0, 50), [], context).message).not.toMatch(/more/);
  });
});
