/** The native helper, started again and again and ended in every way there is: is one of them left? */
import { fork, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { NativeHelper } from '../../src/os/native/helper';
import type { LinuxCalls } from '../../src/os/native/linux/calls';
import { isRunning } from '../fixtures/proc';
import { until } from '../fixtures/stage';

export interface HelperCounts {
  starts: number;
  /** Those that have answered before they were ended. */
  answered: number;
  left: number;
  seconds: number;
}

type Native = NativeHelper<LinuxCalls>;

const DEADLINE_MS = 600;
/** ms that the last may take to end. */
const PATIENCE_MS = 10_000;

/** Ends it as the way says; resolves once its parent has done all it will do. */
const ENDINGS: Readonly<Record<string, (helper: Native, pid: number) => Promise<unknown>>> = {
  closed: (helper) => helper.close(),
  idle: (helper) => until(() => helper.pid === undefined, 'it was not ended'),
  killed: (helper, pid) => fell(helper, pid, 'SIGKILL'),
  crashed: (helper, pid) => fell(helper, pid, 'SIGSEGV'),
  hung: (helper, pid) => {
    process.kill(pid, 'SIGSTOP');
    return helper.ask('unpin', 'none');
  },
  'closed while it hangs': (helper, pid) => {
    process.kill(pid, 'SIGSTOP');
    return helper.close();
  },
};

async function fell(helper: Native, pid: number, signal: NodeJS.Signals): Promise<void> {
  process.kill(pid, signal);
  await until(() => helper.pid === undefined, 'its end was not seen');
}

export async function helperRounds(program: string, starts: number): Promise<HelperCounts> {
  const began = performance.now();
  const ways = Object.entries(ENDINGS);
  let answered = 0;
  for (let start = 0; start < starts; start += 1) {
    // One in so many loses its parent.
    const [name, end] = ways[start % (ways.length + 1)] ?? [];
    if (end === undefined) {
      answered += Number(await abandon(program));
      continue;
    }
    const helper: Native = new NativeHelper<LinuxCalls>(
      { program, log: () => undefined },
      { deadlineMs: DEADLINE_MS, idleMs: name === 'idle' ? 1 : 60_000, restsMs: [600_000] },
    );
    answered += Number('answer' in (await helper.ask('unpin', 'none')));
    const { pid } = helper;
    if (pid !== undefined) await end(helper, pid);
  }
  return { starts, answered, left: await leftOf(program), seconds: (performance.now() - began) / 1000 };
}

/** Its parent is killed, and so can do nothing for it. Returns whether it had started. */
async function abandon(program: string): Promise<boolean> {
  const script = `const child = require('node:child_process').fork(process.argv[1], [], { serialization: 'advanced' });
    child.once('message', () => process.stdout.write('started'));`;
  const parent = spawn(process.execPath, ['-e', script, program], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => parent.once('exit', resolve));
  const hasStarted = await new Promise<boolean>((resolve) => {
    parent.stdout.once('data', () => resolve(true)).once('end', () => resolve(false));
  });
  parent.kill('SIGKILL');
  await ended;
  return hasStarted;
}

/** The obvious way: the channel is closed, and a helper that hangs is left to itself. */
export async function disconnectOnly(program: string, starts: number): Promise<HelperCounts> {
  const began = performance.now();
  const children = [];
  for (let start = 0; start < starts; start += 1) {
    const child = fork(program, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    children.push(child);
    await new Promise((resolve) => child.once('message', resolve));
    if (start % 2 === 0) child.kill('SIGSTOP');
    child.disconnect();
  }
  const even = children.filter((_, index) => index % 2 === 1);
  await until(() => even.every(({ pid }) => pid === undefined || !isRunning(pid)), 'one did not end');
  const left = runningOf(program).length;
  for (const child of children) child.kill('SIGKILL');
  await leftOf(program);
  return { starts, answered: starts, left, seconds: (performance.now() - began) / 1000 };
}

async function leftOf(program: string): Promise<number> {
  const isOver = (): boolean => runningOf(program).length === 0;
  await until(isOver, 'some are left', PATIENCE_MS).catch(() => undefined);
  return runningOf(program).length;
}

/** Processes that run this program, whoever has started them. */
function runningOf(program: string): number[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isRunning(pid) && argumentsOf(pid).includes(program));
}

function argumentsOf(pid: number): string[] {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it has ended
  }
}
