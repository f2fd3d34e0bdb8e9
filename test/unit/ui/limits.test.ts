import { expect, it } from 'vitest';
import { gracePeriod, pollInterval } from '../../../src/contributions';
import { limited } from '../../../src/ui/settings/limits';

const poll = (value: unknown) => limited(value, pollInterval, 'instanceMonitor.pollInterval');

it('takes what is possible as it is, and an absent value for the default', () => {
  for (const value of [250, 2000, 3_600_000]) expect(poll(value)).toEqual({ value });
  expect(poll(undefined)).toEqual({ value: 2000 });
  expect(limited(0, gracePeriod, 'x')).toEqual({ value: 0 });
});

it.each([
  [3_000_000_000, 3_600_000],
  [86_400_000_000, 3_600_000],
  [2 ** 31, 3_600_000],
  [3_600_001, 3_600_000],
  [Infinity, 3_600_000],
  [249, 250],
  [0, 250],
  [-1, 250],
  ['500', 2000],
  [NaN, 2000],
  [null, 2000],
  [[500], 2000],
])('says what counts instead of %j', (value, used) => {
  expect(poll(value)).toEqual({
    value: used,
    problem: expect.stringMatching(
      new RegExp(
        `^instanceMonitor\\.pollInterval is .*, but must be a number of milliseconds from 250 to 3600000; ${used} is used instead`,
      ),
    ) as string,
  });
});

it('keeps every time below what a timer can wait', () => {
  for (const limits of [pollInterval, gracePeriod]) expect(limits.maximum).toBeLessThan(2 ** 31);
});
