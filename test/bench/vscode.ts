/** The figures that only a real VS Code can give: idle CPU, activation, event-loop blocks. */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { bundleHostModule } from '../harness/hostBundle';
import { projectRoot } from '../harness/paths';
import { releases } from '../harness/prepare';
import { runInHost } from '../harness/runInHost';
import { noPresets } from '../ui/setUp';
import { measureActivations, measureFirstRows } from './activation';
import { median } from './cpu';
import type { Block } from './blocks';
import type { Blocks, HostFigures } from './inHost';
import { runOf, thisRevision, type Revision } from './revision';
import { atMost, figure, type Row } from './table';

const INTERVAL_MS = 2000;
const STARTS = Number(process.env['STARTS'] ?? 9);
const vscodeName = `VS Code ${releases.newest.vscode}`;

/** What a revision ships, for the parts that run it. */
export async function vsixOf(revision: Revision, base: string): Promise<string> {
  const given = process.env['BENCH_VSIX'];
  if (given !== undefined && revision.name === thisRevision.name) return given;
  const folder = path.join(base, `vsix-${revision.name}`.replace(/\W+/g, '-'));
  mkdirSync(folder, { recursive: true });
  await runOf(revision, '.ci/package.mjs', `--out-dir=${folder}`);
  const made = readdirSync(folder).find((name) => name.endsWith('.vsix'));
  if (made === undefined) throw new Error(`${revision.name} made no package`);
  return path.join(folder, made);
}

export const sizeRows = (vsix: string): Row[] => [
  figure('VSIX for this machine, with what is built of fs-ext', statSync(vsix).size / 1000, 'kB'),
];

/** Runs `inHost.ts` in an extension host; `vsix`: with the extension. */
async function inHost<Figures>(mode: 'none' | 'idle' | 'blocks', vsix?: string): Promise<Figures> {
  const module = await bundleHostModule(path.join(projectRoot, 'test', 'bench', 'inHost.ts'));
  try {
    const count = await runInHost({
      version: 'newest',
      module,
      extensionDevelopmentPath: path.join(projectRoot, 'test', 'fixtures', 'api-consumer'),
      ...(vsix === undefined ? {} : { vsix: [vsix] }),
      env: {
        BENCH_HOST: mode,
        ...(process.env['BENCH_EXPLAIN'] === undefined ? {} : { BENCH_EXPLAIN: '1' }),
      },
      settings: noPresets,
      // It writes nothing until it is done.
      silenceMs: 600_000,
    });
    return (count as typeof count & { figures: Figures }).figures;
  } finally {
    rmSync(path.dirname(module), { recursive: true, force: true });
  }
}

/** Processor and memory while nothing happens, with the extension and without. */
export async function idleRows(vsix: string): Promise<Row[]> {
  const without = await inHost<HostFigures>('none');
  const { idle, resident, ours } = await inHost<HostFigures>('idle', vsix);
  const name = `${vscodeName}, 20 services, ${INTERVAL_MS} ms`;
  return [
    atMost(`${name}: CPU of our thread while nothing changes`, ours, 0.2, '% of a core', {
      digits: 3,
      note: `the whole host ${median(idle).toFixed(1)} with us, ${median(without.idle).toFixed(1)} without, ± 1`,
    }),
    atMost(
      `${name}: resident memory beyond a host without us`,
      median(resident) - median(without.resident),
      25,
      'MB',
      {
        digits: 1,
        note: `${median(resident).toFixed(0)} − ${median(without.resident).toFixed(0)}`,
      },
    ),
  ];
}

export async function blockRows(vsix: string): Promise<Row[]> {
  const { configure, steady, release, history, heldLocks } = await inHost<Blocks>('blocks', vsix);
  const block = (what: string, { running, why, wall, where = [] }: Block, limit: number): Row =>
    atMost(`${vscodeName}, longest block of the main thread: ${what}`, running, limit, 'ms', {
      digits: 1,
      note: why ?? [`by the clock ${wall.toFixed(1)}`, ...where].join('\n    '),
    });
  return [
    block('1,000 services, 20 s of steady ticks', steady, 1),
    block('1,000 services are configured and appear', configure, 5),
    block('1,000 services are released at once', release, 5),
    block('500 services with full histories change, and are shown', history, 5),
    block('2,000 held locks are shown, grouped and let go', heldLocks, 5),
  ];
}

export async function activationRows(vsix: string, base: string): Promise<Row[]> {
  const rows: Row[] = [];
  const list = (values: readonly number[]): string => values.join(', ');
  for (const version of ['newest', 'floor'] as const) {
    const { vscode, ours, idle } = await measureActivations(vsix, version, base, STARTS);
    const beyond = ours.map((ms, start) => ms - (idle[start] ?? NaN));
    rows.push(
      atMost(`VS Code ${vscode}: activation beyond an extension that does nothing`, median(beyond), 8, 'ms', {
        digits: 0,
        note: `median of ${STARTS} starts: ${list(ours)}; that one ${list(idle)}`,
      }),
    );
  }
  const firstRows = await measureFirstRows(vsix, base, STARTS);
  rows.push(
    figure(`${vscodeName}: from the start of its host to the first true snapshot`, median(firstRows), 'ms', {
      digits: 0,
      note: list(firstRows),
    }),
  );
  return rows;
}
