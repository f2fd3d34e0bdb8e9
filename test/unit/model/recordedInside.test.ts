import { expect, it } from 'vitest';
import { contextOf } from '../../../src/model/context';
import type { ProcessFacts } from '../../../src/model/facts';
import { facts, gone, lock, lockFile, NAMED, pidFile, proc, record } from './build';

const worker = proc(12, 'python3 bot.py', { ppid: 10, nsPids: [12, 3], startedAgo: 7200 });
const bot = proc(10, 'python3 bot.py', { startedAgo: 7200 });
const other = proc(20, 'python3 bot.py');

/** The grades of the owner and of the second run, and why they have them, where a record names the number that the worker has in its namespace. */
const grades = (...holders: ProcessFacts[]): string[] => {
  const inside = { ...record('3', gone), inner: [worker] };
  const { all } = contextOf(
    facts({
      service: NAMED,
      processes: [bot, worker, other],
      lockFiles: holders.length === 0 ? [] : [lockFile([lock(holders)])],
      pidFiles: [{ ...pidFile('3', gone), content: inside }],
    }),
  ).instances;
  return all.map(({ root, proof }) => `${root.pid} ${proof.proof} ${proof.reason}`);
};

it('a number inside a namespace proves no owner: others have the same number in theirs', () => {
  expect(grades()).toEqual(['10 plausible recorded', '20 plausible noProvenOwner']);
});

it('a lock beside it does', () => {
  expect(grades(bot)).toEqual(['10 proven holdsLock', '20 proven sameAsOwner']);
});
