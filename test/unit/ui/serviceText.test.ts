import { expect, test } from 'vitest';
import { serviceText } from '../../../src/ui/text/rows/serviceText';
import { finding, HOUR, holder, instance, lockFile, NOW, processInfo, service } from './snapshots';

const description = (...args: Parameters<typeof service>): string =>
  serviceText(service(...args), NOW).description;

test('says state, holder and how long of a held lock', () => {
  expect(description()).toBe('pid 4242 bot.py · 3 h');
  expect(serviceText(service(), NOW).spoken).toBe('held, pid 4242 bot.py, for 3 hours');
});

test('counts the instances of a conflict', () => {
  expect(
    description({
      state: 'conflict',
      instances: [instance(1), instance(2, 'duplicate'), instance(3, 'possibleDuplicate')],
      findings: [finding('duplicateInstances', 'conflict')],
    }),
  ).toBe('conflict · 2 instances');
});

test('says that only the log knows of a conflict, and not where the other instance is', () => {
  expect(description({ state: 'conflict', findings: [finding('conflictInLog', 'conflict')] })).toBe(
    'conflict · reported in the log',
  );
});

test('names the dead pid of a stale record', () => {
  const pidFiles = [{ path: '/a.pid', exists: true, recordedPid: 4242, verdict: 'dead' as const }];
  expect(description({ state: 'stale', lockFiles: [], instances: [], pidFiles })).toBe(
    'stale · pid 4242 is gone',
  );
});

test('says that a pid was reused', () => {
  const pidFiles = [{ path: '/a.pid', exists: true, recordedPid: 4242, verdict: 'reused' as const }];
  expect(description({ state: 'stale', pidFiles })).toBe('stale · pid 4242 was reused');
});

test('keeps saying "held" when nobody knows by whom', () => {
  const unknown = { inherited: false, deletedInode: false, unknownReason: 'another user' };
  expect(
    description({
      state: 'unverified',
      instances: [],
      lockFiles: [lockFile([unknown])],
      findings: [finding('holderUnknown', 'unverified')],
    }),
  ).toBe('held · pid unknown');
});

test('does not say "held" of a lock that could not have been seen from here', () => {
  expect(
    description({
      state: 'unverified',
      instances: [],
      lockFiles: [lockFile([])],
      findings: [finding('holderUnknown', 'unverified')],
    }),
  ).toBe('unverified');
});

test('lists the pids of several holders in order and counts those that do not fit', () => {
  const lockFiles = [lockFile([9, 7, 8, 11, 10].map((pid) => holder(pid)))];
  expect(description({ lockFiles })).toBe('pids 7, 8, 9 and 2 more · 3 h');
});

test('names the recorded owner where there is no lock', () => {
  expect(description({ lockFiles: [] })).toBe('pid 4242 bot.py · 3 h');
});

test('adds warnings without changing the state', () => {
  expect(
    description({ findings: [finding('inheritedLock', 'information'), finding('recordMissing', 'warning')] }),
  ).toBe('inherited · record empty · pid 4242 bot.py');
});

test('says nothing beyond the state of a free or absent file', () => {
  expect(description({ state: 'free', lockFiles: [lockFile([])], instances: [] })).toBe('free');
  expect(description({ state: 'absent', lockFiles: [], instances: [] })).toBe('absent');
});

test('shows a hostile program name as text', () => {
  const command = '\u202egpj\u001b[2J bot';
  const lockFiles = [
    lockFile([holder(4242, { process: processInfo(4242, { command, startTime: NOW - HOUR }) })]),
  ];
  expect(description({ lockFiles })).toBe('pid 4242 \\u{202e}gpj␛[2J · 1 h');
});
