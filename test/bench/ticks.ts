/** What ticks cost, against the floor and against the programs that people use today. */
import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import type psList from 'ps-list';
import { startLockFarm } from '../fixtures/farm';
import { Stage } from '../fixtures/stage';
import { projectRoot } from '../harness/paths';
import { competitors } from './competitors';
import { childrenCpu, median } from './cpu';
import { bundle, type Revision } from './revision';
import { atLeast, atMost, figure, notMeasured, type Row } from './table';
import type { TickFigures } from './tick';

interface Size {
  locks: number;
  processes: number;
  /** Limits of the first tick against the floor, and of lslocks against a steady one. */
  first?: number;
  lslocks?: number;
}

const SIZES: readonly Size[] = [
  { locks: 10, processes: 10 },
  { locks: 100, processes: 50 },
  { locks: 1000, processes: 100, first: 20, lslocks: 10 },
  { locks: 5000, processes: 200, first: 30, lslocks: 20 },
];
const STEADY_LIMIT = 1.2;

/** One farm for all revisions, which are measured one after the other. */
export async function tickRows(revisions: readonly Revision[], folder: string): Promise<Row[][]> {
  const rows: Row[][] = revisions.map(() => []);
  const steady = revisions.map(() => new Map<number, number>());
  for (const size of SIZES) {
    const stage = Stage.open();
    try {
      const { files } = await startLockFarm(stage, size);
      for (const [index, revision] of revisions.entries()) {
        const tick = await measured(revision, folder, files);
        steady[index]?.set(size.locks, tick.steady);
        rows[index]?.push(...rowsOf(size, tick), ...(await othersRows(size, tick, files)));
      }
    } finally {
      await stage.close();
    }
  }
  return rows.map((own, index) => [...own, growth(steady[index] ?? new Map())]);
}

/** Else the C library asks the system for large buffers or has them, by what the program did before: 4 ms of 34. */
const ONE_HEAP = { MALLOC_MMAP_THRESHOLD_: '33554432', MALLOC_TRIM_THRESHOLD_: '268435456' };

const WARM = path.join(import.meta.dirname, 'warm.mjs');

/** With this process above it, the monitor would take the farm's for its own, and look at it less. */
const APART = 'exec 3<&0; "$0" "$@" <&3 3<&- &';

async function measured(revision: Revision, folder: string, files: readonly string[]): Promise<TickFigures> {
  const program = await bundle('tick.ts', folder, revision);
  // A young generation large enough that no collection falls into a tick: allocation is then plain growth.
  const young = ['--max-semi-space-size=128', '--min-semi-space-size=128'];
  const args = [...young, '--import', pathToFileURL(WARM).href, program];
  const input = JSON.stringify(files);
  const env = { ...process.env, ...ONE_HEAP };
  const out = execFileSync('sh', ['-c', APART, process.execPath, ...args], {
    input,
    cwd: revision.root,
    env,
  });
  return JSON.parse(out.toString()) as TickFigures;
}

function rowsOf({ locks, processes, first }: Size, tick: TickFigures): Row[] {
  const name = `${locks} locks, ${processes} processes`;
  const made = (part: number): string => `${part} / ${tick.floor} µs`;
  const ofSteady = {
    what: `${name}: steady tick against the floor, CPU`,
    value: tick.steady / tick.floor,
    note: made(tick.steady),
  };
  const ofFirst = {
    what: `${name}: first tick against the floor, CPU`,
    value: tick.first / tick.floor,
    note: `${made(tick.first)}, ${tick.firstWall.toFixed(0)} ms until all are shown`,
  };
  return [
    locks >= 1000
      ? atMost(ofSteady.what, ofSteady.value, STEADY_LIMIT, '×', { note: ofSteady.note })
      : figure(ofSteady.what, ofSteady.value, '×', { note: ofSteady.note }),
    first === undefined
      ? figure(ofFirst.what, ofFirst.value, '×', { note: ofFirst.note })
      : atMost(ofFirst.what, ofFirst.value, first, '×', { digits: 1, note: ofFirst.note }),
    figure(`${name}: allocated by a steady tick`, tick.allocated / 1024, 'KiB', {
      digits: 0,
      note: `one statSync per file alone ${(tick.statsAllocated / 1024).toFixed(0)}`,
    }),
    atLeast(`${name}: holders found`, tick.held, locks, '', { digits: 0 }),
    atMost(`${name}: services that changed in steady ticks`, tick.changedInSteady, 0, '', { digits: 0 }),
  ];
}

async function othersRows(
  { locks, processes, lslocks }: Size,
  { steady }: TickFigures,
  files: readonly string[],
): Promise<Row[]> {
  const name = `${locks} locks, ${processes} processes`;
  const rows = competitors(files).map(({ name: other, cpu, why }) => {
    const what = `${name}: ${other} against our steady tick, CPU`;
    if (cpu === undefined) return notMeasured(what, why ?? 'no reason given');
    return other === 'lslocks' && lslocks !== undefined
      ? atLeast(what, cpu / steady, lslocks, '×')
      : figure(what, cpu / steady, '×');
  });
  const what = `${name}: ps-list (processes only, no locks) against our steady tick, CPU`;
  return [...rows, figure(what, (await psListCpu()) / steady, '×')];
}

async function psListCpu(): Promise<number> {
  // By its file: the loader that runs this one finds no package by its name from here.
  const file = pathToFileURL(path.join(projectRoot, 'node_modules/ps-list/index.js'));
  const { default: list } = (await import(file.href)) as { default: typeof psList };
  const runs: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const before = childrenCpu();
    const own = process.cpuUsage();
    await list();
    const { user, system } = process.cpuUsage(own);
    runs.push(childrenCpu() - before + user + system);
  }
  return median(runs);
}

function growth(steady: ReadonlyMap<number, number>): Row {
  const [small, large] = [steady.get(100), steady.get(5000)];
  const exponent =
    small === undefined || large === undefined ? undefined : Math.log(large / small) / Math.log(50);
  return atMost('growth from 100 to 5,000 services: exponent', exponent, 1.05, '');
}
