/** Which pids named values name, and which other numbers beside them may be pids: both keep a record. */
import { expect, it, test } from 'vitest';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import type { PidRecord } from '../../../src/model/records/pidRecordTypes';

const read = (content: string): PidRecord => parsePidRecord({ fileName: 'bot.pid', content });
const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

type Numbers = Pick<PidRecord, 'pids' | 'others'>;

test.each<[object, Numbers]>([
  // By the key alone.
  [{ childPid: 17 }, { pids: [42, 17] }],
  [{ childPid: '17' }, { pids: [42, 17] }],
  [{ worker_pids: [17, '98'] }, { pids: [42, 17, 98] }],
  [{ worker_pids: '17 98' }, { pids: [42, 17, 98] }],
  [{ worker_pids: ' 17, 98 ' }, { pids: [42, 17, 98] }],
  // A part of the service: an object with a pid, or a list.
  [{ workers: [17, 98] }, { pids: [42, 17, 98] }],
  [{ workers: [{ pid: 17 }, { pid: '98' }] }, { pids: [42, 17, 98] }],
  [{ workers: [{ id: 17 }, null, 98] }, { pids: [42, 98], others: [17] }],
  [{ server: { pid: 17 } }, { pids: [42, 17] }],
  [{ server: { pid: null } }, {}],
  // A mere number there may be a count, and a text anything.
  [{ workers: 17 }, { others: [17] }],
  [{ workers: '17' }, { others: [17] }],
  [{ workers: true, childPid: false, server: null, pids: null }, {}],
  // What is neither is named by no key.
  [{ tasks: [17] }, { others: [17] }],
  [{ master: { pid: 17 } }, { others: [17] }],
  // A text of which one word is no pid.
  [{ childPid: '17 idle' }, { others: [17] }],
  // What is no text is no host, command or name of a program.
  [{ host: 17, command: 17, kind: 98 }, { others: [98] }],
  // The same one again.
  [{ childPid: 42 }, {}],
])('of JSON with %j', (fields, numbers) => {
  expect(read(JSON.stringify({ pid: 42, ...fields }))).toEqual({ shape: 'json', pid: 42, ...numbers });
});

test.each<[string, Numbers]>([
  ['child_pid: 17', { pids: [42, 17] }],
  ['pids: 17 98', { pids: [42, 17, 98] }],
  ['child: 17', { others: [17] }],
  ['parent_pid: 17', {}],
])('of lines with %s', (line, numbers) => {
  expect(read(`pid: 42\n${line}\n`)).toEqual({ shape: 'labelled', pid: 42, ...numbers });
});

it('names no more than sixteen, and knows the rest by number', () => {
  const { pids, others } = read(JSON.stringify({ pid: 100, pids: upTo(20).slice(1) }));
  expect(pids).toEqual([100, ...upTo(16).slice(1)]);
  expect(others).toHaveLength(4);
  expect(others).toEqual(expect.arrayContaining([17, 18, 19, 20]));
  // As many as there is room for in what is read of a record.
  const many = upTo(900).map((n) => 1000 + n);
  expect(read(JSON.stringify({ pid: 42, workers: { all: many } })).others).toHaveLength(900);
});

it('names none, and knows none, where no pid is said to be the service’s', () => {
  expect(read('{"childPid":17,"workers":[98]}')).toEqual({ shape: 'json' });
});

it('takes the latest of all times where a number may be ticks or seconds', () => {
  const seconds = Date.UTC(2026, 0, 31, 9, 5, 7) / 1000;
  const written = { pid: 42, startTicks: seconds, createdAt: '2026-01-31T09:06:00Z' };
  const startedAt = Date.UTC(2026, 0, 31, 9, 6);
  expect(read(JSON.stringify(written))).toMatchObject({ startTicks: seconds, startedAt });
});
