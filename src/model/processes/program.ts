/**
 * What a process runs, read off its command line: enough to tell a service from the shell that wraps it, from the
 * launcher that started several of it, and from an editor that merely has its path among its arguments.
 */
import type { ProcessFacts } from '../facts';
import { argumentsOf } from './title';
import {
  baseName,
  SHELLS,
  INTERPRETERS,
  WRAPPERS,
  RUN_SEVERAL,
  LAUNCHERS,
  VIEWERS,
  words,
  isCommand,
  takesValue,
  WITHOUT_VALUE,
  WRAPPER_VALUE_OPTIONS,
} from './programNames';

export type ProgramRole =
  /** Runs something itself. */
  | 'program'
  /** Exists to run one inner command: `sh -c`, a shell script, `npm run`, `uv run`, `timeout`, `sudo`, `flock`. */
  | 'wrapper'
  /** Starts and outlives many unrelated things: init, tmux, an interactive shell, supervisord. Never part of an instance. */
  | 'launcher'
  /** Views, edits, searches or copies the files it is given, or runs a command on another machine. */
  | 'viewer';

export interface Program {
  role: ProgramRole;
  /** Base name of the program: of the script where an interpreter runs one. */
  name: string;
  /**
   * What tells one program from another of the same interpreter: the script's absolute path, `-m module`, or the
   * executable. Absent for interactive interpreters.
   */
  key?: string;
  /** A wrapper of exactly one command: nothing else runs below it, and without it it has no purpose. */
  single?: true;
  /** The key names a script or module, so that two processes with it and one working directory run the same service. */
  scripted: boolean;
  /** Which of `argumentsOf` is the program: the script or module where an interpreter runs one. */
  at: number;
  /** The first plain word after the program: `worker` of `celery worker`, `shell` of `manage.py shell`. */
  subcommand?: string;
  /** Of a wrapper: the arguments of the commands that it runs, as far as they are written in its own. */
  inner?: readonly (readonly string[])[];
}

/** Without `.` and `..`, absolute where the working directory is known. */
export function resolvePath(path: string, cwd: string | undefined): string {
  const full = path.startsWith('/') || cwd === undefined ? path : `${cwd}/${path}`;
  const out: string[] = [];
  for (const part of full.split('/')) {
    if (part === '..' && out.length > 1) {
      out.pop();
    } else if (part !== '.' && (part !== '' || out.length === 0)) {
      out.push(part);
    }
  }
  return out.join('/');
}

interface Script {
  name: string;
  key: string;
  /** Where it stands among the arguments; after them for code given on the command line. */
  at: number;
}

/** The script, module or class an interpreter runs; undefined when it is interactive, or reads its program from a pipe. */
function scriptOf(interpreter: string, argv: readonly string[], cwd: string | undefined): Script | undefined {
  for (let i = 1; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    const next = argv[i + 1] ?? '';
    if (argument === '-m' && interpreter === 'python') {
      return { name: next, key: `-m ${next}`, at: i + 1 };
    }
    if (argument === '-' || /^\/(?:dev\/(?:stdin|fd\/\d+)|proc\/self\/fd\/\d+)$/.test(argument)) {
      return undefined; // its standard input is the program, and no one can read that again
    }
    if (argument === '-jar') {
      return { name: baseName(next), key: resolvePath(next, cwd), at: i + 1 };
    }
    if (/^(?:-c|-e|-p|-E|-pe|--eval|--print)$/.test(argument)) {
      return { name: interpreter, key: argv.join('\0'), at: i + 1 };
    }
    if (takesValue(interpreter, argument)) {
      i++;
    } else if (argument !== '' && !argument.startsWith('-') && !isCommand(interpreter, argument)) {
      return interpreter === 'java'
        ? { name: argument, key: argument, at: i }
        : { name: baseName(argument), key: resolvePath(argument, cwd), at: i };
    }
  }
  return undefined;
}

/** What `npm`, `uv`, `poetry` and their like say before the command that they run. */
const RUN_WORDS = words('run run-script exec dlx x tool watch start');

/** Wrappers whose first operand is a file of theirs, not the command. */
const TAKES_A_FILE = words('flock script');

const isAssignment = (word: string): boolean => /^[A-Za-z_]\w*=/.test(word);

/** The command that a wrapper's arguments name, as far as they show it: `sudo -u bot vim x` → `vim x`. */
function innerCommand(name: string, argv: readonly string[], from = 1): readonly string[] | undefined {
  let filesToSkip = TAKES_A_FILE.has(name) ? 1 : 0;
  for (let i = from; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    if (WRAPPER_VALUE_OPTIONS.has(argument) && WITHOUT_VALUE.get(name)?.has(argument) !== true) {
      i++;
    } else if (
      !argument.startsWith('-') &&
      !isAssignment(argument) &&
      !/^[\d.]+[smhd]?$/.test(argument) &&
      !(RUN_WORDS.has(argument) && i + 1 < argv.length) &&
      filesToSkip-- <= 0
    ) {
      return argv.slice(i);
    }
  }
  return undefined;
}

/** What may stand before a command in shell text. */
const SHELL_WORDS = words('exec while until if then else elif do { ! command builtin');

/** The commands of `sh -c` text, past `cd …`, `exec` and assignments; quotes are taken off, not understood. */
function shellCommands(text: string): string[][] {
  const commands: string[][] = [];
  for (const part of text.slice(0, 4096).split(/[;&|\n()]+/)) {
    const parts = part
      .split(/\s+/)
      .map((word) => word.replace(/^["']|["']$/g, ''))
      .filter((word) => word !== '');
    while (parts[0] !== undefined && (SHELL_WORDS.has(parts[0]) || isAssignment(parts[0]))) parts.shift();
    if (parts[0] !== undefined && parts[0] !== 'cd') commands.push(parts);
  }
  return commands;
}

const wrapper = (name: string, argv: readonly string[], inner: readonly (readonly string[])[]): Program => ({
  role: 'wrapper',
  name,
  key: argv.join('\0'),
  scripted: false,
  at: 0,
  inner,
});

function shellProgram(name: string, argv: readonly string[], cwd: string | undefined): Program {
  let i = 1;
  while (/^[-+]/.test(argv[i] ?? '')) {
    const option = argv[i] ?? '';
    // `-c`, `-lc`, `-ec`: the text is the first operand after the options.
    if (/^-[A-Za-z]*c[A-Za-z]*$/.test(option)) {
      const text = argv.slice(i + 1).find((argument) => !/^[-+]/.test(argument)) ?? '';
      const operands = argv.slice(argv.indexOf(text) + 1);
      const inner = [
        ...shellCommands(text),
        // `sh -c '"$0" "$@"' python3 bot.py`: the text runs its own operands.
        ...(/\$[@*]/.test(text) ? [text.includes('$0') ? operands : operands.slice(1)] : []),
      ].filter((command) => command.length > 0);
      const first = baseName(inner[0]?.[0] ?? '');
      return isViewer(first, inner[0]?.[0])
        ? { role: 'viewer', name: first, scripted: false, at: 0 }
        : { ...wrapper(name, argv, inner), ...(/[;&|\n]/.test(text) ? {} : { single: true }) };
    }
    if (option === '-s' || option === '-i') {
      break;
    }
    i +=
      option === '--rcfile' ||
      option === '--init-file' ||
      option === '-o' ||
      option === '+O' ||
      option === '-O'
        ? 2
        : 1;
  }
  const script = argv[i];
  return script === undefined || /^[-+]/.test(script)
    ? { role: 'launcher', name, scripted: false, at: 0 }
    : { role: 'wrapper', name: baseName(script), key: resolvePath(script, cwd), scripted: true, at: i };
}

/** Common words that are names of programs of the system too; they mean those only where the system keeps programs. */
const COMMON_WORDS = words(
  'relay foot launcher find file view tree init stat code screen watch more sort ed ex time script task just go head tail kill top',
);

const isOfTheSystem = (path: string): boolean =>
  !path.includes('/') ||
  /^(?:\/(?:usr|bin|sbin|opt|snap|nix|lib|Applications|System|Library)\/|\/home\/linuxbrew\/|.*\/\.(?:local|vscode|cursor)[^/]*\/)/.test(
    path,
  );

/** Is the word the well-known program, and not someone's own of that name? `path`: as it was started. */
const isWellKnown = (known: ReadonlySet<string>, name: string, path: string | undefined): boolean =>
  known.has(name) && (!COMMON_WORDS.has(name) || path === undefined || isOfTheSystem(path));

const isViewer = (name: string, path: string | undefined): boolean => isWellKnown(VIEWERS, name, path);

/** A word that says what to do: no option, path, number, address or file. */
const isSubcommand = (word: string): boolean => /^[A-Za-z][A-Za-z:_-]{0,39}$/.test(word);

function subcommandOf(argv: readonly string[], at: number): Pick<Program, 'subcommand'> {
  const word = argv.slice(at + 1).find((argument) => argument !== '' && !argument.startsWith('-'));
  return word !== undefined && isSubcommand(word) ? { subcommand: word } : {};
}

function analyse(process: Described): Program {
  const argv = argumentsOf(process);
  const name = baseName(argv[0] ?? '') || process.comm;
  const known = name.toLowerCase();
  // The file that runs, not what it calls itself: `exec -a` and titles are free text.
  const path = process.exe ?? argv[0];
  if (SHELLS.has(name)) {
    return shellProgram(name, argv, process.cwd);
  }
  if (INTERPRETERS.has(name)) {
    return interpretedProgram(name, argv, process.cwd);
  }
  if (isWellKnown(LAUNCHERS, known, path)) {
    return { role: 'launcher', name, scripted: false, at: 0 };
  }
  if (isViewer(name, path)) {
    return { role: 'viewer', name, scripted: false, at: 0 };
  }
  if (isWellKnown(WRAPPERS, known, path)) {
    return wrapperProgram(name, argv, 1);
  }
  const key = process.exe ?? argv[0] ?? process.comm;
  return { role: 'program', name, key, scripted: false, at: 0, ...subcommandOf(argv, 0) };
}

function wrapperProgram(name: string, argv: readonly string[], from: number): Program {
  const inner = innerCommand(name.toLowerCase(), argv, from);
  const first = baseName(inner?.[0] ?? '');
  return inner !== undefined && isViewer(first, inner[0])
    ? { role: 'viewer', name: first, scripted: false, at: 0 }
    : {
        ...wrapper(name, argv, inner === undefined ? [] : [inner]),
        ...(RUN_SEVERAL.has(name.toLowerCase()) ? {} : { single: true as const }),
      };
}

function interpretedProgram(name: string, argv: readonly string[], cwd: string | undefined): Program {
  const script = scriptOf(name, argv, cwd);
  if (script === undefined) {
    return { role: 'program', name, scripted: false, at: 0 };
  }
  const tool = script.name.toLowerCase();
  if (WRAPPERS.has(tool)) {
    return { ...wrapperProgram(script.name, argv, script.at + 1), key: script.key, at: script.at };
  }
  const role = LAUNCHERS.has(tool) ? 'launcher' : 'program';
  return {
    role,
    name: script.name,
    key: script.key,
    scripted: role === 'program',
    at: script.at,
    ...subcommandOf(argv, script.at),
  };
}

type Described = Pick<ProcessFacts, 'argv'> &
  Partial<Pick<ProcessFacts, 'comm' | 'cwd' | 'exe'>> & { comm: string };

/** Returns what a command line runs, told without a process: a wrapper's inner command. */
export const programOfArguments = (argv: readonly string[], cwd?: string): Program =>
  analyse({ argv, comm: '', ...(cwd === undefined ? {} : { cwd }) });

const analysed = new WeakMap<ProcessFacts, Program>();

export function programOf(process: ProcessFacts): Program {
  let program = analysed.get(process);
  if (program === undefined) {
    program = analyse(process);
    analysed.set(process, program);
  }
  return program;
}

export const sameArgv = (a: ProcessFacts, b: ProcessFacts): boolean =>
  a.argv.length === b.argv.length && a.argv.length > 0 && a.argv.every((word, i) => word === b.argv[i]);

/** A parent and its child run the same program: the child is a fork or a worker, not something the parent launched. */
export function sameProgram(parent: ProcessFacts, child: ProcessFacts): boolean {
  if (sameArgv(parent, child)) {
    return true;
  }
  const [a, b] = [programOf(parent), programOf(child)];
  return (
    a.role === 'program' &&
    b.role === 'program' &&
    a.key !== undefined &&
    (a.key === b.key || titled(parent, child))
  );
}

/** Master and workers that both set a title: `gunicorn: master [app]`, `gunicorn: worker [app]`. */
function titled(parent: ProcessFacts, child: ProcessFacts): boolean {
  const [a, b] = [parent.argv[0] ?? '', child.argv[0] ?? ''];
  const end = a.indexOf(': ');
  return end > 0 && b.startsWith(a.slice(0, end + 2));
}
