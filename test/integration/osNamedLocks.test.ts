import * as fs from 'node:fs';
import * as os from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LinuxLockReader } from '../../src/os/linux/locks/lockReader';
import { ProcessTable } from '../../src/os/linux/processes/processTable';
import { actorPath } from '../fixtures/actors';
import { withFaults } from '../faults/inject';
import { Stage } from '../fixtures/stage';

const NAMES: ReadonlySet<string> = new Set(['bot.lock']);

describe.runIf(process.platform === 'linux')('locks of given processes on files of given names', () => {
  let stage: Stage;
  const processes = new ProcessTable();
  const locks = new LinuxLockReader(processes);

  beforeEach(() => {
    stage = Stage.open();
    fs.mkdirSync(stage.path('one'));
    fs.mkdirSync(stage.path('two'));
  });
  afterEach(() => stage.close());

  async function tick(): Promise<ReadonlySet<number>> {
    const { pids } = await locks.update(processes.update(new Set()));
    return pids ?? new Set();
  }

  const held = (...pids: number[]): [number, string[]][] =>
    [...locks.locksNamed(pids, NAMES)].map(([pid, all]) => [pid, all.map(({ path }) => path)]);

  /** Files of other processes' descriptors that are opened meanwhile. */
  async function lookedInto(act: () => unknown): Promise<string[]> {
    const opened: string[] = [];
    await withFaults(
      ({ operation, path }) => {
        if (operation === 'openSync' && path.includes('/fdinfo/')) opened.push(path);
        return undefined;
      },
      () => Promise.resolve(act()),
    );
    return opened;
  }

  /** Asks again as long as `LockChange.pids` says that there is something new, as an observer does. */
  async function settled(...pids: number[]): Promise<[number, string[]][]> {
    let found = held(...pids);
    for (let ticks = 0; ticks < 50 && found.length < pids.length; ticks++) {
      await tick();
      found = held(...pids);
    }
    return found;
  }

  it('finds the lock of another folder, by path and inode, and nothing of another name', async () => {
    const one = await stage.start('holder', ['--file', stage.path('one/bot.lock')]);
    const other = await stage.start('holder', ['--file', stage.path('two/other.lock')]);
    const reader = await stage.start('holder', ['--file', stage.path('two/bot.lock'), '--kind', 'none']);
    await tick();
    expect(await settled(one.pid)).toEqual([[one.pid, [stage.path('one/bot.lock')]]]);
    const [lock] = locks.locksNamed([one.pid], NAMES).get(one.pid) ?? [];
    const { dev, ino } = fs.statSync(stage.path('one/bot.lock'), { bigint: true });
    expect(lock).toEqual({ path: stage.path('one/bot.lock'), id: { dev: String(dev), ino: String(ino) } });
    expect(held(other.pid, reader.pid, process.pid)).toEqual([]);
  });

  it('looks into no process that has only just taken a lock, and says when to ask again', async () => {
    const one = await stage.start('holder', ['--file', stage.path('one/bot.lock')]);
    await tick();
    let found: unknown;
    expect(await lookedInto(() => (found = held(one.pid)))).toEqual([]);
    expect(found).toEqual([]);
    expect(await tick()).toContain(one.pid);
    expect(await settled(one.pid)).toHaveLength(1);
  });

  it('finds an OFD lock, which names no taker, that a process has taken since it was asked about', async () => {
    const script = `
      const kernel = require(process.argv[2]);
      const fd = require('node:fs').openSync(process.argv[1], 'a+');
      const say = (role) => console.log(JSON.stringify({ ready: true, role, pid: process.pid }));
      process.stdin.once('data', () => kernel.tryOfd(fd) && say('locked'));
      say('open');`;
    const one = await stage.startCommand(process.execPath, [
      ...['-e', script, stage.path('one/bot.lock'), actorPath('lib/kernel.cjs')],
    ]);
    await tick();
    expect(held(one.pid)).toEqual([]);
    one.say('lock it');
    await one.waitForRole('locked');
    expect(await tick()).toContain(one.pid);
    expect(held(one.pid)).toEqual([[one.pid, [stage.path('one/bot.lock')]]]);
  });

  it.each(['posix', 'ofd'])('finds %s locks too', async (kind) => {
    const one = await stage.start('holder', ['--file', stage.path('one/bot.lock'), '--kind', kind]);
    await tick();
    expect(await settled(one.pid)).toEqual([[one.pid, [stage.path('one/bot.lock')]]]);
  });

  it('finds what a child inherited, and says when it is gone', async () => {
    const one = await stage.start('holder', ['--file', stage.path('one/bot.lock'), '--heirs', '1'], {
      roles: ['holder', 'heir-1'],
    });
    const heir = one.pidOf('heir-1');
    await tick();
    expect(await settled(one.pid, heir)).toEqual([
      [one.pid, [stage.path('one/bot.lock')]],
      [heir, [stage.path('one/bot.lock')]],
    ]);
    await one.killHard();
    await tick();
    expect(held(one.pid, heir)).toEqual([[heir, [stage.path('one/bot.lock')]]]);
  });

  it('names a process once its locks are others, and reads none again that has not changed', async () => {
    const one = await stage.start('holder', ['--file', stage.path('one/bot.lock')]);
    await tick();
    expect(await settled(one.pid)).toHaveLength(1);
    expect(await lookedInto(() => held(one.pid))).toEqual([]);
    const two = await stage.start('lock_waiter', ['--file', stage.path('one/bot.lock'), '--role', 'two']);
    await tick();
    expect(held(two.pid)).toEqual([]);
    expect((await tick()).size).toBe(0);
    await one.killHard();
    await two.waitForEvent('acquired');
    expect(await tick()).toContain(two.pid);
    expect(await settled(two.pid)).toEqual([[two.pid, [stage.path('one/bot.lock')]]]);
  });

  it('tells a removed lock file from one that is really called so', async () => {
    const gone = await stage.start('holder', ['--file', stage.path('one/bot.lock')]);
    fs.linkSync(stage.path('one/bot.lock'), stage.path('one/snapshot'));
    fs.rmSync(stage.path('one/bot.lock'));
    const named = await stage.start('holder', ['--file', stage.path('two/bot.lock (deleted)')]);
    await tick();
    expect(await settled(gone.pid)).toEqual([[gone.pid, [stage.path('one/bot.lock')]]]);
    expect(held(named.pid)).toEqual([]);
  });

  it('names the files that a process took an exclusive lock on, by the table alone', async () => {
    const file = (name: string): string => stage.path(`${name}/bot.lock`);
    const one = await stage.start('holder', ['--file', file('one')]);
    const shared = await stage.start('holder', ['--file', file('two'), '--mode', 'shared']);
    const waiter = await stage.start('lock_waiter', ['--file', file('one')]);
    const posix = await stage.start('holder', ['--file', stage.path('two/other'), '--kind', 'posix']);
    await tick();
    const idOf = (name: string) => {
      const { dev, ino } = fs.statSync(name, { bigint: true });
      return { dev: String(dev), ino: String(ino) };
    };
    let taken: ReturnType<typeof locks.locksTaken> | undefined;
    const all = [one, shared, waiter, posix].map(({ pid }) => pid);
    expect(await lookedInto(() => (taken = locks.locksTaken(all)))).toEqual([]);
    expect([...(taken ?? [])]).toEqual([
      [one.pid, [idOf(file('one'))]],
      [posix.pid, [idOf(stage.path('two/other'))]],
    ]);
    await one.killHard();
    await tick();
    expect([...locks.locksTaken([one.pid, posix.pid]).keys()]).toEqual([posix.pid]);
  });

  it('names what is taken, and who waits, as the newest table has it', async () => {
    const script = stage.file(
      'taker.cjs',
      `const { openSync } = require('node:fs');
const { nextLine, ready, stay, tell } = require(process.env.ACTING);
const { tryFlock } = require(process.env.KERNEL);
const take = (name) => tryFlock(openSync(name, 'w'));
take('one/bot.lock');
stay();
ready('taker');
nextLine().then(() => tell({ took: take('two/bot.lock') }));
`,
    );
    const env = { ACTING: actorPath('lib/acting.cjs'), KERNEL: actorPath('lib/kernel.cjs') };
    const taker = await stage.startCommand(process.execPath, [script], { roles: ['taker'], env });
    const inodes = (...names: string[]) => names.map((name) => String(fs.statSync(stage.path(name)).ino));
    const taken = () =>
      locks
        .locksTaken([taker.pid])
        .get(taker.pid)
        ?.map(({ ino }) => ino);
    await tick();
    expect(taken()).toEqual(inodes('one/bot.lock'));
    expect(locks.usesOf([taker.pid], [])).toEqual(new Map());
    const seen = taker.lines.length;
    taker.say('more');
    await taker.waitForNew(seen, '"took":true');
    const waiter = await stage.start('lock_waiter', ['--file', stage.path('one/bot.lock')]);
    await tick();
    expect(taken()?.sort()).toEqual(inodes('one/bot.lock', 'two/bot.lock').sort());
    expect(locks.usesOf([taker.pid, waiter.pid], [])).toEqual(new Map([[waiter.pid, 'waits']]));
  });

  it('leaves out the file that a Java machine locks for its own figures, and no other of it', async () => {
    const folder = `/tmp/hsperfdata_${os.userInfo().username}`;
    // HotSpot writes it there whatever TMPDIR says (perfMemory_posix.cpp), as its user and for that user alone.
    const isMade = fs.mkdirSync(folder, { recursive: true, mode: 0o755 }) !== undefined;
    const machine = stage.file(
      'machine.cjs',
      `const { openSync } = require('node:fs');
const { ready, stay } = require(process.env.ACTING);
const { tryFlock } = require(process.env.KERNEL);
if (process.env.OWN) tryFlock(openSync(process.env.OWN, 'w'));
tryFlock(openSync('${folder}/' + process.pid, 'w'));
stay();
ready('machine');
`,
    );
    const libraries = { ACTING: actorPath('lib/acting.cjs'), KERNEL: actorPath('lib/kernel.cjs') };
    const start = (env: Record<string, string>) =>
      stage.startCommand(process.execPath, [machine], { roles: ['machine'], env: { ...libraries, ...env } });
    const [plain, working] = [await start({}), await start({ OWN: stage.path('two/bot.lock') })];
    const files = [plain, working].map(({ pid }) => `${folder}/${pid}`);
    try {
      await tick();
      const { ino } = fs.statSync(stage.path('two/bot.lock'));
      const taken = locks.locksTaken([plain.pid, working.pid]);
      expect([...taken].map(([pid, all]) => [pid, all.map((file) => file.ino)])).toEqual([
        [working.pid, [String(ino)]],
      ]);
    } finally {
      for (const file of files) fs.rmSync(file, { force: true });
      if (isMade) fs.rmdirSync(folder);
    }
  });
});
