/**
 * Runs inside a real extension host, beside the extension, and writes what it measured there. `BENCH_HOST` is `idle` or
 * `blocks`; without the extension, `none`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { startLockFarm } from '../fixtures/farm';
import { Stage } from '../fixtures/stage';
import { snapshotWhere, useServices, workspaceFolder } from '../vscode/monitor';
import { hostContext } from '../vscode/runner';

export interface HostFigures {
  /** Of the whole host, shares of a core, %, one for each stretch of time. */
  idle: number[];
  /** Resident, of the whole host, MB, after each stretch. */
  resident: number[];
  /** Of our worker thread, %; only with the extension. */
  ours?: number;
}

/** How long our code kept the main thread at most, in each situation. */
export type Blocks = Record<'configure' | 'steady' | 'release' | 'history' | 'heldLocks', Block>;

const SETTLE_MS = 30_000;
/** The host does things of its own now and then: many short stretches, of which the median counts. */
const STRETCH_MS = 10_000;
const STRETCHES = 6;
const SAMPLE_US = 200;
const HISTORIES = 500;
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

/** A sample that took longer saw a thread that waited for a processor, or a starved sampler: it counts as this, µs. */
const SAMPLE_LIMIT_US = 1000;

export interface Block {
  /** ms; samples at which the thread waited for a processor count as a moment. */
  running: number;
  /** By the clock, ms: on a machine that others use as well, this is theirs, too. */
  wall: number;
  /** Functions that were most of it; with BENCH_EXPLAIN only, since a minified name says little. */
  where?: string[];
}

/**
 * The longest time in which our code, and what it called, kept the main thread without a turn of the event loop. By V8's
 * sampling profiler and a timer that shows when the loop turned (both use the monotonic clock, µs): the delay of the loop
 * alone says less, since the host blocks it for 10 to 40 ms now and then by itself.
 */
async function longestBlock(meanwhile: () => Promise<unknown>): Promise<Block> {
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
  const none = { running: 0, wall: 0, samples: [] as number[] };
  let longest = none;
  let current = none;
  let wall = 0;
  let at = profile.startTime + (profile.timeDeltas?.[0] ?? 0);
  let turn = 0;
  profile.samples?.forEach((node, index) => {
    const sampled = profile.timeDeltas?.[index + 1] ?? SAMPLE_US;
    // Between the pieces of work that give the loop a turn the sampler often sees nothing.
    for (; (turns[turn] ?? Infinity) < at; turn += 1) current = none;
    current = !ours.has(node)
      ? none
      : {
          running: current.running + Math.min(sampled, SAMPLE_LIMIT_US),
          wall: current.wall + sampled,
          samples: current.samples.concat(node),
        };
    wall = Math.max(wall, current.wall);
    if (current.running > longest.running) longest = current;
    at += sampled;
  });
  return {
    running: longest.running / 1000,
    wall: wall / 1000,
    ...(process.env['BENCH_EXPLAIN'] === undefined ? {} : { where: whereIn(longest.samples, profile.nodes) }),
  };
}

/** Functions by how many of the samples they were in. */
function whereIn(samples: readonly number[], nodes: readonly Profiler.ProfileNode[]): string[] {
  const parents = new Map(nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id])));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const counts = new Map<string, number>();
  for (const sample of samples) {
    const met = new Set<string>();
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const frame = byId.get(id)?.callFrame;
      if (frame === undefined) continue;
      met.add(`${frame.functionName}:${frame.url.split('/').at(-1) ?? ''}:${frame.lineNumber}`);
    }
    for (const name of met) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 40)
    .map(([name, count]) => `${count} ${name}`);
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

async function stretches(): Promise<Pick<HostFigures, 'idle' | 'resident'>> {
  await delay(SETTLE_MS);
  const [idle, resident]: [number[], number[]] = [[], []];
  for (let stretch = 0; stretch < STRETCHES; stretch += 1) {
    idle.push(await idleCpu());
    resident.push(process.memoryUsage.rss() / 1e6);
  }
  return { idle, resident };
}

/** Locks that a farm of its own holds below the workspace. */
async function farm(
  stage: Stage,
  locks: number,
  processes: number,
): Promise<{ stage: Stage; files: readonly string[] }> {
  const own = Stage.open(stage.subfolder(`farm-${locks}`));
  const { files } = await startLockFarm(own, { locks, processes });
  return { stage: own, files };
}

const all = (count: number, state: string): Promise<unknown> =>
  snapshotWhere(
    ({ services }) => services.length === count && services.every((service) => service.state === state),
    () => `${count} services were never all ${state}`,
    60_000,
  );

async function idleFigures(stage: Stage): Promise<HostFigures> {
  const { files, stage: farmed } = await farm(stage, 20, 10);
  await useServices(files);
  await all(20, 'held');
  const [before, at] = [workerCpu(), performance.now()];
  const figures = await stretches();
  const ours = ((workerCpu() - before) * 100) / (performance.now() - at);
  await farmed.close();
  return { ...figures, ours };
}

async function blocks(stage: Stage): Promise<Blocks> {
  await vscode.commands.executeCommand('instanceMonitor.services.focus');
  const many = await farm(stage, 1000, 100);
  const configure = await longestBlock(async () => {
    await useServices(many.files);
    await all(1000, 'held');
    await delay(HISTORY_MS);
  });
  await delay(SETTLE_MS);
  const steady = await longestBlock(() => delay(2 * STRETCH_MS));
  const release = await longestBlock(async () => {
    await many.stage.close();
    await snapshotWhere(({ services }) => services.every((service) => service.state !== 'held'));
    await delay(HISTORY_MS);
  });
  const history = await longestBlock(() => fullHistories(stage));
  const heldLocks = await longestBlock(() => manyHeldLocks(stage));
  return { configure, steady, release, history, heldLocks };
}

/** 500 services whose histories are full, each of which changes once more; and the page that shows all of them. */
async function fullHistories(stage: Stage): Promise<void> {
  await useServices([]);
  await snapshotWhere(({ services }) => services.length === 0);
  const files = Array.from({ length: HISTORIES }, (_, index) => stage.path(`history-${index}.lock`));
  await useServices(files);
  await snapshotWhere(({ services }) => services.length === HISTORIES);
  await delay(HISTORY_MS);
  await fillHistories();
  await useServices([]);
  await snapshotWhere(({ services }) => services.length === 0);
  for (const file of files) writeFileSync(file, '');
  await useServices(files);
  await snapshotWhere(
    ({ services }) => services.length === HISTORIES && services.every(({ state }) => state === 'free'),
  );
  await delay(HISTORY_MS);
  await vscode.commands.executeCommand('instanceMonitor.showHistory');
  await delay(HISTORY_MS);
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** As they are kept: a file for each service below the storage of the workspace. */
async function fillHistories(): Promise<void> {
  const found = await vscode.commands.executeCommand<string | undefined>('apiConsumer.storage');
  if (found === undefined) throw new Error('the folder of the histories is not known');
  const folder = path.join(path.dirname(found), 'instance-monitor.instance-monitor', 'history');
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  if (names.length < HISTORIES) throw new Error(`${names.length} of ${HISTORIES} histories are kept`);
  for (const name of names) {
    const file = path.join(folder, name);
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { events: unknown[] };
    const at = Date.now() - 1e7;
    kept.events = Array.from({ length: 200 }, (_, index) => ({
      at: at + index,
      kind: 'state',
      text: `made for the bench, number ${index}: held by pid ${1000 + index}, python3 bot.py --config bench.toml`,
    }));
    writeFileSync(file, JSON.stringify(kept));
  }
}

async function manyHeldLocks(stage: Stage): Promise<void> {
  await useServices([]);
  await snapshotWhere(({ services }) => services.length === 0);
  const locks = await farm(stage, 2000, 100);
  await vscode.commands.executeCommand('instanceMonitor.heldLocks.focus');
  await vscode.commands.executeCommand('instanceMonitor.heldLocks.byFile');
  await delay(STRETCH_MS);
  await vscode.commands.executeCommand('instanceMonitor.heldLocks.byProcess');
  await delay(STRETCH_MS);
  await locks.stage.close();
  await delay(HISTORY_MS);
}

/** What the host calls. */
export async function run(): Promise<void> {
  const { report } = hostContext();
  const stage = Stage.open(workspaceFolder());
  try {
    const figures = await measured(process.env['BENCH_HOST'], stage);
    writeFileSync(report, JSON.stringify({ passed: 1, failed: [], skipped: [], figures }));
  } finally {
    await stage.close();
  }
}

function measured(mode: string | undefined, stage: Stage): Promise<HostFigures | Blocks> {
  switch (mode) {
    case 'idle':
      return idleFigures(stage);
    case 'blocks':
      return blocks(stage);
    default:
      return stretches();
  }
}
