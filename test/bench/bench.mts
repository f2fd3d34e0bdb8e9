/**
 * `npm run bench [-- --against REV] [--only PART,…]`: one run, one table, the budgets beside the figures, and the same of
 * another revision in a column of its own. What was not measured is said to be so, and meets no budget.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/common/errors';
import { serverUnavailable } from '../harness/prepare';
import { bundleRows } from './bundleSize';
import { dayRows } from './dayRows';
import { heldRows } from './heldRows';
import { languageRows } from './language';
import { latencyRows } from './latency';
import { portRows } from './ports';
import { probeRows } from './probeHold';
import { checkOut, thisRevision, type Revision } from './revision';
import { isMet, notMeasured, tableOf, type Row } from './table';
import { terminalRows } from './terminal';
import { tickRows } from './ticks';
import { activationRows, blockRows, idleRows, sizeRows, vsixOf } from './vscode';
import { windowsRows } from './windows';

/** Rows for each of the revisions. */
type Part = (revisions: readonly Revision[], folder: string) => Promise<Row[][]>;

/** The row of a part that failed; the whole reason, which may be a host's log, goes to the console. */
function failed(name: string, error: unknown): Row[] {
  const why = messageOf(error);
  console.error(why);
  return [notMeasured(name, why.split('\n', 1)[0] ?? '')];
}

/** What one of the revisions cannot measure takes nothing from the others. */
const each =
  (name: string, rows: (revision: Revision, folder: string) => Promise<Row[]>): Part =>
  async (revisions, folder) => {
    const all: Row[][] = [];
    for (const revision of revisions) {
      all.push(await rows(revision, folder).catch((error: unknown) => failed(name, error)));
    }
    return all;
  };

const packaged = new Map<string, Promise<string>>();
const inVsCode = (name: string, rows: (vsix: string, folder: string) => Promise<Row[]> | Row[]): Part =>
  each(name, async (revision, folder) => {
    const why = serverUnavailable();
    if (why !== undefined) return [notMeasured('in a real VS Code', why)];
    const vsix = packaged.get(revision.name) ?? vsixOf(revision, folder);
    packaged.set(revision.name, vsix);
    return rows(await vsix, folder);
  });

const PARTS = new Map<string, Part>([
  ['ticks', tickRows],
  ['held', heldRows],
  // No revision before knew ports.
  ['ports', async (revisions, folder) => [await portRows(folder), ...revisions.slice(1).map(() => [])]],
  ['bundle', each('bundle', bundleRows)],
  ['probe', async (revisions) => [await probeRows(), ...revisions.slice(1).map(() => [])]],
  ['memory', each('memory', dayRows)],
  ['size', inVsCode('size', sizeRows)],
  ['activation', inVsCode('activation', activationRows)],
  ['blocks', inVsCode('blocks', blockRows)],
  ['language', inVsCode('language', languageRows)],
  ['idle', inVsCode('idle', idleRows)],
  ['windows', inVsCode('windows', windowsRows)],
  ['latency', inVsCode('latency', latencyRows)],
  ['terminal', inVsCode('terminal', terminalRows)],
]);

const { values } = parseArgs({ options: { against: { type: 'string' }, only: { type: 'string' } } });
const wanted = values.only?.split(',') ?? [...PARTS.keys()];
const unknown = wanted.filter((name) => !PARTS.has(name));
if (unknown.length > 0) throw new Error(`no part ${unknown.join(', ')}: ${[...PARTS.keys()].join(', ')}`);

const out = resolve(import.meta.dirname, '../../out');
// In the clone, so that the programs find node_modules.
mkdirSync(out, { recursive: true });
const folder = mkdtempSync(join(out, 'bench-'));
try {
  const revisions = [
    thisRevision,
    ...(values.against === undefined ? [] : [checkOut(values.against, folder)]),
  ];
  const columns = new Map<string, Row[]>(revisions.map(({ name }) => [name, []]));
  for (const name of wanted) {
    const from = performance.now();
    const rows = await PARTS.get(name)?.(revisions, folder).catch((error: unknown) =>
      revisions.map(() => failed(name, error)),
    );
    revisions.forEach((revision, index) => columns.get(revision.name)?.push(...(rows?.[index] ?? [])));
    console.error(`${name}: ${((performance.now() - from) / 1000).toFixed(0)} s`);
  }
  console.log(tableOf(columns));
  const ours = columns.get(thisRevision.name) ?? [];
  process.exitCode = ours.some((row) => isMet(row) === false) ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
