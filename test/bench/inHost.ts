/**
 * Runs inside a real extension host, beside the extension, and writes what it measured there. `BENCH_HOST` is `with` or
 * `without` (the extension).
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { startLockFarm } from '../fixtures/farm';
import { Stage } from '../fixtures/stage';
import { snapshotWhere, useServices, workspaceFolder } from '../vscode/monitor';
import { hostContext } from '../vscode/runner';

export interface HostFigures {
  /** Of the whole host, shares of a core, %, one for each stretch of time. */
  idle: number[];
  /** Only with the extension. */
  ours?: {
    /** Of our worker thread, %. */
    idle: number;
    /** Of the main thread, by our code, ms. */
    blocks: { steady: number; appearing: number; vanishing: number };
  };
}

const SETTLE_MS = 30_000;
/** The host does things of its own now and then: many short stretches, of which the median counts. */
const STRETCH_MS = 10_000;
const STRETCHES = 6;
const SAMPLE_US = 200;
/** What changed is told in portions, and written down a while later: both belong to the change. */
const HISTORY_MS = 4000;
const OUR_BUNDLE = /instance-monitor[^/]*\/dist\/[^/]+\.js$/;

/** CPU of this process, all its threads, while nothing happens: % of a core. */
async function idleCpu(): Promise<number> {
  const [cpu, at] = [process.cpuUsage(), performance.now()];
  await delay(STRETCH_MS);
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / 10 / (performance.now() - at);
}

/**
 * The longest time in which our code, and what it called, kept the main thread without a turn of the event loop, ms. By
 * V8's sampling profiler and a timer that shows when the loop turned (both use the monotonic clock, µs): the delay of the
 * loop alone says less, since the host blocks it for 10 to 40 ms now and then by itself.
 */
async function longestBlock(meanwhile: () => Promise<unknown>): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
  await session.post('Profiler.start');
  const turns: number[] = [];
  const ticker = setInterval(() => turns.push(Number(process.hrtime.bigint() / 1000n)), 1);
  await meanwhile();
  clearInterval(ticker);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  const ours = ownNodes(profile.nodes);
  let longest = 0;
  let current = 0;
  let at = profile.startTime + (profile.timeDeltas?.[0] ?? 0);
  let turn = 0;
  profile.samples?.forEach((node, index) => {
    const sampled = profile.timeDeltas?.[index + 1] ?? SAMPLE_US;
    // Between the pieces of work that give the loop a turn the sampler often sees nothing.
    for (; (turns[turn] ?? Infinity) < at; turn += 1) current = 0;
    current = ours.has(node) ? current + sampled : 0;
    longest = Math.max(longest, current);
    at += sampled;
  });
  return longest / 1000;
}

/** Nodes of the call tree that are functions of our bundle, or were called by one. */
function ownNodes(nodes: readonly Profiler.ProfileNode[]): ReadonlySet<number> {
  const children = new Map(nodes.map(({ id, children: below }) => [id, below ?? []]));
  const ours = new Set<number>();
  const add = (id: number): void => {
    ours.add(id);
    children.get(id)?.forEach(add);
  };
  for (const { id, callFrame } of nodes) if (OUR_BUNDLE.test(callFrame.url)) add(id);
  return ours;
}

/** CPU that the worker thread has used so far, ms: its name is cut to 15 bytes by the kernel. */
function workerCpu(): number {
  for (const tid of readdirSync('/proc/self/task')) {
    if (readFileSync(`/proc/self/task/${tid}/comm`, 'utf8').startsWith('instance-moni')) {
      return Number(readFileSync(`/proc/self/task/${tid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    }
  }
  throw new Error('the worker thread was not found by its name');
}

async function stretches(): Promise<number[]> {
  await delay(SETTLE_MS);
  const figures: number[] = [];
  for (let stretch = 0; stretch < STRETCHES; stretch += 1) figures.push(await idleCpu());
  return figures;
}

async function withTheExtension(): Promise<HostFigures> {
  const stage = Stage.open(workspaceFolder());
  try {
    const watch = async (locks: number, processes: number, folder: string): Promise<Stage> => {
      const farmStage = Stage.open(stage.subfolder(folder));
      const { files } = await startLockFarm(farmStage, { locks, processes });
      await useServices(files);
      return farmStage;
    };
    const all = (count: number, state: string): Promise<unknown> =>
      snapshotWhere(
        ({ services }) => services.length === count && services.every((service) => service.state === state),
        () => `${count} services were never all ${state}`,
        60_000,
      );
    await vscode.commands.executeCommand('instanceMonitor.services.focus');
    const few = await watch(20, 10, 'few');
    await all(20, 'held');
    const [before, at] = [workerCpu(), performance.now()];
    const idle = await stretches();
    const ownIdle = ((workerCpu() - before) * 100) / (performance.now() - at);
    await few.close();

    await useServices([]);
    await snapshotWhere(({ services }) => services.length === 0);
    let many: Stage | undefined;
    const appearing = await longestBlock(async () => {
      many = await watch(1000, 100, 'many');
      await all(1000, 'held');
      await delay(HISTORY_MS);
    });
    await delay(SETTLE_MS);
    const steady = await longestBlock(() => delay(2 * STRETCH_MS));
    const vanishing = await longestBlock(async () => {
      await many?.close();
      await snapshotWhere(({ services }) => services.every((service) => service.state !== 'held'));
      await delay(HISTORY_MS);
    });
    return { idle, ours: { idle: ownIdle, blocks: { steady, appearing, vanishing } } };
  } finally {
    await stage.close();
  }
}

/** What the host calls. */
export async function run(): Promise<void> {
  const { report } = hostContext();
  const figures =
    process.env['BENCH_HOST'] === 'with' ? await withTheExtension() : { idle: await stretches() };
  writeFileSync(report, JSON.stringify({ passed: 1, failed: [], skipped: [], figures }));
}
