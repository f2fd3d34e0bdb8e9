/**
 * Runs inside a real extension host, beside the extension, and writes what it measured there. `BENCH_HOST` is `with` or
 * `without` (the extension).
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { startLockFarm } from '../fixtures/farm';
import { Stage } from '../fixtures/stage';
import { snapshotWhere, useServices, workspaceFolder } from '../vscode/monitor';
import { hostContext } from '../vscode/runner';

export interface HostFigures {
  /** Shares of a core, %, one for each stretch of time; `paused` and `watching` take turns. */
  idle: { paused: number[]; watching: number[] };
  /** ms; only with the extension. */
  blocks?: { paused: number[]; watching: number[]; appearing: number; vanishing: number };
}

const SETTLE_MS = 15_000;
/** The host does things of its own now and then: many short stretches, of which the median counts. */
const STRETCH_MS = 10_000;
const STRETCHES = 6;
const STEP_MS = 1;

/** CPU of this process, all its threads, while nothing happens: % of a core. */
async function idleCpu(ms: number): Promise<number> {
  const [cpu, at] = [process.cpuUsage(), performance.now()];
  await delay(ms);
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / 10 / (performance.now() - at);
}

/** The longest time that the main thread's event loop was not free meanwhile, ms. */
async function longestBlock(meanwhile: () => Promise<unknown>): Promise<number> {
  const histogram = monitorEventLoopDelay({ resolution: STEP_MS });
  histogram.enable();
  await meanwhile();
  histogram.disable();
  return histogram.max / 1e6 - STEP_MS;
}

async function inTurns(measure: () => Promise<number>): Promise<{ paused: number[]; watching: number[] }> {
  const figures = { paused: [] as number[], watching: [] as number[] };
  for (let stretch = 0; stretch < STRETCHES; stretch += 1) {
    await vscode.commands.executeCommand('instanceMonitor.pause');
    figures.paused.push(await measure());
    await vscode.commands.executeCommand('instanceMonitor.resume');
    figures.watching.push(await measure());
  }
  return figures;
}

async function withoutTheExtension(): Promise<HostFigures> {
  await delay(SETTLE_MS);
  const paused: number[] = [];
  for (let stretch = 0; stretch < STRETCHES; stretch += 1) paused.push(await idleCpu(STRETCH_MS));
  return { idle: { paused, watching: [] } };
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
    await delay(SETTLE_MS);
    const idle = await inTurns(() => idleCpu(STRETCH_MS));
    await few.close();

    await useServices([]);
    await snapshotWhere(({ services }) => services.length === 0);
    let many: Stage | undefined;
    const appearing = await longestBlock(async () => {
      many = await watch(1000, 100, 'many');
      await all(1000, 'held');
    });
    await delay(SETTLE_MS);
    const steady = await inTurns(() => longestBlock(() => delay(STRETCH_MS)));
    const vanishing = await longestBlock(async () => {
      await many?.close();
      await snapshotWhere(({ services }) => services.every((service) => service.state !== 'held'));
    });
    return { idle, blocks: { ...steady, appearing, vanishing } };
  } finally {
    await stage.close();
  }
}

/** What the host calls. */
export async function run(): Promise<void> {
  const { report } = hostContext();
  const figures =
    process.env['BENCH_HOST'] === 'with' ? await withTheExtension() : await withoutTheExtension();
  writeFileSync(report, JSON.stringify({ passed: 1, failed: [], skipped: [], figures }));
}
