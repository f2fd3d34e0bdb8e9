/**
 * Runs inside a real extension host, beside the extension, and writes what it measured there. `BENCH_HOST` is `idle` or
 * `blocks`; without the extension, `none`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { messageOf } from '../../src/common/errors';
import { startLockFarm } from '../fixtures/farm';
import { Stage } from '../fixtures/stage';
import { snapshotWhere, useServices, workspaceFolder } from '../vscode/monitor';
import { hostContext } from '../vscode/runner';
import { longestBlock, type Block } from './blocks';
import { fillHistories } from './fullHistories';

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
const HISTORIES = 500;
/** What changed is told in portions, and written down a while later: both belong to the change. */
const HISTORY_MS = 4000;

/** CPU of this process, all its threads, while nothing happens: % of a core. */
async function idleCpu(): Promise<number> {
  const [cpu, at] = [process.cpuUsage(), performance.now()];
  await delay(STRETCH_MS);
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / 10 / (performance.now() - at);
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

/** What a revision has no name for, or no file, takes nothing from the other situations. */
async function blockIn(situation: () => Promise<unknown>, mayBeIdle = false): Promise<Block> {
  try {
    return await longestBlock(situation, { mayBeIdle });
  } catch (error) {
    return { running: undefined, why: messageOf(error), wall: NaN };
  }
}

async function blocks(stage: Stage): Promise<Blocks> {
  await vscode.commands.executeCommand('instanceMonitor.services.focus');
  const many = await farm(stage, 1000, 100);
  const configure = await blockIn(async () => {
    await useServices(many.files);
    await all(1000, 'held');
    await delay(HISTORY_MS);
  });
  await delay(SETTLE_MS);
  const steady = await blockIn(() => delay(2 * STRETCH_MS), configure.running !== undefined);
  const release = await blockIn(async () => {
    await many.stage.close();
    await snapshotWhere(({ services }) => services.every((service) => service.state !== 'held'));
    await delay(HISTORY_MS);
  });
  const history = await blockIn(() => fullHistories(stage));
  const heldLocks = await blockIn(() => manyHeldLocks(stage));
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
  fillHistories(await historyFolder(), HISTORIES);
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

async function historyFolder(): Promise<string> {
  const found = await vscode.commands.executeCommand<string | undefined>('apiConsumer.storage');
  if (found === undefined) throw new Error('the folder of the histories is not known');
  return path.join(path.dirname(found), 'instance-monitor.instance-monitor', 'history');
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
