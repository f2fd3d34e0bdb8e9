/** Runs that a record of the service names beside the owner; beside each case the nearest that it does not name. */
import { expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import { alive, facts, gone, lock, lockFile, NAMED, pidFile, proc, record, type Given } from './build';

const owner = proc(7, 'python3 bot.py', { startedAgo: 7200 });
const other = proc(8, 'python3 bot.py');
const worker = proc(9, 'python3 bot.py', { ppid: 8 });

/** The grade of the second run, 8, and in what it differs from the owner, 7. */
function see(more: Given): string {
  const { all } = contextOf(
    facts({
      service: { process: { kind: 'commandAndCwd', command: NAMED.process, cwd: '/home/ann/bot' } },
      processes: [owner, other, worker],
      lockFiles: [lockFile([lock([owner])])],
      ...more,
    }),
  ).instances;
  const proof = all.find(({ root }) => root.pid === 8)?.proof;
  return [proof?.proof, ...(proof?.differences ?? [])].join(' ');
}

it.each([
  ['7 8', 'plausible inRecord'],
  // Its worker.
  ['7 9', 'plausible inRecord'],
  ['{"pid":7,"workerPid":8}', 'plausible inRecord'],
  ['7', 'proven'],
  ['7 10', 'proven'],
])('a record that says `%s`: %s', (text, expected) => {
  const locked = lockFile([lock([owner])], { record: record(text, alive(owner), 'bot.lock') });
  expect(see({ lockFiles: [locked] })).toBe(expected);
  expect(see({ pidFiles: [pidFile(text, alive(owner))] })).toBe(expected);
});

it('a record that names first what is gone says nothing of who has that number now', () => {
  expect(see({ pidFiles: [pidFile('8', gone)] })).toBe('proven');
  expect(see({ pidFiles: [pidFile('8 10', gone)] })).toBe('proven');
});
