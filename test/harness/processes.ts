/**
 * Child processes with everything they start, so that a test can end all of it and prove it is gone.
 *
 * Each tree carries a mark of its own in its environment, which every descendant inherits, even one that left the
 * process group or outlived its parent. On Linux the members are found by that mark in `/proc/<pid>/environ`; elsewhere
 * by parent pid. Nothing without the mark is ever signalled.
 */
import { execFileSync, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessTree {
  readonly child: ChildProcess;
  /** Resolves when the first process has ended, with its exit code or the signal's name. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Pids of every process of this tree that is alive now. */
  members(): number[];
  /** Ends them all, SIGTERM first, SIGKILL after `graceMs`. Rejects if one is still there after that. */
  stop(graceMs?: number): Promise<void>;
}

const live = new Set<ProcessTree>();

/** If this process leaves without having stopped its trees, they go with it. */
process.on('exit', () => {
  for (const tree of live) for (const pid of tree.members()) signal(pid, 'SIGKILL');
});

/** Starts `command` as the root of a tree of its own. Output is piped unless `options.stdio` says otherwise. */
export function startTree(command: string, args: readonly string[], options: SpawnOptions = {}): ProcessTree {
  const mark = `INSTANCE_MONITOR_TREE_${randomBytes(8).toString('hex')}`;
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
    // Of its own session, so that Ctrl-C in a terminal reaches the harness alone, which then stops things in order.
    detached: process.platform !== 'win32',
    env: { ...(options.env ?? process.env), [mark]: '1' },
  });
  const exited = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, name) => resolve(code ?? name ?? 'SIGKILL'));
  });
  exited.catch(() => undefined);
  const tree: ProcessTree = {
    child,
    exited,
    members: () => membersOf(mark, child),
    async stop(graceMs = 5_000) {
      for (const pid of tree.members()) signal(pid, 'SIGTERM');
      if (!(await emptyWithin(tree, graceMs))) {
        for (const pid of tree.members()) signal(pid, 'SIGKILL');
        if (!(await emptyWithin(tree, 5_000))) {
          throw new Error(`still alive after SIGKILL: ${tree.members().join(', ')} (started as ${command})`);
        }
      }
      live.delete(tree);
    },
  };
  live.add(tree);
  return tree;
}

/** Runs a command to its end. Interrupted with everything else by `stopAllTrees`. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<{ code: number | NodeJS.Signals; output: string }> {
  const tree = startTree(command, args, options);
  let output = '';
  tree.child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  tree.child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const closed = new Promise((resolve) => tree.child.once('close', resolve));
  try {
    const code = await tree.exited;
    await closed;
    return { code, output };
  } finally {
    await tree.stop();
  }
}

/** Stops every tree that is still running, for a command that was interrupted. */
export async function stopAllTrees(): Promise<void> {
  await Promise.allSettled([...live].map((tree) => tree.stop()));
}

async function emptyWithin(tree: ProcessTree, ms: number): Promise<boolean> {
  const until = Date.now() + ms;
  while (tree.members().length > 0) {
    if (Date.now() > until) return false;
    await delay(20);
  }
  return true;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone in the meantime, which is what was wanted.
  }
}

function membersOf(mark: string, child: ChildProcess): number[] {
  if (process.platform === 'linux') return markedProcesses(`${mark}=1`);
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return [];
  return process.platform === 'win32' ? [child.pid] : descendants(child.pid);
}

function markedProcesses(entry: string): number[] {
  const found: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // A zombie's environment reads as empty: it is gone for this purpose.
      if (readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(entry)) {
        found.push(Number(name));
      }
    } catch {
      // Ended meanwhile, or another user's.
    }
  }
  return found;
}

function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const line of execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n')) {
    const [pid, ppid] = line.trim().split(/\s+/).map(Number);
    if (pid === undefined || ppid === undefined) continue;
    children.set(ppid, [...(children.get(ppid) ?? []), pid]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}
