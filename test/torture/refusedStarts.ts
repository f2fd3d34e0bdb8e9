/**
 * A daemon that starts in a tight loop, and a monitor that looks at its lock meanwhile.
 * `refusedStarts <how> <every ms> <starts> <folder> <daemon>`: how is `observer` (the extension's own), or the control
 * `probe SH` or `probe EX` (open, LOCK_NB, close). Prints a line of JSON.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from '../../src/model/service';
import { createPlatform } from '../../src/os/index';
import { flock, LOCK_EX, LOCK_NB, LOCK_SH } from './flock';

const [how = '', everyText = '', startsText = '', folder = '', daemon = ''] = process.argv.slice(2);
const everyMs = Number(everyText);
const lock = `${folder}/daemon.lock`;

export interface RefusedStartsCounts {
  how: string;
  everyMs: number;
  starts: number;
  refused: number;
  looks: number;
  /** Looks that saw the lock held: the monitor really was looking. */
  sawHeld: number;
  seconds: number;
}

fs.writeFileSync(lock, '');
const service: Service = {
  id: 'daemon',
  name: 'daemon',
  lockFiles: [lock],
  pidFiles: [],
  maxInstances: 1,
  origin: { kind: 'setting', index: 0, folder: undefined },
};

/** One look; true: held. */
function monitor(): () => Promise<boolean> {
  if (how !== 'observer') {
    const operation = (how === 'probe EX' ? LOCK_EX : LOCK_SH) | LOCK_NB;
    return () => {
      const fd = fs.openSync(lock, 'r');
      const free = flock(fd, operation);
      fs.closeSync(fd);
      return Promise.resolve(!free);
    };
  }
  const observer = createPlatform().createObserver();
  observer.configure([service], {
    probe: () => Promise.reject(new Error('a passive observer must not probe')),
    probePolicy: 'auto',
  });
  let held = false;
  return async () => {
    const { changed } = await observer.tick();
    for (const { lockFiles } of changed) held = lockFiles.some(({ locks }) => locks.length > 0);
    return held;
  };
}

const look = monitor();
const child = spawn(process.execPath, [daemon, lock, startsText], { stdio: ['ignore', 'pipe', 'inherit'] });
let out = '';
let running = true;
child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
const closed = new Promise<void>((resolve) =>
  child.once('close', () => {
    running = false;
    resolve();
  }),
);
let looks = 0;
let sawHeld = 0;
// Checked through a function, since the event changes it behind the compiler's back.
const isRunning = (): boolean => running;
while (isRunning()) {
  if (await look()) sawHeld += 1;
  looks += 1;
  if (everyMs > 0) await Promise.race([delay(everyMs), closed]);
  else await new Promise((resolve) => setImmediate(resolve));
}
const { starts, refused, seconds } = JSON.parse(out) as { starts: number; refused: number; seconds: number };
const counts: RefusedStartsCounts = { how, everyMs, starts, refused, looks, sawHeld, seconds };
process.stdout.write(`${JSON.stringify(counts)}\n`);
process.exit(0);
