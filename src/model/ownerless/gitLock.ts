/**
 * git's lock files (lockfile.h): made with O_EXCL, filled with what is to replace the file that they lock, and renamed over
 * it. They name no process, and git keeps some of them closed while it waits for an editor or a hook.
 */
import type { ProcessFacts } from '../facts';

/** In a repository that is called `.git` or, without a work tree, `name.git`. */
const GIT_LOCK = /[\\/][^\\/]*\.git[\\/](?:.*[\\/])?[^\\/]+\.lock$/;
/** git 2.54 writes who made `index.lock` into `index~pid.lock` beside it, where `core.lockfilePid` is on. */
const OWNER = /~pid\.lock$/;

/** Reports whether git locks by the file of this name; the record beside it locks nothing. */
export const isGitLock = (path: string): boolean => GIT_LOCK.test(path) && !OWNER.test(path);

/** Returns the path of the record beside a lock. */
export const gitOwnerPath = (lock: string): string => lock.replace(/\.lock$/, '~pid.lock');

/** Returns the path of the lock that a record, or the lock itself, stands for. */
export const gitLockPath = (path: string): string => path.replace(OWNER, '.lock');

/** Programs that write repositories: git with its helpers, and those that have git built in. */
const WRITERS = /^(?:git|git[-.].+|scalar|jj|gitui|gitkraken)$/i;
/** What git only reads with, or serves others with by a process of its own for each: it may run for hours. */
const READERS = new Set([
  'blame',
  'cat-file',
  'credential-cache--daemon',
  'daemon',
  'fsmonitor--daemon',
  'help',
  'log',
  'show',
]);
/** Options before the subcommand that take the next word (git(1)). */
const WITH_VALUE = new Set([
  '-C',
  '-c',
  '--git-dir',
  '--work-tree',
  '--namespace',
  '--exec-path',
  '--config-env',
]);

const nameOf = (word: string): string =>
  word.slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1);

type Words = Pick<ProcessFacts, 'comm' | 'argv'>;

/** Returns the subcommand, such as `commit`; undefined: it has none, or is another program. */
export function gitSubcommand({ argv }: Pick<Words, 'argv'>): string | undefined {
  const [program = '', ...words] = argv;
  const name = nameOf(program).replace(/\.exe$/i, '');
  if (name.startsWith('git-')) return name.slice('git-'.length);
  if (name !== 'git') return undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) return word;
    if (WITH_VALUE.has(word)) at += 1;
  }
  return undefined;
}

/** Reports whether a process is one of git that may make a lock. A script that git runs has its name in `comm`. */
export function writesRepositories({ comm, argv }: Words): boolean {
  const isGit = [comm, nameOf(argv[0] ?? '')].some((name) => WRITERS.test(name));
  return isGit && !READERS.has(gitSubcommand({ argv }) ?? '');
}

/** Files below the repository that git gives to an editor and waits. */
const EDITED =
  /^(?:(?:COMMIT|TAG|NOTES|MERGE|SQUASH)_(?:EDIT)?MSG|EDIT_DESCRIPTION|git-rebase-todo|addp-hunk-edit\.diff|ADD_EDIT\.patch)$/;

/** Reports whether git gives this file to an editor. */
export const isEditedForGit = (path: string): boolean => EDITED.test(nameOf(path));
