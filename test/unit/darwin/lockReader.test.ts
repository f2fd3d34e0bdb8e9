import { describe, expect, it } from 'vitest';
import type { FileFacts, ProcessFacts } from '../../../src/model/facts';
import type { OpenFile } from '../../../src/os/darwin/lsof';
import { DarwinLockReader } from '../../../src/os/darwin/lockReader';
import { ListedProcesses } from '../../../src/os/ps/processTable';
import { readHost } from '../../../src/os/ps/host';

const NONE = { added: [], removed: [], changed: [] };
const path = '/Users/dana/bot/.telegram-bot.lock';
const file: FileFacts = { path, status: 'file' };
const bot: ProcessFacts = { pid: 501, comm: 'python3', argv: ['python3', 'bot.py'], startTime: 1 };

async function reader(answers: (readonly OpenFile[] | Error)[]) {
  let time = 0;
  let asked = 0;
  const processes = new ListedProcesses(
    readHost('darwin'),
    { list: () => Promise.resolve([bot]) },
    () => time,
  );
  await processes.update(new Set());
  const locks = new DarwinLockReader(processes, {
    now: () => time,
    openers: () => {
      const answer = answers[Math.min(asked++, answers.length - 1)] ?? [];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(new Map([[path, answer]]));
    },
  });
  return { locks, at: (ms: number) => (time = ms), asked: () => asked };
}

describe('locks on macOS', () => {
  it('offers who has the file open, unproven, and leaves held or free to the probe', async () => {
    const { locks } = await reader([
      [
        { pid: 501, fd: '3', name: path },
        { pid: 501, fd: '4', name: path },
      ],
    ]);
    locks.watch(path, file);
    expect([...(await locks.update(NONE)).paths]).toEqual([path]);
    expect(locks.view(path)).toEqual({
      locks: [],
      certainty: 'unknown',
      because: 'probeOnly',
      openers: [{ process: bot, inherited: false, proven: false, fd: 3 }],
    });
  });

  it('asks lsof again only after a while, or when an opener is gone', async () => {
    const { locks, at, asked } = await reader([[{ pid: 501, fd: '3', name: path }]]);
    locks.watch(path, file);
    await locks.update(NONE);
    at(4000);
    await locks.update(NONE);
    expect(asked()).toBe(1);
    await locks.update({ ...NONE, removed: [501] });
    expect(asked()).toBe(2);
    at(9000);
    await locks.update(NONE);
    expect(asked()).toBe(3);
  });

  it('keeps what it knew, and says so, when lsof cannot be run', async () => {
    const { locks, at } = await reader([[{ pid: 501, fd: '3', name: path }], new Error('lsof: not found')]);
    locks.watch(path, file);
    await locks.update(NONE);
    at(5000);
    expect(await locks.update(NONE)).toEqual({ paths: new Set(), problem: 'lsof: not found' });
    expect(locks.view(path).openers).toHaveLength(1);
  });

  it('does not call a path free that it has no word on', async () => {
    const { locks } = await reader([[]]);
    locks.watch(path, file);
    await locks.update(NONE);
    expect(locks.view(path)).toMatchObject({ locks: [], certainty: 'unknown' });
  });
});
