import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONFLICT_LINE_FRESH_MS as FRESH_MS } from '../../../src/model/conflictPatterns';
import { LogWatch } from '../../../src/os/logWatch';

describe('a watched log', () => {
  let folder: string;
  let path: string;
  const open = (name: string): number => fs.openSync(name, 'r');
  const watch = (): LogWatch => new LogWatch(path, [(line) => line.includes('Conflict')], open);
  const texts = (log: LogWatch): string[] => log.facts.lines.map((line) => line.text);
  const makeOld = (): void => fs.utimesSync(path, 1_600_000_000, 1_600_000_000);

  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'log-'));
    path = join(folder, 'bot.log');
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('ignores what an old log said before it was watched', () => {
    fs.writeFileSync(path, 'Conflict: old\n');
    makeOld();
    const log = watch();
    expect(log.check(Date.now())).toBe(false);
    expect(texts(log)).toEqual([]);
  });

  it('looks at the end of a log that was written to just now', () => {
    fs.writeFileSync(path, 'Conflict: a moment ago\n');
    const log = watch();
    expect(log.check(Date.now())).toBe(true);
    expect(texts(log)).toEqual(['Conflict: a moment ago']);
  });

  it('takes lines as they are appended, whole ones only', () => {
    fs.writeFileSync(path, '');
    const log = watch();
    log.check(Date.now());
    fs.appendFileSync(path, 'fine\nConfl');
    expect(log.check(Date.now())).toBe(false);
    fs.appendFileSync(path, 'ict: two\r\nfine\n');
    expect(log.check(Date.now())).toBe(true);
    expect(texts(log)).toEqual(['Conflict: two']);
    expect(log.check(Date.now())).toBe(false);
  });

  it('goes on with the new file after a rotation', () => {
    fs.writeFileSync(path, 'start\n');
    const log = watch();
    log.check(Date.now());
    fs.renameSync(path, `${path}.1`);
    fs.writeFileSync(path, 'Conflict: in the new file\n');
    expect(log.check(Date.now())).toBe(true);
    expect(texts(log)).toEqual(['Conflict: in the new file']);
  });

  it('goes on from the start after a truncation', () => {
    fs.writeFileSync(path, 'a long line that was there before\n');
    const log = watch();
    log.check(Date.now());
    fs.truncateSync(path, 0);
    fs.appendFileSync(path, 'Conflict: x\n');
    log.check(Date.now());
    expect(texts(log)).toEqual(['Conflict: x']);
  });

  it('reads a log that appears later from its start', () => {
    const log = watch();
    log.check(Date.now());
    expect(log.facts.problem).toBeUndefined();
    fs.writeFileSync(path, 'Conflict: first line\n');
    log.check(Date.now());
    expect(texts(log)).toEqual(['Conflict: first line']);
  });

  it('reads no more than a megabyte of what was appended in one tick, the newest', () => {
    fs.writeFileSync(path, 'start\n');
    const log = watch();
    log.check(Date.now());
    const fd = fs.openSync(path, 'a');
    fs.writeSync(fd, 'Conflict: skipped\n');
    fs.ftruncateSync(fd, 3 * 1024 ** 3);
    fs.writeSync(fd, '\nConflict: at the end\n');
    fs.closeSync(fd);
    const started = performance.now();
    log.check(Date.now());
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(texts(log)).toEqual(['Conflict: at the end']);
  });

  it('forgets a line that was not repeated for a while', () => {
    fs.writeFileSync(path, '');
    const log = watch();
    const now = Date.now();
    log.check(now);
    fs.appendFileSync(path, 'Conflict: once\n');
    log.check(now);
    expect(log.check(now + FRESH_MS - 1)).toBe(false);
    expect(log.check(now + FRESH_MS + 1)).toBe(true);
    expect(texts(log)).toEqual([]);
  });

  it('cuts long lines and keeps the newest', () => {
    fs.writeFileSync(path, '');
    const log = watch();
    log.check(Date.now());
    fs.appendFileSync(path, `Conflict ${'x'.repeat(100_000)}\n`);
    for (let index = 0; index < 30; index++) fs.appendFileSync(path, `Conflict ${index}\n`);
    log.check(Date.now());
    expect(texts(log)).toHaveLength(20);
    expect(texts(log).at(-1)).toBe('Conflict 29');
    fs.appendFileSync(path, `Conflict ${'x'.repeat(100_000)}\n`);
    log.check(Date.now());
    expect(texts(log).at(-1)).toHaveLength(400);
  });

  it('says what is wrong, and that it is well again', () => {
    fs.mkdirSync(path);
    const log = watch();
    expect(log.check(Date.now())).toBe(true);
    expect(log.facts.problem?.code).toBe('ENOTFILE');
    expect(log.check(Date.now())).toBe(false);
    fs.rmdirSync(path);
    expect(log.check(Date.now())).toBe(true);
    expect(log.facts.problem).toBeUndefined();
  });
});
