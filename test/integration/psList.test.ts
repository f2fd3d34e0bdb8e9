import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cwdsOf, openersOf } from '../../src/os/darwin/lsof';
import { darwinProcesses } from '../../src/os/darwin/processes';
import { readHost } from '../../src/os/ps/host';
import { listProcesses } from '../../src/os/ps/list';
import { ListedProcesses } from '../../src/os/ps/processTable';
import { Stage } from '../fixtures/stage';

const root = path.resolve(import.meta.dirname, '../..');
const hasLsof = (() => {
  try {
    execFileSync('lsof', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.runIf(process.platform !== 'win32')('processes without procfs', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = Stage.open();
  });
  afterEach(() => stage.close());

  it('are listed with parent, user, start and command line', async () => {
    const before = Date.now();
    const holder = await stage.start('holder', ['--file', stage.file('a.lock')]);
    const found = (await listProcesses()).find(({ pid }) => pid === holder.pid);
    expect(found).toMatchObject({
      ppid: process.pid,
      uid: process.getuid?.(),
      pgid: expect.any(Number) as number,
    });
    expect(found?.argv.join(' ')).toContain('holder.cjs --file');
    // To the second, and Linux's ps computes it from two clocks.
    expect(Math.abs((found?.startTime ?? 0) - before)).toBeLessThan(3000);
  });

  it('come, go and stop from one list to the next', async () => {
    let time = 0;
    const table = new ListedProcesses(readHost('darwin'), { list: listProcesses, cwds: cwdsOf }, () => time);
    await table.update(new Set());
    const holder = await stage.start('holder', ['--file', stage.file('a.lock'), '--die-with-parent']);
    expect(table.liveness(holder.pid)).toMatchObject({ state: 'unavailable' });
    time += 5000;
    expect((await table.update(new Set())).added).toContain(holder.pid);
    expect(table.liveness(holder.pid)).toMatchObject({ state: 'alive', process: { pid: holder.pid } });
    expect([...table.childrenOf(process.pid)]).toContain(holder.pid);
    expect(table.host.ownPids).toContain(process.ppid);

    stage.signal(holder.pid, 'SIGSTOP');
    time += 5000;
    expect((await table.update(new Set([holder.pid]))).changed).toContain(holder.pid);
    expect(table.get(holder.pid)?.state).toBe('T');

    await stage.killHard(holder.pid);
    await holder.exited;
    // Not yet time for a new list, but one that matters is gone.
    expect((await table.update(new Set([holder.pid]))).removed).toContain(holder.pid);
    expect(table.liveness(holder.pid)).toEqual({ state: 'dead', why: 'gone' });
  });

  it('are never signalled where their identity cannot be proven', async () => {
    const holder = await stage.start('holder', ['--file', stage.file('a.lock')]);
    const handle = darwinProcesses().open(holder.pid);
    expect(handle?.read()?.pid).toBe(holder.pid);
    const outcome = await handle?.signal('SIGTERM');
    expect(outcome).toMatchObject({ result: 'unproven' });
    expect(outcome?.result === 'unproven' ? outcome.reason : '').toContain(`kill -TERM ${holder.pid}`);
    expect(handle?.read()?.pid).toBe(holder.pid);
    await stage.killHard(holder.pid);
    await holder.exited;
    expect(handle?.read()).toBeUndefined();
    expect(await handle?.signal('SIGTERM')).toEqual({ result: 'gone' });
    expect(darwinProcesses().open(holder.pid)).toBeUndefined();
  });

  it.runIf(hasLsof)('are known by lsof to have a file open, and by their directory', async () => {
    const file = stage.file('a b.lock');
    const idle = stage.file('idle.lock');
    const holder = await stage.start('holder', ['--file', file], { cwd: 'some dir' });
    const openers = await openersOf([file, idle, stage.path('absent.lock')]);
    expect(openers.get(file)?.map(({ pid }) => pid)).toContain(holder.pid);
    expect(openers.has(idle)).toBe(false);
    expect((await cwdsOf([holder.pid])).get(holder.pid)).toBe(stage.path('some dir'));
  });

  it('are listed from the bundle as well, where ps-list asks for its own address', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'instance-monitor-bundle-'));
    try {
      execFileSync(process.execPath, [path.join(root, 'esbuild.mjs'), `--outdir=${folder}`], { cwd: root });
      const part = JSON.stringify(path.join(folder, 'processes.js'));
      const script = `require(${part}).default().then((l) => console.log(l.some((p) => p.pid === process.pid)))`;
      expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', cwd: folder }).trim()).toBe(
        'true',
      );
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
