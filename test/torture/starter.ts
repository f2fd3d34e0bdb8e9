/**
 * A daemon that starts, over and over, in many directories: at the moment it is told, it takes its lock and writes its
 * record as its kind does, and stays up until it is let go. `starter <shared memory> <folder> <kind>`.
 */
import * as fs from 'node:fs';
import { flock, LOCK_EX, LOCK_NB } from './flock';
import { monotonicNs, sleepBriefly, sleepExactly, spinUntil } from './sharedMemory';
import {
  IDLE,
  LET_GO,
  liveRecord,
  lockPath,
  recordPath,
  REFUSED,
  Slots,
  SLOTS,
  START,
  STARTED,
  type StarterKind,
} from './slots';

const [memory = '', folder = '', kind = ''] = process.argv.slice(2);
const slots = new Slots(memory);
const held: number[][] = Array.from({ length: SLOTS }, () => []);

/** Between two system calls a daemon may be preempted: mostly not, sometimes longer than the clean-up waits. */
function dawdle(): void {
  const luck = Math.random();
  if (luck < 0.6) return;
  const ns = luck < 0.92 ? 50_000 : luck < 0.995 ? 300_000 : 6_000_000;
  spinUntil(monotonicNs() + Math.random() * ns);
}

function write(fd: number, text: string): void {
  dawdle();
  fs.writeSync(fd, text);
}

/** Right before the step that makes the record. */
function now(slot: number): void {
  slots.setMoment(slot, monotonicNs());
}

function overwrite(slot: number, path: string, text: string): void {
  now(slot);
  const fd = fs.openSync(path, 'w');
  write(fd, text);
  fs.closeSync(fd);
}

function replace(slot: number, path: string, text: string): void {
  const fd = fs.openSync(`${path}.new`, 'w');
  fs.writeSync(fd, text);
  fs.closeSync(fd);
  dawdle();
  now(slot);
  fs.renameSync(`${path}.new`, path);
}

/** As such daemons do: a record in the way is read; that of a dead process is removed, once. */
function createExclusively(slot: number, path: string, text: string): boolean {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      now(slot);
      const fd = fs.openSync(path, 'wx');
      write(fd, text);
      fs.closeSync(fd);
      return true;
    } catch {
      if (attempt === 0) removeIfStale(path);
    }
  }
  return false;
}

function removeIfStale(path: string): void {
  try {
    if (fs.readFileSync(path, 'latin1').startsWith('1')) {
      dawdle();
      fs.unlinkSync(path);
    }
  } catch {
    // Somebody else has removed it.
  }
}

function lockRecord(slot: number, path: string, text: string, verify: boolean): boolean {
  for (;;) {
    now(slot);
    const fd = fs.openSync(path, 'a+');
    dawdle();
    if (!flock(fd, LOCK_EX | LOCK_NB)) {
      fs.closeSync(fd);
      return false;
    }
    const { ino } = fs.fstatSync(fd, { bigint: true });
    if (verify && fs.statSync(path, { bigint: true, throwIfNoEntry: false })?.ino !== ino) {
      fs.closeSync(fd);
      continue;
    }
    fs.ftruncateSync(fd, 0);
    write(fd, text);
    held[slot]?.push(fd);
    slots.setLockedInode(slot, ino);
    return true;
  }
}

function lockAndWrite(slot: number, path: string, text: string): boolean {
  const fd = fs.openSync(lockPath(folder, slot), 'a');
  held[slot]?.push(fd);
  if (!flock(fd, LOCK_EX | LOCK_NB)) return false;
  dawdle();
  overwrite(slot, path, text);
  return true;
}

function start(slot: number, as: StarterKind): boolean {
  const path = recordPath(folder, slot);
  const text = liveRecord(slots.round(slot));
  switch (as) {
    case 'overwrite':
      overwrite(slot, path, text);
      return true;
    case 'temp file and rename':
      replace(slot, path, text);
      return true;
    case 'O_EXCL':
      return createExclusively(slot, path, text);
    case 'locked pid file, inode verified':
      return lockRecord(slot, path, text, true);
    case 'locked pid file, not verified':
      return lockRecord(slot, path, text, false);
    case 'lock file and pid file':
      return lockAndWrite(slot, path, text);
  }
}

sleepExactly();
process.stdout.write('ready\n');
for (;;) {
  let isIdle = true;
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const state = slots.state(slot);
    if (state === START) {
      isIdle = false;
      spinUntil(slots.startAt(slot));
      slots.setState(slot, start(slot, kind as StarterKind) ? STARTED : REFUSED);
    } else if (state === LET_GO) {
      held[slot]?.splice(0).forEach((fd) => fs.closeSync(fd));
      slots.setState(slot, IDLE);
    }
  }
  if (isIdle) sleepBriefly();
}
