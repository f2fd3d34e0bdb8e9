import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { binaryFiles } from '../../src/os/native/binary';
import { fsExtFiles, loadFsExt } from '../../src/os/probe/fsExt';
import { createActiveProbe, type ActiveProbe } from '../../src/os/probe/index';
import { Stage } from '../fixtures/stage';

const root = path.resolve(import.meta.dirname, '../..');
/** koffi asks about more. */
const FREE = binaryFiles(root, 'koffi.node').some((file) => fs.existsSync(file)) ? 'freeOfAll' : 'free';
const built = fsExtFiles(root).some((file) => fs.existsSync(file));

describe('loading fs-ext', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'instance-monitor-probe-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('says so when the package has no binary for this module version', () => {
    const loaded = loadFsExt(folder);
    expect(loaded.ok ? '' : loaded.reason).toContain(`module version ${process.versions.modules}`);
    const probe = createActiveProbe(folder);
    expect(probe.source).toBe('none');
    const asked = probe.probe(path.join(root, 'package.json'));
    expect(asked.answer).toBe('unavailable');
    expect(asked).toMatchObject({ reason: expect.stringContaining('no fs-ext') as string });
  });

  it.each([
    ['text', Buffer.from('not a binary')],
    ['nothing', Buffer.alloc(0)],
  ])('survives a binary that is %s', (_what, content) => {
    const [file = ''] = fsExtFiles(folder);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
    const loaded = loadFsExt(folder);
    expect(loaded.ok ? '' : loaded.reason).toMatch(/^fs-ext could not be loaded: ./);
  });

  it.runIf(built)('survives a binary for another module version', () => {
    const others = fs
      .readdirSync(path.dirname(fsExtFiles(root).find((file) => fs.existsSync(file)) ?? ''))
      .filter((name) => name.startsWith('abi-') && name !== `abi-${process.versions.modules}.node`);
    expect(others).not.toHaveLength(0);
    for (const [index, other] of others.entries()) {
      const extension = path.join(folder, String(index));
      const [file = ''] = fsExtFiles(extension);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.copyFileSync(path.join(path.dirname(fsExtFiles(root)[0] ?? ''), other), file);
      const loaded = loadFsExt(extension);
      expect(loaded.ok ? '' : loaded.reason).toMatch(
        /^fs-ext could not be loaded: .*(NODE_MODULE_VERSION|undefined symbol|symbol not found)/,
      );
    }
  });
});

describe.runIf(built && process.platform !== 'win32')('the active probe', () => {
  let stage: Stage;
  let probe: ActiveProbe;
  let time: number;
  beforeEach(() => {
    stage = Stage.open();
    time = 0;
    probe = createActiveProbe(root, undefined, () => time);
  });
  afterEach(() => stage.close());

  it('loads the binary built for this Node', () => {
    expect(probe.source).toBe('fs-ext');
  });

  it('answers held for a flock of another process, and free once that has ended', async () => {
    const file = stage.file('a.lock');
    const holder = await stage.start('holder', ['--file', file]);
    expect(probe.probe(file).answer).toBe('held');
    await stage.killHard(holder.pid);
    await holder.exited;
    time = 2000;
    expect(probe.probe(file).answer).toBe(FREE);
  });

  it('answers free for a file locked shared, since nobody is kept out of sharing it', async () => {
    const file = stage.file('a.lock');
    await stage.start('holder', ['--file', file, '--mode', 'shared']);
    expect(probe.probe(file).answer).toBe(FREE);
  });

  it('keeps nothing: a starter gets the lock right after each probe', async () => {
    const file = stage.file('a.lock');
    expect(probe.probe(file).answer).toBe(FREE);
    await stage.start('holder', ['--file', file]);
  });

  it('neither creates, changes nor touches the file', () => {
    const file = stage.file('a.lock', '4242');
    const before = fs.statSync(file, { bigint: true });
    expect(probe.probe(file).answer).toBe(FREE);
    const after = fs.statSync(file, { bigint: true });
    expect([after.size, after.mtimeNs, after.ctimeNs]).toEqual([before.size, before.mtimeNs, before.ctimeNs]);
    const absent = stage.path('absent.lock');
    expect(probe.probe(absent)).toEqual({ answer: 'unavailable', reason: 'ENOENT' });
    expect(fs.existsSync(absent)).toBe(false);
  });

  it('leaves no descriptor open', async () => {
    const own = process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd';
    const free = stage.file('free.lock');
    const held = stage.file('held.lock');
    await stage.start('holder', ['--file', held]);
    probe.probe(free);
    const before = fs.readdirSync(own).length;
    for (let round = 1; round <= 50; round += 1) {
      time = round * 20_000;
      probe.probe(free);
      probe.probe(held);
      probe.probe(stage.folder);
    }
    expect(fs.readdirSync(own).length).toBe(before);
  });

  it('never opens a FIFO, whose writer would die when the probe closes it', () => {
    const fifo = stage.path('fifo.lock');
    execFileSync('mkfifo', [fifo]);
    // Read and write: opens without waiting for a peer. SIGPIPE could come only from a reader that leaves.
    const fd = fs.openSync(fifo, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
    try {
      expect(probe.probe(fifo)).toEqual({ answer: 'unavailable', reason: 'notRegular' });
      fs.writeSync(fd, 'still there');
    } finally {
      fs.closeSync(fd);
      fs.unlinkSync(fifo);
    }
  });

  it('leaves a file alone that this process has open: closing it would drop this process’s POSIX locks', () => {
    const file = stage.file('own.lock');
    const fd = fs.openSync(file, 'r+');
    try {
      expect(probe.probe(file)).toEqual({ answer: 'unavailable', reason: 'openHere' });
    } finally {
      fs.closeSync(fd);
    }
    time = 2000;
    expect(probe.probe(file).answer).toBe(FREE);
  });

  it('does not load in a worker thread, where fs-ext is not safe', async () => {
    const bundle = await build({
      entryPoints: [path.join(root, 'src/os/probe/fsExt.ts')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      write: false,
    });
    const worker = new Worker(
      `${bundle.outputFiles[0]?.text ?? ''};
      const { parentPort, workerData } = require('node:worker_threads');
      parentPort.postMessage(module.exports.loadFsExt(workerData));`,
      { eval: true, workerData: root },
    );
    const loaded = await new Promise((resolve, reject) =>
      worker.once('message', resolve).once('error', reject),
    );
    await worker.terminate();
    expect(loaded).toEqual({ ok: false, reason: 'fs-ext runs on the main thread only.' });
  });
});
