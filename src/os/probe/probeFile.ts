/**
 * One probe of one file: is it flock'ed by anybody? Read-only, and held for about a microsecond, but it is a lock: a
 * starter that asks for it in that microsecond is refused. Call it through `createActiveProbe`, which keeps the pace.
 */
import * as fs from 'node:fs';
import { codeOf, reasonOf } from '../../common/errors';
import { isLinux } from '../system';
import { LOCK_NB, LOCK_SH, LOCK_UN, type FsExt } from './fsExt';

export type ProbeResult =
  | { answer: 'held' }
  | { answer: 'free' }
  /** `reason`: a code of errno(3), or one of the words below. */
  | { answer: 'unavailable'; reason: string };

/** Linux: a descriptor that names the file without opening it. fcntl.h */
const O_PATH = 0o10000000;
const FREE: ProbeResult = { answer: 'free' };
const HELD: ProbeResult = { answer: 'held' };

/** Opens, probes and closes in one synchronous step. Never creates, truncates or writes; never throws. */
export function probeFile(fsExt: FsExt, path: string): ProbeResult {
  let fd: number;
  try {
    const opened = isLinux() ? openRegularByPath(path) : openRegularByStat(path);
    if (typeof opened === 'string') {
      return { answer: 'unavailable', reason: opened };
    }
    fd = opened;
  } catch (error) {
    return { answer: 'unavailable', reason: reasonOf(error) };
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
 * A FIFO must not even be opened (closing it can kill its writer with SIGPIPE), nor a device. O_PATH touches nothing;
 * once the file is known to be regular, that very file is opened through procfs, whatever has the name by then.
 */
function openRegularByPath(path: string): number | string {
  const named = fs.openSync(path, O_PATH);
  try {
    const refusal = refuse(fs.fstatSync(named, { bigint: true }), '/proc/self/fd');
    return refusal ?? fs.openSync(`/proc/self/fd/${named}`, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } finally {
    fs.closeSync(named);
  }
}

function openRegularByStat(path: string): number | string {
  const before = refuse(fs.statSync(path, { bigint: true }), '/dev/fd');
  if (before !== undefined) {
    return before;
  }
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  if (!fs.fstatSync(fd).isFile()) {
    fs.closeSync(fd);
    return 'notRegular';
  }
  return fd;
}

/** Why this file may not be opened here. `ownDescriptors`: the directory that lists what this process has open. */
function refuse(file: fs.BigIntStats, ownDescriptors: string): 'notRegular' | 'openHere' | undefined {
  if (!file.isFile()) {
    return 'notRegular';
  }
  // Closing any descriptor of a file drops every POSIX lock this process has on it: fcntl(2). Another extension in
  // this host may rely on one.
  for (const name of fs.readdirSync(ownDescriptors)) {
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
