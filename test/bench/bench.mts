/** `npm run bench`: one run, one table of ratios, the budgets beside them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startLockFarm } from '../fixtures/farm';
import { Stage } from '../fixtures/stage';
import { bundle } from './bundle';
import { bundleRows } from './bundleSize';
import { competitors } from './competitors';
import { childrenCpu, median } from './cpu';
import { portRows } from './ports';
import { probeRows } from './probeHold';
import { atLeast, atMost, printTable, type Row } from './table';
import type { TickFigures } from './tick';
import { vscodeRows } from './vscode';

const root = join(import.meta.dirname, '../..');
const SIZES: readonly { locks: number; processes: number }[] = [
  { locks: 10, processes: 10 },
  { locks: 100, processes: 50 },
  { locks: 1000, processes: 100 },
  { locks: 5000, processes: 200 },
];

const rows: Row[] = [];
// In the clone, so that the programs find node_modules.
mkdirSync(join(root, 'out'), { recursive: true });
const folder = mkdtempSync(join(root, 'out', 'bench-'));

const measureTicks = (program: string, files: readonly string[]): TickFigures => {
  // A young generation large enough that no collection falls into a tick: allocation is then plain growth.
  const args = ['--max-semi-space-size=128', '--min-semi-space-size=128', program];
  const out = execFileSync(process.execPath, args, { input: JSON.stringify(files), cwd: root });
  return JSON.parse(out.toString()) as TickFigures;
};

const psList = async (): Promise<number> => {
  const { default: list } = await import('ps-list');
  const runs: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const before = childrenCpu();
    const own = process.cpuUsage();
    await list();
    const { user, system } = process.cpuUsage(own);
    runs.push(childrenCpu() - before + user + system);
  }
  return median(runs);
};

try {
  const program = await bundle('tick.ts', folder);
  const figures = new Map<number, TickFigures>();
  for (const { locks, processes } of SIZES) {
    const stage = Stage.open();
    try {
      const { files } = await startLockFarm(stage, { locks, processes });
      const tick = measureTicks(program, files);
      figures.set(locks, tick);
      const name = `${locks} locks, ${processes} processes`;
      if (tick.held !== locks) {
        rows.push({
          what: `${name}: holders found`,
          figure: `${tick.held} of ${locks}`,
          budget: 'all',
          met: false,
        });
      }
      const ratio = tick.steady / tick.floor;
      const what = `${name}: steady tick against the floor, CPU (${tick.steady} / ${tick.floor} µs)`;
      rows.push(
        locks >= 1000 ? atMost(what, ratio, 1.5, '×') : { what, figure: `${ratio.toFixed(2)} ×` },
        {
          what: `${name}: first tick against the floor, CPU`,
          figure: `${(tick.first / tick.floor).toFixed(1)} ×`,
        },
        {
          what: `${name}: allocated by a steady tick (one statSync per file alone: ${(tick.statsAllocated / 1024).toFixed(0)} KiB)`,
          figure: `${(tick.allocated / 1024).toFixed(0)} KiB`,
        },
        {
          what: `${name}: services that changed in steady ticks`,
          figure: String(tick.changedInSteady),
          budget: '0',
          met: tick.changedInSteady === 0,
        },
      );
      for (const { name: other, cpu, why } of competitors(files)) {
        const against = `${name}: ${other} against our steady tick, CPU`;
        if (cpu === undefined) {
          rows.push({ what: against, figure: `not measured: ${why ?? '?'}` });
        } else if (other === 'lslocks' && locks >= 1000) {
          rows.push(atLeast(against, cpu / tick.steady, locks === 1000 ? 8 : 12, '×'));
        } else {
          rows.push({ what: against, figure: `${(cpu / tick.steady).toFixed(1)} ×` });
        }
      }
      const list = await psList();
      rows.push({
        what: `${name}: ps-list (processes only, no locks) against our steady tick, CPU`,
        figure: `${(list / tick.steady).toFixed(1)} ×`,
      });
    } finally {
      await stage.close();
    }
  }
  const [small, large] = [figures.get(100), figures.get(5000)];
  if (small !== undefined && large !== undefined) {
    const exponent = Math.log(large.steady / small.steady) / Math.log(50);
    rows.push(atMost('growth from 100 to 5,000 services: exponent', exponent, 1.05, ''));
  }
  rows.push(...(await portRows(folder)));
  rows.push(...bundleRows(join(root, 'out/bench')));
  rows.push(...(await probeRows()), ...(await vscodeRows()));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
printTable(rows);
process.exitCode = rows.some(({ met }) => met === false) ? 1 : 0;
