/** Small questions about one process, and how it is written out. */
import * as l10n from '@vscode/l10n';
import { defined } from '../../common/defined';
import type { ProcessInfo, ProcessRef } from '../../api';
import { programLine } from './programLine';
import type { HostFacts, ProcessFacts } from '../facts';
import { programOf, programOfArguments } from './program';
import { supervisorText } from './supervisors';
import { hideSecretsInArgv } from '../secrets/index';
import { oneLine } from '../text';

/** One process is written out for every service it concerns: once per set of facts is enough. */
const written = new WeakMap<ProcessFacts, string>();

/** Characters shown of a command line; what is behind so many more cannot come into view by hiding. */
const SHOWN = 2048;
const READ = 8 * SHOWN;

let isWithoutArguments = false;

/**
 * Makes something in which every process is written as program and script only, in sentences as well: for who may not see
 * arguments. `make` must not wait.
 */
export function withoutArguments<T>(make: () => T): T {
  const before = isWithoutArguments;
  isWithoutArguments = true;
  try {
    return make();
  } finally {
    isWithoutArguments = before;
  }
}

/** The command line, secrets hidden; `[comm]` where no arguments are to be had, as ps(1) prints it. */
export function commandLine(process: ProcessFacts): string {
  if (isWithoutArguments) {
    return programLine(process);
  }
  let text = written.get(process);
  if (text === undefined) {
    const { argv, comm } = process;
    text = oneLine(
      argv.length > 0 ? hideSecretsInArgv(firstOf(argv)).join(' ').trimEnd() : `[${comm || '?'}]`,
      SHOWN,
    );
    written.set(process, text);
  }
  return text;
}

/** As much of the arguments as may be shown: hiding takes time in proportion. */
function firstOf(argv: readonly string[]): readonly string[] {
  let left = READ;
  const end = argv.findIndex((argument) => (left -= argument.length + 1) < 0);
  return end < 0 ? argv : [...argv.slice(0, end), (argv[end] ?? '').slice(0, READ)];
}

/** `4242 (python3 bot.py)`: for the middle of a sentence. */
export function pidAndCommand(process: ProcessFacts): string {
  return pidWithCommand(process.pid, commandLine(process));
}

/** The same, of a command line as it is shown. In which folders its program and script lie, the sentence need not say. */
export const pidWithCommand = (pid: number, command: string): string =>
  `${pid} (${oneLine(withoutFolders(command), COMMAND_LIMIT)})`;

/** The same with the whole paths: for a line that says what is known of the process. */
export const pidAndWholeCommand = (process: ProcessFacts): string =>
  `${process.pid} (${oneLine(commandLine(process), COMMAND_LIMIT)})`;

/** Longest command line in a sentence. */
const COMMAND_LIMIT = 100;

const folderOf = /^\/(?:.*\/)?(?=[^/])/;

/** `node bot.js --verbose` for `/usr/bin/node /srv/bot/bot.js --verbose`; arguments stay as they are. */
export function withoutFolders(command: string): string {
  if (!command.includes('/')) {
    return command;
  }
  const words = command.split(' ');
  const { name, scripted } = programOfArguments(words);
  const script = scripted ? words.findIndex((word, index) => index > 0 && word.endsWith(`/${name}`)) : -1;
  return words
    .map((word, index) => (index === 0 || index === script ? word.replace(folderOf, '') : word))
    .join(' ');
}

/** `4242 (python3 bot.py) and 4243 (…)`. */
export function listPids(processes: readonly ProcessFacts[]): string {
  return listWords(processes, pidAndCommand);
}

/** `a`, `a and b`, `a, b and c`; more than six are counted, and those that are only counted are not written. */
export function listWords<T>(things: readonly T[], write: (thing: T) => string): string {
  if (things.length > 6) {
    return l10n.t('{0} and {1} more', things.slice(0, 5).map(write).join(', '), things.length - 5);
  }
  const words = things.map(write);
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : l10n.t('{0} and {1}', words.slice(0, -1).join(', '), last);
}

/** Zombies hold nothing and run nothing, though the pid still exists. */
export const isRunning = (process: ProcessFacts): boolean =>
  process.state !== 'Z' &&
  process.state !== 'X' &&
  (process.tgid === undefined || process.tgid === process.pid);

/**
 * Could it be a service at all, and write a record? A kernel thread never is; pid 1 is one only in a container, where it
 * may be the service itself, and outside it keeps the system running.
 */
export const mayBeService = (process: ProcessFacts, host: HostFacts): boolean =>
  process.kernelThread !== true &&
  (process.pid > 1 ||
    (process.pid === 1 && host.nestedPidNamespace && programOf(process).role === 'program'));

/** States of proc(5) in which a process keeps its locks but does not act: stopped, traced, frozen. */
export const isStopped = (process: ProcessFacts): boolean =>
  process.state === 'T' || process.state === 't' || process.state === 'Z' || process.frozen === true;

/** The same of what is shown of it. */
const shown = new WeakMap<ProcessFacts, ProcessInfo>();

export function processInfo(process: ProcessFacts): ProcessInfo {
  if (isWithoutArguments) {
    return infoOf(process);
  }
  let info = shown.get(process);
  if (info === undefined) {
    info = infoOf(process);
    shown.set(process, info);
  }
  return info;
}

function infoOf(process: ProcessFacts): ProcessInfo {
  const { pid, startTime, ppid, user, cwd, state, supervisor } = process;
  return {
    pid,
    ...defined({ startTime, ppid, user }),
    command: commandLine(process),
    ...defined({ cwd, state }),
    ...(supervisor === undefined ? {} : { supervisor: supervisorText(supervisor) }),
  };
}

export function processRef(process: ProcessFacts): ProcessRef {
  // The kernel prints pid 0 for a waiter outside this PID namespace.
  return process.pid > 0 ? { pid: process.pid, command: commandLine(process) } : { pid: 0 };
}
