import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import type { PidRecord } from '../../../src/model/records/pidRecordTypes';
import { parseIsoTime, parseStartToken } from '../../../src/model/records/pidRecordStart';

const text = (content: string, fileName = 'bot.pid'): PidRecord => parsePidRecord({ fileName, content });
const json = (fields: object): PidRecord => text(JSON.stringify({ pid: 4242, ...fields }));

const UTC = Date.UTC(2026, 0, 31, 9, 5, 7);
const HOUR = 3_600_000;
const UNKNOWN = { shape: 'json', pid: 4242, startUnit: 'unknown' };

const BOOT = '0f86a94a-6b3d-4212-8988-efbb79e8a191';
const tokenOf = (bootId: string, ticks: bigint): string =>
  ((BigInt(`0x${bootId.replaceAll('-', '')}`) << 64n) | ticks).toString();

/** 100 ns since 1601. */
const filetimeOf = (ms: number): string => ((BigInt(ms) + 11_644_473_600_000n) * 10_000n).toString();

describe('a recorded start that could condemn a live process', () => {
  it('counts at its latest where it names no zone', () => {
    expect(parseIsoTime('2026-01-31T09:05:07')).toEqual({ startedAt: UTC + 12 * HOUR, zoneless: true });
    expect(text('4242\n\n2026-01-31 09:05:07\n')).toEqual({
      shape: 'lines',
      pid: 4242,
      startedAt: UTC + 12 * HOUR,
      zoneless: true,
    });
  });

  it('counts as it stands where it names one', () => {
    expect(parseIsoTime('2026-01-31T09:05:07Z')).toEqual({ startedAt: UTC });
    expect(parseIsoTime('2026-01-31T18:05:07+09:00')).toEqual({ startedAt: UTC });
    expect(parseIsoTime('2026-01-31 04:05:07,5 -0500')).toEqual({ startedAt: UTC + 500 });
  });

  it('is none where there is no such day', () => {
    expect(parseIsoTime('2026-99-31T09:05:07Z')).toBeUndefined();
  });

  it('is never earlier than the writer meant, whatever zone it lives in', () => {
    const moment = fc.integer({ min: Date.UTC(2001, 9), max: Date.UTC(2100, 0) });
    const zone = fc.integer({ min: -12 * 60, max: 14 * 60 });
    fc.assert(
      fc.property(moment, zone, (at, offset) => {
        const wall = new Date(at + offset * 60_000).toISOString().slice(0, -1);
        for (const { startedAt } of [text(`4242\n\n${wall}\n`), json({ startedAt: wall })]) {
          expect(startedAt).toBeGreaterThanOrEqual(at);
          expect(startedAt).toBeLessThanOrEqual(at + 26 * HOUR);
        }
      }),
    );
  });

  it('is the latest of several times', () => {
    const early = '2026-01-31T09:05:07Z';
    const late = '2026-01-31T10:05:07Z';
    const expected = { shape: 'json', pid: 4242, startedAt: UTC + HOUR };
    expect(json({ startedAt: early, createdAt: late })).toEqual(expected);
    expect(json({ startedAt: late, createdAt: early })).toEqual(expected);
    expect(json({ startedAt: UTC, created_at: late, createdAt: 'yesterday' })).toEqual(expected);
    expect(text(`4242\n\n${early}\n${late}\n`)).toEqual({ ...expected, shape: 'lines' });
    expect(text(`4242\n\n${late}\n${early}\n`)).toEqual({ ...expected, shape: 'lines' });
  });

  it('loses its mark of a missing zone to a later time that has one', () => {
    const zoneless = '2026-01-31T09:05:07';
    expect(json({ startedAt: zoneless, createdAt: '2026-01-31T20:05:07Z' }).zoneless).toBe(true);
    expect(json({ startedAt: zoneless, createdAt: '2026-01-31T22:05:07Z' })).toEqual({
      shape: 'json',
      pid: 4242,
      startedAt: UTC + 13 * HOUR,
    });
  });

  it('is the ticks alone where they are ticks for sure, since they are exact', () => {
    expect(json({ startTicks: 98_765, createdAt: '2026-01-31T09:05:07Z' })).toEqual({
      shape: 'json',
      pid: 4242,
      startTicks: 98_765,
    });
    expect(json({ start_ticks: '98765' }).startTicks).toBe(98_765);
  });

  it('may be ticks beside the latest time where the key does not say its unit', () => {
    const read = { shape: 'json', pid: 4242, mayBeTicks: 98_765 };
    for (const key of ['start_time', 'startTime']) {
      expect(json({ [key]: 98_765 })).toEqual(read);
      expect(json({ [key]: 98_765, createdAt: '2026-01-31T09:05:07Z' })).toEqual({ ...read, startedAt: UTC });
    }
  });

  it('has to fail in both readings where ticks look like seconds, and then at the latest time', () => {
    const both = { shape: 'json', pid: 4242, mayBeTicks: 1_769_850_307 };
    expect(json({ start_time: 1_769_850_307 })).toEqual({ ...both, startedAt: UTC });
    expect(json({ start_time: 1_769_850_307, createdAt: '2026-01-31T10:05:07Z' })).toEqual({
      ...both,
      startedAt: UTC + HOUR,
    });
  });
});

describe('the unit of a recorded number', () => {
  it.each([
    ['s', 1_769_850_307],
    ['ms', 1_769_850_307_000],
    ['µs', 1_769_850_307_000_000],
    ['ns', 1_769_850_307_000_000_000],
    ['FILETIME', Number(filetimeOf(UTC))],
  ])('is told by its size: %s', (_, startedAt) => {
    expect(json({ startedAt })).toEqual({ shape: 'json', pid: 4242, startedAt: UTC });
    expect(json({ startedAt: String(startedAt) }).startedAt).toBe(UTC);
  });

  it.each([
    ['hermes without /proc, but signed by nobody', { start_time: 176_985_030_712 }],
    ['a size between the units', { start_time: 17_698_503_071 }],
    ['a size between ms and µs', { startedAt: 17_698_503_071_230 }],
    ['ticks of .NET, since the year 1', { startedAt: 639_000_000_000_000_000 }],
    ['seconds since the boot, with a fraction', { start_time: 12_345.678 }],
    ['seconds since the boot, under the name of a time', { startedAt: 12_345 }],
    ['a number of threads', { start_time: 12 }],
    ['beyond everything', { startedAt: 1e30 }],
  ])('proves nothing where it is not known: %s', (_, fields) => {
    expect(json(fields)).toEqual(UNKNOWN);
  });

  it.each([
    { start_time: null },
    { start_time: 0 },
    { started: true },
    { startTime: 'soon' },
    { startedAt: -5 },
  ])('is not asked for where there is no start: %j', (fields) => {
    expect(json(fields)).toEqual({ shape: 'json', pid: 4242 });
  });

  it('does not hide another start whose unit is known', () => {
    expect(json({ start_time: 17_698_503_071, createdAt: '2026-01-31T09:05:07Z' })).toEqual({
      shape: 'json',
      pid: 4242,
      startedAt: UTC,
    });
  });

  it('is centiseconds where hermes has no /proc', () => {
    const fields = { kind: 'hermes-gateway', start_time: 176_985_030_712 };
    expect(json(fields)).toMatchObject({ program: 'hermes-gateway', startedAt: UTC + 120 });
    expect(json(fields).startUnit).toBeUndefined();
    // The same number of another writer, or under another key, is not.
    expect(json({ ...fields, kind: 'gateway' })).toEqual(UNKNOWN);
    expect(json({ ...fields, kind: 'hermes-other' })).toEqual({ ...UNKNOWN, program: 'hermes-other' });
    expect(json({ kind: 'hermes-gateway', startedAt: 176_985_030_712 })).toMatchObject({
      startUnit: 'unknown',
    });
  });

  it('is ticks where hermes has /proc', () => {
    expect(json({ kind: 'hermes-gateway', start_time: 98_765 })).toMatchObject({ startTicks: 98_765 });
    expect(json({ kind: 'hermes-gateway', start_time: 98_765 }).startedAt).toBeUndefined();
  });
});

describe('a start token of py-filelock', () => {
  it('is boot id and start ticks on Linux', () => {
    expect(parseStartToken(tokenOf(BOOT, 98_765n))).toEqual({ bootId: BOOT, startTicks: 98_765 });
    const leadingZeros = '0000000a-6b3d-4212-8988-efbb79e8a191';
    expect(parseStartToken(tokenOf(leadingZeros, 98_765n))).toEqual({
      bootId: leadingZeros,
      startTicks: 98_765,
    });
  });

  it('is a FILETIME on Windows and µs on macOS', () => {
    expect(parseStartToken(filetimeOf(UTC))).toEqual({ startedAt: UTC });
    expect(parseStartToken(`${UTC}123`)).toEqual({ startedAt: UTC + 0.123 });
  });

  it.each([
    ['a boot id that is no random UUID', tokenOf('0f86a94a-6b3d-1212-8988-efbb79e8a191', 98_765n)],
    ['a boot id of another variant', tokenOf('0f86a94a-6b3d-4212-c988-efbb79e8a191', 98_765n)],
    ['ticks that no uptime reaches', tokenOf(BOOT, 1n << 60n)],
    ['no ticks', tokenOf(BOOT, 0n)],
    ['hex digits that happen to be decimal', '61002059550148590951522961002059'],
  ])('proves nothing when it is %s', (_, token) => {
    expect(parseStartToken(token)).toEqual({ startUnit: 'unknown' });
  });

  it('may be ticks where it names no boot', () => {
    expect(parseStartToken('98765')).toEqual({ mayBeTicks: 98_765 });
  });

  it.each(['', 'x', '-5', '6f1ed002ab5595859014ebf0951522d9', '9'.repeat(80)])('is not %j', (token) => {
    expect(parseStartToken(token)).toEqual({});
  });

  it('is read of the third line, and only if that was written to its end', () => {
    const token = tokenOf(BOOT, 98_765n);
    const expected = { shape: 'lines', pid: 4242, host: 'tower' };
    expect(text(`4242\ntower\n${token}\n`)).toEqual({ ...expected, bootId: BOOT, startTicks: 98_765 });
    expect(text(`4242\ntower\n${token}`)).toEqual(expected);
    expect(text(`4242\ntower\n${token}\nmore\n`)).toEqual(expected);
    expect(text('4242\ntower\n98765\n')).toEqual({ ...expected, mayBeTicks: 98_765 });
  });
});
