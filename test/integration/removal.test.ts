/** The removal of one record, with somebody else acting in the middle of it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { busyThreads } from '../../src/os/linux/processes/inFlight';
import { removeRecord } from '../../src/os/removal/remove';
import type { RemovalResult } from '../../src/os/removal/results';
import { restoreRecord } from '../../src/os/removal/restore';
import { isProblem, readGeneration, type RecordGeneration } from '../../src/os/recordGeneration';
import { mountHung, whyNoHungMount } from '../fixtures/hungMount';
import { childrenOf } from '../fixtures/proc';
import { eventually } from '../harness/eventually';
import { guards } from '../fixtures/removalGuards';

let folder = '';
let record = '';

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'record-file-'));
  record = path.join(folder, 'bot.pid');
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function generation(): RecordGeneration {
  const read = readGeneration(record);
  if (isProblem(read)) throw new Error(read.problem);
  return read;
}

const log: string[] = [];
/** Every wait, in ms. */
const waits: number[] = [];
const WAIT_MS = 7;

/** `meanwhile` runs while the record is aside. */
function remove(
  judged: RecordGeneration,
  meanwhile: (aside: string) => void = () => undefined,
): Promise<RemovalResult> {
  log.length = waits.length = 0;
  return removeRecord(record, judged, {
    guards,
    waitMs: WAIT_MS,
    log: (text) => log.push(text),
    wait: async (ms) => {
      waits.push(ms);
      if (waits.length > 1) return delay(ms); // for those who were in the middle of something
      const aside = fs.readdirSync(folder).find((name) => name.endsWith('.aside'));
      meanwhile(path.join(folder, aside ?? ''));
    },
  });
}

describe('removing a record', () => {
  test('leaves nothing behind', async () => {
    fs.writeFileSync(record, '4242');
    expect(await remove(generation())).toEqual({ result: 'removed' });
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('keeps a new record that was made while the old one was aside', async () => {
    fs.writeFileSync(record, '4242');
    expect(await remove(generation(), () => fs.writeFileSync(record, '5555', { flag: 'wx' }))).toEqual({
      result: 'removed',
    });
    expect(fs.readFileSync(record, 'utf8')).toBe('5555');
  });

  test('puts back what was written to while it was aside', async () => {
    fs.writeFileSync(record, '4242');
    const { ino } = generation();
    const result = await remove(generation(), (aside) => fs.writeFileSync(aside, '5555'));
    expect(result).toEqual({ result: 'putBack', because: 'changed', openers: [] });
    expect(fs.readFileSync(record, 'utf8')).toBe('5555');
    expect(generation().ino).toBe(ino);
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
  });

  test('notices bytes of the same length written with the same time', async () => {
    fs.writeFileSync(record, '4242');
    const judged = generation();
    const result = await remove(judged, (aside) => {
      fs.writeFileSync(aside, '5555');
      fs.utimesSync(aside, fs.statSync(aside).atime, Number(judged.mtimeNs) / 1e9);
    });
    expect(result.result).toBe('putBack');
    expect(fs.readFileSync(record, 'utf8')).toBe('5555');
  });

  test('never overwrites: a new record stays, and the bytes of the one aside are handed over for the log', async () => {
    fs.writeFileSync(record, '4242');
    const result = await remove(generation(), (aside) => {
      fs.writeFileSync(aside, '5555');
      fs.writeFileSync(record, '6666', { flag: 'wx' });
    });
    expect(result).toMatchObject({ result: 'superseded', because: 'changed' });
    expect(result.result === 'superseded' && result.aside.toString()).toBe('5555');
    expect(fs.readFileSync(record, 'utf8')).toBe('6666');
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
  });

  test.runIf(process.platform === 'linux')('puts it back when somebody has it open', async () => {
    fs.writeFileSync(record, '4242');
    let fd = -1;
    const result = await remove(generation(), (aside) => {
      fd = fs.openSync(aside, 'r');
    });
    fs.closeSync(fd);
    expect(result).toEqual({ result: 'putBack', because: 'open', openers: [{ pid: process.pid, fd }] });
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
  });

  test('touches nothing that is not what was judged', async () => {
    fs.writeFileSync(record, '4242');
    const judged = generation();
    fs.writeFileSync(record, '5555');
    expect(await remove(judged)).toEqual({ result: 'changed' });
    // Not even if only the bytes tell.
    fs.utimesSync(record, fs.statSync(record).atime, Number(judged.mtimeNs) / 1e9);
    const alike = { ...judged, mtimeNs: fs.statSync(record, { bigint: true }).mtimeNs };
    expect(await remove(alike)).toEqual({ result: 'changed' });
    expect(log).toEqual([]);
    fs.rmSync(record);
    expect(await remove(judged)).toEqual({ result: 'absent' });
    fs.mkdirSync(record);
    expect(await remove(judged)).toEqual({ result: 'changed' });
  });

  test('acts in the folder it began in, even if that is moved away meanwhile', async () => {
    fs.writeFileSync(record, '4242');
    const moved = `${folder}-moved`;
    const result = await remove(generation(), () => {
      fs.renameSync(folder, moved);
      fs.mkdirSync(folder);
      fs.writeFileSync(record, '4242');
    });
    expect(result.result).toBe(process.platform === 'linux' ? 'removed' : 'failed');
    expect(fs.existsSync(record)).toBe(true);
    fs.rmSync(moved, { recursive: true, force: true });
  });

  test('restores an empty lock directory with its heartbeat when its owner renewed it meanwhile', async () => {
    const old = new Date(Date.now() - 120_000);
    fs.mkdirSync(record);
    fs.utimesSync(record, old, old);
    const renewed = new Date(Date.now() - 1000);
    const result = await remove(generation(), (aside) => fs.utimesSync(aside, renewed, renewed));
    expect(result).toMatchObject({ result: 'putBack', because: 'changed' });
    expect(Math.round(fs.statSync(record).mtimeMs)).toBe(renewed.getTime());
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
  });

  test('does not remove a directory into which something was put', async () => {
    fs.mkdirSync(record);
    const result = await remove(generation(), (aside) => fs.writeFileSync(path.join(aside, 'x'), ''));
    expect(result).toMatchObject({ result: 'putBack', because: 'changed' });
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
    expect(fs.readdirSync(record)).toEqual(['x']);
  });

  test('puts a replaced symlink back, whatever it leads to', async () => {
    fs.symlinkSync('host-4242', record);
    const result = await remove(generation(), (aside) => {
      fs.unlinkSync(aside);
      fs.symlinkSync('host-5555', aside);
    });
    expect(result).toMatchObject({ result: 'putBack', because: 'changed' });
    expect(fs.readlinkSync(record)).toBe('host-5555');
  });

  test('does not touch what somebody has open: a live record would lose its name for that long', async () => {
    fs.writeFileSync(record, '4242');
    const fd = fs.openSync(record, 'r');
    const result = await remove(generation());
    fs.closeSync(fd);
    expect(result).toEqual({ result: 'open', openers: [{ pid: process.pid, fd }] });
    expect(log).toEqual([]);
    expect(waits).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('keeps a record that has another name', async () => {
    fs.writeFileSync(record, '4242');
    fs.linkSync(record, path.join(folder, 'sibling'));
    expect(await remove(generation())).toEqual({ result: 'hardLinked', names: 2 });
    expect(log).toEqual([]);
    fs.unlinkSync(path.join(folder, 'sibling'));
    expect(await remove(generation())).toEqual({ result: 'removed' });
  });

  test('puts a lock directory back without replacing a new one', async () => {
    const old = new Date(Date.now() - 120_000);
    fs.mkdirSync(record);
    fs.utimesSync(record, old, old);
    let made: bigint | undefined;
    const result = await remove(generation(), (aside) => {
      fs.utimesSync(aside, new Date(), new Date());
      fs.mkdirSync(record);
      made = fs.statSync(record, { bigint: true }).ino;
    });
    expect(result).toMatchObject({ result: 'superseded', because: 'changed' });
    expect(generation().ino).toBe(made);
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
  });

  test.runIf(process.platform === 'linux')('leaves no descriptor open', async () => {
    const open = (): number => fs.readdirSync('/proc/self/fd').length;
    fs.writeFileSync(record, '4242');
    const judged = generation();
    const before = open();
    expect(await remove(judged)).toEqual({ result: 'removed' });
    expect(await remove(judged)).toEqual({ result: 'absent' });
    expect(open()).toBe(before);
  });

  test('takes the name that was written down for it', async () => {
    fs.writeFileSync(record, '4242');
    const asideName = '.0123456789abcdef01234567.aside';
    const seen: string[] = [];
    await removeRecord(record, generation(), {
      guards,
      waitMs: WAIT_MS,
      log: () => undefined,
      wait: (ms) => {
        seen.push(...fs.readdirSync(folder));
        return delay(ms);
      },
      asideName,
    });
    expect(seen[0]).toBe(asideName);
  });

  describe.runIf(process.platform === 'linux')('while somebody is in the middle of a system call', () => {
    const children: ChildProcess[] = [];
    afterEach(() => {
      for (const child of children.splice(0)) child.kill('SIGKILL');
    });
    const start = (script: string): ChildProcess => {
      const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      return child;
    };

    test('waits until it has run on', async () => {
      const runner = start(`process.stdout.write('ready'); for (;;);`);
      if (runner.stdout !== null) await once(runner.stdout, 'data');
      fs.writeFileSync(record, '4242');
      const result = await remove(generation());
      // After the wait for all, more of them, for the one that runs.
      expect(waits.length).toBeGreaterThan(1);
      expect(waits[0]).toBe(WAIT_MS);
      expect(new Set(waits.slice(1))).toEqual(new Set([2]));
      expect(result).toEqual({ result: 'removed' });
    });

    test('does not wait for what is no open(2), however long it lasts', async () => {
      // A parent of vfork(2) is in an uninterruptible sleep for as long as its child neither ends nor becomes another.
      const parent = start(`
        const libc = require(${JSON.stringify(require.resolve('koffi'))}).load(null);
        const [vfork, pause] = [libc.func('int vfork()'), libc.func('int pause()')];
        if (vfork() === 0) for (;;) pause();`);
      await eventually(
        'the parent in its sleep',
        () => stateOf(parent),
        (state) => state === 'D',
      );
      const busy = busyThreads().filter(({ folder: one }) => one.startsWith(`/proc/${parent.pid}/`));
      // Before the parent: it does not get to know of its own SIGKILL while the child lives.
      for (const child of childrenOf(parent.pid ?? 0)) process.kill(child, 'SIGKILL');
      expect(busy).toEqual([]);
    });

    test('keeps the record when it does not return', async (context) => {
      const why = whyNoHungMount();
      if (why !== undefined) context.skip(why);
      const mount = await mountHung(path.join(folder, 'hung'));
      try {
        const opener = start(`require('node:fs').openSync(${JSON.stringify(`${mount.folder}/x`)})`);
        await eventually(
          'the opener in its sleep',
          () => stateOf(opener),
          (state) => state === 'D',
        );
        fs.writeFileSync(record, '4242');
        const began = performance.now();
        const result = await remove(generation());
        expect(result).toEqual({ result: 'putBack', because: 'busy', openers: [] });
        expect(performance.now() - began).toBeGreaterThan(2000);
      } finally {
        await mount.end();
      }
      expect(fs.readdirSync(folder)).toEqual(['bot.pid', 'hung']);
    });
  });
});

const stateOf = ({ pid }: ChildProcess): string | undefined =>
  fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0];

describe('putting a record back', () => {
  const NS = 1_700_000_000_123_456_789n;
  const restored = (): RecordGeneration => {
    const judged = generation();
    fs.rmSync(record, { recursive: true });
    expect(restoreRecord(record, judged, guards)).toEqual({ result: 'restored' });
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
    const { kind, mtimeNs, mode, uid, gid, content } = judged;
    expect(generation()).toMatchObject({ kind, mtimeNs, mode, uid, gid, content });
    return judged;
  };
  const stamp = (): void => {
    spawnSync('touch', ['--no-dereference', '--date', `@${NS / 10n ** 9n}.${NS % 10n ** 9n}`, record]);
  };

  test('brings a file back to the nanosecond, with its mode and owner', () => {
    fs.writeFileSync(record, '4242');
    fs.chmodSync(record, 0o4751);
    if (process.getuid?.() === 0) fs.chownSync(record, 1234, 4321);
    if (process.getuid?.() === 0) fs.chmodSync(record, 0o4751);
    stamp();
    const { mode, mtimeNs } = restored();
    expect(mode).toBe(0o4751);
    if (process.platform === 'linux') expect(mtimeNs).toBe(NS);
  });

  test('brings a directory back with a mode that the umask would not allow', () => {
    fs.mkdirSync(record);
    fs.chmodSync(record, 0o777);
    stamp();
    expect(restored().mode).toBe(0o777);
  });

  test('brings a symlink back, not what it leads to', () => {
    fs.symlinkSync('tower-4242', record);
    if (process.getuid?.() === 0) fs.lchownSync(record, 1234, 4321);
    stamp();
    expect(restored().content.toString()).toBe('tower-4242');
  });

  test('never over a new one', () => {
    fs.writeFileSync(record, '4242');
    const judged = generation();
    expect(restoreRecord(record, judged, guards)).toEqual({ result: 'exists' });
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
    fs.rmSync(folder, { recursive: true });
    expect(restoreRecord(record, judged, guards)).toMatchObject({ result: 'failed', code: 'ENOENT' });
    fs.mkdirSync(folder);
  });
});
