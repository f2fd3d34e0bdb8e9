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
    processes: { open: () => handle },
  };
}

test('the log of the owner is proposed', () => {
  expect(propose(report, platformWhere(owner))).toMatchObject({ logFile: '/home/ann/bot/bot.log' });
});

test.each([
  ['another process by now', { ...owner, startTicks: (owner.startTicks ?? 0) + 1 }],
  ['gone by now', undefined],
])('the log of what has its number is not, where that is %s', (_, now) => {
  const proposal = propose(report, platformWhere(now));
  expect(proposal?.name).toBe('bot');
  expect(proposal).not.toHaveProperty('logFile');
});
