/** What is checked on Windows itself, and under Wine as far as Wine answers: real processes, real locks, the real helper. */
import assert from 'node:assert/strict';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import type { FileFacts } from '../../src/model/facts';
import { readHost } from '../../src/os/ps/host';
import { ListedProcesses } from '../../src/os/ps/processTable';
import type { NativeHelper } from '../../src/os/native/helper';
import type { FileLook, WindowsCalls } from '../../src/os/native/win32/calls';
import type { ProcessHandle } from '../../src/os/platform';
import { WindowsLockReader } from '../../src/os/win32/lockReader';
import { windowsListeners } from '../../src/os/win32/ports';
import { windowsProcesses } from '../../src/os/win32/processes';
import { WindowsProcessListing } from '../../src/os/win32/processTable';
import { windowsUsers } from '../../src/os/win32/users';

export interface World {
  native: NativeHelper<WindowsCalls>;
  /** koffi's binary, for the holders. */
  koffi: string;
  holderProgram: string;
  /** Runs `inConsole.cjs` with these arguments in a console of its own; returns the pid. */
  startInConsole: (...args: string[]) => number;
  /** Empty, and removed afterwards. */
  folder: string;
  isWine: boolean;
  /** Hears what this system does not answer. */
  lacks: (what: string) => void;
}

/** Not a lack of the system. */
export const NO_PYTHON = 'msvcrt.locking: there is no Python';

/** Says `held` and its pid, and holds until its input ends. */
const MSVCRT_HOLDER = `
import msvcrt, os, sys
file = open(sys.argv[1], 'r+b')
msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
print('held', os.getpid(), flush=True)
sys.stdin.read()
`;

type How = 'open' | 'alone' | 'noWriters' | 'region';
export type Check = (world: World) => Promise<void>;

async function answerOf<K extends keyof WindowsCalls>(
  { native }: World,
  call: K,
  ...args: Parameters<WindowsCalls[K]>
): Promise<Awaited<ReturnType<WindowsCalls[K]>>> {
  const asked = await native.ask(call, ...args);
  assert.ok('answer' in asked, 'why' in asked ? asked.why : '');
  return asked.answer;
}

function openOf({ native }: World, pid: number): ProcessHandle {
  const handle = windowsProcesses(native).open(pid);
  assert.ok(handle !== undefined);
  return handle;
}

/** Returns the pid of a program in a console of its own, once it is ready. */
async function inConsole({ startInConsole, folder }: World, name: 'alone' | 'pair'): Promise<number> {
  const pid = startInConsole(folder, name);
  const ready = name === 'pair' ? ['pair.ready', 'second.ready'] : ['alone.ready'];
  while (!ready.every((file) => fs.existsSync(path.join(folder, file)))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return pid;
}

/** Runs `act` while a process of its own uses a file that way. */
async function holding(
  world: World,
  how: How,
  act: (file: string, holder: ChildProcess & { pid: number }) => Promise<void>,
): Promise<void> {
  const file = path.join(world.folder, `${how}.lock`);
  fs.writeFileSync(file, '{}');
  const holder = fork(world.holderProgram, [world.koffi, how, file], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  try {
    const [said] = (await Promise.race([once(holder, 'message'), once(holder, 'exit')])) as unknown[];
    assert.equal(said, 'held', `the holder could not be made: ${String(said)}`);
    assert.ok(holder.pid !== undefined);
    await act(file, holder as ChildProcess & { pid: number });
  } finally {
    if (holder.exitCode === null && holder.signalCode === null) {
      const gone = once(holder, 'exit');
      holder.kill('SIGKILL');
      await gone;
    }
  }
}

async function lookAt(world: World, file: string): Promise<FileLook | undefined> {
  return (await answerOf(world, 'lookAt', [{ path: file, mayRegister: true }]))[0];
}

/** The kernel's list is not in Wine 8, and its Restart Manager lists no process. */
function checkUse(world: World, look: FileLook | undefined, pid: number): void {
  assert.ok(look && 'use' in look && look.use, JSON.stringify(look));
  if (look.use.isComplete || !world.isWine) {
    assert.deepEqual(
      look.use.users.map((user) => user.pid),
      [pid],
    );
    assert.equal(look.use.isComplete, true);
    assert.match(look.use.users[0]?.start ?? '', /^\d+$/);
  } else {
    world.lacks('who uses a file: neither FileProcessIdsUsingFileInformation nor RmGetList');
  }
}

const refusedBy =
  (how: How, refusal: 'read' | 'write' | 'region'): Check =>
  (world) =>
    holding(world, how, async (file, { pid }) => {
      const look = await lookAt(world, file);
      if (world.isWine && look?.state === 'open') {
        world.lacks(`a file that another process holds (${how}) refuses nothing`);
        return;
      }
      assert.equal(look?.state, 'refused', JSON.stringify(look));
      assert.equal('refusal' in look ? look.refusal : undefined, refusal);
      checkUse(world, look, pid);
      // The holder's own handle is as good as before, and so is the look at a file that is used no more.
      assert.deepEqual(await lookAt(world, path.join(world.folder, 'none')), { state: 'absent' });
    });

async function heldAsWatched(world: World, how: How, isHeld: boolean): Promise<void> {
  await holding(world, how, async (file, { pid }) => {
    const processes = new ListedProcesses(readHost('win32'), new WindowsProcessListing(world.native));
    await processes.update(new Set());
    const reader = new WindowsLockReader(processes, { native: world.native });
    const facts: FileFacts = { path: file, status: 'file', id: { dev: '1', ino: '1' } };
    reader.watch(file, facts);
    await reader.refresh([file]);
    const { locks } = reader.view(file);
    assert.equal(locks.length, isHeld ? 1 : 0, JSON.stringify(locks));
    assert.equal(reader.source, 'native');
    if (!isHeld) return;
    const [lock] = locks;
    if (world.isWine) {
      assert.equal(lock?.unknown, 'probeOnly');
    } else {
      assert.deepEqual(
        lock?.holders.map(({ process, proven }) => [process.pid, proven]),
        [[pid, true]],
      );
    }
  });
}

export const CHECKS: Record<string, Check> = {
  'a file opened without sharing is held by who has it open': refusedBy('alone', 'read'),
  'a file that denies only writers is held by who has it open': refusedBy('noWriters', 'write'),
  'a file with a locked region is held by who locked it': refusedBy('region', 'region'),

  'a file with a region that Python has locked is held by that Python': async (world) => {
    const file = path.join(world.folder, 'python.lock');
    fs.writeFileSync(file, '{}');
    const python = spawn('python', ['-c', MSVCRT_HOLDER, file], { stdio: ['pipe', 'pipe', 'ignore'] });
    const began: unknown = await Promise.race([
      once(python.stdout, 'data').then(([data]: unknown[]) => data),
      once(python, 'exit'),
    ]).catch((error: unknown) => error);
    const said = String(began);
    if (!said.startsWith('held ')) {
      world.lacks(NO_PYTHON);
      return;
    }
    try {
      const look = await lookAt(world, file);
      assert.equal(look && 'refusal' in look ? look.refusal : undefined, 'region', JSON.stringify(look));
      checkUse(world, look, Number(said.slice('held '.length)));
    } finally {
      const gone = once(python, 'exit');
      python.stdin.end();
      await gone;
    }
  },

  'a file that is only open refuses nothing': (world) =>
    holding(world, 'open', async (file) => {
      assert.equal((await lookAt(world, file))?.state, 'open');
    }),

  'a look refuses no process: a file can be opened without sharing right after it': async (world) => {
    const file = path.join(world.folder, 'free.lock');
    fs.writeFileSync(file, '{}');
    const look = await lookAt(world, file);
    if (world.isWine) assert.equal(look?.state, 'open');
    else assert.deepEqual(look, { state: 'unused' });
    await holding(world, 'alone', () => Promise.resolve());
  },

  'a watched lock is held, and free when its file is only open': async (world) => {
    await heldAsWatched(world, 'alone', true);
    await heldAsWatched(world, 'noWriters', true);
    await heldAsWatched(world, 'open', false);
  },

  'who uses a file is asked without opening it': (world) =>
    holding(world, 'alone', async (file, { pid }) => {
      const finder = await windowsUsers(world.native);
      const options = { signal: new AbortController().signal, onProgress: () => undefined };
      assert.ok(finder !== undefined);
      const found = await finder.ofPath(file, false, options);
      assert.ok(found !== undefined);
      if (!world.isWine) {
        assert.ok('users' in found, JSON.stringify(found));
        assert.deepEqual(
          found.users.map((user) => user.process.pid),
          [pid],
        );
      }
      assert.deepEqual(finder.livenessOf(pid).state, 'alive');
      assert.ok(finder.ancestorsOf(pid).includes(process.pid));
    }),

  'processes are listed with their exact start, program and command line': (world) =>
    holding(world, 'open', async (file, { pid }) => {
      const before = Date.now();
      const list = await new WindowsProcessListing(world.native).list();
      const [own, holder] = [process.pid, pid].map((each) => list.find((one) => one.pid === each));
      assert.ok(own !== undefined && holder !== undefined);
      assert.equal(own.exe?.toLowerCase(), process.execPath.toLowerCase());
      const started = before - performance.now();
      assert.ok(Math.abs((own.startTime ?? 0) - started) < 30_000, `${own.startTime} and ${started}`);
      assert.equal(holder.ppid, process.pid);
      assert.ok(BigInt(holder.fileTime ?? 0) > BigInt(own.fileTime ?? 0));
      if (holder.argv.length === 0 && world.isWine) {
        world.lacks('command lines: class 60 of NtQueryInformationProcess');
      } else {
        assert.ok(holder.argv.includes(file), JSON.stringify(holder));
      }
    }),

  'exactly the process that was pinned is ended, and the end is noticed': (world) =>
    holding(world, 'open', async (_file, holder) => {
      const pinned = await answerOf(world, 'pin', holder.pid, undefined);
      assert.ok('token' in pinned, JSON.stringify(pinned));
      const { token, process: listed } = pinned;
      assert.equal(await answerOf(world, 'end', token, String(BigInt(listed.start) + 1n)), 'other');
      assert.equal(holder.exitCode, null);
      const exited = once(holder, 'exit');
      const ended = answerOf(world, 'ended', token);
      assert.equal(await answerOf(world, 'end', token, listed.start), 'sent');
      assert.equal(await ended, 'ended');
      await exited;
      assert.equal(await answerOf(world, 'end', token, listed.start), 'ended');
      await answerOf(world, 'unpin', token);
      assert.deepEqual(await answerOf(world, 'pin', holder.pid, undefined), { error: 87 });
    }),

  'a process is killed through its handle, also when the helper has died since the plan': (world) =>
    holding(world, 'open', async (_file, holder) => {
      const handle = openOf(world, holder.pid);
      await handle.pin?.();
      assert.equal(handle.read()?.pid, holder.pid);
      const helper = world.native.pid;
      assert.ok(helper !== undefined);
      process.kill(helper, 'SIGKILL');
      const exited = once(holder, 'exit');
      const outcomes: string[] = [];
      // The first question may be the one that notices the death.
      for (let attempt = 0; attempt < 40 && !['sent', 'gone'].includes(outcomes.at(-1) ?? ''); attempt += 1) {
        outcomes.push((await handle.signal('SIGKILL')).result);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await exited;
      assert.equal(handle.read(), undefined);
      assert.equal((await handle.signal('SIGKILL')).result, 'gone');
      handle.close();
    }),

  'a program that is alone in its console gets Ctrl+C, and ends in its own way': async (world) => {
    const pid = await inConsole(world, 'alone');
    const handle = openOf(world, pid);
    const helper = world.native.pid;
    assert.deepEqual(await handle.signal('SIGTERM'), { result: 'sent' });
    assert.equal(await handle.ended?.(), true);
    assert.ok(fs.existsSync(path.join(world.folder, 'alone.interrupted')));
    // The helper was in that console as well.
    assert.equal(world.native.pid, helper);
    await answerOf(world, 'processes');
    handle.close();
  },

  'a program that shares its console is not asked to end, and runs on': async (world) => {
    const pid = await inConsole(world, 'pair');
    const handle = openOf(world, pid);
    assert.deepEqual(await handle.signal('SIGTERM'), { result: 'unasked' });
    for (const name of ['pair', 'second']) {
      assert.ok(!fs.existsSync(path.join(world.folder, `${name}.interrupted`)), name);
    }
    assert.equal(handle.read()?.pid, pid);
    assert.deepEqual(await handle.signal('SIGKILL'), { result: 'sent' });
    assert.equal(await handle.ended?.(), true);
    handle.close();
  },

  'who listens on a port is known': async (world) => {
    await listening(world, '127.0.0.1');
    await listening(world, '::1');
  },
};

async function listening(world: World, address: string): Promise<void> {
  const server = net.createServer().listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  try {
    const { sockets, processes, problem } = await windowsListeners(world.native, port);
    assert.equal(problem, undefined);
    if (world.isWine && address === '::1' && sockets.length === 0) {
      world.lacks('listeners of IPv6: none in GetExtendedTcpTable');
      return;
    }
    assert.deepEqual(
      sockets.map((socket) => socket.address),
      [address],
    );
    if (world.isWine && processes.length === 0) {
      world.lacks('the pid of a listener: 0 in GetExtendedTcpTable');
    } else {
      assert.deepEqual(
        processes.map(({ pid }) => pid),
        [process.pid],
      );
    }
  } finally {
    server.close();
  }
}
