import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONFLICT_LINE_FRESH_MS as FRESH_MS } from '../../../../src/model/conflictPatterns';
import { LogWatch } from '../../../../src/os/observer/watchedLog';

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

  it('of a log that was written to just now takes only what carries a time of just now', () => {
    const at = (ago: number): string => new Date(Date.now() - ago).toISOString();
    fs.writeFileSync(
      path,
      [
        '2026-11-20 03:00:01 ERROR Conflict: six days old',
        'Conflict: who knows when',
        `${at(FRESH_MS + 5_000)} Conflict: just too old`,
        `${at(FRESH_MS - 10_000)} Conflict: a moment ago`,
        `${at(-FRESH_MS - 10_000)} Conflict: from the future`,
        `${at(0)} poll ok`,
        '',
      ].join('\n'),
    );
    const log = watch();
    const now = Date.now();
    expect(log.check(now)).toBe(true);
    expect(texts(log).map((text) => text.slice(25))).toEqual(['Conflict: a moment ago']);
    expect(log.facts.lines[0]?.ownTime).toBe(Date.parse(texts(log)[0]?.slice(0, 24) ?? ''));
    // It counts from when it was written.
    expect(log.check(now + 5_000)).toBe(false);
    expect(log.check(now + 15_000)).toBe(true);
    expect(texts(log)).toEqual([]);
  });

  it('learns from the last line in which zone the log is written', () => {
    const time = (zone: 'local' | 'utc', ago: number): string => {
      const at = new Date(Date.now() - ago);
      const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
      return (zone === 'local' ? local : at).toISOString().slice(0, 19).replace('T', ' ');
    };
    const zones = [...new Set(['Asia/Tokyo', 'America/New_York', 'UTC'])];
    const before = process.env['TZ'];
    try {
      for (const name of zones) {
        process.env['TZ'] = name;
        for (const zone of ['local', 'utc'] as const) {
          const hours = Math.abs(new Date().getTimezoneOffset()) * 60_000;
          const old = hours === 0 ? 2 * FRESH_MS : hours;
          fs.writeFileSync(path, `${time(zone, old)} Conflict: old\n${time(zone, 2_000)} Conflict: new\n`);
          const log = watch();
          log.check(Date.now());
          expect(
            texts(log).map((text) => text.slice(20)),
            `${name}, ${zone}`,
          ).toEqual(['Conflict: new']);
        }
      }
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });

  it('takes appended lines as they come, but not what is older by its own time', () => {
    fs.writeFileSync(path, '');
    const log = watch();
    log.check(Date.now());
    const old = new Date(Date.now() - FRESH_MS - 1_000).toISOString();
    fs.appendFileSync(path, `${old} Conflict: shipped late\nConflict: no time\n`);
    log.check(Date.now());
    expect(texts(log)).toEqual(['Conflict: no time']);
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

  it.each([
    [
      'a rotation',
      (text: string): void => {
        fs.renameSync(path, `${path}.1`);
        fs.writeFileSync(path, text);
      },
    ],
    [
      'tail > new; mv new log',
      (text: string): void => {
        fs.writeFileSync(`${path}.new`, text);
        fs.renameSync(`${path}.new`, path);
      },
    ],
    [
      'a truncation',
      (text: string): void => {
        fs.truncateSync(path, 0);
        fs.appendFileSync(path, text);
      },
    ],
  ])('after %s counts what carries a time of just now, and what is appended then', (_, rewrite) => {
    fs.writeFileSync(path, `a line that was there before\n${'and more\n'.repeat(100)}`);
    const log = watch();
    log.check(Date.now());
    const now = new Date().toISOString();
    rewrite(`2026-11-20 03:00:01 Conflict: old\nConflict: no time\n${now} Conflict: new\nConflict: un`);
    expect(log.check(Date.now())).toBe(true);
    expect(texts(log)).toEqual([`${now} Conflict: new`]);
    fs.appendFileSync(path, 'finished\n');
    log.check(Date.now());
    expect(texts(log).at(-1)).toBe('Conflict: unfinished');
  });

  it('forgets the zone of a log that was replaced', () => {
    const before = process.env['TZ'];
    process.env['TZ'] = 'Asia/Tokyo';
    try {
      const utc = (ago: number): string => new Date(Date.now() - ago).toISOString().slice(0, 19);
      const local = (ago: number): string => utc(ago - 9 * 3_600_000);
      fs.writeFileSync(path, `${local(2_000)} ok\n`);
      const log = watch();
      log.check(Date.now());
      fs.writeFileSync(`${path}.new`, `${utc(2_000)} Conflict: in UTC now\n`);
      fs.renameSync(`${path}.new`, path);
      log.check(Date.now());
      expect(texts(log)).toHaveLength(1);
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });

  it('takes no line of which the look back shows only the end', () => {
    const end = `${new Date().toISOString()} Conflict: quoted in a long line\n`;
    const rest = 'x'.repeat(64 * 1024 - end.length - 1);
    fs.writeFileSync(path, `he said: ${end}${rest}\n`);
    const log = watch();
    log.check(Date.now());
    expect(texts(log)).toEqual([]);
  });

  it('takes a log that was away for one that was replaced, also on the same inode', () => {
    fs.writeFileSync(path, 'start\n');
    const log = watch();
    log.check(Date.now());
    fs.renameSync(path, `${path}.away`);
    log.check(Date.now());
    fs.renameSync(`${path}.away`, path);
    fs.appendFileSync(path, 'Conflict: no time\n');
    log.check(Date.now());
    expect(texts(log)).toEqual([]);
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
