import { expect, test } from 'vitest';
import { localTime } from '../../../src/model/text';
import { report } from '../../../src/ui/text/pages/evidence';
import { NOW, service } from './snapshots';

const HOUR = 3_600_000;

test('a report carries the time of the copy', () => {
  const [title, , next] = report([service()], NOW).split('\n');
  expect(title).toBe(`# Instances & Locks, ${localTime(NOW)}`);
  expect(next).toMatch(/^## /);
});

test('and says how old the state is that is not followed now', () => {
  const [title, , next] = report([service()], NOW, NOW - HOUR).split('\n');
  expect(title).toContain(localTime(NOW));
  expect(next).toBe(`The state is that of ${localTime(NOW - HOUR)}: it is not followed now.`);
});
