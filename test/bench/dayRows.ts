/** Whether the worker stays as it is through a day: memory and descriptors, in time-lapse. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { startLockFarm } from '../fixtures/farm';
import { Stage } from '../fixtures/stage';
import type { DayFigures, DayInput } from './day';
import { bundle, runOf, type Revision } from './revision';
import { atLeast, atMost, type Row } from './table';

const HELD = 15;
const CHANGING = 5;

export async function dayRows(revision: Revision, base: string): Promise<Row[]> {
  const dist = join(base, `day-${revision.name}`.replace(/\W+/g, '-'));
  await runOf(revision, 'esbuild.mjs', `--outdir=${dist}`);
  const program = await bundle('day.ts', base, revision);
  const stage = Stage.open();
  try {
    const { files: held } = await startLockFarm(stage, { locks: HELD, processes: 5 });
    const input: DayInput = { worker: join(dist, 'observer.js'), held, changing: CHANGING };
    return rowsOf(await dayOf(program, input));
  } finally {
    await stage.close();
  }
}

function dayOf(program: string, input: DayInput): Promise<DayFigures> {
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, ['--expose-gc', program], (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as DayFigures);
      else reject(new Error(stderr || error.message));
    });
    child.stdin?.end(JSON.stringify(input));
  });
}

function rowsOf({ checks, changes, told, workerHeap, resident, descriptors }: DayFigures): Row[] {
  const name = `${HELD + CHANGING} services through a day, ${checks} checks in time-lapse`;
  const grown = ({ first, last }: { first: number; last: number }): string =>
    `${first.toFixed(2)} → ${last.toFixed(2)}`;
  return [
    atLeast(`${name}: snapshots that told of a change`, told, checks / 100, '', {
      digits: 0,
      note: `locks taken ${changes} times`,
    }),
    // 20 bytes leaked by each check would be more than this.
    atMost(`${name}: growth of the worker's heap`, workerHeap.last - workerHeap.first, 0.3, 'MB', {
      note: grown(workerHeap),
    }),
    atMost(`${name}: growth of the resident set`, resident.last - resident.first, 10, 'MB', {
      digits: 1,
      note: grown(resident),
    }),
    atMost(
      `${name}: growth of open descriptors (without one for each program of the machine)`,
      descriptors.last - descriptors.first,
      0,
      '',
      {
        digits: 0,
        note: grown(descriptors),
      },
    ),
  ];
}
