import { expect, test } from 'vitest';
import { conflictKey, conflictSentence } from '../../../src/ui/text/conflict';
import { finding, instance, NOW, service } from './snapshots';

const two = service({
  state: 'conflict',
  instances: [instance(7), instance(5, 'duplicate')],
  findings: [finding('duplicateInstances', 'conflict')],
});

test('keeps the key of a conflict while the same processes are in it', () => {
  const later = { ...two, findings: [finding('duplicateInstances', 'conflict', { message: 'other words' })] };
  expect(conflictKey(later)).toBe(conflictKey(two));
});

test('gives another key when another process takes part, or the same pid used again', () => {
  const [owner, other] = two.instances;
  expect(owner && other).toBeDefined();
  const third = { ...two, instances: [...two.instances, instance(9, 'duplicate')] };
  expect(conflictKey(third)).not.toBe(conflictKey(two));
  const again = {
    ...two,
    instances: two.instances.map((each) => ({ ...each, root: { ...each.root, startTime: NOW } })),
  };
  expect(conflictKey(again)).not.toBe(conflictKey(two));
});

test('has no key for a conflict that only a log reports', () => {
  expect(
    conflictKey(service({ state: 'conflict', findings: [finding('conflictInLog', 'conflict')] })),
  ).toBeUndefined();
});

test('says in one short sentence what is in conflict', () => {
  expect(conflictSentence(two)).toBe('bot: 2 instances are running at once, pids 5, 7.');
});
