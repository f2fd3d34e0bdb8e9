/**
 * Does a pattern name what a process runs, or does its text merely occur among the arguments? An editor, a linter, a
 * test runner and an agent's prompt all mention `bot.py`; only what runs it is named by it. No list of such programs
 * is needed: the pattern must stop matching once the program's own name is taken out of the command line.
 */
import type { ProcessFacts } from '../facts';
import { programOfArguments, type Program } from './program';
import { argumentsOf, isTitle } from './title';

/** Longer command lines are read as far as this, characters. */
export const COMMAND_LIMIT = 65_536;

/** Wrappers in wrappers (`sudo timeout sh -c …`) are looked through this deep. */
const MAX_DEPTH = 6;

export type CommandTest = (commandLine: string) => boolean;

/** A text says what is meant by itself; of a pattern that may match anything, only what it no longer matches does. */
export type CommandTestKind = 'text' | 'pattern';

/** Files that only start a program, which is called after the folder that they are in. */
const GENERIC_FILE = /^(?:index|main|__main__|cli|server|app|start|run|mod|bin|daemon|entry)(?:\.\w{1,5})?$/i;
const GENERIC_FOLDER = /^(?:dist|build|lib|src|out|bin|esm|cjs|cmd|app|server|cli)$/i;

/** Where the name of the program begins in its path: `bot.py` of `/srv/bot.py`, `openclaw` of `…/openclaw/dist/index.js`. */
function nameStart(path: string): number {
  const parts = path.split(/[\\/]/);
  const last = parts.at(-1) ?? '';
  let count = 1;
  if (parts.length > 1 && GENERIC_FILE.test(last)) {
    count++;
    while (count < parts.length && GENERIC_FOLDER.test(parts.at(-count) ?? '')) count++;
  }
  const inPackage = /(?:^|[\\/])node_modules[\\/][^\\/]+[\\/]/.exec(path);
  const name = parts.slice(parts.length - count).join('/');
  const start = path.length - name.length;
  // A package's own folder names its programs, wherever in it they are.
  return inPackage === null ? start : Math.min(start, inPackage.index + 'node_modules/'.length);
}

/** Returns the part of a program's or script's path that tells it from others: `bot.py`, `openclaw/dist/index.js`. */
export const tellingName = (path: string): string => path.slice(nameStart(path)).replace(/^[\\/]/, '');

/** Reports whether the file is one of those that only start a program: `main.py`, `server.js`. */
export const isGenericFile = (name: string): boolean => GENERIC_FILE.test(name);

const joined = (words: readonly string[]): string => words.join(' ').slice(0, COMMAND_LIMIT);

/** The command line with the program's name taken out; its folders and its arguments stay. */
function withoutName(argv: readonly string[], at: number): string[] {
  return argv.map((word, i) => (i === at ? word.slice(0, nameStart(word)) : word));
}

function isNamedIn(
  test: CommandTest,
  kind: CommandTestKind,
  argv: readonly string[],
  program: Program,
): boolean {
  const path = argv[program.at] ?? '';
  // Whatever the folders above it are called: `bot` of `/srv/bot/bot.py`.
  if (kind === 'text' && test(path.slice(nameStart(path)))) {
    return true;
  }
  const nameless = withoutName(argv, program.at);
  const end = program.at + 1;
  // The program alone, as far as its name; then with its arguments, as long as it takes the name to match.
  return (
    (test(joined(argv.slice(0, end))) && !test(joined(nameless.slice(0, end)))) ||
    (test(joined(argv)) && !test(joined(nameless)))
  );
}

function namesCommand(
  test: CommandTest,
  kind: CommandTestKind,
  argv: readonly string[],
  program: Program,
  depth = 0,
): boolean {
  if (isNamedIn(test, kind, argv, program)) {
    return true;
  }
  // What a wrapper runs is named in the wrapper's arguments, and the wrapper's name belongs to a pattern for it.
  return (
    depth < MAX_DEPTH &&
    (program.inner ?? []).some((inner) =>
      namesCommand(test, kind, inner, programOfArguments(inner), depth + 1),
    )
  );
}

type Named = Pick<ProcessFacts, 'argv'> & Partial<Pick<ProcessFacts, 'comm' | 'cwd' | 'exe'>>;

/** Reports whether `test` names the program or script of a process (or of what it wraps), not only its arguments. */
export function names(test: CommandTest, kind: CommandTestKind, process: Named, program: Program): boolean {
  const whole = joined(process.argv);
  if (!test(whole)) {
    return false;
  }
  // A program that sets a title describes itself with all of it.
  if (isTitle(process) && program.role === 'program') {
    return true;
  }
  return namesCommand(test, kind, argumentsOf(process), program);
}

/** What the name of a file may consist of. `~` and `#` too: editors call their copies `bot.py~` and `#bot.py#`. */
const isNameCharacter = (c: string | undefined): boolean =>
  c !== undefined && /[\p{L}\p{N}\p{M}_.~#-]/u.test(c);

/** Says what a file is to be run by: a name that ends so is whole, and a longer one is another file's. */
const RUN_BY =
  /[^\s/\\]\.(?:py|pyw|pyc|pyz|js|mjs|cjs|jsx|ts|mts|cts|tsx|sh|bash|zsh|fish|ksh|rb|pl|php|lua|r|jl|exs?|jar|exe|bin|run|com|cmd|bat|ps1|dll|so)$/i;

/** What copies that are kept, or are being written, are called. */
const COPY = /^\.(?:bak|backup|old|orig|save|copy|tmp|temp|swp|swo|rej|dist)$/i;

/** A file's name without its one extension names the file too: `telegram_bot` and `telegram_bot.py`. */
function endsName(text: string, at: number, part: string): boolean {
  if (!isNameCharacter(text[at])) return true;
  if (RUN_BY.test(part.slice(-64))) return false;
  const ending = /^(?:\.[A-Za-z]\w{0,5}|[\d.]+)/.exec(text.slice(at, at + 12))?.[0];
  return ending !== undefined && !isNameCharacter(text[at + ending.length]) && !COPY.test(ending);
}

/** Reports whether `part` occurs in `text` as whole words; a word is what a file name may consist of. */
export function hasWords(text: string, part: string): boolean {
  if (part === '') {
    return false;
  }
  const isOpen = !isNameCharacter(part[0]);
  const isClosed = !isNameCharacter(part.at(-1));
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    if ((isOpen || !isNameCharacter(text[at - 1])) && (isClosed || endsName(text, at + part.length, part))) {
      return true;
    }
  }
  return false;
}
