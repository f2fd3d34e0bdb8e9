/** What Held Locks costs beside processes with many open files; the revisions at the same time, as the machine changes. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startLockFarm } from '../fixtures/farm';
import { Stage } from '../fixtures/stage';
import type { HeldFigures } from './held';
import { bundle, type Revision } from './revision';
import { atMost, figure, type Row } from './table';

const LOCKS = 50;
const OPEN = 30_000;
const PROCESSES = 10;

export async function heldRows(revisions: readonly Revision[], folder: string): Promise<Row[][]> {
  const programs = await Promise.all(revisions.map((revision) => bundle('held.ts', folder, revision)));
  const stage = Stage.open();
  try {
    await startLockFarm(stage, { locks: LOCKS, processes: PROCESSES, open: OPEN });
    const run = promisify(execFile);
    const printed = await Promise.all(programs.map((program) => run(process.execPath, [program])));
    return printed.map(({ stdout }) => rowsOf(JSON.parse(stdout) as HeldFigures));
  } finally {
    await stage.close();
  }
}

function rowsOf({ locks, median, floor, longest, fdinfo, links, rounds, unchanged }: HeldFigures): Row[] {
  const name = `Held Locks, ${LOCKS} locks beside ${OPEN} open files`;
  return [
    atMost(`${name}: a list against a read of the table, CPU`, median / floor, 2, '×', {
      note: `${median} / ${floor} µs, longest ${longest} µs; ${locks} locks on this machine, unchanged in ${unchanged} of ${rounds}`,
    }),
    figure(`${name}: reads of fdinfo in a list`, fdinfo / rounds, '', { digits: 2 }),
    figure(`${name}: links of descriptors read in a list`, links / rounds, ''),
  ];
}
