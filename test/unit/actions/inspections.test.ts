import { expect, test } from 'vitest';
import { Inspections } from '../../../src/actions/inspections';
import type { InspectedService } from '../../../src/actions/deps';

test('never looks twice at once, and shares a look only with those who asked before it began', async () => {
  const answers: ((value: InspectedService | undefined) => void)[] = [];
  const inspections = new Inspections(() => new Promise((resolve) => answers.push(resolve)));
  const first = inspections.fresh('a');
  await Promise.resolve();
  const second = inspections.fresh('a');
  const third = inspections.fresh('a');
  expect(second).toBe(third);
  expect(second).not.toBe(first);
  expect(answers).toHaveLength(1);
  answers[0]?.(undefined);
  await first;
  await Promise.resolve();
  expect(answers).toHaveLength(2);
  answers[1]?.(undefined);
  await Promise.all([second, third]);
});

test('goes on after a look that failed', async () => {
  let fail = true;
  const inspections = new Inspections(() =>
    fail ? Promise.reject(new Error('no')) : Promise.resolve(undefined),
  );
  await expect(inspections.fresh('a')).rejects.toThrow('no');
  fail = false;
  await expect(inspections.fresh('a')).resolves.toBeUndefined();
});
