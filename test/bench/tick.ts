/**
 * One process that measures ticks over the lock files named on standard input (JSON array), and the floor beside
 * them: one read and parse of the lock table, one stat per file. Prints one JSON line of `TickFigures`.
 */
import * as fs from 'node:fs';
import { basename } from 'node:path';
import type { Service } from '../../src/model/service';
import { diagnose } from '../../src/model/diagnose';
import { createHeartbeat, useHeartbeat } from '../../src/os/heartbeat';
import { createPlatform } from '../../src/os/index';
import { median, ownCpu } from './cpu';

export interface TickFigures {
  /** CPU, µs. */
  floor: number;
  steady: number;
  first: number;
  /** Wall time, ms. */
  steadyWall: number;
  firstWall: number;
  /** Bytes allocated on the JavaScript heap by one steady tick; NaN where a collection came between. */
  allocated: number;
  /** The same for one stat per file by `fs.statSync`, which no watcher can do without. */
  statsAllocated: number;
  held: number;
  /** Services reported as changed by steady ticks: must be none. */
  changedInSteady: number;
}

const ROUNDS = Number(process.env['ROUNDS'] ?? 31);
/** The interval at which the kernel's idle wait shows, as it does in the field. */
const PAUSE_MS = 120;

const files = JSON.parse(fs.readFileSync(0, 'utf8')) as string[];
const services = files.map((file, index): Service => ({
  id: file,
  name: basename(file),
  lockFiles: [file],
  pidFiles: [],
  maxInstances: 1,
  origin: { kind: 'setting', index, folder: undefined },
}));

/** The least that any monitor of these files must do. */
const floorTick = (): number => {
  const held = new Map<string, string[]>();
  for (const line of fs.readFileSync('/proc/locks', 'latin1').split('\n')) {
    const fields = line.trim().split(/\s+/);
    const key = fields[5];
    if (key !== undefined) {
      held.set(key, fields);
    }
  }
  let sum = 0;
  for (const file of files) {
    sum += fs.statSync(file).ino;
  }
  return held.size + sum;
};

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

// As the worker does: it writes down what it touches, and knows which mounts may not answer.
useHeartbeat(createHeartbeat());
const observer = createPlatform({
  apart: { program: '', suspects: [], log: () => undefined, onMounts: () => undefined },
}).createObserver();
observer.configure(services, { probe: undefined, probePolicy: 'never' });

const startCpu = process.cpuUsage();
const startWall = performance.now();
const { changed } = await observer.tick();
const held = changed.map(diagnose).filter(({ state }) => state === 'held').length;
const first = ownCpu(startCpu);
const firstWall = performance.now() - startWall;

// The second and third look still settle (young processes, confirmation of holders): they are not steady.
for (let warm = 0; warm < 5; warm += 1) {
  await pause();
  (await observer.tick()).changed.map(diagnose);
  floorTick();
}

const floors: number[] = [];
const steadies: number[] = [];
const walls: number[] = [];
const allocations: number[] = [];
const statAllocations: number[] = [];
/** Calls `measure` with what the heap has grown meanwhile, unless a collection came between. */
const grownBy = async (work: () => unknown, measure: number[]): Promise<void> => {
  const heap = process.memoryUsage().heapUsed;
  await work();
  const grown = process.memoryUsage().heapUsed - heap;
  if (grown > 0) measure.push(grown);
};
let changedInSteady = 0;
for (let round = 0; round < ROUNDS; round += 1) {
  await pause();
  const floorStart = process.cpuUsage();
  floorTick();
  floors.push(ownCpu(floorStart));
  await pause();
  await grownBy(async () => {
    const wall = performance.now();
    const start = process.cpuUsage();
    const observation = await observer.tick();
    observation.changed.map(diagnose);
    steadies.push(ownCpu(start));
    walls.push(performance.now() - wall);
    changedInSteady += observation.changed.length;
  }, allocations);
  await grownBy(() => {
    for (const file of files) fs.statSync(file);
  }, statAllocations);
}
observer.close();

const figures: TickFigures = {
  floor: median(floors),
  steady: median(steadies),
  first,
  steadyWall: median(walls),
  firstWall,
  allocated: median(allocations),
  statsAllocated: median(statAllocations),
  held,
  changedInSteady,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
