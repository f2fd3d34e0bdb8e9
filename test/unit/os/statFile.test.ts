import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StatFile } from '../../../src/os/linux/processes/statFile';

describe('the stat of a process', () => {
  let procfs: string;
  const opened: StatFile[] = [];
  let budget = { left: 0 };

  const write = (pid: number, name: string, text: string): void => {
    fs.mkdirSync(path.join(procfs, String(pid)), { recursive: true });
    fs.writeFileSync(path.join(procfs, String(pid), name), text);
  };
  const open = (pid: number): StatFile => {
    const file = new StatFile(pid, procfs, budget);
    opened.push(file);
    return file;
  };
  /** The text read, `same`, or the code of the failure. */
  const readNow = (file: StatFile, before: string): string => {
    const got = file.readIfChanged(Buffer.from(before));
    return got === undefined ? 'same' : Buffer.isBuffer(got) ? got.toString() : got.code;
  };
  /** The same, only if it may have run. */
  const read = (file: StatFile, before: string): string =>
    file.mayHaveRun() ? readNow(file, before) : 'same';

  beforeEach(() => {
    budget = { left: 256 };
    procfs = fs.mkdtempSync(path.join(os.tmpdir(), 'instance-monitor-stat-'));
  });
  afterEach(() => {
    for (const file of opened.splice(0)) file.close();
    fs.rmSync(procfs, { recursive: true });
  });

  test('is not read again while the process has not run', () => {
    write(7, 'schedstat', '10 1 3\n');
    write(7, 'stat', 'first');
    const file = open(7);
    expect(read(file, 'other')).toBe('first');
    write(7, 'stat', 'second');
    expect(read(file, 'first')).toBe('same');
    write(7, 'schedstat', '10 1 4\n');
    expect(read(file, 'first')).toBe('second');
    expect(read(file, 'second')).toBe('same');
  });

  test('is read again where it has only run on, without giving up the processor', () => {
    write(7, 'schedstat', '10 1 3\n');
    write(7, 'stat', 'first');
    const file = open(7);
    read(file, '');
    write(7, 'stat', 'second');
    write(7, 'schedstat', '11 1 3\n');
    expect(read(file, 'first')).toBe('second');
    // How long it has waited for one says nothing.
    write(7, 'stat', 'third');
    write(7, 'schedstat', '11 9 3\n');
    expect(read(file, 'second')).toBe('same');
    write(7, 'schedstat', `${'1'.repeat(19)} 9 ${'2'.repeat(19)}\n`);
    expect(read(file, 'second')).toBe('third');
  });

  test('can be read where others may have changed it', () => {
    write(7, 'schedstat', '10 1 3\n');
    write(7, 'stat', 'first');
    const file = open(7);
    read(file, 'first');
    write(7, 'stat', 'second');
    expect(readNow(file, 'first')).toBe('second');
    expect(readNow(file, 'second')).toBe('same');
  });

  test.each([
    ['does not count', '0 0 0\n'],
    ['has no such file', undefined],
  ])('is read each time by a kernel that %s', (_, schedstat) => {
    if (schedstat !== undefined) write(7, 'schedstat', schedstat);
    write(7, 'stat', 'first');
    const file = open(7);
    expect(read(file, 'first')).toBe('same');
    write(7, 'stat', 'second');
    expect(read(file, 'first')).toBe('second');
  });

  test('is read each time where enough descriptors are kept, and those are closed', () => {
    const isKept = (pid: number): boolean => {
      const file = open(pid);
      write(pid, 'schedstat', '10 1 3\n');
      write(pid, 'stat', 'first');
      read(file, 'first');
      write(pid, 'stat', 'second');
      return read(file, 'first') === 'same';
    };
    const kept = Array.from({ length: 300 }, (_, pid) => isKept(pid)).filter(Boolean).length;
    expect(kept).toBe(256);
    opened[0]?.close();
    opened[0]?.close();
    expect(isKept(1000)).toBe(true);
    expect(isKept(1001)).toBe(false);
  });

  test('says what failed', () => {
    expect(read(open(8), 'first')).toBe('ENOENT');
  });
});
