/** A lock of the table and the processes that were found to hold it, as facts. */
import type { HolderFacts, LockFacts, ProcessFacts } from '../../../model/facts';
import type { Claim, LockClaims } from './claims';
import { accessOf, kindOf } from '../procfs/lockLine';
import type { TableEntry } from './lockTable';
import type { ProcessTable } from '../processes/processTable';

type Processes = Pick<ProcessTable, 'get' | 'parentOf'>;

/** Of all that fdinfo shows, the claims on one file. `lines`: every lock and waiter on its inode. */
export function lockFacts(
  lock: LockClaims,
  claims: readonly Claim[],
  lines: readonly TableEntry[],
  deletedInode: boolean,
  processes: Processes,
): LockFacts | undefined {
  const { line } = lock.entry;
  const kind = kindOf(line);
  if (kind === undefined || line.dev === undefined || line.ino === undefined) return undefined;
  const holders = holderFacts(claims, line.pid, kind === 'ofd', processes);
  const unknown = lock.unknown;
  if (holders.length === 0 && unknown?.isTakersOwn === true && unknown.takenBy !== undefined) {
    holders.push({ process: unknown.takenBy, inherited: false, proven: false });
  }
  const id = { dev: line.dev, ino: line.ino };
  const waiters = waitersOf(lock.entry, lines, processes);
  const facts: LockFacts = { kind, access: accessOf(line), id, deletedInode, holders, waiters };
  if (kind !== 'flock') {
    facts.start = line.start;
    facts.end = line.end;
  }
  if (line.pid > 0) facts.taker = line.pid;
  if (holders.length === 0) return { ...facts, ...unknownFacts(lock) };
  const takenBy = absentTaker(line.pid, holders, processes);
  if (takenBy !== undefined) facts.takenBy = takenBy;
  return facts;
}

function absentTaker(
  taker: number,
  holders: readonly HolderFacts[],
  processes: Processes,
): ProcessFacts | undefined {
  if (taker <= 0 || holders.some(({ process }) => process.pid === taker)) return undefined;
  const process = processes.get(taker);
  return process?.state === 'Z' || process?.state === 'X' ? undefined : process;
}

/** Why no holder is known. */
function unknownFacts({ unknown }: LockClaims): Pick<LockFacts, 'unknown' | 'takenBy' | 'denied'> {
  if (unknown === undefined) return { unknown: 'pending' };
  const { reason, takenBy, denied } = unknown;
  return {
    unknown: reason,
    ...(takenBy === undefined ? {} : { takenBy }),
    ...(denied === undefined ? {} : { denied }),
  };
}

const NOTHING: ReadonlySet<never> = new Set();

export function holderFacts(
  claims: readonly Claim[],
  taker: number,
  isOfd: boolean,
  processes: Processes,
): HolderFacts[] {
  const pids = isOfd ? new Set(claims.map(({ pid }) => pid)) : NOTHING;
  const holders: HolderFacts[] = [];
  for (const { pid, fd } of claims) {
    const process = processes.get(pid);
    if (process === undefined) continue;
    // An OFD lock has no taker: among its holders the one that descends from another has it from there.
    const inherited = isOfd ? descendsFromOneOf(pid, pids, processes) : pid !== taker;
    holders.push({ process, inherited, proven: true, fd });
  }
  return holders.length < 2
    ? holders
    : holders.sort((a, b) => Number(a.inherited) - Number(b.inherited) || a.process.pid - b.process.pid);
}

function descendsFromOneOf(pid: number, others: ReadonlySet<number>, processes: Processes): boolean {
  const met = new Set([pid]);
  for (let at = processes.parentOf(pid); at !== undefined && at > 0; at = processes.parentOf(at)) {
    if (met.has(at)) return false;
    met.add(at);
    if (others.has(at)) return true;
  }
  return false;
}

export function waitersOf(
  entry: TableEntry,
  lines: readonly TableEntry[],
  processes: Pick<Processes, 'get'>,
): ProcessFacts[] {
  if (lines.length < 2) return [];
  const waiters = new Map<number, ProcessFacts>();
  for (const { line, blocker } of lines) {
    if (!line.waiter || blocker !== entry) continue;
    const process = line.pid > 0 ? processes.get(line.pid) : undefined;
    // pid 0: it waits outside this namespace.
    waiters.set(line.pid, process ?? { pid: line.pid, comm: '', argv: [] });
  }
  return [...waiters.values()];
}
