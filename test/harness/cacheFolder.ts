/**
 * Folders that are built once and reused: a folder under its final name is complete, whoever built it.
 *
 * Each is built beside its final place and renamed there, so an interrupted run leaves nothing half made, and two runs
 * at once harm nobody. A lock, itself a folder renamed into place, only keeps the second from doing the work again.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheDir } from './paths';

export type Say = (line: string) => void;

const stamp = 'ready.json';

/** The complete folder of that name, or undefined when it has not been built. */
export function cached(name: string): string | undefined {
  const folder = path.join(cacheDir, name);
  return existsSync(path.join(folder, stamp)) ? folder : undefined;
}

/** Builds the folder if it is missing. `build` fills the empty folder it is given; its result goes into the stamp. */
export async function ensure(
  name: string,
  say: Say,
  build: (folder: string) => Promise<object>,
): Promise<string> {
  const ready = cached(name);
  if (ready !== undefined) return ready;
  return withLock(name, say, async () => {
    const meanwhile = cached(name);
    if (meanwhile !== undefined) return meanwhile;
    removeAbandoned(name);
    const staging = path.join(cacheDir, `.making-${name}-${process.pid}`);
    const final = path.join(cacheDir, name);
    rmSync(staging, { recursive: true, force: true });
    mkdirSync(staging, { recursive: true });
    try {
      const about = await build(staging);
      writeFileSync(path.join(staging, stamp), `${JSON.stringify({ name, ...about }, undefined, 2)}\n`);
      renameSync(staging, final);
    } catch (error) {
      rmSync(staging, { recursive: true, force: true });
      if (cached(name) === undefined) throw error;
    }
    return final;
  });
}

async function withLock<T>(name: string, say: Say, work: () => Promise<T>): Promise<T> {
  mkdirSync(cacheDir, { recursive: true });
  const lock = path.join(cacheDir, `.lock-${name}`);
  const mine = `${lock}-${process.pid}`;
  rmSync(mine, { recursive: true, force: true });
  mkdirSync(mine);
  writeFileSync(path.join(mine, 'pid'), String(process.pid));
  let waiting = false;
  for (;;) {
    try {
      // Fails while another holds it: a folder is never renamed over one that has something in it.
      renameSync(mine, lock);
      break;
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
    const holder = holderOf(lock);
    if (holder !== undefined && !isAlive(holder)) {
      rmSync(lock, { recursive: true, force: true });
      continue;
    }
    if (!waiting && holder !== undefined) {
      say(`${name}: another run (pid ${holder}) is preparing it, waiting`);
    }
    waiting = true;
    await delay(200);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isTaken(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EPERM';
}

function holderOf(lock: string): number | undefined {
  try {
    return Number(readFileSync(path.join(lock, 'pid'), 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** What a run that was killed left half made. */
function removeAbandoned(name: string): void {
  for (const entry of readdirSync(cacheDir)) {
    const pid = entry.startsWith(`.making-${name}-`) ? Number(entry.slice(`.making-${name}-`.length)) : NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) {
      rmSync(path.join(cacheDir, entry), { recursive: true, force: true });
    }
  }
}
