/** The lock table as a long one is read: several pages, between which a lock can be lost. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LinuxLockReader } from '../../src/os/linux/locks/lockReader';
import { LockTable, readProcLocks } from '../../src/os/linux/locks/lockTable';
import { ProcessTable } from '../../src/os/linux/processes/processTable';
import { WatchedFile } from '../../src/os/observer/watchedFile';
import { actorPath } from '../fixtures/actors';
import { Stage } from '../fixtures/stage';

describe.runIf(process.platform === 'linux')('a lock that reads of a torn table lack', () => {
  let stage: Stage;
  /** The next so many reads lack the lines of this taker. */
  let lost: { taker: number; reads: number };
  const processes = new ProcessTable();
  let reader: LinuxLockReader;

  beforeEach(() => {
    stage = Stage.open();
    lost = { taker: 0, reads: 0 };
    // What the kernel says, but in two pages, and without what was lost between them.
    const table = new LockTable((buffer, shifted) => {
      const { length } = readProcLocks(buffer, shifted);
      if (length < 0 || lost.reads === 0) return { length, pieces: 2 };
      lost.reads--;
      const lines = buffer.toString('latin1', 0, length).split('\n');
      const left = lines.filter((line) => !line.includes(` ${lost.taker} `)).join('\n');
      return { length: buffer.write(left, 'latin1'), pieces: 2 };
    });
    reader = new LinuxLockReader(processes, table);
  });
  afterEach(async () => {
    reader.close();
    await stage.close();
  });

  async function kindsHeld(): Promise<string[]> {
    await reader.update(processes.update(new Set()));
    return reader
      .view(stage.path('a.lock'))
      .locks.map(({ kind }) => kind)
      .sort();
  }

  function watch(): void {
    const file = new WatchedFile(stage.path('a.lock'), () => new Uint8Array());
    file.check();
    reader.watch(file.path, file.facts);
  }

  it('stays held for two of them though nobody can vouch for it, and is given up with the third', async () => {
    const odd = await stage.startCommand(process.execPath, [
      actorPath('odd_holder.cjs'),
      ...['--file', stage.path('a.lock'), '--how', 'mapping'],
    ]);
    watch();
    expect(await kindsHeld()).toEqual(['flock']);
    lost = { taker: odd.pid, reads: 2 };
    expect(await kindsHeld()).toEqual(['flock']);
    expect(lost.reads).toBe(0);
    lost = { taker: odd.pid, reads: 3 };
    expect(await kindsHeld()).toEqual([]);
    expect(lost.reads).toBe(0);
    expect(await kindsHeld()).toEqual(['flock']);
  });

  it('is not taken for one that the kernel hides, in a container, where fdinfo is ahead of the table', async () => {
    // A container as far as the reader knows.
    const host = { ...processes.host, nestedPidNamespace: true };
    Object.defineProperty(processes, 'host', { get: () => host, configurable: true });
    try {
      const one = await stage.start('holder', ['--file', stage.path('a.lock')]);
      watch();
      lost = { taker: one.pid, reads: 100 };
      expect(await kindsHeld()).toEqual([]);
      lost = { taker: 0, reads: 0 };
      expect(await kindsHeld()).toEqual(['flock']);
    } finally {
      Reflect.deleteProperty(processes, 'host');
    }
  });

  it('stays held as long as its holder’s descriptor shows it, and another lock in it vouches for none', async () => {
    const script = `
      const fs = require('node:fs');
      const kernel = require(${JSON.stringify(actorPath('lib/kernel.cjs'))});
      const fd = fs.openSync(process.argv[1], 'a+');
      if (!kernel.tryFlock(fd) || !kernel.tryPosix(fd)) throw new Error('locked');
      const say = (role) => fs.writeSync(1, JSON.stringify({ ready: true, role, pid: process.pid }) + '\\n');
      process.stdin.once('data', () => { kernel.unflock(fd); say('posix only'); });
      say('both');`;
    const one = await stage.startCommand(process.execPath, ['-e', script, stage.path('a.lock')]);
    watch();
    expect(await kindsHeld()).toEqual(['flock', 'posix']);
    lost = { taker: one.pid, reads: 30 };
    expect(await kindsHeld()).toEqual(['flock', 'posix']);
    expect(lost.reads).toBeLessThan(30);
    one.say('unlock');
    await one.waitForRole('posix only');
    expect(await kindsHeld()).toEqual(['posix']);
  });
});
