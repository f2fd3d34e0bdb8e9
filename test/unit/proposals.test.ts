import { expect, test } from 'vitest';
import { diagnose } from '../../src/model/diagnose';
import type { ProcessFacts } from '../../src/model/facts';
import { propose } from '../../src/monitor/proposals';
import { createPlatform } from '../../src/os/index';
import type { Platform, ProcessHandle } from '../../src/os/platform';
import { facts, lock, lockFile, proc } from './model/build';

const owner = proc(4242, 'python3 bot.py');
const seen = facts({ processes: [owner], lockFiles: [lockFile([lock([owner])])] });
const report = { facts: seen, snapshot: diagnose(seen), advice: [] };

/** A system on which the number belongs to `now`, which has a log open. */
function platformWhere(now: ProcessFacts | undefined): Platform {
  const handle: ProcessHandle = {
    pid: owner.pid,
    read: () => now,
    signal: () => Promise.resolve({ result: 'gone' }),
    close: () => undefined,
  };
  return {
    ...createPlatform(),
    logsOf: () => [{ path: '/home/ann/bot/bot.log', modified: 1 }],
    openPortsOf: (pid) => [{ port: 3000 + (pid - owner.pid), mayBeHandedOut: false }],
    processes: { open: () => handle },
  };
}

test('the log and the port of the owner are proposed', () => {
  expect(propose(report, platformWhere(owner))).toMatchObject({
    logFile: '/home/ann/bot/bot.log',
    ports: [3000],
  });
});

test('what a process listens on that belongs to the owner is its port too', () => {
  const worker = proc(4243, 'python3 bot.py', { ppid: owner.pid });
  const both = facts({ processes: [owner, worker], lockFiles: [lockFile([lock([owner])])] });
  const proposal = propose({ ...report, facts: both, snapshot: diagnose(both) }, platformWhere(worker));
  expect(proposal?.ports).toEqual([3000, 3001]);
});

test('no port is proposed where none is known', () => {
  const { openPortsOf, ...rest } = platformWhere(owner);
  expect(openPortsOf?.(owner.pid)).toHaveLength(1);
  expect(propose(report, rest)).not.toHaveProperty('ports');
  expect(propose(report, { ...rest, openPortsOf: () => [] })).not.toHaveProperty('ports');
});

test.each([
  ['another process by now', { ...owner, startTicks: (owner.startTicks ?? 0) + 1 }],
  ['gone by now', undefined],
])('the log and the port of what has its number are not, where that is %s', (_, now) => {
  const proposal = propose(report, platformWhere(now));
  expect(proposal?.name).toBe('bot');
  expect(proposal).not.toHaveProperty('logFile');
  expect(proposal).not.toHaveProperty('ports');
});
