import * as l10n from '@vscode/l10n';
import type { ProcessInfo } from '../../../api';
import { programOfArguments } from '../../../model/processes/program';
import { inert } from '../words/sanitize';
import { holderBefore, holderFirst } from './narrow';

/** Longest program name in a row of a side bar; Linux itself keeps 15 bytes. */
const NAME_LIMIT = 16;
/** The same where there is more room: on pages, in dialogs and lists. */
export const ROOMY_NAME_LIMIT = 40;

/** In a line of words a path with spaces has fallen apart: what ends like a file's name is the whole of it. */
const FILE = /^[^-].*\.[A-Za-z]\w{0,5}$/;

/**
 * Returns what a row calls a process, made from its command line as it is shown: the script or module where an
 * interpreter runs one ("bot.py" for "/usr/bin/python3 bot.py"), else the program.
 */
export function programName(command: string, limit = NAME_LIMIT): string {
  const words = command.trim().split(/\s+/);
  const [first = ''] = words;
  const { name, key, scripted } = programOfArguments(words);
  if (scripted && (FILE.test(name) || key === `-m ${name}`)) {
    return inert(name, limit);
  }
  // "-bash" is a login shell, "nginx:" a title that the process gave itself.
  const own = first.replace(/^-/, '').replace(/:$/, '').split('/').at(-1) ?? '';
  return inert(own.replace(/^\[|\]$/g, '') || first, limit);
}

/** `pid 4242 bot.py`; of a process that shows no command line the pid alone. */
export function pidAndProgram(pid: number, command: string, limit = NAME_LIMIT): string {
  return pidAndName(pid, programName(command, limit));
}

/** The same, of a name that is short enough. */
export function pidAndName(pid: number, name: string): string {
  return name === '' ? l10n.t('pid {0}', pid) : l10n.t('pid {0} {1}', pid, name);
}

/** The same at the beginning of a row in a narrow side bar. */
export const processFirst = (pid: number, command: string): string =>
  holderFirst(programName(command, ROOMY_NAME_LIMIT), (name) => pidAndName(pid, name));

/** The same below a service, before what must be in sight as well. */
export const processBefore = (pid: number, command: string, lead: string): string =>
  holderBefore(programName(command, ROOMY_NAME_LIMIT), (name) => pidAndName(pid, name), lead);

/** `pids 1, 2, 3 and 4 more`. */
export function fewPids(pids: readonly number[]): string {
  const shown = [...pids].sort((a, b) => a - b).slice(0, 3);
  const more = pids.length - shown.length;
  return more === 0
    ? l10n.t('pids {0}', shown.join(', '))
    : l10n.t('pids {0} and {1} more', shown.join(', '), more);
}

/** A process is its pid and its start time: the identity used for row ids and for "the same conflict". */
export function processKey(process: ProcessInfo): string {
  return `${process.pid}@${process.startTime ?? '?'}`;
}
