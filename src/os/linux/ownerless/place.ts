/** Where a lock of git belongs: its repository, and the work trees whose processes may make it (gitrepository-layout(5)). */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { openRegularHere } from '../../openHere';
import { readStart } from '../../openRegular';
import { touching } from '../../heartbeat';

export interface GitPlace {
  /** Where the lock is (`.git`, `.git/worktrees/X`, `.git/modules/X`), and of a lock of all work trees those of the others. */
  gitDirs: readonly string[];
  /** Folders with the checked-out files; none of a bare repository. */
  workTrees: readonly string[];
}

/** Of a branch that is called like a path. */
const MAX_ABOVE = 32;
/** The largest config that is read for `core.worktree`. */
const SMALL = 64 * 1024;
/** Locks that each work tree has for itself; all others are of the repository, whichever work tree takes them. */
const OWN =
  /^(?:index|next-index-\d+|HEAD|[A-Z_]+|config\.worktree|logs\/HEAD|(?:logs\/)?refs\/(?:bisect|worktree|rewritten)\/.+)\.lock$/;

/** undefined: it is in no repository. `lock`: absolute, of a file that is there. */
export function gitPlaceOf(lock: string): GitPlace | undefined {
  const file = realPath(lock);
  const gitDir = file === undefined ? undefined : gitDirAbove(file);
  if (file === undefined || gitDir === undefined) return undefined;
  const commonDir = commonDirOf(gitDir);
  const isOwn = OWN.test(path.relative(gitDir, file));
  const gitDirs = isOwn ? [gitDir] : [commonDir, ...linkedGitDirs(commonDir)];
  const workTrees = gitDirs.flatMap((each) => workTreeOf(each, each !== commonDir) ?? []);
  return { gitDirs, workTrees };
}

function realPath(file: string): string | undefined {
  touching(file);
  try {
    return fs.realpathSync(file);
  } catch {
    return undefined;
  }
}

function exists(file: string): boolean {
  touching(file);
  return fs.existsSync(file);
}

/** Returns the nearest folder above that has what makes a repository, or a further work tree of one. */
export function gitDirAbove(file: string): string | undefined {
  let folder = path.dirname(file);
  for (let left = MAX_ABOVE; left > 0 && folder !== path.dirname(folder); left -= 1) {
    const has = (name: string): boolean => exists(path.join(folder, name));
    if (has('HEAD') && (has('objects') || has('commondir'))) return folder;
    folder = path.dirname(folder);
  }
  return undefined;
}

const commonDirOf = (gitDir: string): string => pathIn(gitDir, 'commondir') ?? gitDir;

/** A path that a file of the repository holds, from the repository's own folder. */
function pathIn(gitDir: string, name: string): string | undefined {
  const text = readSmall(path.join(gitDir, name))?.trim();
  return text === undefined ? undefined : realPath(path.resolve(gitDir, text));
}

function workTreeOf(gitDir: string, isLinked: boolean): string | undefined {
  if (isLinked) {
    // It names the `.git` file of the work tree, which may be gone.
    const text = readSmall(path.join(gitDir, 'gitdir'))?.trim();
    return text === undefined ? undefined : path.dirname(path.resolve(gitDir, text));
  }
  const configured = /^\s*worktree\s*=\s*(.+?)\s*$/m.exec(readSmall(path.join(gitDir, 'config')) ?? '')?.[1];
  if (configured !== undefined) return path.resolve(gitDir, configured.replace(/^"|"$/g, ''));
  return path.basename(gitDir) === '.git' ? path.dirname(gitDir) : undefined;
}

function linkedGitDirs(commonDir: string): string[] {
  const folder = path.join(commonDir, 'worktrees');
  touching(folder);
  try {
    return fs.readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    return []; // there are none
  }
}

function readSmall(file: string): string | undefined {
  touching(file);
  const bytes = readStart(file, SMALL, openRegularHere);
  return 'code' in bytes ? undefined : Buffer.from(bytes).toString('utf8');
}
