/** The time in front of a line, where one digit more would be none. */
import { describe, expect, it } from 'vitest';
import { impossibleZones, readTimes } from '../../../src/model/logTime';
import { NOW } from './build';

const at = (line: string): string[] =>
  readTimes(line, NOW).map(({ at: ms, zone }) => `${zone} ${new Date(ms).toISOString()}`);
const own = (text: string): string[] => [`own ${text}`];

describe('the time of a line', () => {
  it.each([
    ['2026-12-31T23:59:59Z x', '2026-12-31T23:59:59.000Z'],
    ['2026-01-01T00:00:00Z x', '2026-01-01T00:00:00.000Z'],
    ['2026-01-31T09:05:60Z x', '2026-01-31T09:06:00.000Z'],
    ['2026-01-31T09:05:07+05:30 x', '2026-01-31T03:35:07.000Z'],
    ['2026-01-31T09:05:07-0130 x', '2026-01-31T10:35:07.000Z'],
    ['1769850307 x', '2026-01-31T09:05:07.000Z'],
    ['1769850307123 x', '2026-01-31T09:05:07.123Z'],
    ['1769850307123456 x', '2026-01-31T09:05:07.123Z'],
    ['1769850307123456789 x', '2026-01-31T09:05:07.123Z'],
    ['  {"time":"2026-01-31T09:05:07Z"}', '2026-01-31T09:05:07.000Z'],
    ['{"ts":1769850307.5}', '2026-01-31T09:05:07.500Z'],
  ])('%s', (line, text) => {
    expect(at(line)).toEqual(own(text));
  });

  it.each([
    '2026-13-31T09:05:07Z x',
    '2026-00-31T09:05:07Z x',
    '2026-01-00T09:05:07Z x',
    '2026-01-32T09:05:07Z x',
    '2026-01-31T24:05:07Z x',
    '2026-01-31T09:60:07Z x',
    '2026-01-31T09:05:61Z x',
    '{"level":30}',
    '{"time":7}',
    'no time at all',
    '{"time":"soon"}',
  ])('is none: %s', (line) => {
    expect(at(line)).toEqual([]);
  });

  it('stands behind eight pieces at most, and within three hundred characters', () => {
    const pieces = 'info,'.repeat(4);
    expect(at(`${pieces}2026-01-31T09:05:07Z x`)).toEqual(own('2026-01-31T09:05:07.000Z'));
    expect(at(`,${pieces}2026-01-31T09:05:07Z x`)).toEqual([]);
    const blanks = (count: number): string => `${' '.repeat(count)}2026-01-31T09:05:07Z`;
    expect(at(blanks(280))).toEqual(own('2026-01-31T09:05:07.000Z'));
    expect(at(blanks(300))).toEqual([]);
  });

  it('rules out the zones in which it would come from the future', () => {
    const reading = (ms: number, zone: 'own' | 'local' | 'utc') => ({ at: NOW + ms, zone });
    const hour = 3_600_000;
    expect(impossibleZones([reading(-hour, 'utc'), reading(hour, 'local')], NOW)).toEqual(['local']);
    expect(impossibleZones([reading(hour, 'utc'), reading(-hour, 'local')], NOW)).toEqual(['utc']);
    expect(impossibleZones([reading(hour, 'utc'), reading(hour, 'local')], NOW)).toEqual([]);
    expect(impossibleZones([reading(-hour, 'utc'), reading(-hour, 'local')], NOW)).toEqual([]);
    // Which day it is depends on the reading: one that is past leaves its zone possible.
    const both = [reading(-hour, 'utc'), reading(hour, 'utc'), reading(hour, 'local')];
    expect(impossibleZones(both, NOW)).toEqual(['local']);
  });
});
