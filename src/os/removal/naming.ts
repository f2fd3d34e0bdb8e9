/** Giving a record its name back, and taking one away: never over anything that has the name. */
import * as fs from 'node:fs';
import { hasCode } from '../../common/errors';
import { isProblem, statGeneration, type RecordGeneration } from '../recordGeneration';
import type { RemovalGuards } from './guards';

type Kind = RecordGeneration['kind'];

/** Exclusive, all three: they fail with EEXIST when the name is taken. The aside name stays, but for a directory. */
export function giveNameBack(
  path: string,
  aside: string,
  kind: Kind,
  guards: Pick<RemovalGuards, 'linkSymlink'>,
): void {
  if (kind === 'directory') {
    // A directory has no second name, and rename(2) replaces an empty one: so first an empty one of our own, which
    // only succeeds where there is none.
    fs.mkdirSync(path);
    moveOverEmpty(aside, path);
  } else if (kind === 'symlink') {
    guards.linkSymlink(aside, path);
  } else {
    fs.linkSync(aside, path);
  }
}

/** Over an empty directory of our own, which goes again if that fails: left there, it would be a lock of no one. */
function moveOverEmpty(aside: string, path: string): void {
  try {
    fs.renameSync(aside, path);
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY')) {
      throw Object.assign(new Error(`${path} is in use`), { code: 'EEXIST', syscall: 'rename' });
    }
    fs.rmdirSync(path);
    throw error;
  }
}

/** Takes the aside name away; of a directory only if it is empty. */
export function discard(aside: string, kind: Kind): void {
  if (kind === 'directory') {
    fs.rmdirSync(aside);
  } else {
    fs.unlinkSync(aside);
  }
}

export function kindOf(path: string): Kind | undefined {
  const stat = statGeneration(path);
  return isProblem(stat) ? undefined : stat.kind;
}
