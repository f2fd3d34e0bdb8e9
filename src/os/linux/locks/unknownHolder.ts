/** Held, and no process is known to hold it: why, as far as that can be said. */
import type { HostFacts, ProcessFacts, UnknownHolderReason } from '../../../model/facts';
import type { TableEntry } from './lockTable';
import type { ProcessTable } from '../processes/processTable';

export interface UnknownHolder {
  reason: UnknownHolderReason;
  /** Whoever has the taker's number now: for flock it may be another process by now. */
  takenBy?: ProcessFacts;
  /** Processes of this user that do not show their descriptors: one of them may hold it. */
  denied?: readonly number[];
  /** POSIX lock of a live process whose fdinfo may not be read: the kernel drops such a lock with its owner. */
  isTakersOwn?: true;
}

export interface Search {
  processes: Pick<ProcessTable, 'get' | 'host' | 'liveness' | 'ageOf'>;
  /** Processes that may not be inspected, as the last look at each of them said. */
  denied: ReadonlySet<number>;
  /** procfs is mounted with hidepid: other users' processes are not even listed. */
  hidesProcesses: boolean;
  /** Other machines may lock files of this inode's device. */
  isRemote: boolean;
}

export function whyUnknown(entry: TableEntry, search: Search): UnknownHolder {
  const { processes, denied, hidesProcesses, isRemote } = search;
  const { host } = processes;
  const { pid, type } = entry.line;
  const taker = takerOf(entry, search);
  // Mounted with hidepid, a living process of another user is not to be found at all.
  if (taker !== undefined && (denied.has(pid) || processes.get(pid) === undefined)) {
    const isTakersOwn = type === 'POSIX' ? { isTakersOwn: true as const } : {};
    return { reason: isOwn(taker, host) ? 'protected' : 'otherUser', takenBy: taker, ...isTakersOwn };
  }
  if (host.nestedPidNamespace && pid <= 0) return { reason: 'outsideNamespace' };
  if (taker !== undefined) return { reason: 'takerSilent', takenBy: taker };
  if (denied.size > 0) {
    const own = ownOf(denied, search);
    // Root is refused only what a sandbox hides; anybody else, what other users run.
    if (host.uid === 0 || own.length > 0) {
      return { reason: 'notFound', ...(own.length === 0 ? {} : { denied: own }) };
    }
    return { reason: 'otherUser' };
  }
  if (hidesProcesses) return { reason: 'otherUser' };
  return { reason: isRemote ? 'otherHost' : 'notFound' };
}

/** The living process that took it. One that started after the lock was seen only has the number. */
function takerOf(entry: TableEntry, { processes }: Search): ProcessFacts | undefined {
  const { pid } = entry.line;
  if (pid <= 0) return undefined;
  const known = processes.get(pid);
  if (known === undefined) {
    const liveness = processes.liveness(pid);
    return liveness.state === 'alive' ? liveness.process : undefined;
  }
  if (known.state === 'Z' || known.state === 'X') return undefined;
  const age = processes.ageOf(pid);
  return age !== undefined && age + TICK_MS < performance.now() - entry.since ? undefined : known;
}

/** Start times are told in ticks. */
const TICK_MS = 10;
const MAX_DENIED = 6;

/** A process of this user's that refuses is not dumpable (prctl(2) PR_SET_DUMPABLE): setcap, ssh-agent, a changed uid. */
function isOwn(process: ProcessFacts, host: HostFacts): boolean {
  return process.uid !== undefined && process.uid === host.uid;
}

function ownOf(pids: Iterable<number>, { processes }: Search): number[] {
  const { host } = processes;
  return [...pids]
    .filter((pid) => {
      const process = processes.get(pid);
      return process !== undefined && isOwn(process, host);
    })
    .sort((a, b) => a - b)
    .slice(0, MAX_DENIED);
}

export function isSameUnknown(a: UnknownHolder | undefined, b: UnknownHolder): boolean {
  return (
    a?.reason === b.reason &&
    a.takenBy?.pid === b.takenBy?.pid &&
    a.takenBy?.startTicks === b.takenBy?.startTicks &&
    a.isTakersOwn === b.isTakersOwn &&
    String(a.denied) === String(b.denied)
  );
}
