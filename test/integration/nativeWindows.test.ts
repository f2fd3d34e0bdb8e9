/** The Windows half of the native helper: its calls by a stand-in that knows scripted files, and ends real processes of this system. */
import koffi from 'koffi';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FileLook, WindowsCalls } from '../../src/os/native/win32/calls';
import { windowsCalls } from '../../src/os/native/win32/index';
import type { ProcessHandle } from '../../src/os/platform';
import type { Native } from '../../src/os/win32/native';
import { windowsListeners } from '../../src/os/win32/ports';
import { windowsProcesses } from '../../src/os/win32/processes';
import { WindowsProcessListing } from '../../src/os/win32/processTable';
import { windowsUsers } from '../../src/os/win32/users';
import type { Actor } from '../fixtures/actors';
import { whyNoCompiler } from '../fixtures/compile';
import { isRunning } from '../fixtures/proc';
import { Stage } from '../fixtures/stage';
import { nativeOf, START, WindowsWorld, type Script } from '../fixtures/windowsWorld';

const why = process.platform === 'linux' ? whyNoCompiler() : 'the stand-in is made on Linux';

const NOT_IMPLEMENTED = 0xc0000002;

describe.skipIf(why !== undefined)(`Windows${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  const FILE = 'C:\\bot\\bot.lock';
  let made: WindowsWorld;
  let library: string;
  let world: Script;
  let calls: WindowsCalls;
  let stage: Stage;
  beforeAll(() => {
    made = new WindowsWorld();
    library = made.library;
    world = made.script;
  });
  afterAll(() => made.close());
  beforeEach(() => {
    stage = Stage.open();
    world.reset();
    calls = windowsCalls(koffi, library);
  });
  afterEach(async () => {
    expect([world.open_handles(), world.open_sessions()]).toEqual([0, 0]);
    await stage.close();
  });

  const tell = (pid: number, start = START, denied = 0): void =>
    world.tell(pid, start, 4, 'node.exe', 'C:\\node.exe', 'C:\\node.exe bot.js', denied);
  /** The only kind of process that the stand-in ends. */
  const bystander = async (): Promise<Actor> => {
    const one = await stage.start('bystander', []);
    world.own_process(one.pid);
    return one;
  };
  /** `errors`: of reading, of writing, of the read itself. */
  const file = (bytes = 5, [reading = 0, writing = 0, locked = 0]: number[] = []): void =>
    world.set_file(FILE, bytes, 0, reading, writing, locked);
  const usedBy = (...pids: number[]): void => {
    for (const pid of pids) world.use_file(FILE, 0, pid);
  };
  const look = (mayRegister = false): FileLook | undefined => calls.lookAt([{ path: FILE, mayRegister }])[0];

  const native = (by: WindowsCalls = calls): Native => nativeOf(by);

  describe('a file', () => {
    it('that is not there is absent, and one whose attributes are refused is unknown', () => {
      expect(look()).toEqual({ state: 'absent' });
      world.set_file(FILE, 5, 5, 0, 0, 0);
      expect(look()).toEqual({ state: 'unknown', error: 5 });
    });

    it('that no process uses is not opened for its content', () => {
      file(5, [32]);
      usedBy();
      expect(look()).toEqual({ state: 'unused' });
      // The look is among the users itself.
      usedBy(process.pid);
      expect(look()).toEqual({ state: 'unused' });
      expect(world.opens(FILE)).toBe(0);
    });

    it.each([
      ['read', [32, 0, 0]],
      ['region', [0, 0, 33]],
      ['write', [0, 32, 0]],
    ])('that one process uses refuses its %s: that process, by its start', (refusal, errors) => {
      file(5, errors);
      tell(100);
      usedBy(process.pid, 100);
      expect(look()).toEqual({
        state: 'refused',
        refusal,
        use: { users: [{ pid: 100, start: String(START) }], isComplete: true },
      });
    });

    it('that is used and refuses nothing is open, or empty: then a locked region is not met', () => {
      tell(100);
      file();
      usedBy(100);
      expect(look()).toMatchObject({ state: 'open' });
      file(0);
      usedBy(100);
      expect(look()).toMatchObject({ state: 'empty', use: { users: [{ pid: 100 }] } });
      // Read-only for this user: no violation of sharing.
      file(5, [0, 5]);
      usedBy(100);
      expect(look()).toMatchObject({ state: 'open' });
    });

    it('that may not be read is unknown', () => {
      tell(100);
      for (const errors of [[5], [0, 0, 5]]) {
        file(5, errors);
        usedBy(100);
        expect(look()).toEqual({ state: 'unknown', error: 5 });
      }
    });

    it('has every user that the kernel lists, however many', () => {
      file(5, [32]);
      // Larger than any pid of Linux: the helper is none of its own users, and this process stands for the helper.
      const pids = Array.from({ length: 900 }, (_, index) => 10_000_000 + index);
      for (const pid of pids) tell(pid, START + BigInt(pid));
      usedBy(...pids);
      const users = pids.map((pid) => ({ pid, start: String(START + BigInt(pid)) }));
      expect(look()).toEqual({ state: 'refused', refusal: 'read', use: { users, isComplete: true } });
    });

    it('is asked about again when its users change meanwhile, and says so when they keep changing', () => {
      tell(100);
      tell(104, START + 1n);
      file(5, [32]);
      world.use_file(FILE, 0, 100);
      world.use_file(FILE, 0, 104);
      world.use_file(FILE, 1, 100);
      expect(look()).toMatchObject({ use: { users: [{ pid: 100 }], isComplete: true } });
      file(5, [32]);
      for (const round of [0, 2]) world.use_file(FILE, round, 100);
      for (const round of [1, 3]) world.use_file(FILE, round, 104);
      expect(look()).toMatchObject({ use: { isComplete: false } });
      // The one that has left it meanwhile may be the one that refused.
      file(5, [32]);
      world.use_file(FILE, 0, 100);
      world.use_file(FILE, 1, 0);
      expect(look()).toEqual({ state: 'unused' });
    });

    it('has the start of a user that may not be opened from the list of processes', () => {
      file(5, [32]);
      tell(100, START, 1);
      usedBy(100);
      expect(look()).toMatchObject({ use: { users: [{ pid: 100, start: String(START) }] } });
    });
  });

  describe('where the kernel does not say who uses a file', () => {
    beforeEach(() => {
      world.set_errors(NOT_IMPLEMENTED, 0, 0, 0);
      tell(100);
      file(5, [32]);
    });

    it('the Restart Manager does, with its starts, when it may be asked', () => {
      world.manage(100, 0);
      world.manage(process.pid, 0);
      tell(process.pid);
      expect(look()).toEqual({ state: 'refused', refusal: 'read' });
      const use = { users: [{ pid: 100, start: String(START) }], isComplete: false };
      expect(look(true)).toEqual({ state: 'refused', refusal: 'read', use });
      expect(calls.usersOf(FILE)).toEqual(use);
    });

    it('it is asked until all have room, also those that come meanwhile', () => {
      for (let pid = 200; pid < 240; pid += 1) {
        tell(pid, START + BigInt(pid));
        world.manage(pid, pid >= 230 ? 1 : 0);
      }
      const found = calls.usersOf(FILE);
      expect('users' in found ? found.users : []).toHaveLength(40);
      expect('users' in found ? found.users.at(-1) : undefined).toEqual({
        pid: 239,
        start: String(START + 239n),
      });
    });

    it.each([
      ['refuses a session', [NOT_IMPLEMENTED, 0, 353, 0]],
      ['refuses the list', [NOT_IMPLEMENTED, 5, 0, 0]],
    ])('no user is known when it %s', (_, errors) => {
      world.manage(100, 0);
      world.set_errors(...(errors as [number, number, number, number]));
      expect(look(true)).toEqual({ state: 'refused', refusal: 'read' });
      expect(calls.usersOf(FILE)).toEqual({ error: 87 });
    });

    it('a free file is tested, since it may be used all the same', () => {
      file();
      expect(look(true)).toEqual({ state: 'open' });
      expect(world.opens(FILE)).toBe(2);
    });
  });

  describe('the processes', () => {
    it('are listed with exact starts, programs and command lines, without the idle process', async () => {
      world.tell(
        100,
        START + 7n,
        4,
        'node.exe',
        'C:\\Program Files\\node.exe',
        '"C:\\Program Files\\node.exe" bot.js',
        0,
      );
      world.tell(104, START, 100, 'lsass.exe', 'C:\\lsass.exe', 'lsass', 1);
      const list = await new WindowsProcessListing(native(calls)).list();
      expect(list).toEqual([
        {
          pid: 100,
          ppid: 4,
          comm: 'node.exe',
          argv: ['C:\\Program Files\\node.exe', 'bot.js'],
          exe: 'C:\\Program Files\\node.exe',
          fileTime: String(START + 7n),
          startTime: 1_755_526_400_000,
        },
        // May not be opened.
        expect.objectContaining({ pid: 104, ppid: 100, argv: [], fileTime: String(START) }),
      ]);
    });

    it('are all listed where the list is longer than thought, and long command lines are whole', () => {
      const command = `node ${'x'.repeat(505)}`;
      for (let pid = 1000; pid < 1900; pid += 1) {
        world.tell(pid, START, 4, 'node.exe', 'C:\\node.exe', command, 0);
      }
      world.pad(1 << 20);
      const list = calls.processes();
      expect(list).toHaveLength(900);
      expect(list.at(-1)).toMatchObject({ pid: 1899, name: 'node.exe', commandLine: command });
    });

    it('have no command line of the process that had their pid before', () => {
      tell(100);
      expect(calls.processes()[0]?.commandLine).toBe('C:\\node.exe bot.js');
      world.tell(100, START + 1n, 4, 'cmd.exe', 'C:\\cmd.exe', 'cmd /c dir', 0);
      expect(calls.processes()).toMatchObject([{ pid: 100, commandLine: 'cmd /c dir', exe: 'C:\\cmd.exe' }]);
    });
  });

  describe('a process', () => {
    let asked: string[];
    const noted = (by: WindowsCalls = calls): Native => ({
      pid: 1,
      ask: (call, ...args) => {
        asked.push(call);
        return native(by).ask(call, ...args);
      },
    });
    const handles: ProcessHandle[] = [];
    const open = (pid: number, by: Native | undefined = noted()): ProcessHandle => {
      const handle = windowsProcesses(by).open(pid);
      if (handle === undefined) throw new Error(`${pid} cannot be opened`);
      handles.push(handle);
      return handle;
    };
    beforeEach(() => {
      asked = [];
    });
    afterEach(async () => {
      for (const handle of handles.splice(0)) handle.close();
      await Promise.resolve();
    });

    it('is ended by its handle, and the end is awaited', async () => {
      const one = await bystander();
      tell(one.pid);
      const handle = open(one.pid);
      expect(handle.read()).toBeUndefined();
      await handle.pin?.();
      expect(handle.read()).toMatchObject({ pid: one.pid, comm: 'node.exe', fileTime: String(START) });
      const ended = handle.ended?.();
      expect(await handle.signal('SIGKILL')).toEqual({ result: 'sent' });
      expect(await one.exited).toMatchObject({ signal: 'SIGKILL' });
      expect(await ended).toBe(true);
      expect(handle.read()).toBeUndefined();
      expect(await handle.signal('SIGKILL')).toEqual({ result: 'gone' });
    });

    it('is gone once another has its pid, when the helper that had pinned it has ended', async () => {
      const one = await bystander();
      tell(one.pid);
      let by = noted();
      const handle = open(one.pid, { pid: 1, ask: (...args) => by.ask(...args) });
      await handle.pin?.();
      handle.close();
      tell(one.pid, START + 1n);
      by = noted(windowsCalls(koffi, library));
      expect(await handle.signal('SIGKILL')).toEqual({ result: 'gone' });
      expect(asked).not.toContain('end');
      expect(isRunning(one.pid)).toBe(true);
      expect(handle.read()).toBeUndefined();
    });

    it('is ended by a new helper when it is still the same', async () => {
      const one = await bystander();
      tell(one.pid);
      let by = noted();
      const handle = open(one.pid, { pid: 1, ask: (...args) => by.ask(...args) });
      await handle.pin?.();
      handle.close(); // as the system does when a helper ends
      by = noted(windowsCalls(koffi, library));
      expect(await handle.signal('SIGKILL')).toEqual({ result: 'sent' });
      expect(await one.exited).toMatchObject({ signal: 'SIGKILL' });
    });

    it('is not ended by a handle that shows another start', async () => {
      const one = await bystander();
      tell(one.pid);
      const pinned = calls.pin(one.pid, undefined);
      const token = 'token' in pinned ? pinned.token : '';
      expect(calls.end(token, String(START + 1n))).toBe('other');
      expect(await calls.requestEnd(token, String(START + 1n))).toBe('other');
      expect(calls.end('another token', String(START))).toBe('unpinned');
      expect(isRunning(one.pid)).toBe(true);
      calls.unpin(token);
      expect(await calls.ended(token)).toBe('unpinned');
    });

    it('that has ended is not asked, though its handle is still open', async () => {
      tell(100);
      world.attach(100, 1);
      const pinned = calls.pin(100, undefined);
      const token = 'token' in pinned ? pinned.token : '';
      expect(calls.pin(100, token)).toMatchObject({ token });
      world.gone(100);
      expect(await calls.requestEnd(token, String(START))).toBe('ended');
      expect(calls.end(token, String(START))).toBe('ended');
      expect(calls.pin(100, token)).toEqual({ error: 87 });
      expect(world.events()).toBe(0);
      calls.unpin(token);
    });

    it('is not the one whose pid Windows would open in its place', () => {
      tell(100);
      expect(calls.pin(102, undefined)).toEqual({ error: 87 });
    });

    it.each([1, 2])('that Windows protects (%i) is left alone', async (denied) => {
      const one = await bystander();
      tell(one.pid, START, denied);
      const handle = open(one.pid);
      await handle.pin?.();
      const outcome = await handle.signal('SIGKILL');
      expect(outcome).toMatchObject(
        denied === 2
          ? { result: 'denied' }
          : {
              result: 'unproven',
              reason: expect.stringContaining('OpenProcess failed with error 5') as string,
            },
      );
      expect(isRunning(one.pid)).toBe(true);
    });

    it('is not ended without the helper, nor when it gives no answer: the command is shown', async () => {
      const one = await bystander();
      const missing: Native = {
        pid: undefined,
        ask: () => Promise.resolve({ why: 'no koffi', isLost: false }),
      };
      const outcome = await open(one.pid, missing).signal('SIGKILL');
      expect(outcome).toMatchObject({
        result: 'unproven',
        reason: expect.stringContaining(
          `no koffi. To end it yourself: taskkill /F /PID ${one.pid}`,
        ) as string,
      });
      expect(windowsProcesses(undefined).open(one.pid)).toBeUndefined(); // PowerShell is not here
      expect(isRunning(one.pid)).toBe(true);
    });

    it('may have got a request that was not answered: it is not sent again', async () => {
      const one = await bystander();
      tell(one.pid);
      const by = noted();
      const dying: Native = {
        pid: 1,
        ask: (call, ...args) =>
          call === 'requestEnd'
            ? Promise.resolve({ why: 'it ended with SIGKILL', isLost: true })
            : by.ask(call, ...args),
      };
      const handle = open(one.pid, dying);
      expect(await handle.signal('SIGTERM')).toEqual({ result: 'lost', why: 'it ended with SIGKILL' });
    });

    it('is never this process, nor its parent, nor one of the system', async () => {
      for (const pid of [process.pid, process.ppid, 0, 4]) {
        tell(pid);
        expect((await open(pid).signal('SIGKILL')).result).toBe('unproven');
      }
      expect(asked).toEqual([]);
      expect(await open(process.pid).signal('SIGCONT')).toMatchObject({ result: 'unproven' });
    });

    it('is asked by Ctrl+C where it is alone in its console', async () => {
      tell(100);
      world.attach(100, 1);
      const pinned = calls.pin(100, undefined);
      const token = 'token' in pinned ? pinned.token : '';
      expect(await calls.requestEnd(token, String(START))).toBe('sent');
      expect(world.events()).toBe(1);
      calls.unpin(token);
    });

    it.each([
      [
        'shares its console with another',
        [
          [100, 1],
          [104, 1],
        ],
      ],
      ['has no console', [[104, 1]]],
    ])('is not asked where it %s', async (_, consoles) => {
      tell(100);
      tell(104, START + 1n);
      for (const [pid = 0, console = 0] of consoles) world.attach(pid, console);
      const pinned = calls.pin(100, undefined);
      const token = 'token' in pinned ? pinned.token : '';
      expect(await calls.requestEnd(token, String(START))).toBe('unasked');
      expect(world.events()).toBe(0);
      calls.unpin(token);
      world.gone(100);
      expect(await calls.requestEnd(token, String(START))).toBe('unpinned');
    });
  });

  describe('who uses a file', () => {
    it('is shown with its program, and its ancestors that are older than it', async () => {
      world.tell(100, START + 5n, 104, 'node.exe', 'C:\\node.exe', 'node bot.js', 0);
      world.tell(104, START, 108, 'cmd.exe', 'C:\\cmd.exe', 'cmd', 0);
      // Not the parent: its number was the parent's.
      world.tell(108, START + 1n, 4, 'other.exe', 'C:\\other.exe', 'other', 0);
      file();
      usedBy(100, process.pid);
      const finder = await windowsUsers(native());
      const options = { signal: new AbortController().signal, onProgress: () => undefined };
      expect(await finder?.ofPath(FILE, false, options)).toEqual({
        users: [
          {
            process: expect.objectContaining({ pid: 100, argv: ['node', 'bot.js'] }) as object,
            uses: [{ kind: 'uses', path: FILE }],
          },
        ],
        done: 3,
        all: 3,
        hidden: 0,
      });
      expect(world.opens(FILE)).toBe(0);
      expect(finder?.ancestorsOf(100)).toEqual([104]);
      expect(await finder?.ofPath('C:\\none', false, options)).toBeUndefined();
      // Neither the kernel nor the Restart Manager says: that is not “no process”.
      world.set_errors(NOT_IMPLEMENTED, 0, 353, 0);
      expect(await finder?.ofPath(FILE, false, options)).toEqual({ problem: 'error 87 of Windows' });
      // The Restart Manager lists none, and does not say that there is none.
      world.set_errors(NOT_IMPLEMENTED, 0, 0, 0);
      expect(await finder?.ofPath(FILE, false, options)).toEqual({
        problem: 'only the Restart Manager gives an answer',
      });
      world.manage(100, 0);
      expect(await finder?.ofPath(FILE, false, options)).toMatchObject({
        users: [{ process: { pid: 100 } }],
      });
      world.set_errors(0, 0, 0, 0);
      expect(finder?.livenessOf(process.pid)).toMatchObject({ state: 'unavailable' });
      tell(process.pid);
      expect((await windowsUsers(native()))?.livenessOf(process.pid)).toMatchObject({ state: 'alive' });
      expect(finder?.livenessOf(0x7fff_fff0)).toEqual({ state: 'dead', why: 'gone' });
    });

    it('is not known where the list that has it gets no answer, unless an older one has it', async () => {
      file();
      usedBy(100);
      let isSilent = false;
      const by: Native = {
        pid: 1,
        ask: (call, ...args) =>
          isSilent && call === 'processes'
            ? Promise.resolve({ why: 'it ended with SIGSEGV', isLost: true })
            : native().ask(call, ...args),
      };
      const options = { signal: new AbortController().signal, onProgress: () => undefined };
      const before = await windowsUsers(by);
      tell(100);
      const after = await windowsUsers(by);
      isSilent = true;
      expect(await before?.ofPath(FILE, false, options)).toEqual({
        problem: 'the list of processes got no answer',
      });
      expect(await after?.ofPath(FILE, false, options)).toMatchObject({ users: [{ process: { pid: 100 } }] });
    });

    it('is left open where the helper is missing', async () => {
      const missing: Native = {
        pid: undefined,
        ask: () => Promise.resolve({ why: 'no koffi', isLost: false }),
      };
      expect(await windowsUsers(missing)).toBeUndefined();
      expect(await windowsListeners(missing, 80)).toMatchObject({
        sockets: [],
        problem: { code: 'no koffi' },
      });
    });
  });

  describe('who listens on a port', () => {
    it('is proven by its start only', async () => {
      tell(100);
      world.listen_on(100, 3000, 0);
      expect(await windowsListeners(native(), 3000)).toMatchObject({
        sockets: [{ port: 3000, address: '127.0.0.1' }],
        processes: [{ pid: 100, fileTime: String(START) }],
      });
      tell(100, START, 1);
      const unnamed = await windowsListeners(native(), 3000);
      expect([unnamed.sockets.length, unnamed.processes]).toEqual([1, []]);
      expect(await windowsListeners(native(), 3002)).toMatchObject({ sockets: [], processes: [] });
      world.set_errors(0, 0, 0, 50);
      expect(await windowsListeners(native(), 3000)).toMatchObject({ problem: { code: '50' } });
    });

    it('is named with its start, on both families, however long the table is', () => {
      tell(100);
      tell(104, START + 4n);
      world.listen_on(100, 3000, 0);
      world.listen_on(104, 3000, 1);
      world.listen_on(100, 3001, 0);
      world.pad(100_000);
      expect(calls.listeners(3000)).toEqual([
        { pid: 100, port: 3000, address: '127.0.0.1', start: String(START) },
        { pid: 104, port: 3000, address: '::', start: String(START + 4n) },
      ]);
      expect(calls.listeners(3002)).toEqual([]);
    });

    it.each([
      ['::1', '00000000000000000000000000000001'],
      ['fe80::1ff:fe23:4567:890a', 'fe8000000000000001fffe234567890a'],
      ['2001:db8::1:0:0:1', '20010db8000000000001000000000001'],
      ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001'],
      ['::ffff:192.168.0.7', '00000000000000000000ffffc0a80007'],
    ])('is named with its address of IPv6: %s', async (address, bytes) => {
      tell(100);
      world.listen_on(100, 3000, 1);
      world.bind_last(Buffer.from(bytes, 'hex'));
      world.listen_on(100, 3000, 0);
      world.bind_last(Buffer.from('c0a80007'.padEnd(32, '0'), 'hex'));
      expect(calls.listeners(3000)).toMatchObject([{ address: '192.168.0.7' }, { address }]);
      expect((await windowsListeners(native(), 3000)).sockets).toMatchObject([
        { port: 3000, address: '192.168.0.7' },
        { port: 3000, address },
      ]);
    });

    it('is not named when the table has another process a moment later', () => {
      tell(100);
      world.listen_on(100, 3000, 0);
      world.pass_sockets_to(104);
      expect(calls.listeners(3000)).toEqual([]);
    });

    it('is unknown when the table cannot be read, and without a start when it may not be opened', () => {
      tell(100, START, 1);
      world.listen_on(100, 3000, 0);
      expect(calls.listeners(3000)).toEqual([{ pid: 100, port: 3000, address: '127.0.0.1' }]);
      world.set_errors(0, 0, 0, 50);
      expect(calls.listeners(3000)).toEqual({ error: 50 });
    });
  });
});
