/**
 * What the active probe costs others: how long it holds a free lock, and how many starts it refuses. Both run the
 * probe that ships, in this process, against a starter in another.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createActiveProbe } from '../../src/os/probe/index';
import { fsExtFiles, loadFsExt, LOCK_SH, LOCK_UN, type FsExt } from '../../src/os/probe/fsExt';
import { probeFile } from '../../src/os/probe/probeFile';
import { atLeast, figure, notMeasured, type Row } from './table';

const root = path.join(import.meta.dirname, '../..');

export interface ProbeHold {
  /** µs from the lock granted to the lock given back. */
  hold: { median: number; p99: number; max: number };
  /** µs of the whole probe: look, open, lock, unlock, close. */
  whole: { median: number; p99: number };
  rounds: number;
}

export interface RefusedStarts {
  how: string;
  probes: number;
  starts: number;
  refused: number;
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** Answers why not when there is no fs-ext here. */
function fsExtHere(): FsExt | string {
  const loaded = loadFsExt(root);
  return loaded.ok ? loaded.fsExt : loaded.reason;
}

export function measureProbeHold(rounds = 20_000): ProbeHold | string {
  const fsExt = fsExtHere();
  if (typeof fsExt === 'string') return fsExt;
  const folder = mkdtempSync(path.join(tmpdir(), 'instance-monitor-probe-'));
  try {
    const file = path.join(folder, 'a.lock');
    writeFileSync(file, '');
    const holds: number[] = [];
    const wholes: number[] = [];
    let granted = 0;
    const timed: FsExt = {
      flock(fd, operation) {
        fsExt.flock(fd, operation);
        if ((operation & LOCK_SH) !== 0) granted = performance.now();
        else if (operation === LOCK_UN) holds.push((performance.now() - granted) * 1000);
      },
    };
    for (let round = 0; round < rounds; round += 1) {
      const started = performance.now();
      if (probeFile({ flock: timed }, file).answer !== 'free') {
        return 'the probe did not find a free file free';
      }
      wholes.push((performance.now() - started) * 1000);
    }
    holds.sort((a, b) => a - b);
    wholes.sort((a, b) => a - b);
    return {
      hold: { median: at(holds, 0.5), p99: at(holds, 0.99), max: holds.at(-1) ?? 0 },
      whole: { median: at(wholes, 0.5), p99: at(wholes, 0.99) },
      rounds,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Open, LOCK_EX | LOCK_NB, close, back to back, for that many ms. */
const STARTER = `
const fs = require('node:fs');
const [binary, file, ms] = process.argv.slice(1);
const module_ = { exports: {} };
process.dlopen(module_, binary);
const { flock } = module_.exports;
let starts = 0, refused = 0;
process.stdout.write('ready\\n');
const until = performance.now() + Number(ms);
while (performance.now() < until) {
  for (let i = 0; i < 1000; i++) {
    const fd = fs.openSync(file, 'r');
    try { flock(fd, 6); } catch { refused++; }
    fs.closeSync(fd);
    starts++;
  }
}
process.stdout.write(JSON.stringify({ starts, refused }));
`;

/**
 * `shipped`: asked four times a second, at the pace the extension keeps. A number: a bare probe every so many ms, 0 in
 * a tight loop, as a control.
 */
export async function measureRefusedStarts(
  how: 'shipped' | number,
  ms: number,
): Promise<RefusedStarts | string> {
  const fsExt = fsExtHere();
  if (typeof fsExt === 'string') return fsExt;
  const folder = mkdtempSync(path.join(tmpdir(), 'instance-monitor-probe-'));
  try {
    const file = path.join(folder, 'a.lock');
    writeFileSync(file, '');
    const binary = fsExtFiles(root).find((candidate) => existsSync(candidate)) ?? '';
    const child = spawn(process.execPath, ['-e', STARTER, binary, file, String(ms)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8');
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (text: string) => {
        said += text;
        if (said.startsWith('ready\n')) resolve();
      });
      child.once('close', () => resolve());
    });
    let probes = 0;
    const counting: FsExt = {
      flock(fd, operation) {
        if ((operation & LOCK_SH) !== 0) probes += 1;
        fsExt.flock(fd, operation);
      },
    };
    const paced = createActiveProbe(root, undefined, undefined, counting);
    const look = (): void => {
      if (how === 'shipped') paced.probe(file);
      else probeFile({ flock: counting }, file);
    };
    const every = how === 'shipped' ? 250 : how;
    while (child.exitCode === null && child.signalCode === null) {
      look();
      if (every === 0) {
        for (let burst = 0; burst < 1000; burst += 1) look();
        await new Promise((resolve) => setImmediate(resolve));
      } else {
        await Promise.race([delay(every), ended]);
      }
    }
    await ended;
    const counts = JSON.parse(said.slice('ready\n'.length)) as { starts: number; refused: number };
    return { how: how === 'shipped' ? how : `every ${how} ms`, probes, ...counts };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** For the table of `npm run bench`. */
export async function probeRows(): Promise<Row[]> {
  const hold = measureProbeHold();
  if (typeof hold === 'string') return [notMeasured('active probe', hold)];
  const rows: Row[] = [
    figure('active probe: holds a free lock for, median', hold.hold.median, 'µs', {
      note: `99 % below ${hold.hold.p99.toFixed(1)}, longest ${hold.hold.max.toFixed(0)}`,
    }),
    figure('active probe: the whole of it, median', hold.whole.median, 'µs', {
      digits: 0,
      note: `99 % below ${hold.whole.p99.toFixed(0)}`,
    }),
  ];
  for (const [how, ms] of [
    ['shipped', 30_000],
    [10, 5_000],
    [0, 3_000],
  ] as const) {
    const counts = await measureRefusedStarts(how, ms);
    const what = `active probe ${how === 'shipped' ? 'as shipped' : `as a control, every ${how} ms`}: starts refused`;
    if (typeof counts === 'string') {
      rows.push(notMeasured(what, counts));
      continue;
    }
    const { starts, refused, probes } = counts;
    const extra = { digits: 0, note: `of ${starts}, ${probes} probes` };
    // The control has to refuse some, or nothing was measured.
    rows.push(how === 0 ? atLeast(what, refused, 1, '', extra) : figure(what, refused, '', extra));
  }
  return rows;
}
