/** How alike two processes are, by what they run, with what, and where. */
import type { ProcessFacts } from '../facts';
import { programOf, resolvePath, sameArgv } from './program';
import { baseName, INTERPRETERS } from './programNames';
import { argumentsOf } from './title';

/** Stands between what the interpreter is told and what its program is. */
const PROGRAM = '\0';

/** All but the program: `-r ./prod.cjs`, `-Dprofile=prod` and `--env-file` choose as much as what follows it. */
function restOf(process: ProcessFacts): readonly string[] {
  const { at } = programOf(process);
  const words = argumentsOf(process);
  return [...words.slice(1, at), PROGRAM, ...words.slice(at + 1)];
}

/** Numbers, ports, addresses' ports and temporary names: what two starts of one service may differ in. */
const withoutNumbers = (word: string): string =>
  word.replace(/\/tmp\/\S*|\/var\/folders\/\S*/g, '/tmp').replace(/\d+/g, '0');

export type SameArguments =
  | 'same'
  /** But for numbers, ports and temporary names. */
  | 'alike'
  | 'different';

/** Reports how alike the arguments are that two runs of one program were given. */
export function compareArguments(a: ProcessFacts, b: ProcessFacts): SameArguments {
  const [x, y] = [restOf(a), restOf(b)];
  if (x.length !== y.length) {
    return 'different';
  }
  if (x.every((word, i) => word === y[i])) {
    return 'same';
  }
  return x.every((word, i) => withoutNumbers(word) === withoutNumbers(y[i] ?? '')) ? 'alike' : 'different';
}

/** By what name each was started: what one file does under several may depend on it. An interpreter has many. */
export function haveOtherNames(a: ProcessFacts, b: ProcessFacts): boolean {
  const names = new Set([a, b].map(({ argv: [first = ''] }) => baseName(first)));
  return names.size > 1 && [...names].some((name) => !INTERPRETERS.has(name));
}

/** Same directory, by the inode where it is known: a symlink is another path to it. */
export const sameDirectory = (a: ProcessFacts, b: ProcessFacts): boolean =>
  a.cwdId !== undefined && b.cwdId !== undefined
    ? a.cwdId.dev === b.cwdId.dev && a.cwdId.ino === b.cwdId.ino
    : a.cwd !== undefined && a.cwd === b.cwd;

/** Same script or module, or for other programs the same executable. */
export function sameScript(a: ProcessFacts, b: ProcessFacts): boolean {
  const [x, y] = [programOf(a), programOf(b)];
  return x.key !== undefined && x.key === y.key && x.scripted === y.scripted;
}

/**
 * Returns what the script may be that the process was told to run; none: it runs none that has a path. `startedIn`: where
 * it may have been started, if that is not where it works: what its environment says is that of its parent at times.
 */
export function scriptPaths(process: ProcessFacts, startedIn: string | undefined): readonly string[] {
  const { scripted, key, at } = programOf(process);
  if (!scripted || key === undefined || !key.startsWith('/')) {
    return [];
  }
  return startedIn === undefined ? [key] : [key, resolvePath(argumentsOf(process)[at] ?? '', startedIn)];
}

/** Same thing to do: `worker` and `beat` of one program are two services. */
export const sameSubcommand = (a: ProcessFacts, b: ProcessFacts): boolean =>
  programOf(a).subcommand === programOf(b).subcommand;

/** Same script and subcommand (or, for other programs, the very same command line) in the same working directory. */
export function sameService(a: ProcessFacts, b: ProcessFacts): boolean {
  if (!sameDirectory(a, b)) {
    return false;
  }
  const [x, y] = [programOf(a), programOf(b)];
  return x.scripted ? x.key === y.key && y.scripted && sameSubcommand(a, b) : sameArgv(a, b);
}

/** The folder of an interpreter that was started by a path; `/usr/bin` and `/bin` are one on most systems. */
function interpreterFolder({ argv, cwd }: ProcessFacts): string | undefined {
  const [first = ''] = argv;
  if (!first.includes('/') || !INTERPRETERS.has(baseName(first))) {
    return undefined;
  }
  const path = resolvePath(first, cwd);
  return path.slice(0, path.lastIndexOf('/')).replace(/^\/usr(?=\/)/, '');
}

/** Were both started by paths of two folders that lead to one interpreter? Each venv has a path and libraries of its own. */
export function ofOtherFolders(a: ProcessFacts, b: ProcessFacts): boolean {
  const [x, y] = [interpreterFolder(a), interpreterFolder(b)];
  return x !== undefined && y !== undefined && x !== y;
}
