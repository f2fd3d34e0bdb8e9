import { expect, test } from 'vitest';
import { localTime } from '../../../src/model/text';
import { since } from '../../../src/ui/text/words/time';
import { HOUR, NOW } from './snapshots';

test.each([
  [0, '< 1 min'],
  [59_999, '< 1 min'],
  [60_000, '1 min'],
  [HOUR - 1, '59 min'],
  [3 * HOUR, '3 h'],
  [47 * HOUR, '47 h'],
  [48 * HOUR, '2 d'],
  [-5_000, '< 1 min'],
])('writes %i ms as %s', (elapsed, text) => {
  expect(since(NOW - elapsed, NOW)).toBe(text);
});

test('writes a moment by the clock of this machine', () => {
  expect(localTime(new Date(2026, 2, 1, 9, 5, 7).getTime())).toBe('2026-03-01 09:05:07');
  expect(localTime(Number.NaN)).toBe('?');
});
