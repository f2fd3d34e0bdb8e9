/** Who has begun a clean-up, so exactly that it can be proven gone: only then is what it left undone somebody else's. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { hasCode } from '../../common/errors';
import { isGone, readLink, readText } from '../linux/procfs/read';
import { parseProcStat } from '../linux/procfs/procStat';

export interface Owner {
  host: string;
  /** As its own procfs numbers it. */
  pid: number;
  /** With its boot, exact; absent where there is no procfs. */
  startTicks?: number;
  bootId?: string;
  /** As /proc/self/ns/pid links to it. */
  pidNamespace?: string;
  /** One of the lives of the observer's thread in that process. */
  life: string;
}

/** Returns this process, in a new life of its observer. */
export function newOwner(): Owner {
  const bootId = readText('/proc/sys/kernel/random/boot_id');
  const pidNamespace = readLink('/proc/self/ns/pid');
  const text = readText('/proc/self/stat');
  const stat = typeof text === 'string' ? parseProcStat(text) : undefined;
  return {
    host: hostname(),
    pid: stat?.pid ?? process.pid,
    ...(stat === undefined ? {} : { startTicks: stat.startTicks }),
    ...(typeof bootId === 'string' ? { bootId: bootId.trim() } : {}),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
    life: randomUUID(),
  };
}

/** Is it proven that `owner` does nothing any more? `self`: who asks. */
export function isProvenGone(owner: Owner, self: Owner): boolean {
  if (owner.host !== self.host) {
    return false; // one home directory, several machines
  }
  if (owner.bootId !== self.bootId) {
    return owner.bootId !== undefined && self.bootId !== undefined;
  }
  if (owner.pidNamespace !== self.pidNamespace) {
    return false;
  }
  if (owner.pid === self.pid && owner.startTicks === self.startTicks) {
    // A new thread is started only once the one before it has ended.
    return owner.life !== self.life;
  }
  return owner.startTicks === undefined ? !exists(owner.pid) : !mayStillRun(owner);
}

function mayStillRun({ pid, startTicks }: Owner): boolean {
  const text = readText(`/proc/${pid}/stat`);
  if (typeof text !== 'string') {
    return !isGone(text.code);
  }
  const stat = parseProcStat(text);
  return stat === undefined || (stat.startTicks === startTicks && stat.state !== 'Z' && stat.state !== 'X');
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}
