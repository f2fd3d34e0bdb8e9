/** The logs that a process writes, by its descriptors: proc_pid_fd(5). Asked once, when the user begins to watch it. */
import * as fs from 'node:fs';
import type { OpenLog } from '../../platform';
import { touching } from '../../heartbeat';
import { readLink } from '../procfs/read';

/** What a log is called: `bot.log`, `bot.log.1`, `out.err`, anything below `logs/`. */
const LOG = /\.(?:log|out|err)(?:\.\d{1,3})?$|\/logs?\/[^/]+$/i;

/** Descriptors checked; a process with more has other things in mind than a log. */
const LIMIT = 4096;

/**
 * Returns the regular files among its descriptors that are called like a log, each once. Empty for a process that is
 * gone or may not be inspected.
 */
export function openLogsOf(pid: number, procfs = '/proc'): OpenLog[] {
  const folder = `${procfs}/${pid}/fd`;
  const paths = new Set(
    namesIn(folder)
      .slice(0, LIMIT)
      .flatMap((name) => readLink(`${folder}/${name}`) ?? [])
      .filter((path) => path.startsWith('/') && LOG.test(path)),
  );
  return [...paths].flatMap((path) => logAt(path) ?? []);
}

function namesIn(folder: string): string[] {
  touching(folder);
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function logAt(path: string): OpenLog | undefined {
  touching(path);
  try {
    const stat = fs.lstatSync(path);
    return stat.isFile() ? { path, modified: stat.mtimeMs } : undefined;
  } catch {
    return undefined; // rotated away, or deleted
  }
}
