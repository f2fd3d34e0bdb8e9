import { expect, test } from 'vitest';
import { silentMountsText } from '../../../src/ui/text/words/silentMounts';

const since = new Date(2026, 10, 26, 7, 5, 9).getTime();
const mount = (point: string): { point: string; type: string; since: number } => ({
  point,
  type: 'nfs4',
  since,
});

test('says nothing while every mount answers', () => {
  expect(silentMountsText(undefined)).toBeUndefined();
  expect(silentMountsText([])).toBeUndefined();
});

test('names a mount that gives no answer, its type, and since when', () => {
  expect(silentMountsText([mount('/mnt/a')])).toBe(
    '/mnt/a (nfs4) has not answered since 2026-11-26 07:05:09. What is there is unknown; everything else is watched.',
  );
});

test('counts those beyond two', () => {
  expect(silentMountsText(['/a', '/b', '/c', '/d'].map(mount))).toContain('2 more mounts do not answer.');
  expect(silentMountsText(['/a', '/b'].map(mount))).not.toContain('more');
});

test('shows a name with a line break on one line', () => {
  expect(silentMountsText([mount('/a\nb')])).not.toContain('\n');
});
