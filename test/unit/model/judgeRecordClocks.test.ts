import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import { RECORD_TOLERANCE_MS } from '../../../src/model/records/judgeRecord';
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
  pidFile,
  proc,
  type Given,
  startedAfter,
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
      file(PID_PATH),
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

  it('names the holder as its owner whatever the clocks say, and no stranger without the lock', () => {
    const late = { file: file(PID_PATH, { writtenAgo: 86_400 }) };
    const owner = (locks: ReturnType<typeof lock>[]) =>
      judged({ processes: [bot], pidFiles: [pidFile('4242', alive(bot), { ...late, locks })] })?.owner?.pid;
    expect(owner([lock([bot])])).toBe(4242);
    expect(owner([])).toBeUndefined();
  });
});

describe('a record of a process that is gone', () => {
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
