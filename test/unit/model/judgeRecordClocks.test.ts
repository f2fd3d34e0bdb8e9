import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import { RECORD_TOLERANCE_MS } from '../../../src/model/records/recordIdentity';
import {
  alive,
  BOOT,
  facts,
  file,
  gone,
  holder,
  lock,
  lockFile,
  NOW,
  OLD,
  pidFile,
  proc,
  type Given,
  startedAfter,
  without,
  PID_PATH,
  writtenAt,
  NAMED,
} from './build';

const bot = proc(4242, 'python3 bot.py');

const judged = (given: Given) => contextOf(facts(given)).records[0];
const verdict = (given: Given) => [judged(given)?.verdict, judged(given)?.reason];

describe('a record that a clock speaks against', () => {
  it('is live where FAT cut up to 2 s off the time of the file and the boot second another one off the start', () => {
    expect(RECORD_TOLERANCE_MS).toBe(3000);
    expect(verdict(startedAfter(2_990))[0]).toBe('live');
    expect(verdict(startedAfter(3_010))[0]).toBe('reused');
  });

  it.each([
    ['older than this boot', 'bootedSince', '4242', writtenAt(BOOT - 60_000)],
    [
      'of a time before its start',
      'startedAfterRecord',
      JSON.stringify({ pid: 4242, startedAt: new Date(NOW - 7_200_000).toISOString() }),
      OLD.file,
    ],
  ])(
    'is no stranger by a record %s where its program is named: every clock may have been set',
    (_, reason, text, of) => {
      const given = { processes: [bot], pidFiles: [pidFile(text, alive(bot), { file: of })] };
      expect(verdict({ ...given, service: NAMED })).toEqual(['live', 'alive']);
      // Near miss: nothing names its program, so that the clock is all there is.
      expect(verdict(given)).toEqual(['reused', reason]);
    },
  );

  it('is no stranger by a file time before the boot that the record itself names: the clock was wrong then', () => {
    const [here, other] = ['a1b2c3d4-0000-4000-8000-000000000001', 'a1b2c3d4-0000-4000-8000-000000000002'];
    const old = writtenAt(BOOT - 400 * 86_400_000);
    // As QLockFile writes it.
    const of = (bootId: string, at = old) =>
      verdict({
        host: { bootId: here },
        processes: [bot],
        pidFiles: [pidFile(`4242\npython3\ntower\n\n${bootId}\n`, alive(bot), { file: at })],
      });
    expect(of(here)[0]).toBe('live');
    // Near misses: another boot, and a file of this boot that is older than the process.
    expect(of(other)).toEqual(['reused', 'otherBoot']);
    expect(of(here, OLD.file)).toEqual(['reused', 'startedAfterWrite']);
  });

  it('names the holder as its owner whatever the clocks say, and no stranger without the lock', () => {
    const late = { file: file(PID_PATH, { writtenAgo: 86_400 }) };
    const owner = (locks: ReturnType<typeof lock>[]) =>
      judged({ processes: [bot], pidFiles: [pidFile('4242', alive(bot), { ...late, locks })] })?.owner?.pid;
    expect(owner([lock([bot])])).toBe(4242);
    expect(owner([])).toBeUndefined();
  });
});

describe('a record of a thread', () => {
  /** Its thread started so many ms after the file was written. */
  const startedLater = (ms: number, host: Given['host'] = {}) => {
    const liveness = { state: 'dead', why: 'thread', threadOf: 4000, startTime: NOW + ms } as const;
    return verdict({ host, pidFiles: [pidFile('4242', liveness, { file: writtenAt(NOW) })] });
  };

  it('is of one that may have written it, as exactly as the clocks are read', () => {
    expect(startedLater(RECORD_TOLERANCE_MS)).toEqual(['unverifiable', 'olderThread']);
    expect(startedLater(RECORD_TOLERANCE_MS + 1)).toEqual(['dead', 'thread']);
    const clockStepMs = 60_000;
    expect(startedLater(RECORD_TOLERANCE_MS + 60_000, { clockStepMs })).toEqual([
      'unverifiable',
      'olderThread',
    ]);
    expect(startedLater(RECORD_TOLERANCE_MS + 60_001, { clockStepMs })).toEqual(['dead', 'thread']);
  });

  it('is of none where it is not known when it was written, or when that started', () => {
    const of = { state: 'dead', why: 'thread', threadOf: 4000 } as const;
    const unwritten = { file: without(file(PID_PATH), 'mtimeNs') };
    expect(verdict({ pidFiles: [pidFile('4242', of)] })).toEqual(['dead', 'thread']);
    expect(verdict({ pidFiles: [pidFile('4242', { ...of, startTime: 0 }, unwritten)] })).toEqual([
      'dead',
      'thread',
    ]);
  });
});

describe('a record of a process that is gone', () => {
  it.each([
    ['its group runs', { groupRuns: [4300] }, ['unverifiable', 'groupRuns']],
    ['what ran below it runs', { childrenRun: [bot] }, ['unverifiable', 'childrenRun']],
    ['it was written since', { writtenSince: true }, ['unverifiable', 'writtenSince']],
    // Near miss.
    ['nothing else is known', {}, ['dead', 'gone']],
  ] as const)('may be that of a service that goes on, where %s', (_, more, expected) => {
    expect(verdict({ pidFiles: [pidFile('4242', { state: 'dead', why: 'gone', ...more })] })).toEqual(
      expected,
    );
  });

  it.each([
    ['its group', { pgid: 4242, sid: 77 }, 'lockInherited'],
    ['its session', { pgid: 4300, sid: 4242 }, 'lockInherited'],
    // Near miss: a daemon with both of its own is tied to nobody.
    ['neither', { pgid: 4300, sid: 4300 }, 'gone'],
  ])('is protected by an heir of an OFD lock by the group and by the session: %s', (_, ids, reason) => {
    const heir = proc(4300, 'python3 worker.py', ids);
    const ofd = lock([holder(heir, { inherited: true })], { kind: 'ofd' });
    const given = { processes: [heir], lockFiles: [lockFile([ofd])], pidFiles: [pidFile('4242', gone)] };
    expect(verdict(given)).toEqual(['dead', reason]);
  });
});
