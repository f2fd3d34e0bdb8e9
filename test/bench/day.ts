/**
 * One process that lets the worker that ships watch for a day in time-lapse: each check is made at once, and the thread's
 * clocks are set forwards by the interval before it. Reads a `DayInput` from standard input,
 * prints one JSON line of `DayFigures`.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import { MonitorClient } from '../../src/monitor/client';
import type { Service } from '../../src/model/service';
import { Churner } from '../fixtures/farm';
import { Stage } from '../fixtures/stage';
import { median } from './cpu';

export interface DayInput {
  /** The bundled thread, `observer.js`. */
  worker: string;
  /** Files that are held all day. */
  held: readonly string[];
  /** How many more are taken and released all day. */
  changing: number;
}

export interface DayFigures {
  checks: number;
  /** Changes that were made, and snapshots that told of one. */
  changes: number;
  told: number;
  /** MB, medians of the first and the last quarter of the second half of the day. */
  workerHeap: { first: number; last: number };
  resident: { first: number; last: number };
  descriptors: { first: number; last: number };
}

const INTERVAL_MS = 2000;
const CHECKS = Number(process.env['DAY_CHECKS'] ?? (24 * 3_600_000) / INTERVAL_MS);
/** Half of the day: until then V8 compiles what has become hot, and grows its young generation. */
const WARM_UP = Math.floor(CHECKS / 2);
const SAMPLE_EVERY = Math.max(1, Math.floor((CHECKS - WARM_UP) / 48));

interface Told {
  heap: number;
}

const { worker, held, changing } = JSON.parse(fs.readFileSync(0, 'utf8')) as DayInput;
const stage = Stage.open();
const clock = new BroadcastChannel('bench-day');

/** Loads the worker after what sets its clocks, and tells its heap, which no one else can ask for on Node 20. */
function instrumented(): string {
  const file = stage.file('instrumented.cjs');
  fs.writeFileSync(
    file,
    `const { BroadcastChannel } = require('node:worker_threads');
     const channel = new BroadcastChannel('bench-day');
     channel.unref();
     const [wall, monotonic] = [Date.now, performance.now.bind(performance)];
     let ahead = 0;
     Date.now = () => wall() + ahead;
     performance.now = () => monotonic() + ahead;
     channel.onmessage = ({ data }) => {
       if (data.ahead !== undefined) { ahead = data.ahead; channel.postMessage({ ahead }); }
       else { globalThis.gc(); channel.postMessage({ heap: process.memoryUsage().heapUsed }); }
     };
     channel.postMessage({ ready: true });
     require(${JSON.stringify(worker)});`,
  );
  return file;
}

const heard = <Answer>(): Promise<Answer> =>
  new Promise((resolve) => {
    clock.onmessage = (message) => resolve((message as { data: Answer }).data);
  });

function asked<Answer>(question: object): Promise<Answer> {
  const answer = heard<Answer>();
  clock.postMessage(question);
  return answer;
}

const serviceOf = (lockFile: string): Service => ({
  id: lockFile,
  name: path.basename(lockFile),
  lockFiles: [lockFile],
  pidFiles: [],
  maxInstances: 1,
  origin: { kind: 'setting', index: 0, folder: undefined },
});

interface Sample {
  heap: number;
  resident: number;
  descriptors: number;
}

/** All but those kept for the programs of the machine, one each: how many run is no one's leak. */
function descriptors(): number {
  return fs.readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return !fs.readlinkSync(`/proc/self/fd/${fd}`).endsWith('/schedstat');
    } catch {
      return false; // the directory itself
    }
  }).length;
}

async function sample(): Promise<Sample> {
  const { heap } = await asked<Told>({});
  globalThis.gc?.();
  return {
    heap,
    resident: process.memoryUsage.rss(),
    descriptors: descriptors(),
  };
}

const problems: string[] = [];
const client = new MonitorClient({
  workerFile: instrumented(),
  l10nContents: undefined,
  historyFolder: stage.path('history'),
  cleanUpFolder: stage.path('clean-up'),
  onRecovery: () => undefined,
  log: (level, message) => {
    if (level === 'error' || level === 'warn') problems.push(message);
  },
});
const samples: Sample[] = [];
let told = 0;
const changes: number[] = [];
try {
  const churner = await Churner.start(stage, { count: changing, everyMs: 20, batch: 1 });
  client.onDidChange(() => (told += 1));
  // Only the checks that are asked for.
  client.pause();
  const services = [...held, ...churner.files].map(serviceOf);
  const isReady = heard<object>();
  client.configure({ services, pollIntervalMs: INTERVAL_MS, activeProbe: 'never' });
  await isReady;
  await churner.begin();
  for (let check = 0; check < CHECKS; check += 1) {
    await asked<object>({ ahead: check * INTERVAL_MS });
    await client.refresh();
    if (check >= WARM_UP && check % SAMPLE_EVERY === 0) samples.push(await sample());
  }
  changes.push((await churner.stop()).takes);
} finally {
  await client.dispose();
  clock.close();
  await stage.close();
}
if (problems.length > 0) throw new Error(problems.slice(0, 5).join('\n'));

const quarter = Math.floor(samples.length / 4);
const growth = (of: (one: Sample) => number): { first: number; last: number } => ({
  first: median(samples.slice(0, quarter).map(of)),
  last: median(samples.slice(-quarter).map(of)),
});
const figures: DayFigures = {
  checks: CHECKS,
  changes: changes[0] ?? NaN,
  told,
  workerHeap: growth(({ heap }) => heap / 1e6),
  resident: growth(({ resident }) => resident / 1e6),
  descriptors: growth(({ descriptors }) => descriptors),
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
