/** The native helper on Linux: whom a pinned process's signal reaches, and what its death costs at any moment. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PinnedProcess } from '../../src/os/linux/processes/pinned';
import { LinuxProcessControl } from '../../src/os/linux/processes/processControl';
import { binaryFiles } from '../../src/os/native/binary';
import { NativeHelper } from '../../src/os/native/helper';
import type { LinuxCalls } from '../../src/os/native/linux/calls';
import type { ProcessHandle } from '../../src/os/platform';
import type { Actor } from '../fixtures/actors';
import { buildDist, type Built } from '../fixtures/dist';
import { isRunning } from '../fixtures/proc';
import { startWithPid, whyNoReusedPid, withNumbersApart } from '../fixtures/reusedPid';
import { Stage, until } from '../fixtures/stage';
import { disconnectOnly, helperRounds } from '../torture/helpers';

const root = path.resolve(import.meta.dirname, '../..');
const hasKoffi = binaryFiles(root, 'koffi.node').some((file) => fs.existsSync(file));

/** undefined: it has been closed since it was listed. */
function linkOf(file: string): string | undefined {
  try {
    return fs.readlinkSync(file);
  } catch {
    return undefined;
  }
}

describe.runIf(process.platform === 'linux' && hasKoffi)('the native helper on Linux', () => {
  let built: Built;
  let stage: Stage;
  let logged: string[];
  const helpers: NativeHelper<LinuxCalls>[] = [];
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

  const native = (
    dist = built.dist,
    times: { idleMs?: number; restsMs?: number[] } = {},
  ): NativeHelper<LinuxCalls> => {
    const log = (_level: string, text: string): void => void logged.push(text);
    const program = path.join(dist, 'native.js');
    const helper = new NativeHelper<LinuxCalls>({ program, log }, { deadlineMs: 400, ...times });
    helpers.push(helper);
    return helper;
  };
  const pidOf = ({ pid }: NativeHelper<LinuxCalls>): number => {
    if (pid === undefined) throw new Error('there is no helper');
    return pid;
  };
  const open = (helper: NativeHelper<LinuxCalls>, pid: number): ProcessHandle => {
    const handle = new LinuxProcessControl(helper).open(pid);
    if (handle === undefined) throw new Error(`${pid} cannot be opened`);
    return handle;
  };
  const gone = async (pid: number): Promise<void> => until(() => !isRunning(pid), `${pid} did not end`);
  /** Ignores SIGTERM, and says how often it got it. */
  const counter = (): Promise<Actor> =>
    stage.startCommand(process.execPath, [
      '-e',
      `let count = 0;
       process.on('SIGTERM', () => console.log(JSON.stringify({ event: 'term', count: ++count })));
       setInterval(() => undefined, 1000);
       console.log(JSON.stringify({ role: 'counter', ready: true, pid: process.pid }));`,
    ]);

  test('signals the process that was pinned, says when it is gone, and is not this process', async () => {
    const helper = native();
    const one = await stage.start('bystander', []);
    const handle = open(helper, one.pid);
    await handle.pin?.();
    expect(pidOf(helper)).not.toBe(process.pid);
    expect(fs.readFileSync(`/proc/${pidOf(helper)}/maps`, 'latin1')).toContain('koffi.node');
    expect(fs.readFileSync('/proc/self/maps', 'latin1')).not.toContain('koffi.node');
    expect(await handle.signal('SIGTERM')).toEqual({ result: 'sent' });
    await one.exited;
    expect(await handle.signal('SIGKILL')).toEqual({ result: 'gone' });
    handle.close();
    expect(await handle.signal('SIGKILL')).toEqual({ result: 'gone' });
    expect(logged).toEqual([expect.stringContaining('koffi from')]);
  });

  test('keeps a pidfd for each plan and no longer, and lets go of it with the handle', async () => {
    const helper = native();
    const one = await stage.start('bystander', []);
    const pidfds = (): number =>
      fs
        .readdirSync(`/proc/${pidOf(helper)}/fd`)
        .filter((fd) => linkOf(`/proc/${pidOf(helper)}/fd/${fd}`)?.includes('pidfd') === true).length;
    const handle = open(helper, one.pid);
    for (let time = 0; time < 3; time += 1) await handle.pin?.();
    expect(pidfds()).toBe(1);
    handle.close();
    await until(() => pidfds() === 0, 'the pidfd stayed open');
  });

  test('never signals init, nor an ancestor, nor for a pid that a thread has', async () => {
    const helper = native();
    const [init, parent] = [open(helper, 1), open(helper, process.ppid)];
    expect((await init.signal('SIGCONT')).result).toBe('unproven');
    expect((await parent.signal('SIGCONT')).result).toBe('unproven');
    for (const handle of [init, parent]) handle.close();
    const one = await stage.start('bystander', []);
    const [thread] = fs
      .readdirSync(`/proc/${one.pid}/task`)
      .map(Number)
      .filter((tid) => tid !== one.pid);
    expect(await helper.ask('pin', thread ?? 0, undefined)).toMatchObject({
      answer: { code: /EINVAL|ENOENT/ },
    });
  });

  test('reaches no other that has the pid by now, not even one of the same tick', async (context) => {
    const why = whyNoReusedPid();
    if (why !== undefined) context.skip(why);
    const helper = native();
    const one = await withNumbersApart(() => stage.start('bystander', []));
    const handle = open(helper, one.pid);
    await handle.pin?.();
    const pinned = await helper.ask('pin', one.pid, undefined);
    const before = fs.openSync(`/proc/${one.pid}/stat`, 'r');
    await one.killHard();
    const stranger = await startWithPid(stage, one.pid);
    if (stranger === undefined) context.skip('another process was faster');
    expect(await handle.signal('SIGKILL')).toEqual({ result: 'gone' });
    // The pidfd by itself knows as well, without any look at the number.
    const token = 'answer' in pinned && 'token' in pinned.answer ? pinned.answer.token : '';
    expect(await helper.ask('signal', token, 9)).toEqual({ answer: { code: 'ESRCH' } });
    // Opened before, pinned only now: the pidfd would be the stranger's, and the descriptor knows.
    const isThere = (): boolean => {
      try {
        return fs.readSync(before, Buffer.alloc(1), 0, 1, 0) > 0;
      } catch {
        return false;
      }
    };
    const late = new PinnedProcess(one.pid, isThere, helper);
    expect(await late.signal('SIGKILL')).toEqual({
      result: 'unavailable',
      why: 'it ended while it was being pinned',
    });
    expect(isRunning(one.pid)).toBe(true);
    fs.closeSync(before);
    handle.close();
    await stranger?.killHard();
  });

  test('waits for the end, whoever ends it, and for several at once', async () => {
    const helper = native();
    const actors = await Promise.all([1, 2, 3].map(() => stage.start('bystander', [])));
    const handles = actors.map(({ pid }) => open(helper, pid));
    for (const handle of handles) await handle.pin?.();
    const order: number[] = [];
    const ends = handles.map((handle) =>
      handle.ended?.().then((hasEnded) => {
        expect(hasEnded).toBe(true);
        order.push(handle.pid);
      }),
    );
    for (const index of [1, 0, 2]) {
      await actors[index]?.killHard();
      await ends[index];
    }
    expect(order).toEqual([1, 0, 2].map((index) => actors[index]?.pid));
    // One that is let go of is not waited for any longer; one that is not pinned cannot be.
    const other = await stage.start('bystander', []);
    const dropped = open(helper, other.pid);
    await dropped.pin?.();
    const ended = dropped.ended?.();
    dropped.close();
    expect(await ended).toBe(false);
    expect(await open(helper, other.pid).ended?.()).toBe(false);
    for (const handle of handles) handle.close();
  });

  describe('killed', () => {
    test('between the pin and the signal: the next one pins it again', async () => {
      const helper = native();
      const one = await stage.start('bystander', []);
      const handle = open(helper, one.pid);
      await handle.pin?.();
      const first = pidOf(helper);
      process.kill(first, 'SIGKILL');
      await gone(first);
      await until(() => helper.pid === undefined, 'its death was not seen');
      expect(await handle.signal('SIGTERM')).toEqual({ result: 'sent' });
      expect(pidOf(helper)).not.toBe(first);
      await one.exited;
      expect(logged.join('\n')).toContain('SIGKILL');
      handle.close();
    });

    test('between the pin and the signal, unnoticed: a request to end is not repeated, and said to be unknown', async () => {
      const helper = native();
      const one = await counter();
      const handle = open(helper, one.pid);
      await handle.pin?.();
      process.kill(pidOf(helper), 'SIGKILL');
      const outcome = await handle.signal('SIGTERM');
      if (outcome.result === 'sent') {
        // Its death was noticed in time: nothing had been sent, and the signal went by the number, said so.
        expect(outcome.how).toContain('by its number');
      } else {
        expect(outcome).toMatchObject({ result: 'lost' });
        // It was the helper that died, so no signal has been sent.
        expect(await handle.signal('SIGTERM')).toMatchObject({ result: 'sent' });
      }
      await one.waitForEvent('term');
      handle.close();
    });

    test('while it is asked to pin: by the number, with the reason', async () => {
      const helper = native();
      const one = await counter();
      const handle = open(helper, one.pid);
      await helper.ask('unpin', 'none');
      process.kill(pidOf(helper), 'SIGKILL');
      const outcome = await handle.signal('SIGTERM');
      expect(outcome.result).toBe('sent');
      // Where its death was noticed before the question, another helper pinned the process.
      if (outcome.result === 'sent' && outcome.how !== undefined) {
        expect(outcome.how).toBe('by its number: it ended with SIGKILL');
      }
      await one.waitForEvent('term');
      handle.close();
    });

    test('while it waits for an end: that is not taken for one', async () => {
      const helper = native();
      const one = await stage.start('bystander', []);
      const handle = open(helper, one.pid);
      await handle.pin?.();
      const ended = handle.ended?.();
      process.kill(pidOf(helper), 'SIGKILL');
      expect(await ended).toBe(false);
      expect(isRunning(one.pid)).toBe(true);
      handle.close();
    });

    test('again and again: three more are started, then nothing is asked, and it says why', async () => {
      // As in earnest, but for the pauses between the first four.
      const helper = native(built.dist, { restsMs: [0, 0, 0, 600_000] });
      const one = await counter();
      const handle = open(helper, one.pid);
      const died: number[] = [];
      for (let round = 0; round < 4; round += 1) {
        expect(await helper.ask('unpin', 'none')).toEqual({ answer: undefined });
        died.push(pidOf(helper));
        process.kill(pidOf(helper), 'SIGKILL');
        await until(() => helper.pid === undefined, 'its death was not seen');
      }
      expect(new Set(died).size).toBe(4);
      const why = 'the helper is resting: it ended with SIGKILL';
      expect(await helper.ask('unpin', 'none')).toEqual({ why, isLost: false });
      expect(await handle.signal('SIGTERM')).toEqual({ result: 'sent', how: `by its number: ${why}` });
      await one.waitForEvent('term');
      handle.close();
    });
  });

  describe('stopped', () => {
    test('in mid-question: it is killed at the deadline, SIGKILL goes by the number, SIGTERM is not repeated', async () => {
      const helper = native();
      const [one, two] = [await counter(), await stage.start('bystander', [])];
      const [gentle, forced] = [open(helper, one.pid), open(helper, two.pid)];
      await Promise.all([gentle.pin?.(), forced.pin?.()]);
      const pid = pidOf(helper);
      process.kill(pid, 'SIGSTOP');
      const outcomes = await Promise.all([gentle.signal('SIGTERM'), forced.signal('SIGKILL')]);
      expect(outcomes).toEqual([
        { result: 'lost', why: 'it gave no answer for 400 ms' },
        { result: 'sent', how: 'by its number: it gave no answer for 400 ms' },
      ]);
      await two.exited;
      await gone(pid);
      expect(isRunning(one.pid)).toBe(true);
      for (const handle of [gentle, forced]) handle.close();
    });

    test('while it waits for an end: no sign of life, so it is killed, and the end is not claimed', async () => {
      const helper = native();
      const one = await stage.start('bystander', []);
      const handle = open(helper, one.pid);
      await handle.pin?.();
      const ended = handle.ended?.();
      process.kill(pidOf(helper), 'SIGSTOP');
      expect(await ended).toBe(false);
      handle.close();
    });
  });

  test('is ended when nothing is asked, and what it had pinned is pinned again', async () => {
    const helper = native(built.dist, { idleMs: 50 });
    const one = await stage.start('bystander', []);
    const handle = open(helper, one.pid);
    await handle.pin?.();
    const first = pidOf(helper);
    await gone(first);
    expect(await handle.signal('SIGTERM')).toEqual({ result: 'sent' });
    expect(helper.pid).not.toBe(first);
    await one.exited;
    expect(logged.filter((text) => text.includes('ended with'))).toEqual([]);
  });

  test('leaves no process behind, however it ends, where one that hangs would stay', async () => {
    const program = path.join(built.dist, 'native.js');
    // Each way once.
    expect(await helperRounds(program, 7)).toMatchObject({ starts: 7, answered: 7, left: 0 });
    expect((await disconnectOnly(program, 2)).left).toBe(1);
  });

  test('is not kept without koffi: the signal goes by the number, and the log says once what is missing', async () => {
    const bare = fs.mkdtempSync(path.join(built.folder, 'bare-'));
    fs.cpSync(built.dist, path.join(bare, 'dist'), { recursive: true });
    const helper = native(path.join(bare, 'dist'));
    const one = await stage.start('bystander', []);
    const two = await stage.start('bystander', []);
    const why = `this package has no koffi for linux-${process.arch}`;
    for (const { pid } of [one, two]) {
      const handle = open(helper, pid);
      expect(await handle.signal('SIGTERM')).toEqual({ result: 'sent', how: `by its number: ${why}` });
      expect(await handle.ended?.()).toBe(false);
      handle.close();
    }
    await Promise.all([one.exited, two.exited]);
    expect(helper.pid).toBeUndefined();
    expect(logged).toEqual([`No native helper: ${why}`]);
  });

  test('is refused where koffi is no koffi, and nothing crashes', async () => {
    const odd = fs.mkdtempSync(path.join(built.folder, 'odd-'));
    fs.cpSync(built.dist, path.join(odd, 'dist'), { recursive: true });
    const folder = path.join(odd, 'prebuilds', `linux-${process.arch}`);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'koffi.node'), 'not a library');
    const asked = await native(path.join(odd, 'dist')).ask('unpin', 'none');
    expect(asked).toMatchObject({ isLost: false });
    expect('why' in asked ? asked.why : '').toContain('koffi could not be loaded');
  });
});
