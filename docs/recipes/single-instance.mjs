/**
 * Run at most once per lock file. Linux and macOS, Node 18 or newer.
 *
 * Node has no flock(2) of its own. koffi (npm, comes with its binaries, compiles nothing) calls the C library's:
 *
 *   npm install koffi
 *   import { acquire } from './single-instance.mjs';
 *   acquire('/var/lib/bot/bot.lock'); // keep running, or AlreadyRunning
 *
 * Try it: node single-instance.mjs /tmp/demo.lock
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { pathToFileURL } from 'node:url';
import koffi from 'koffi';

const flock = koffi.load(null).func('int flock(int fd, int operation)');
const LOCK_EX = 2;
const LOCK_NB = 4;

export class AlreadyRunning extends Error {}

/** Takes the lock for the life of this process and writes its pid into the file. Returns the descriptor. */
export function acquire(path) {
  const { O_RDWR, O_CREAT, O_NOFOLLOW } = fs.constants;
  for (;;) {
    // Creates the file and never empties it: 'w' would wipe the record of whoever runs. Node opens every file
    // close-on-exec, so child processes do not inherit the lock. The number is kept, not a FileHandle: that one
    // is closed, and the lock with it, when nothing refers to it any more.
    const fd = fs.openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o644);
    if (flock(fd, LOCK_EX | LOCK_NB) !== 0) {
      const errno = koffi.errno();
      const holder = fs.readFileSync(fd, 'latin1').split('\n')[0] || 'unknown';
      fs.closeSync(fd);
      if (errno !== os.constants.errno.EWOULDBLOCK) throw new Error(`flock ${path}: errno ${errno}`);
      throw new AlreadyRunning(`${path} is locked by pid ${holder}; see also: lslocks, lsof ${path}`);
    }
    const locked = fs.fstatSync(fd, { bigint: true });
    const named = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
    if (named?.ino === locked.ino && named.dev === locked.dev) {
      // Locked: only now write. First the new pid, then cut the rest: the first line is never empty.
      const record = `${process.pid}\n`;
      fs.writeSync(fd, record, 0);
      fs.ftruncateSync(fd, record.length);
      return fd;
    }
    fs.closeSync(fd); // another process deleted the file between open and flock: this lock would protect nothing
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    acquire(process.argv[2]);
    const helper = spawn('sleep', ['600']);
    console.log(`running as pid ${process.pid}, helper ${helper.pid}`);
  } catch (error) {
    if (!(error instanceof AlreadyRunning)) throw error;
    console.error(error.message);
    process.exitCode = 75; // EX_TEMPFAIL: a refused start is not a success
  }
}
