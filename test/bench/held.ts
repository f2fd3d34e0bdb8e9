/**
 * One process that measures the list of Held Locks beside processes with many open files, as it is while nothing on the
 * machine changes. Prints one JSON line of `HeldFigures`.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { createHeartbeat, useHeartbeat } from '../../src/os/heartbeat';
import { createPlatform } from '../../src/os/index';
import { median, ownCpu } from './cpu';

export interface HeldFigures {
  locks: number;
  /** CPU of one list, µs. */
  median: number;
  longest: number;
  /** The table read and compared, nothing else, µs, CPU. */
  floor: number;
  /** Reads of fdinfo in all rounds. */
  fdinfo: number;
  /** Links of descriptors read in all rounds. */
  links: number;
  rounds: number;
  /** Rounds at which the whole machine's table was as at the one before. */
  unchanged: number;
}

const ROUNDS = Number(process.env['ROUNDS'] ?? 60);
/** At the pace of the view, made shorter: the table's first read after some idle time costs more. */
const PAUSE_MS = 120;
const WARM_UP = 12;

const counted = { fdinfo: 0, links: 0 };
const { openSync, readlinkSync } = fs;
fs.openSync = (path, ...rest) => {
  if (String(path).includes('/fdinfo/')) counted.fdinfo += 1;
  return openSync(path, ...rest);
};
fs.readlinkSync = ((path: string, ...rest: []) => {
  if (path.includes('/fd/')) counted.links += 1;
  return readlinkSync(path, ...rest);
}) as typeof fs.readlinkSync;
syncBuiltinESMExports();

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

useHeartbeat(createHeartbeat());
const observer = createPlatform().createObserver();
observer.configure([], { probe: undefined, probePolicy: 'never' });
let locks = 0;
for (let warm = 0; warm < WARM_UP; warm += 1) {
  await pause();
  await observer.tick();
  locks = (await observer.heldLocks(undefined)).length;
}
Object.assign(counted, { fdinfo: 0, links: 0 });
const spent: number[] = [];
const floors: number[] = [];
let unchanged = 0;
let table = Buffer.alloc(0);
for (let round = 0; round < ROUNDS; round += 1) {
  await pause();
  const floorStart = process.cpuUsage();
  const next = fs.readFileSync('/proc/locks');
  if (next.equals(table)) unchanged += 1;
  table = next;
  floors.push(ownCpu(floorStart));
  // As the worker does it, whether someone looks at the view or not.
  await observer.tick();
  await pause();
  const start = process.cpuUsage();
  await observer.heldLocks(undefined);
  spent.push(ownCpu(start));
}
observer.close();
const figures: HeldFigures = {
  locks,
  median: median(spent),
  longest: Math.max(...spent),
  floor: median(floors),
  ...counted,
  rounds: ROUNDS,
  unchanged,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
