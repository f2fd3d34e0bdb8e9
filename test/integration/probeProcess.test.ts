import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HelperProcess, type HelperError } from '../../src/os/helper/helperProcess';
import { binaryFiles } from '../../src/os/native/binary';
import { fsExtFiles } from '../../src/os/probe/fsExt';
import { ProbeProcess } from '../../src/os/probe/probeProcess';
import { buildDist, type Built } from '../fixtures/dist';
import { mountHung, whyNoHungMount } from '../fixtures/hungMount';
import { isRunning } from '../fixtures/proc';
import { Stage, until } from '../fixtures/stage';

const root = path.resolve(import.meta.dirname, '../..');
/** koffi asks about more. */
const FREE = binaryFiles(root, 'koffi.node').some((file) => fs.existsSync(file)) ? 'freeOfAll' : 'free';
const isBuilt = fsExtFiles(root).some((file) => fs.existsSync(file));

describe.runIf(isBuilt && process.platform !== 'win32')('the process of the active probe', () => {
  let built: Built;
  let stage: Stage;
  let logged: string[];
  const helpers: { close(): Promise<void> }[] = [];
  beforeAll(() => {
    built = buildDist();
  });
  afterAll(() => built.remove());
  beforeEach(() => {
    stage = Stage.open();
    logged = [];
  });
  afterEach(async () => {
    await Promise.all(helpers.splice(0).map((helper) => helper.close()));
    await stage.close();
  });

  const log = (_level: string, text: string): void => void logged.push(text);
  const probeProcess = (): ProbeProcess => {
    const probe = new ProbeProcess(path.join(built.dist, 'probe.js'), log);
    helpers.push(probe);
    return probe;
  };
  /** The same program with short times. */
  const helperProcess = (restMs = 60_000, idleMs = 60_000): HelperProcess => {
    const helper = new HelperProcess({
      file: path.join(built.dist, 'probe.js'),
      deadlineMs: 400,
      idleMs,
      restsMs: [restMs],
      log,
    });
    helpers.push(helper);
    return helper;
  };
  const failureOf = (asked: Promise<unknown>): Promise<string> =>
    asked.then(
      () => 'answered',
      (error: unknown) => (error as HelperError).failure,
    );
  const pidOf = (helper: { readonly pid: number | undefined }): number => {
    if (helper.pid === undefined) throw new Error('there is no helper');
    return helper.pid;
  };

  it('loads fs-ext for this Node and tells held from free, in a process that is not this one', async () => {
    const probe = probeProcess();
    const file = stage.file('a.lock');
    expect(await probe.probe(file)).toBe(FREE);
    expect(probe.pid).not.toBe(process.pid);
    expect(fs.readFileSync(`/proc/${pidOf(probe)}/maps`, 'utf8')).toContain(
      `abi-${process.versions.modules}.node`,
    );
    expect(logged).toEqual([expect.stringContaining('fs-ext from')]);
    const held = stage.path('held.lock');
    await stage.start('holder', ['--file', held]);
    expect(await probe.probe(held)).toBe('held');
  });

  it('has nothing to ask where there is no fs-ext: the process is not kept', async () => {
    const bare = fs.mkdtempSync(path.join(built.folder, 'bare-'));
    fs.cpSync(built.dist, path.join(bare, 'dist'), { recursive: true });
    const probe = new ProbeProcess(path.join(bare, 'dist', 'probe.js'), log);
    helpers.push(probe);
    expect(await probe.probe(stage.file('a.lock'))).toBe('unavailable');
    expect(logged).toEqual([expect.stringContaining('no fs-ext')]);
    expect(probe.pid).toBeUndefined();
    expect(await probe.probe(stage.file('b.lock'))).toBe('unavailable');
    expect(probe.pid).toBeUndefined();
  });

  it('costs one answer when it crashes in the middle of a question', async () => {
    const helper = helperProcess(1);
    const file = stage.file('a.lock');
    await helper.ask({ path: file, isPassive: false });
    const pid = pidOf(helper);
    process.kill(pid, 'SIGSTOP');
    const asked = failureOf(helper.ask({ path: file, isPassive: false }));
    process.kill(pid, 'SIGSEGV');
    process.kill(pid, 'SIGCONT');
    expect(await asked).toBe('ended');
    expect(logged.at(-1)).toContain('SIGSEGV');
    await until(() => helper.isAvailable, 'it was never to be had again');
    expect(await helper.ask({ path: file, isPassive: false })).toEqual({ answer: FREE, isPossible: true });
    expect(helper.pid).not.toBe(pid);
  });

  it('is killed when it gives no answer, and not forked again before its rest', async () => {
    const helper = helperProcess();
    const file = stage.file('a.lock');
    await helper.ask({ path: file, isPassive: false });
    const pid = pidOf(helper);
    process.kill(pid, 'SIGSTOP');
    const asked = [
      helper.ask({ path: file, isPassive: false }),
      helper.ask({ path: stage.file('b.lock'), isPassive: false }),
    ].map(failureOf);
    expect(await Promise.all(asked)).toEqual(['late', 'late']);
    await until(() => !isRunning(pid), 'it was not killed');
    await until(() => helper.pid === undefined, 'it is still taken for alive');
    expect(await failureOf(helper.ask({ path: file, isPassive: false }))).toMatch(/resting|stuck/);
  });

  it('ends when it is not asked for a while, and is forked again for the next question', async () => {
    const helper = helperProcess(60_000, 50);
    const file = stage.file('a.lock');
    await helper.ask({ path: file, isPassive: false });
    const pid = pidOf(helper);
    await until(() => !isRunning(pid), 'it did not end');
    expect(await helper.ask({ path: file, isPassive: false })).toEqual({ answer: FREE, isPossible: true });
    expect(logged.filter((text) => text.includes('ended with'))).toEqual([]);
  });

  it('ends when the process that asks is killed', async () => {
    const actor = await stage.startCommand(process.execPath, [
      '-e',
      `const { fork } = require('node:child_process');
       const child = fork(${JSON.stringify(path.join(built.dist, 'probe.js'))}, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
       child.once('message', () => console.log(JSON.stringify({ role: 'asker', ready: true, pid: process.pid, child: child.pid })));`,
    ]);
    const child = Number(actor.ready('asker')['child']);
    expect(isRunning(child)).toBe(true);
    await actor.killHard();
    await until(() => !isRunning(child), 'it stayed behind');
  });

  it('is killed on a file system that does not answer, and others are asked on', async (context) => {
    const why = whyNoHungMount();
    if (why !== undefined) context.skip(why);
    const mount = await mountHung(stage.path('hung'));
    try {
      const helper = helperProcess(1);
      await helper.ask({ path: stage.file('a.lock'), isPassive: false });
      const pid = pidOf(helper);
      expect(await failureOf(helper.ask({ path: path.join(mount.folder, 'a.lock'), isPassive: false }))).toBe(
        'late',
      );
      await until(() => !isRunning(pid), 'it was not killed');
      await until(() => helper.isAvailable, 'it was never to be had again');
      expect(await helper.ask({ path: stage.file('a.lock'), isPassive: false })).toMatchObject({
        answer: FREE,
      });
    } finally {
      await mount.end();
    }
  });
});
