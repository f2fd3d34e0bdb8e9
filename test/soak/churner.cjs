'use strict';
/**
 * Many services of five kinds that come, go and break all the time, and a log of what was true when.
 *   --dir FOLDER  --log FILE  --run WORD (in every name)  --seconds N  --kinds LIST  --first N  --count N  (numbers of the services)
 *   --shortest MS  --longest MS  (between two changes)
 * A line of the log, JSON: service, state, pids, from, to: monotonic ms between which the change to that state was made.
 *   flock  held by this process, or free
 *   pair   a lock file and a pid file: a child holds the lock (held), was killed (stale), or ended in order (free)
 *   pid    a pid file only: its process lives (held), was killed (stale), or has removed it (absent)
 *   twins  one process of that name (held), or two: the second is starting at first (held), then there is a conflict
 *   heir   the taker of the lock has exited and its child holds it (held), or nobody (free)
 */
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { options, ready, stay, tell } = require('../fixtures/actors/lib/acting.cjs');
const { tryFlock, unflock } = require('../fixtures/actors/lib/kernel.cjs');

const { dir, log, run: prefix, seconds, kinds: wanted, first, count, shortest, longest } = options();
const truth = fs.openSync(log, 'a');
const now = () => Number(process.hrtime.bigint() / 1000n) / 1000;
/** How long a second process that neither locks nor records itself is starting, ms; and how exactly it is known when. */
const STARTING = 5000;
const EXACT = 50;
/** A child that nobody ended would end by itself. */
const LIFE = String(Math.ceil((Number(longest) / 1000) * 20) + 60);

function started(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child));
  });
}

function ended(child, signal) {
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill(signal);
  });
}

function run(command, args, more = {}) {
  return started(spawn(command, args, { stdio: 'ignore', cwd: dir, ...more }));
}

/** Waits until the child says on standard output that it is where it should be. */
function said(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.trim());
    });
    child.once('exit', (code, signal) =>
      reject(new Error(`${child.spawnargs.join(' ')} ended with ${code} ${signal}: ${text}`)),
    );
  });
}

const kinds = {
  flock(name) {
    const fd = fs.openSync(path.join(dir, `${name}.lock`), 'a+');
    return {
      first: 'free',
      next: (state) => (state === 'free' ? 'held' : 'free'),
      async become(state) {
        if (state === 'held' && !tryFlock(fd)) throw new Error(`${name} is locked by another process`);
        if (state === 'free') unflock(fd);
        return state === 'held' ? [process.pid] : [];
      },
    };
  },
  pair(name) {
    const lock = path.join(dir, `${name}.lock`);
    const pidFile = path.join(dir, `${name}.pid`);
    fs.writeFileSync(lock, '');
    let child;
    return {
      first: 'free',
      next: (state) => (state === 'held' ? (Math.random() < 0.5 ? 'stale' : 'free') : 'held'),
      async become(state) {
        if (state === 'held') {
          const script = 'exec 9<>"$1"; flock -n 9 || exit 1; echo $$ >"$2"; echo ready; exec sleep "$3"';
          const args = ['-c', script, 'sh', lock, pidFile, LIFE];
          child = await run('sh', args, { stdio: ['ignore', 'pipe', 'inherit'] });
          await said(child);
          return [child.pid];
        }
        await ended(child, 'SIGKILL');
        if (state === 'free') fs.unlinkSync(pidFile);
        return [];
      },
    };
  },
  pid(name) {
    const pidFile = path.join(dir, `${name}.pid`);
    let child;
    return {
      first: 'absent',
      next: (state) => (state === 'held' ? (Math.random() < 0.5 ? 'stale' : 'absent') : 'held'),
      async become(state) {
        if (state === 'held') {
          child = await run('sleep', [LIFE]);
          fs.writeFileSync(pidFile, `${child.pid}\n`);
          return [child.pid];
        }
        await ended(child, state === 'stale' ? 'SIGKILL' : 'SIGTERM');
        if (state === 'absent') fs.unlinkSync(pidFile);
        return [];
      },
    };
  },
  twins(name) {
    let one;
    let two;
    let settled;
    return {
      first: 'held',
      next: (state) => ({ held: 'starting', starting: 'conflict', conflict: 'held' })[state],
      shown: (state) => (state === 'starting' ? 'held' : state),
      /** When the next state begins by itself; undefined: when it is made. */
      ends: (state) => (state === 'starting' ? settled : undefined),
      async become(state) {
        one ??= await run('sleep', [String(Number(seconds) + 600)], { argv0: name });
        if (state === 'held') {
          if (two !== undefined) await ended(two, 'SIGTERM');
          return [one.pid];
        }
        if (state === 'starting') {
          settled = now() + STARTING;
          two = await run('sleep', [LIFE], { argv0: name });
        }
        return [one.pid, two.pid];
      },
    };
  },
  heir(name) {
    const lock = path.join(dir, `${name}.lock`);
    fs.writeFileSync(lock, '');
    let parent;
    let heir;
    return {
      first: 'free',
      next: (state) => (state === 'free' ? 'held' : 'free'),
      async become(state) {
        if (state === 'held') {
          // flock(1) takes it and exits; the shell stays its heir's parent, without the lock, to reap it.
          const script = 'exec 9<>"$1"; flock -n 9 || exit 1; sleep "$2" & exec 9>&-; echo $!; wait';
          parent = await run('sh', ['-c', script, 'sh', lock, LIFE], {
            stdio: ['ignore', 'pipe', 'inherit'],
          });
          heir = Number(await said(parent));
          return [heir];
        }
        const gone = new Promise((resolve) => parent.once('exit', resolve));
        process.kill(heir, 'SIGKILL'); // its parent has not reaped it: the pid is still its own
        await gone;
        return [];
      },
    };
  },
};

const end = now() + Number(seconds) * 1000;

async function churn(kind, name) {
  const service = kinds[kind](name);
  let state = service.first;
  // Most begin with nothing to do; of twins there is always one.
  let isThere = kind !== 'twins';
  let begins;
  for (;;) {
    const from = begins === undefined ? now() : begins - EXACT;
    const pids = isThere ? [] : await service.become(state);
    isThere = false;
    const to = begins === undefined ? now() : begins + EXACT;
    const shown = service.shown?.(state) ?? state;
    fs.writeSync(truth, `${JSON.stringify({ service: name, state: shown, pids, from, to })}\n`);
    begins = service.ends?.(state);
    if (from >= end && begins === undefined) return;
    const lasts = Number(shortest) + Math.random() * (Number(longest) - Number(shortest));
    const wait = begins === undefined ? lasts : begins - now();
    await new Promise((resolve) => setTimeout(resolve, wait));
    state = service.next(state);
  }
}

async function main() {
  const share = wanted.split(',');
  const names = Array.from({ length: Number(count) }, (_, index) => {
    const kind = share[index % share.length];
    // As long as each other: none is a part of another, which would match its processes.
    return { kind, name: `${prefix}-${kind}-${String(Number(first) + index).padStart(5, '0')}` };
  });
  // Files first: the monitor may look at once.
  const all = names.map(({ kind, name }) => churn(kind, name));
  ready('churner', { services: names });
  await Promise.all(all);
  tell({ event: 'done' });
}

stay();
void main();
