/**
 * Who holds the locks that the kernel of macOS lists on a file. It names the owner of a POSIX lock. Of an flock it says
 * on each open file whether one was taken through it, and not whether it was given back: that proves a holder only where
 * one family of processes has such a file open, and no process that hides its descriptors runs the same program. Of a
 * lock of an open file description it says nothing but where it lies.
 */
import type { FileId, HolderFacts, LockFacts, ProcessFacts } from '../../model/facts';
import { ancestorsOf } from '../../model/processes/treeWalk';
import type { FileLock, FileUse, Opener } from '../native/darwin/calls';

export interface Lookup {
  /** The process, and whether it is exactly this one; `pending`: the list of processes does not have it yet. */
  find: (pid: number, uniqueId: string | undefined) => { process: ProcessFacts; isSame: boolean } | 'pending';
  parentOf: (pid: number) => number | undefined;
}

type Held = Pick<LockFacts, 'kind' | 'holders' | 'unknown' | 'users'>;

const WHOLE_FILE = { start: '0', end: 'EOF' } as const;

/** `use`: absent, no process has been inspected yet. */
export function lockFactsOf(
  { locks, use }: { locks: readonly FileLock[]; use: FileUse | undefined },
  id: FileId,
  lookup: Lookup,
): LockFacts[] {
  const found = new Map<string, LockFacts>();
  for (const lock of locks) {
    const { access, start, end, owner } = lock;
    const held = owner === undefined ? heldByOpenFile(lock, use, lookup) : heldBy(owner, lookup);
    const range = held.kind === 'flock' ? {} : { start, end };
    const facts: LockFacts = { access, id, deletedInode: false, waiters: [], ...range, ...held };
    // Those who share a range are holders of one lock.
    const key = [held.kind, access, start, end].join(' ');
    const other = found.get(key);
    found.set(key, other === undefined ? facts : joined(other, facts));
  }
  return [...found.values()];
}

function joined(a: LockFacts, b: LockFacts): LockFacts {
  const { unknown, ...facts } = { ...a, holders: [...a.holders, ...b.holders] };
  return facts.holders.length > 0 || unknown === undefined ? facts : { ...facts, unknown };
}

function heldBy({ pid, uniqueId }: NonNullable<FileLock['owner']>, lookup: Lookup): Held {
  const found = lookup.find(pid, uniqueId);
  if (found === 'pending') return { kind: 'posix', holders: [], unknown: 'pending' };
  const { process, isSame } = found;
  const proof = isSame ? ({ proven: true, evidence: 'kernelNames' } as const) : { proven: false };
  return { kind: 'posix', holders: [{ process, inherited: false, ...proof }] };
}

function heldByOpenFile(lock: FileLock, use: FileUse | undefined, lookup: Lookup): Held {
  // An flock is of the whole file.
  const isWhole = lock.start === WHOLE_FILE.start && lock.end === WHOLE_FILE.end;
  if (use === undefined) return { kind: isWhole ? 'flock' : 'ofd', holders: [], unknown: 'pending' };
  const takers = isWhole ? use.openers.filter(({ tookFlock }) => tookFlock) : [];
  const kind = isWhole && (takers.length > 0 || use.hidden > 0) ? 'flock' : 'ofd';
  const may = takers.length > 0 ? takers : use.openers.filter((opener) => mayHaveTaken(lock, opener));
  if (may.length === 0) {
    return { kind, holders: [], unknown: use.hidden > 0 ? 'otherUser' : 'notFound' };
  }
  const known = may.map((opener) => ({ opener, found: lookup.find(opener.pid, opener.uniqueId) }));
  if (known.some(({ found }) => found === 'pending')) return { kind, holders: [], unknown: 'pending' };
  const holders = use.isSettled ? provenHolders(takers, lookup) : [];
  if (holders.length > 0) return { kind, holders };
  const users = new Map(
    known.flatMap(({ opener, found }) => (found === 'pending' ? [] : [[opener.pid, found.process]])),
  );
  return {
    kind,
    holders: [],
    unknown: use.hidden > 0 ? 'mayHold' : 'oneOfUsers',
    users: [...users.values()],
  };
}

/** A write lock of an open file description needs a descriptor that may write: fcntl(2), EBADF. */
const mayHaveTaken = ({ access }: FileLock, { mayRead, mayWrite }: Opener): boolean =>
  access === 'write' ? mayWrite : mayRead;

/** Returns the one family that has taken an flock, with the process that the others come from first; else none. */
function provenHolders(takers: readonly Opener[], { find, parentOf }: Lookup): HolderFacts[] {
  const root = rootOf([...new Set(takers.map(({ pid }) => pid))], parentOf);
  if (root === undefined || takers.some(({ hasHiddenTwin }) => hasHiddenTwin)) return [];
  const holders = new Map<number, HolderFacts>();
  const isFamily = takers.some(({ pid }) => pid !== root);
  for (const { pid, uniqueId, fd, isShared } of takers) {
    const found = find(pid, uniqueId);
    if (found === 'pending' || !found.isSame) return [];
    // What a child has from its parent is the same open file, which both hold; else it is one of two.
    if (isFamily && !isShared) return [];
    const facts: HolderFacts = {
      process: found.process,
      inherited: pid !== root,
      proven: true,
      evidence: 'onlyTaker',
      fd,
    };
    if (!holders.has(pid)) holders.set(pid, facts);
  }
  return [...holders.values()].sort((a, b) => Number(a.inherited) - Number(b.inherited));
}

/** The process that all others come from. */
function rootOf(pids: readonly number[], parentOf: Lookup['parentOf']): number | undefined {
  return pids.find((root) =>
    pids.every((pid) => pid === root || [...ancestorsOf(pid, parentOf)].includes(root)),
  );
}
