/**
 * Daemons that start in a tight loop, and a monitor that looks at their locks meanwhile. `refusedStarts <how> <every ms>
 * <starts> <folder> <daemon> <daemons> <hold µs>`: how is `observer` (the extension's own), or a control: `probe SH` or
 * `probe EX` (open, LOCK_NB, close), or `fdinfo` (reads every fdinfo of every process at every look). Prints a line of
 * JSON.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from '../../src/model/service';
import { createPlatform } from '../../src/os/index';
import { flock, LOCK_EX, LOCK_NB, LOCK_SH } from './flock';

const [
  how = '',
  everyText = '',
  startsText = '',
  folder = '',
  daemon = '',
  daemonsText = '1',
  holdText = '0',
] = process.argv.slice(2);
const everyMs = Number(everyText);
const daemons = Number(daemonsText);
const locks = Array.from({ length: daemons }, (_, index) => `${folder}/daemon-${index}.lock`);

export interface RefusedStartsCounts {
  how: string;
  everyMs: number;
  starts: number;
  refused: number;
  looks: number;
  /** Looks that saw a lock held: the monitor really was looking. */
  sawHeld: number;
  /** Looks that saw a lock with its holder: it really looked into a process. */
  sawHolder: number;
  seconds: number;
}

interface Look {
  held: boolean;
  holder: boolean;
}

for (const lock of locks) fs.writeFileSync(lock, '');
const services = locks.map((lock, index): Service => ({
  id: `daemon-${index}`,
  name: `daemon-${index}`,
  lockFiles: [lock],
  pidFiles: [],
  maxInstances: 1,
  origin: { kind: 'setting', index, folder: undefined },
}));

function observe(): () => Promise<Look> {
  const observer = createPlatform().createObserver();
  observer.configure(services, {
    probe: () => Promise.reject(new Error('a passive observer must not probe')),
    probePolicy: 'never',
  });
  const seen = new Map<string, Look>();
  return async () => {
    const { changed } = await observer.tick();
    for (const { service, lockFiles } of changed) {
      const found = lockFiles.flatMap((file) => file.locks);
      seen.set(service.id, {
        held: found.length > 0,
        holder: found.some(({ holders }) => holders.length > 0),
      });
    }
    const all = [...seen.values()];
    return { held: all.some(({ held }) => held), holder: all.some(({ holder }) => holder) };
  };
}

function probe(operation: number): () => Promise<Look> {
  return () => {
    let held = false;
    for (const lock of locks) {
      const fd = fs.openSync(lock, 'r');
      held = !flock(fd, operation | LOCK_NB) || held;
      fs.closeSync(fd);
    }
    return Promise.resolve({ held, holder: false });
  };
}

/** As a monitor would that looks into every process every time. */
function readFdinfo(): () => Promise<Look> {
  return () => {
    let holder = false;
    for (const pid of list('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
      for (const fd of list(`/proc/${pid}/fdinfo`)) {
        holder = read(`/proc/${pid}/fdinfo/${fd}`).includes('lock:') || holder;
      }
    }
    return Promise.resolve({ held: holder, holder });
  };
}

function list(path: string): string[] {
  try {
    return fs.readdirSync(path);
  } catch {
    return []; // it has ended
  }
}

function read(path: string): string {
  try {
    return fs.readFileSync(path, 'latin1');
  } catch {
    return ''; // closed meanwhile
  }
}

function monitor(): () => Promise<Look> {
  switch (how) {
    case 'observer':
      return observe();
    case 'fdinfo':
      return readFdinfo();
    default:
      return probe(how === 'probe EX' ? LOCK_EX : LOCK_SH);
  }
}

interface Started {
  starts: number;
  refused: number;
  seconds: number;
}

function start(lock: string): Promise<Started> {
  const starts = String(Math.ceil(Number(startsText) / daemons));
  const child = spawn(process.execPath, [daemon, lock, starts, holdText], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  return new Promise((resolve) => child.once('close', () => resolve(JSON.parse(out) as Started)));
}

const look = monitor();
let running = true;
const ended = Promise.all(locks.map(start)).finally(() => (running = false));
let looks = 0;
let sawHeld = 0;
let sawHolder = 0;
// Checked through a function, since the end changes it behind the compiler's back.
const isRunning = (): boolean => running;
while (isRunning()) {
  const { held, holder } = await look();
  if (held) sawHeld += 1;
  if (holder) sawHolder += 1;
  looks += 1;
  if (everyMs > 0) await Promise.race([delay(everyMs), ended]);
  else await new Promise((resolve) => setImmediate(resolve));
}
const all = await ended;
const counts: RefusedStartsCounts = {
  how,
  everyMs,
  starts: all.reduce((sum, { starts }) => sum + starts, 0),
  refused: all.reduce((sum, { refused }) => sum + refused, 0),
  looks,
  sawHeld,
  sawHolder,
  seconds: Math.max(...all.map(({ seconds }) => seconds)),
};
process.stdout.write(`${JSON.stringify(counts)}\n`);
process.exit(0);
