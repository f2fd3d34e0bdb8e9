/** Files beside a record that are called like it: what a program keeps for the same service. */

/** Of one folder: more say nothing more. */
const MOST = 64;

/**
 * Returns those of a folder's names that begin like the record's, without its ending: `bot.pid.lock`, `bot.lock` and
 * `bot.worker.pid` beside `bot.pid`, not `bottle.pid` nor `bot2.pid`.
 */
export function besideNames(fileName: string, names: readonly string[]): string[] {
  const stem = fileName.replace(/(?<=.)\.[^.]+$/, '');
  return names
    .filter(
      (name) => name !== fileName && name.startsWith(stem) && !/[\p{L}\d]/u.test(name[stem.length] ?? ''),
    )
    .slice(0, MOST);
}

/** Digits of it mean nothing. */
const UUID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi;

/** Returns whether a file is called by this pid: `bot-4242.sock`. Of the first pids there are too many numbers. */
export const isCalledBy = (name: string, pid: number): boolean =>
  pid >= 300 &&
  new RegExp(`(?<!\\d)${pid}(?!\\d)`).test(name.slice(name.lastIndexOf('/') + 1).replace(UUID, ' '));
