import { describe, expect, it } from 'vitest';
import type { HeldLock } from '../../../src/os/platform';
import { heldRow } from '../../../src/ui/text/rows/heldRows';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;

const lock = (more: Partial<HeldLock> = {}): HeldLock => ({
  id: '1',
  kind: 'flock',
  access: 'write',
  path: '/home/ann/bots/bot.lock',
  deletedInode: false,
  holders: [
    {
      process: {
        pid: 4242,
        comm: 'python3',
        argv: ['/usr/bin/python3', 'bot.py'],
        startTime: NOW - 3 * HOUR,
      },
      inherited: false,
      proven: true,
    },
  ],
  waiters: [],
  ...more,
});

const row = (held: HeldLock, watched = false): ReturnType<typeof heldRow> =>
  heldRow(held, { now: NOW, shorten: (path) => path, watched: () => watched });

describe('a row of Held Locks', () => {
  it('says who first, then since when and where, the kind last', () => {
    expect(row(lock())).toMatchObject({
      label: 'bot.lock',
      description: 'pid 4242 bot.py · 3 h · /home/ann/bots · flock exclusive',
      spoken: '/home/ann/bots/bot.lock, pid 4242 bot.py, 3 h, flock exclusive',
    });
  });

  it('says before the folder what a person must know of the lock', () => {
    const held = lock({ deletedInode: true, waiters: [5, 6] });
    expect(row(held).description).toBe(
      'pid 4242 bot.py · 3 h · file deleted · 2 waiting · /home/ann/bots · flock exclusive',
    );
    expect(row(lock(), true).spoken).toMatch(/, watched$/);
  });

  it('does not name a holder that is not known', () => {
    expect(row(lock({ holders: [], unknown: 'probeOnly' })).description).toMatch(/^pid unknown · /);
  });
});
