import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LockTable, SETTLE_MS, type TableQuestions } from '../../../src/os/linux/locks/lockTable';

const line = (pid: number, ino: number, mode = 'WRITE'): string =>
  `FLOCK  ADVISORY  ${mode} ${pid} fe:00:${ino} 0 EOF`;
const key = (ino: number): string => `${0xfe * 256}:${ino}`;

/** A table that answers these reads one after the other, then the last for ever. Ids are added. */
function scripted(
  reads: readonly (readonly string[])[],
  pieces = 2,
  now?: () => number,
): { table: LockTable; count: () => number; shifts: boolean[] } {
  let next = 0;
  let count = 0;
  const shifts: boolean[] = [];
  const table = new LockTable((buffer, shifted) => {
    const lines = reads[Math.min(next, reads.length - 1)] ?? [];
    const bytes = Buffer.from(lines.map((text, index) => `${index + 1}: ${text}\n`).join(''), 'latin1');
    if (bytes.length > buffer.length) return { length: -1, pieces: 0 };
    next++;
    count++;
    shifts.push(shifted);
    bytes.copy(buffer);
    return { length: bytes.length, pieces };
  }, now);
  return { table, count: () => count, shifts };
}

const all: TableQuestions = { isWatched: () => true, isProven: () => false };
const none: TableQuestions = { isWatched: () => false, isProven: () => false };
const pidsOf = (table: LockTable, ino: number): number[] =>
  table.linesOf(key(ino)).map((entry) => entry.line.pid);

describe('the lock table, read again and again', () => {
  it('reads a captured table: each line once, waiters tied to what they wait for', () => {
    const text = readFileSync(join(import.meta.dirname, 'fixtures/locks-all-kinds.txt'));
    const table = new LockTable((buffer) => {
      text.copy(buffer);
      return { length: text.length, pieces: 1 };
    });
    const { added } = table.update(all);
    expect(added).toHaveLength(29);
    const waiting = table.linesOf(`${0xfe * 256}:2261144`).filter((entry) => entry.line.waiter);
    expect(waiting.map(({ line: { pid }, blocker }) => [pid, blocker?.line.pid])).toEqual([
      [11338, 11320],
      [11347, 11320],
    ]);
  });

  it('reports nothing and reads once when the bytes are the same', () => {
    const { table, count } = scripted([[line(1, 10)]]);
    table.update(all);
    const before = count();
    const change = table.update(all);
    expect(change.keys.size).toBe(0);
    expect(count() - before).toBe(1);
  });

  it('notices nothing when only the ids have shifted', () => {
    const own = line(1, 10);
    const { table } = scripted([[own], [own], [line(2, 99), own]]);
    table.update(all);
    expect([...table.update(all).keys]).toEqual([key(99)]);
    expect(pidsOf(table, 10)).toEqual([1]);
  });

  it('tells which inodes changed, and what came and went', () => {
    const before = [line(1, 10), line(2, 20)];
    const after = [line(2, 20), line(3, 30)];
    const { table } = scripted([before, before, after]);
    table.update(all);
    const change = table.update(all);
    expect(new Set(change.keys)).toEqual(new Set([key(10), key(30)]));
    expect(change.added.map((entry) => entry.line.pid)).toEqual([3]);
    expect(change.removed.map((entry) => entry.line.pid)).toEqual([1]);
    expect(pidsOf(table, 10)).toEqual([]);
  });

  it('counts a lock that one read shows twice once', () => {
    const { table } = scripted([[line(1, 10), line(1, 10)]]);
    table.update(all);
    expect(table.size).toBe(1);
  });

  it('keeps a lock that one torn read lacks', () => {
    const whole = [line(1, 10), line(2, 20)];
    const { table } = scripted([whole, whole, [line(2, 20)], whole]);
    table.update(all);
    expect(table.update(all).removed).toEqual([]);
    expect(pidsOf(table, 10)).toEqual([1]);
  });

  it('finds a lock that the first read lacks by reading a table of several pages twice', () => {
    const { table } = scripted([[line(2, 20)], [line(1, 10), line(2, 20)]]);
    table.update(none);
    expect(pidsOf(table, 10)).toEqual([1]);
  });

  it('does not mix a lock of the first read with the one that replaced it in the second', () => {
    const { table } = scripted([[line(1, 10)], [line(2, 10)], [line(2, 10)]]);
    table.update(all);
    expect(pidsOf(table, 10)).toEqual([2]);
  });

  it('releases a lock of a table of one page that two reads in a row lack, whatever else is known of it', () => {
    const whole = [line(1, 10), line(2, 20)];
    const { table, count } = scripted([whole, [line(2, 20)]], 1);
    table.update(all);
    const before = count();
    const proven: TableQuestions = { isWatched: () => true, isProven: () => true };
    expect(table.update(proven).removed.map((entry) => entry.line.pid)).toEqual([1]);
    expect(count() - before).toBe(2);
  });

  it('keeps a lock that one read of a table of one page lacks', () => {
    const whole = [line(1, 10), line(2, 20)];
    const { table } = scripted([whole, [line(2, 20)], whole], 1);
    table.update(all);
    expect(table.update(all).removed).toEqual([]);
    expect(pidsOf(table, 10)).toEqual([1]);
  });

  it('releases a lock of unknown holder on the evidence of torn reads only when a third lacks it too', () => {
    const whole = [line(1, 10), line(2, 20)];
    const { table, shifts } = scripted([whole, whole, [line(2, 20)], [line(2, 20)], whole]);
    table.update(all);
    expect(table.update(all).removed).toEqual([]);
    expect(pidsOf(table, 10)).toEqual([1]);
    // The third read has its pages elsewhere: what falls between two of them is another line.
    expect(shifts.slice(2)).toEqual([false, false, true]);
    const gone = scripted([whole, whole, [line(2, 20)]]);
    gone.table.update(all);
    expect(gone.table.update(all).removed.map((entry) => entry.line.pid)).toEqual([1]);
  });

  it('releases nothing that is in doubt when the reads are used up, and asks again next time', () => {
    const own = line(1, 10);
    // Each read lacks another one of these, so that there is always a doubt.
    const flicker = Array.from({ length: 9 }, (_, index) => line(100 + index, 100 + index));
    const reads = [
      [own, ...flicker],
      [own, ...flicker],
    ];
    for (let lacking = 0; lacking < 6; lacking++) {
      const rest = flicker.filter((_, index) => index !== lacking);
      reads.push(lacking === 5 ? rest : [own, ...rest]);
    }
    const { table } = scripted([...reads, [own, ...flicker]]);
    table.update(all);
    expect(table.update(all).removed).toEqual([]);
    expect(pidsOf(table, 10)).toEqual([1]);
    expect(table.update(all).removed).toEqual([]);
    expect(pidsOf(table, 10)).toEqual([1]);
  });

  it('calls a lock settled once two reads some ms apart have shown it', () => {
    let now = 1000;
    const { table } = scripted([[line(1, 10)]], 1, () => now);
    table.update(all);
    const [entry] = table.linesOf(key(10));
    expect(entry !== undefined && table.isSettled(entry)).toBe(false);
    now += SETTLE_MS - 1;
    table.update(all);
    expect(entry !== undefined && table.isSettled(entry)).toBe(false);
    now += 1;
    // As of the last read, not as of the clock.
    expect(entry !== undefined && table.isSettled(entry)).toBe(false);
    table.update(all);
    expect(entry !== undefined && table.isSettled(entry)).toBe(true);
  });

  it('keeps a lock that both reads lack while its holder proves it, and asks again next time', () => {
    const whole = [line(1, 10), line(2, 20)];
    const { table } = scripted([whole, whole, [line(2, 20)]]);
    let proven = true;
    const questions: TableQuestions = { isWatched: () => true, isProven: () => proven };
    table.update(questions);
    expect(table.update(questions).removed).toEqual([]);
    expect(pidsOf(table, 10)).toEqual([1]);
    proven = false;
    expect(table.update(questions).removed.map((entry) => entry.line.pid)).toEqual([1]);
  });

  it('does not read on for ever while locks nobody watches come and go', () => {
    let serial = 0;
    const table = new LockTable((buffer) => {
      const bytes = Buffer.from(`1: ${line(++serial, 10)}\n`);
      bytes.copy(buffer);
      return { length: bytes.length, pieces: 2 };
    });
    expect(table.update(none).reads).toBe(2);
    expect(table.update(all).reads).toBeLessThanOrEqual(6);
  });

  it('grows its buffer to any size of table', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => line(index + 1, index));
    const { table } = scripted([lines]);
    table.update(all);
    expect(table.size).toBe(20_000);
    expect(pidsOf(table, 19_999)).toEqual([20_000]);
  });

  it('notices that somebody waits for another lock now', () => {
    const waiter = `-> ${line(9, 10)}`;
    const { table } = scripted([
      [line(1, 10, 'READ'), waiter, line(2, 10, 'READ')],
      [line(1, 10, 'READ'), waiter, line(2, 10, 'READ')],
      [line(1, 10, 'READ'), line(2, 10, 'READ'), waiter],
    ]);
    table.update(all);
    expect([...table.update(all).keys]).toEqual([key(10)]);
    expect(table.linesOf(key(10)).find((entry) => entry.line.waiter)?.blocker?.line.pid).toBe(2);
  });
});
