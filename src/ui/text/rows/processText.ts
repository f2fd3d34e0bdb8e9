import type { ProcessInfo } from '../../../api';
import { inert } from '../words/sanitize';

/** Longest program name in a row; Linux itself keeps 15 bytes. */
const NAME_LIMIT = 32;

/** The program's name as a row shows it: "python3" for "/usr/bin/python3 bot.py". */
export function programName(command: string): string {
  const first = command.trimStart().split(/\s/, 1)[0] ?? '';
  // "-bash" is a login shell, "nginx:" a title that the process gave itself.
  const name = first.replace(/^-/, '').replace(/:$/, '').split('/').at(-1) ?? '';
  return inert(name.replace(/^\[|\]$/g, '') || first, NAME_LIMIT);
}

/** A process is its pid and its start time: the identity used for row ids and for "the same conflict". */
export function processKey(process: ProcessInfo): string {
  return `${process.pid}@${process.startTime ?? '?'}`;
}
