/**
 * One probe of one file: is it locked by anybody? F_GETLK takes nothing. flock(2) is read-only, and held for about a
 * microsecond, but it is a lock: a starter that asks for it in that microsecond is refused. Call it through `createActiveProbe`, which keeps the pace.
 */
import * as fs from 'node:fs';
import { codeOf, hasCode, reasonOf } from '../../common/errors';
import type { FileLocks } from '../native/fileLocks';
import { O_PATH } from '../linux/regularFile';
import { openRegularHere } from '../openHere';
import type { ProbeAnswer } from '../platform';
import { isLinux } from '../system';
import { LOCK_NB, LOCK_SH, LOCK_UN, type FsExt } from './fsExt';

export type ProbeResult =
  | { answer: Exclude<ProbeAnswer, 'unavailable'> }
  /** `reason`: a code of errno(3), or one of the words below. */
  | { answer: 'unavailable'; reason: string };

/** What there is to ask with; without either a file cannot be probed. */
export interface ProbeMeans {
  /** Takes the lock for a moment. */
  flock?: FsExt | undefined;
  /** Takes nothing. */
  records?: Pick<FileLocks, 'lockOn' | 'seesFlock'> | undefined;
}

/**
 * Opens, asks and closes in one synchronous step. Never creates, truncates or writes; never throws. What takes nothing is
 * asked first. `isPassive`: nothing else is.
 */
export function probeFile(means: ProbeMeans, path: string, isPassive = false): ProbeResult {
  let fd: number;
  try {
    fd = openRegularHere(path, { refuse: openHere });
  } catch (error) {
    return { answer: 'unavailable', reason: hasCode(error, 'ENOTFILE') ? 'notRegular' : reasonOf(error) };
  }
  try {
    const { records } = means;
    const record = records?.lockOn(fd);
    if (typeof record === 'string' && record !== 'none') return { answer: record };
    if (record === 'none' && records?.seesFlock === true) return { answer: 'freeOfAll' };
    if (isPassive) {
      return { answer: 'unavailable', reason: typeof record === 'object' ? record.code : 'passive' };
    }
    if (means.flock === undefined) return { answer: 'unavailable', reason: 'noFlock' };
    const flock = askFlock(means.flock, fd);
    return flock.answer === 'free' && record === 'none' ? { answer: 'freeOfAll' } : flock;
  } catch (error) {
    return { answer: 'unavailable', reason: reasonOf(error) };
  } finally {
    fs.closeSync(fd);
  }
}

function askFlock(fsExt: FsExt, fd: number): ProbeResult {
  try {
    fsExt.flock(fd, LOCK_SH | LOCK_NB);
  } catch (error) {
    const code = codeOf(error);
    return code === 'EAGAIN' || code === 'EWOULDBLOCK'
      ? { answer: 'held' }
      : { answer: 'unavailable', reason: reasonOf(error) };
  }
  // Given back at once, not by the close: a child that another thread forks between the two shares the open file
  // description, and would keep the lock until its exec.
  fsExt.flock(fd, LOCK_UN);
  return { answer: 'free' };
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
