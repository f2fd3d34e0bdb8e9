/** Giving back their names to records that an interrupted clean-up has left aside. */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../../common/errors';
import { isProblem, statGeneration, type RecordGeneration } from '../recordGeneration';
import type { Folder, RemovalGuards } from './guards';
import { IntentFile, listIntentFiles, readIntentFile, type Intent, type Written } from './intents';
import { discard, giveNameBack } from './naming';
import { isProvenGone, type Owner } from './owner';
import { failure } from './results';

export interface Recovered {
  path: string;
  /** Where the record was left. */
  at: string;
  outcome:
    | { result: 'back' }
    /** A new record has the name; both are kept. */
    | { result: 'superseded' }
    /** Something else is under the aside name now; it was not touched. */
    | { result: 'notOurs' }
    | { result: 'failed'; code: string; syscall: string };
}

export interface Recovery {
  recovered: readonly Recovered[];
  /** There are intents of someone who may still be at work. */
  pending: boolean;
}

/** What can be said only once its folder is there: until then it is tried again at each start, for so long (ms). */
const FORGET_AFTER_MS = 30 * 86_400_000;

/** Decides every clean-up in `folder` whose owner is proven gone. Never rejects for anything that it finds there. */
export async function recoverRecords(folder: string, self: Owner, guards: RemovalGuards): Promise<Recovery> {
  const recovered: Recovered[] = [];
  let pending = false;
  for (const file of await listIntentFiles(folder)) {
    const written = await readIntentFile(file);
    if (written === undefined) {
      continue;
    }
    if (isProvenGone(written.owner, self, guards)) {
      recovered.push(...(await decide(folder, file, { ...written, owner: self }, guards)));
    } else {
      pending ||= written.owner.life !== self.life;
    }
  }
  return { recovered, pending };
}

async function decide(
  folder: string,
  file: string,
  mineNow: Written,
  guards: RemovalGuards,
): Promise<Recovered[]> {
  const { intents, at } = mineNow;
  const mine = await claim(folder, file, mineNow, guards);
  if (mine === undefined) {
    return [];
  }
  const recovered: Recovered[] = [];
  const left: Intent[] = [];
  for (const intent of intents) {
    const done = await recover(intent, guards);
    if (done === 'unreachable') {
      if (Date.now() - at < FORGET_AFTER_MS) left.push(intent);
    } else if (done !== 'nothing') {
      recovered.push(done);
      if (done.outcome.result === 'failed') left.push(intent);
    }
  }
  settleQuietly(mine, left);
  return recovered;
}

/** What stays written down is re-checked at the next start, and found to be decided. */
function settleQuietly(file: IntentFile, left: readonly Intent[]): void {
  try {
    file.settle(left);
  } catch {
    // Its folder has become unwritable.
  }
}

/**
 * Makes them this process's own: two windows that start together must not both decide. Written again first, so that
 * nothing is lost in between; whoever removes the old file has them. undefined: someone else has.
 */
async function claim(
  folder: string,
  file: string,
  written: Written,
  guards: RemovalGuards,
): Promise<IntentFile | undefined> {
  let mine: IntentFile | undefined;
  try {
    mine = IntentFile.write(folder, written, guards);
    await fs.promises.unlink(file);
    return mine;
  } catch {
    if (mine !== undefined) settleQuietly(mine, []);
    return undefined;
  }
}

/** `nothing`: it was not begun, or was decided. `unreachable`: its folder is not there. */
async function recover(
  intent: Intent,
  guards: RemovalGuards,
): Promise<Recovered | 'nothing' | 'unreachable'> {
  let folder: Folder | undefined;
  try {
    await fs.promises.stat(dirname(intent.path)); // may hang with its file system: not this thread
    folder = guards.openFolder(dirname(intent.path));
  } catch {
    return 'unreachable';
  }
  const { path } = intent;
  const at = join(folder.path, intent.aside);
  try {
    const outcome = recoverIn(folder, intent, guards);
    return outcome === undefined ? 'nothing' : { path, at, outcome };
  } catch (error) {
    const { code, syscall } = failure(error);
    return { path, at, outcome: { result: 'failed', code, syscall } };
  } finally {
    folder.close();
  }
}

/**
 * Whoever had it open may have written to it since: it is the same as long as it was made at that time. A copy that
 * overlayfs has made of it for the rename was made later, and has its size and its time.
 */
function isTheSame(stat: Omit<RecordGeneration, 'content'>, { kind, ino, was }: Intent): boolean {
  if (stat.kind !== kind || String(stat.ino) !== ino) return false;
  return (
    was === undefined ||
    was.born === String(stat.born) ||
    (was.size === String(stat.size) && was.mtimeNs === String(stat.mtimeNs))
  );
}

function recoverIn(folder: Folder, intent: Intent, guards: RemovalGuards): Recovered['outcome'] | undefined {
  const { path, aside, kind } = intent;
  const [name, left] = [folder.at(basename(path)), folder.at(aside)];
  const stat = statGeneration(left);
  if (isProblem(stat)) {
    if (stat.problem === 'failed') return { result: 'failed', code: stat.code, syscall: stat.syscall };
    return stat.problem === 'absent' ? undefined : { result: 'notOurs' };
  }
  if (!isTheSame(stat, intent)) {
    return { result: 'notOurs' };
  }
  const named = statGeneration(name);
  if (!isProblem(named) && named.ino === stat.ino && named.dev === stat.dev) {
    discard(left, kind); // it had its name back already
    return undefined;
  }
  try {
    giveNameBack(name, left, kind, guards);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return { result: 'superseded' };
    throw error;
  }
  if (kind !== 'directory') discard(left, kind);
  return { result: 'back' };
}
