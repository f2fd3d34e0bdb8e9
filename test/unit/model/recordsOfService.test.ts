/** Which records a service has, and by which of its numbers each is judged. */
import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import type { ProcessFacts } from '../../../src/model/facts';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import { withLiveness } from '../../../src/model/records/pidRecordLiveness';
import type { JudgedRecord } from '../../../src/model/records/records';
import {
  alive,
  facts,
  file,
  gone,
  LOCK_PATH,
  lockFile,
  NOW,
  OLD,
  PID_PATH,
  pidFile,
  proc,
  record,
  type Given,
} from './build';

const bot = proc(4242, 'python3 bot.py');

const recordsOf = (given: Given): readonly JudgedRecord[] => contextOf(facts(given)).records;
function judged(given: Given) {
  const [first] = recordsOf(given);
  return [first?.verdict, first?.reason];
}

describe('a record with another number that lives', () => {
  const worker = proc(17, 'python3 worker.py', { startedAgo: 90_000 });
  const early = { startTicks: (bot.startTicks ?? 0) - 1 };
  const content = JSON.stringify({ pid: 4242, ...early, child: 17 });
  const of = (child: ProcessFacts | undefined) => {
    const record = parsePidRecord({ fileName: 'bot.pid', content });
    const livenessOf = (pid: number) =>
      pid === 4242 ? alive(bot) : pid === 17 && child !== undefined ? alive(child) : gone;
    return judged({
      processes: [bot, ...(child === undefined ? [] : [child])],
      pidFiles: [{ ...pidFile(content), ...OLD, content: withLiveness(record, livenessOf) }],
    });
  };

  it('is not left behind though its first number is now that of another process', () => {
    expect(of(worker)).toEqual(['live', 'alive']);
    expect(of(undefined)).toEqual(['reused', 'startTicksDiffer']);
  });

  it('is not left behind though its first number is another process now, where another cannot be looked up', () => {
    const record = parsePidRecord({ fileName: 'bot.pid', content });
    const livenessOf = (pid: number) =>
      pid === 4242 ? alive(bot) : ({ state: 'unavailable', reason: 'EACCES' } as const);
    const given = {
      processes: [bot],
      pidFiles: [{ ...pidFile(content), ...OLD, content: withLiveness(record, livenessOf) }],
    };
    expect(judged(given)).toEqual(['unverifiable', 'livenessUnavailable']);
  });

  it('is that of the first of two that live', () => {
    const [first, second] = [proc(17, 'python3 worker.py'), proc(98, 'python3 worker.py')];
    const read = parsePidRecord({ fileName: 'bot.pid', content: '17\n98\n' });
    const content = withLiveness(read, (pid) => alive(pid === 17 ? first : second));
    const given = { processes: [first, second], pidFiles: [{ ...pidFile('17\n98\n'), content }] };
    expect(recordsOf(given).map(({ owner }) => owner?.pid)).toEqual([17]);
  });

  it('is where that one started after the record was written, as its first did', () => {
    const later = { ...worker, startTime: NOW + 60_000, startTicks: 9e8 };
    expect(of(later)).toEqual(['reused', 'startTicksDiffer']);
  });
});

describe('the records of a service', () => {
  const paths = (given: Given): string[] => recordsOf(given).map(({ path, source }) => `${source} ${path}`);
  const inLock = lockFile([], { record: record('4242', gone) });
  const bare = lockFile([], { file: file('/home/ann/bot/other.lock') });

  it('are in the lock files that have one, be there pid files or not', () => {
    expect(paths({ lockFiles: [bare, inLock] })).toEqual([`lockFile ${LOCK_PATH}`]);
    expect(paths({ lockFiles: [bare, inLock], pidFiles: [pidFile('4242', gone)] })).toEqual([
      `pidFile ${PID_PATH}`,
      `lockFile ${LOCK_PATH}`,
    ]);
    expect(paths({ lockFiles: [bare] })).toEqual([]);
  });

  it('are one where the pid file is the lock file', () => {
    const same = pidFile('4242', gone, { file: file(LOCK_PATH) });
    expect(paths({ lockFiles: [inLock], pidFiles: [same] })).toEqual([`pidFile ${LOCK_PATH}`]);
  });
});
