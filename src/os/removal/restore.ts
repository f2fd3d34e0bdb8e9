/** Putting a removed record back: Undo. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { hasCode } from '../../common/errors';
import type { RecordGeneration } from '../recordGeneration';
import { newAsideName } from './asideName';
import type { Folder, RemovalGuards } from './guards';
import { discard } from './naming';
import { isSameFolder, type TakenFrom } from './takenFrom';
import { failure, type Failure } from './results';

export type RestoreResult =
  /**
   * `lostOwner`: the user it belonged to; only an administrator may give a file away. `failed`: what was to be done
   * once it had its name, and was not. `at`: where it is, if its path leads to another folder now.
   */
  | { result: 'restored'; at?: string; lostOwner?: number; failed?: Omit<Failure, 'result'> }
  /** Something has the name again; it was kept. */
  | { result: 'exists' }
  /** Its path leads to another folder now, and so does that of the folder that it was taken from. */
  | { result: 'elsewhere'; folder: string }
  | Failure;

type Restored = Extract<RestoreResult, { result: 'restored' }>;

/**
 * Puts a removed record back, with its mode, owner and time, only where nothing has the name (O_EXCL, or link(2)), and
 * only in the folder that it was taken from: its path may lead to another by now (`current` of a deployment).
 */
export function restoreRecord(
  path: string,
  removed: RecordGeneration,
  guards: Pick<RemovalGuards, 'openFolder'>,
  from?: TakenFrom,
): RestoreResult {
  let folder: Folder | undefined;
  try {
    folder = openTheSame(dirname(path), from, guards);
    if (folder === undefined) return { result: 'elsewhere', folder: from?.path ?? dirname(path) };
    const name = folder.at(basename(path));
    const restored: Restored = { result: 'restored' };
    if (folder.path !== dirname(path)) restored.at = join(folder.path, basename(path));
    const rest = makeAgain(folder, basename(path), removed);
    rest.push(() => {
      const isOwned = !('getuid' in process) || fs.lstatSync(name).uid === removed.uid;
      if (!isOwned) restored.lostOwner = removed.uid;
    });
    return Object.assign(restored, finish(rest));
  } catch (error) {
    const failed = failure(error);
    return failed.code === 'EEXIST' ? { result: 'exists' } : failed;
  } finally {
    folder?.close();
  }
}

/** Opens the folder at this path, or where it was by its own; undefined: neither is the one that it was taken from. */
function openTheSame(
  path: string,
  from: TakenFrom | undefined,
  guards: Pick<RemovalGuards, 'openFolder'>,
): Folder | undefined {
  if (from === undefined) return guards.openFolder(path);
  for (const at of new Set([path, from.path])) {
    let folder: Folder | undefined;
    try {
      folder = guards.openFolder(at);
      if (isSameFolder(folder, from)) return folder;
    } catch (error) {
      folder?.close();
      if (at === from.path || !hasCode(error, 'ENOENT')) throw error;
      continue;
    }
    folder.close();
  }
  return undefined;
}

/** It has its name, so it is restored, whatever fails from here on; a second try would take it for a new file. */
function finish(rest: readonly (() => void)[]): Pick<Restored, 'failed'> {
  let first: Pick<Restored, 'failed'> = {};
  for (const step of rest) {
    try {
      step();
    } catch (error) {
      const { code, syscall } = failure(error);
      first = { failed: { code, syscall }, ...first };
    }
  }
  return first;
}

/** Returns what is left to do; throws only where the record did not get its name. */
function makeAgain(folder: Folder, name: string, removed: RecordGeneration): (() => void)[] {
  if (removed.kind === 'file') return [makeFileAgain(folder, name, removed)];
  const path = folder.at(name);
  const own = (): void => giveToOwner(() => fs.lchownSync(path, removed.uid, removed.gid));
  const date = (): void => setTimes(folder, name, removed);
  if (removed.kind === 'symlink') {
    fs.symlinkSync(removed.content, path);
    return [own, date];
  }
  fs.mkdirSync(path, removed.mode);
  return [own, () => fs.chmodSync(path, removed.mode), date]; // mkdir(2) takes the umask off
}

/** Complete before it gets its name: a reader never sees a half-written record. Returns what is left to do. */
function makeFileAgain(folder: Folder, name: string, removed: RecordGeneration): () => void {
  const draftName = newAsideName();
  const draft = folder.at(draftName);
  const fd = fs.openSync(draft, 'wx', 0o600);
  try {
    try {
      fs.writeFileSync(fd, removed.content);
      giveToOwner(() => fs.fchownSync(fd, removed.uid, removed.gid));
      fs.fchmodSync(fd, removed.mode); // after chown(2), which takes set-user-ID bits off
    } finally {
      fs.closeSync(fd);
    }
    setTimes(folder, draftName, removed);
    fs.linkSync(draft, folder.at(name));
  } catch (error) {
    finish([() => discard(draft, 'file')]); // what failed first is what is said
    throw error;
  }
  return () => discard(draft, 'file');
}

function giveToOwner(give: () => void): void {
  try {
    give();
  } catch {
    // Only root may give a file away. The record itself is what matters.
  }
}

/** Node sets times to the microsecond; touch(1) to the nanosecond, by which some tools tell one generation from another. */
function setTimes(folder: Folder, name: string, { mtimeNs }: RecordGeneration): void {
  const path = folder.at(name);
  const seconds = Number(mtimeNs) / 1e9;
  fs.lutimesSync(path, seconds, seconds);
  if (folder.fd === undefined || fs.lstatSync(path, { bigint: true }).mtimeNs === mtimeNs) {
    return;
  }
  const [whole, rest] = [mtimeNs / 1_000_000_000n, mtimeNs % 1_000_000_000n];
  const date = `@${whole}.${String(rest).padStart(9, '0')}`;
  // Where there is no such touch(1), the microsecond stands. The folder's descriptor is 3 in the child.
  spawnSync('touch', ['--no-dereference', '--date', date, `/proc/self/fd/3/${name}`], {
    stdio: ['ignore', 'ignore', 'ignore', folder.fd],
    timeout: 2000,
  });
}
