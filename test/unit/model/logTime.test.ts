import { describe, expect, it } from 'vitest';
import { impossibleZones, ownTimeOf, readTimes } from '../../../src/model/logTime';

/** Thu 2026-11-26 03:00:01.123 UTC. */
const AT = Date.UTC(2026, 10, 26, 3, 0, 1, 123);
const SECOND = AT - 123;
const LOCAL = new Date(2026, 10, 26, 3, 0, 1, 123).getTime();
const NOW = AT + 86_400_000;

describe('the time in front of a log line', () => {
  it.each([
    ['2026-11-26T03:00:01.123Z ERROR Conflict', AT],
    ['2026-11-26T04:00:01.123+01:00 ERROR Conflict', AT],
    ['[2026-11-25T22:00:01.123-0500] Conflict', AT],
    ['2026-11-26 03:00:01,123 UTC [bot] Conflict', AT],
    ['<34>1 2026-11-26T03:00:01.123Z host bot - - - Conflict', AT],
    ['{"level":50,"time":"2026-11-26T03:00:01.123Z","msg":"Conflict"}', AT],
    [`{"level":50,"time":${AT},"msg":"Conflict"}`, AT],
    ['{"level":"error","ts":1795662001.123,"msg":"Conflict"}', AT],
    ['{"message":"Conflict","@timestamp":"2026-11-26T03:00:01.123Z"}', AT],
    ['time="2026-11-26T03:00:01.123Z" level=error msg=Conflict', AT],
    ['ts=2026-11-26T03:00:01.123Z caller=bot.go:7 err=Conflict', AT],
    ['1795662001.123 Conflict', AT],
    [`[${AT}] Conflict`, AT],
    ['bot-1  | 2026-11-26T03:00:01.123Z Conflict', AT],
    ['3|meridian | 2026-11-26T03:00:01.123Z Conflict', AT],
    ['127.0.0.1|2026-11-26T03:00:01.123Z Conflict', AT],
    ['[26/Nov/2026:04:00:01 +0100] Conflict', SECOND],
    ['Thu 2026-11-26 03:00:01 UTC bot[7]: Conflict', SECOND],
  ])('reads %s', (line, at) => {
    expect(readTimes(line, NOW)).toEqual([{ at, zone: 'own' }]);
  });

  it.each([
    ['2026-11-26 03:00:01,123 - ERROR - Conflict', 0],
    ['2026/11/26 03:00:01 Conflict', 123],
    ['ERROR:2026-11-26 03:00:01.123456:Conflict', 0],
    ['[2026-11-26 03:00:01] [error] Conflict', 123],
    ['Nov 26 03:00:01 tower bot[7]: Conflict', 123],
    ['Thu Nov 26 03:00:01 2026 Conflict', 123],
    ['[Thu Nov 26 03:00:01.123456 2026] Conflict', 0],
    ['26.11.2026 03:00:01 Conflict', 123],
    ['26-Nov-2026 03:00:01.123 SEVERE Conflict', 0],
    ['[Nest] 4242  - 11/26/2026, 3:00:01 AM   ERROR Conflict', 123],
    ['E1126 03:00:01.123456    7 bot.go:9] Conflict', 0],
    ['{"asctime": "2026-11-26 03:00:01,123", "message": "Conflict"}', 0],
  ])('reads %s both as local and as UTC', (line, missing) => {
    expect(readTimes(line, NOW)).toEqual([
      { at: LOCAL - missing, zone: 'local' },
      { at: AT - missing, zone: 'utc' },
    ]);
  });

  it.each([
    'telegram.error.Conflict: terminated by other getUpdates request',
    '03:00:01 Conflict',
    'Conflict since 2026-11-26T03:00:01Z',
    '{"msg":"at \\"time\\":1795662001123"}',
    '4242 Conflict',
    '0000004242 Conflict',
    '9999999999 Conflict',
    '1234567890123456789012 Conflict',
    '2026-13-45 99:99:99 Conflict',
    'Mai 26 03:00:01 Conflict',
    '',
  ])('finds none in %j', (line) => {
    expect(readTimes(line, NOW)).toEqual([]);
  });

  it('takes a day without a year for the last one that has been', () => {
    const january = Date.UTC(2027, 0, 2);
    const [, utc] = readTimes('Dec 31 23:59:59 tower bot: Conflict', january);
    expect(utc).toEqual({ at: Date.UTC(2026, 11, 31, 23, 59, 59), zone: 'utc' });
    const [, today] = readTimes('Jan  2 00:00:00 tower bot: Conflict', january);
    expect(today?.at).toBe(january);
  });

  it('takes a day that could be either for both', () => {
    const days = readTimes('11/10/2026, 3:00:01 PM Conflict', NOW).filter(({ zone }) => zone === 'utc');
    expect(days.map(({ at }) => at)).toEqual([
      Date.UTC(2026, 10, 10, 15, 0, 1),
      Date.UTC(2026, 9, 11, 15, 0, 1),
    ]);
  });
});

describe('which reading counts', () => {
  const HOUR = 3_600_000;
  const both = (local: number, utc: number) =>
    [
      { at: local, zone: 'local' },
      { at: utc, zone: 'utc' },
    ] as const;

  it('is the later one: old is only what is old both ways', () => {
    expect(ownTimeOf(both(NOW - HOUR, NOW), NOW)).toBe(NOW);
    expect(ownTimeOf(both(NOW, NOW - HOUR), NOW)).toBe(NOW);
    expect(ownTimeOf([], NOW)).toBeUndefined();
  });

  it('is not one from the future, unless there is no other', () => {
    expect(ownTimeOf(both(NOW - 5, NOW + HOUR), NOW)).toBe(NOW - 5);
    expect(ownTimeOf(both(NOW + HOUR, NOW + 2 * HOUR), NOW)).toBe(NOW + HOUR);
    // Clocks differ by a moment.
    expect(ownTimeOf(both(NOW - HOUR, NOW + 1000), NOW)).toBe(NOW + 1000);
  });

  it('is not one in a zone that another line has shown to be impossible', () => {
    const impossible = new Set(impossibleZones(both(NOW - 5, NOW + HOUR), NOW));
    expect([...impossible]).toEqual(['utc']);
    expect(ownTimeOf(both(NOW - HOUR, NOW), NOW, impossible)).toBe(NOW - HOUR);
    expect(impossibleZones(both(NOW - HOUR, NOW), NOW)).toEqual([]);
    expect(impossibleZones(both(NOW + HOUR, NOW + 2 * HOUR), NOW)).toEqual([]);
  });
});
