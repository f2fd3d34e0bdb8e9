/**
 * One probe of one file: is it flock'ed by anybody? Read-only, and held for about a microsecond, but it is a lock: a
 * starter that asks for it in that microsecond is refused. Call it through `createActiveProbe`, which keeps the pace.
 */
import * as fs from 'node:fs';
import { codeOf, hasCode, reasonOf } from '../../common/errors';
import { O_PATH } from '../linux/regularFile';
import { openRegularHere } from '../openHere';
import { isLinux } from '../system';
import { LOCK_NB, LOCK_SH, LOCK_UN, type FsExt } from './fsExt';

export type ProbeResult =
  | { answer: 'held' }
  | { answer: 'free' }
  /** `reason`: a code of errno(3), or one of the words below. */
  | { answer: 'unavailable'; reason: string };

const FREE: ProbeResult = { answer: 'free' };
const HELD: ProbeResult = { answer: 'held' };

/** Opens, probes and closes in one synchronous step. Never creates, truncates or writes; never throws. */
export function probeFile(fsExt: FsExt, path: string): ProbeResult {
  let fd: number;
  try {
    fd = openRegularHere(path, { refuse: openHere });
  } catch (error) {
    return { answer: 'unavailable', reason: hasCode(error, 'ENOTFILE') ? 'notRegular' : reasonOf(error) };
  }
  try {
    try {
      fsExt.flock(fd, LOCK_SH | LOCK_NB);
    } catch (error) {
      const code = codeOf(error);
      return code === 'EAGAIN' || code === 'EWOULDBLOCK'
        ? HELD
        : { answer: 'unavailable', reason: reasonOf(error) };
    }
    // Given back at once, not by the close below: a child that another thread forks between the two shares the open
    // file description, and would keep the lock until its exec.
    fsExt.flock(fd, LOCK_UN);
    return FREE;
  } catch (error) {
    return { answer: 'unavailable', reason: reasonOf(error) };
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Closing any descriptor of a file drops every POSIX lock this process has on it: fcntl(2). Something else in this
 * process may rely on one, so a file that it has open is left alone.
 */
function openHere(file: fs.BigIntStats): 'openHere' | undefined {
  for (const name of fs.readdirSync(isLinux() ? '/proc/self/fd' : '/dev/fd')) {
    let own: fs.BigIntStats;
    try {
      own = fs.fstatSync(Number(name), { bigint: true });
    } catch {
      continue; // the descriptor that listed the directory
    }
    // An O_PATH descriptor holds no lock; ours is the only one here, and has no name but its number.
    if (own.ino === file.ino && own.dev === file.dev && !isPathOnly(name)) {
      return 'openHere';
    }
  }
  return undefined;
}

/** proc(5) fdinfo: `flags:` in octal. Elsewhere there are no such descriptors. */
function isPathOnly(name: string): boolean {
  if (!isLinux()) {
    return false;
  }
  const flags = /^flags:\s*([0-7]+)$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${name}`, 'latin1'))?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & O_PATH) !== 0;
}
