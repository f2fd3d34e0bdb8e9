/** Exact signals on macOS: its calls by a stand-in that signals real processes of this system. */
import * as os from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { darwinProcesses } from '../../src/os/darwin/processes';
import type { DarwinCalls } from '../../src/os/native/darwin/calls';
import { AUDIT_TOKEN, UNIQUE_IDENTIFIER } from '../../src/os/native/darwin/layouts';
import type { ProcessHandle } from '../../src/os/platform';
import { whyNoCompiler } from '../fixtures/compile';
import { DarwinWorld, type Native } from '../fixtures/darwinWorld';
import { isRunning } from '../fixtures/proc';
import { Stage } from '../fixtures/stage';

const why = process.platform === 'linux' ? whyNoCompiler() : 'the stand-in is made on Linux';

it('reads and writes what xnu-11417 lays out', () => {
  expect(UNIQUE_IDENTIFIER).toEqual({ flavor: 17, arg: 1, size: 56, uniqueId: 16, idVersion: 32 });
  expect(AUDIT_TOKEN).toEqual({ size: 32, pid: 20, idVersion: 28 });
});

describe.skipIf(why !== undefined)(
  `a process of macOS${why === undefined ? '' : ` (skipped: ${why})`}`,
  () => {
    let world: DarwinWorld;
    let calls: DarwinCalls;
    let old: DarwinCalls;
    let tell: (pid: number, unique: bigint, version: number) => void;
    let forget: (pid: number) => void;
    let refuse: (errno: number) => void;
    let stage: Stage;
    beforeAll(() => {
      world = new DarwinWorld();
      ({ tell, forget, refuse } = world.script);
      calls = world.calls;
      old = world.old();
    });
    afterAll(() => world.close());
    beforeEach(() => {
      stage = Stage.open();
      refuse(0);
    });
    afterEach(() => stage.close());

    const native = (by: DarwinCalls): Native => world.native(by);
    const open = (pid: number, by: Native | undefined = world.native()): ProcessHandle => {
      const handle = darwinProcesses(by).open(pid);
      if (handle === undefined) throw new Error(`${pid} cannot be opened`);
      return handle;
    };

    it('is its unique id and its version, whatever their size', () => {
      tell(77, 2n ** 63n + 5n, -3);
      expect(calls.identify(77)).toEqual({ uniqueId: String(2n ** 63n + 5n), idVersion: -3 });
      expect(calls.identify(78)).toEqual({ code: 'ESRCH' });
      forget(77);
    });

    it('gets the signal', async () => {
      const one = await stage.start('bystander', []);
      tell(one.pid, 100n, 7);
      const handle = open(one.pid);
      await handle.pin?.();
      expect(handle.read()).toMatchObject({ pid: one.pid, uniqueId: '100' });
      expect(open(one.pid).read()).not.toHaveProperty('uniqueId');
      expect(await handle.signal('SIGTERM')).toEqual({ result: 'sent' });
      expect(await one.exited).toMatchObject({ signal: 'SIGTERM' });
      expect(await handle.signal('SIGKILL')).toEqual({ result: 'gone' });
    });

    it('is gone when another has its pid, also where ps cannot tell them apart', async () => {
      const one = await stage.start('bystander', []);
      tell(one.pid, 100n, 7);
      const [known, looked] = [open(one.pid), open(one.pid)];
      for (const handle of [known, looked]) await handle.pin?.();
      tell(one.pid, 101n, 8);
      // Seen by the kernel when the signal comes, and by the next look.
      expect(await known.signal('SIGKILL')).toEqual({ result: 'gone' });
      await looked.pin?.();
      expect(looked.read()).toBeUndefined();
      expect(await looked.signal('SIGKILL')).toEqual({ result: 'gone' });
      expect(isRunning(one.pid)).toBe(true);
    });

    it('is not signalled once it runs another program, until somebody has looked again', async () => {
      const one = await stage.start('bystander', []);
      tell(one.pid, 100n, 7);
      const handle = open(one.pid);
      await handle.pin?.();
      tell(one.pid, 100n, 8);
      expect(await handle.signal('SIGTERM')).toMatchObject({
        result: 'unproven',
        reason: expect.stringContaining('it runs another program since the last look') as string,
      });
      expect(isRunning(one.pid)).toBe(true);
      expect(await handle.signal('SIGTERM')).toEqual({ result: 'sent' });
    });

    it.each([
      ['EPERM', { result: 'denied' }],
      ['EINVAL', { result: 'unproven', reason: expect.stringContaining('failed with EINVAL') as string }],
    ] as const)('is not signalled where the kernel says %s', async (code, outcome) => {
      const one = await stage.start('bystander', []);
      tell(one.pid, 100n, 7);
      const handle = open(one.pid);
      await handle.pin?.();
      refuse(os.constants.errno[code]);
      expect(await handle.signal('SIGTERM')).toMatchObject(outcome);
      expect(isRunning(one.pid)).toBe(true);
    });

    it('is not signalled before macOS 14.2, nor without the helper, nor unpinned: the command is shown', async () => {
      const one = await stage.start('bystander', []);
      const missing = { ask: () => Promise.resolve({ why: 'no koffi', isLost: false }) };
      for (const by of [native({ ...old, identify: (pid) => calls.identify(pid) }), missing, undefined]) {
        tell(one.pid, 100n, 7);
        const handle = darwinProcesses(by).open(one.pid);
        await handle?.pin?.();
        const outcome = await handle?.signal('SIGTERM');
        expect(outcome).toMatchObject({
          result: 'unproven',
          reason: expect.stringContaining(`To end it yourself: kill -TERM ${one.pid}`) as string,
        });
      }
      expect((await open(one.pid).signal('SIGTERM')).result).toBe('unproven');
      expect(isRunning(one.pid)).toBe(true);
    });

    it('may have got a signal that nobody answered for: it is not sent again', async () => {
      const one = await stage.start('bystander', []);
      tell(one.pid, 100n, 7);
      const dying: Native = {
        ask: (call, ...args) =>
          call === 'identify'
            ? world.native().ask(call, ...args)
            : Promise.resolve({ why: 'it ended with SIGKILL', isLost: true }),
      };
      const handle = open(one.pid, dying);
      await handle.pin?.();
      expect(await handle.signal('SIGKILL')).toEqual({ result: 'lost', why: 'it ended with SIGKILL' });
    });

    it('is never this process, nor its parent, nor the first', async () => {
      for (const pid of [process.pid, process.ppid, 1]) {
        tell(pid, 5n, 5);
        const handle = open(pid);
        await handle.pin?.();
        expect((await handle.signal('SIGCONT')).result).toBe('unproven');
        forget(pid);
      }
    });
  },
);
