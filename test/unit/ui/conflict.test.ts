import { describe, expect, it, test } from 'vitest';
import {
  conflictOf,
  conflictSentence,
  conflictsSentence,
  isKillable,
  overSentence,
} from '../../../src/ui/text/words/conflict';
import { finding, holder, instance, lockFile, processInfo, service } from './snapshots';

const HOST = 'tower';
const START = processInfo(1).startTime;
const two = service({
  state: 'conflict',
  instances: [instance(7), instance(5, 'duplicate')],
  findings: [finding('duplicateInstances', 'conflict')],
});

describe('the identity of a conflict', () => {
  it('is who is in it, whatever is said of it', () => {
    const later = { ...two, findings: [finding('splitBrain', 'conflict', { message: 'other words' })] };
    expect(conflictOf(later, HOST)).toEqual(conflictOf(two, HOST));
    expect(conflictOf(two, HOST)).toEqual({
      host: HOST,
      serviceId: two.id,
      processes: [
        { pid: 5, startTime: START },
        { pid: 7, startTime: START },
      ],
    });
  });

  it('has nobody in it who does not count', () => {
    const bystander = { ...instance(9), counted: false };
    const possible = instance(10, 'possibleDuplicate');
    const seen = conflictOf({ ...two, instances: [...two.instances, bystander, possible] }, HOST);
    expect(seen?.processes.map(({ pid }) => pid)).toEqual([5, 7]);
  });

  it('has the processes in it that a finding names, and not those of the log', () => {
    const split = service({
      instances: [],
      lockFiles: [lockFile([holder(30), holder(31, { deletedInode: true })])],
      findings: [
        finding('splitBrain', 'conflict', { pids: [31, 30] }),
        finding('conflictInLog', 'conflict', { pids: [99] }),
      ],
    });
    expect(conflictOf(split, HOST)?.processes).toEqual([
      { pid: 30, startTime: START },
      { pid: 31, startTime: START },
    ]);
  });

  it('of one that only a log reports is what the line says', () => {
    const findings = [finding('conflictInLog', 'conflict', { pids: [7], fingerprint: '# Conflict' })];
    expect(conflictOf({ ...two, findings }, HOST)).toEqual({
      host: HOST,
      serviceId: two.id,
      processes: [],
      line: '# Conflict',
    });
  });

  it('is none where nothing is in conflict', () => {
    expect(conflictOf(service({ findings: [finding('stalePidDead', 'stale')] }), HOST)).toBeUndefined();
  });
});

test('says in one short sentence what is in conflict', () => {
  expect(conflictSentence(two)).toBe('bot: 2 instances are running at once, pids 5, 7.');
  const log = [finding('conflictInLog', 'conflict')];
  expect(conflictSentence({ ...two, instances: [instance(7)], findings: log })).toBe(
    'bot: its log reports a conflict.',
  );
  const other = [finding('somethingNewer', 'conflict', { message: 'Port 8080 is taken [x](y).' })];
  expect(conflictSentence({ ...two, findings: other })).toBe('bot: Port 8080 is taken [x] (y).');
});

test('names the holders of two files at one path, not the parent that they share', () => {
  const split = service({
    state: 'conflict',
    instances: [{ ...instance(20), processes: [processInfo(20), processInfo(30), processInfo(31)] }],
    lockFiles: [lockFile([holder(30), holder(31, { deletedInode: true })])],
    findings: [finding('splitBrain', 'conflict', { pids: [30, 31] })],
  });
  expect(conflictSentence(split)).toBe(
    'bot: pids 30, 31 hold its lock at the same time. The lock file was replaced while it was locked, so each has locked a different file.',
  );
});

test('says of many how many, and names some', () => {
  const many = Array.from({ length: 50 }, (_, index) => ({ ...two, name: `bot ${index}` }));
  expect(conflictsSentence(many)).toBe(
    '50 services are in conflict: bot 0, bot 1, bot 2, bot 3, bot 4 and 45 more.',
  );
});

describe('a wish from a notification', () => {
  it('is carried out while it is about what it was about', () => {
    expect(overSentence('bot', two, 'kill')).toBeUndefined();
    expect(overSentence('bot', two, 'evidence')).toBeUndefined();
  });

  it('comes too late for a service that is no longer watched', () => {
    expect(overSentence('bot', undefined, 'kill')).toBe('bot is no longer watched.');
    expect(overSentence('bot', undefined, 'evidence')).toBe('bot is no longer watched.');
  });

  it('to end a duplicate comes too late when the conflict is over, and evidence can still be shown', () => {
    for (const over of [
      { ...two, state: 'held' as const },
      { ...two, instances: [instance(7)] },
      { ...two, instances: [instance(7), instance(8, 'possibleDuplicate')] },
    ]) {
      expect(isKillable(over)).toBe(false);
      expect(overSentence('bot', over, 'kill')).toMatch(/nothing was terminated/);
      expect(overSentence('bot', over, 'evidence')).toBeUndefined();
    }
  });
});
