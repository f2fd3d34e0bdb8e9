/** The harnesses of `npm run torture` at a small count: nothing harmed by us, and each harness bites. */
import { beforeAll, describe, expect, test } from 'vitest';
import { canMakeNamespace } from '../torture/namespace';
import { buildPrograms } from '../torture/programs';
import type { StarterKind } from '../torture/slots';
import { MIN_INTERVAL_MS, refusedStarts, removal, SERVICES, wrongProcess, type Row } from '../torture/suite';

const LONG = { timeout: 600_000 };

/** The four kinds of starters; of those that lock their pid file the less careful one. */
const kinds: StarterKind[] = [
  'overwrite',
  'O_EXCL',
  'locked pid file, not verified',
  'lock file and pid file',
];

const harmed = (rows: readonly Row[]): [string, number][] =>
  rows.filter(({ expected }) => expected !== 'known').map((row) => [row.harm, row.harmed]);

describe.runIf(canMakeNamespace())('adversarial rounds (need a PID namespace)', () => {
  beforeAll(() => buildPrograms());

  test('signals no stranger that has got the pid, where pid and start tick would', LONG, async () => {
    expect(await wrongProcess('pinned', 'between', 300)).toMatchObject({ rounds: 300, harmed: 0 });
    expect(await wrongProcess('exact', 'between', 300)).toMatchObject({ rounds: 300, harmed: 0 });
    expect((await wrongProcess('pid and tick', 'between', 200)).harmed).toBeGreaterThan(0);
  });

  test(
    'signals no stranger that gets the pid while the signal is sent, and the right one in time',
    LONG,
    async () => {
      const row = await wrongProcess('pinned', 'racing', 300);
      expect(row).toMatchObject({ rounds: 300, harmed: 0, expected: 'none' });
      expect(row.detail).toMatch(/ [1-9]\d* right ones signalled/);
    },
  );

  for (const kind of kinds) {
    test(`loses no live record and causes no split brain: ${kind}`, LONG, async () => {
      const rows = await removal(kind, 'protocol', 1000);
      expect(harmed(rows).filter(([, count]) => count > 0)).toEqual([]);
      // The clean-up did its work in most rounds: a protocol that never removes would lose nothing either.
      const removed = Number(/removed (\d+)/.exec(rows[0]?.detail ?? '')?.[1] ?? 0);
      expect(removed).toBeGreaterThan(100);
    });

    test(`the same harness catches a plain unlink: ${kind}`, LONG, async () => {
      expect(harmed(await removal(kind, 'unlink', 1000))[0]?.[1]).toBeGreaterThan(0);
    });
  }

  // While fdinfo is read the kernel keeps the file open (seq_show in fs/proc/fd.c: get_file), and with it the lock, for
  // microseconds: a loop that closes and locks again at once meets that once or twice in a million starts.
  test('refuses next to no start while it observes at its shortest interval', LONG, async () => {
    const row = await refusedStarts('observer', MIN_INTERVAL_MS, 200_000, 'known');
    expect(row.rounds).toBe(200_000);
    expect(row.harmed).toBeLessThanOrEqual(2);
    expect(row.detail).not.toMatch(/^0 looks/);
  });

  test(
    'refuses no start of services that hold their lock for a millisecond, and sees who holds it',
    LONG,
    async () => {
      const row = await refusedStarts('observer', MIN_INTERVAL_MS, 40_000, 'none', SERVICES);
      expect(row.rounds).toBe(40_000);
      // Other tests look at the same machine meanwhile.
      expect(row.harmed).toBeLessThanOrEqual(1);
      expect(row.detail).not.toMatch(/ 0 by whom/);
    },
  );

  test(
    'the same harness catches a monitor that probes, and one that reads fdinfo at once',
    LONG,
    async () => {
      expect((await refusedStarts('probe SH', 0, 100_000, 'some')).harmed).toBeGreaterThan(20);
      expect((await refusedStarts('fdinfo', 0, 200_000, 'some')).harmed).toBeGreaterThan(0);
    },
  );
});
