/** What a run does with locks that a mere second run does not: it waits for its turn, or it has a lock of its own. */
import type { ProcessFacts, ServiceFacts, TakenFile } from '../facts';
import { lockedPaths } from '../locks';
import { programOf } from '../processes/program';
import type { ProcessTree } from '../processes/processTree';
import type { Difference } from './proof';
import type { Run } from './runDifferences';

const keyOf = ({ dev, ino, bytes = '' }: TakenFile): string => `${dev} ${ino} ${bytes}`;

/** Returns the pids that are blocked until one of the service's locks is free. */
export const waitingFor = (facts: ServiceFacts): ReadonlySet<number> =>
  new Set(
    lockedPaths(facts).flatMap(({ locks }) => locks.flatMap(({ waiters }) => waiters.map(({ pid }) => pid))),
  );

/** Does it run nothing yet: is it `flock(1)` that waits for the lock, or what runs nothing but that? */
export function isQueued(process: ProcessFacts, waiting: ReadonlySet<number>, tree: ProcessTree): boolean {
  const { role, scripted, name } = programOf(process);
  if (role !== 'wrapper') {
    return false;
  }
  const below = tree.descendants(process);
  // `( flock 9; … ) 9>job.lock` of a script: it goes on when the service's own lock is free, as flock(1) advises.
  if (scripted) {
    return (
      below.some(({ pid }) => waiting.has(pid)) &&
      below.every((one) => waiting.has(one.pid) || isQueued(one, waiting, tree))
    );
  }
  // Without a command below it, it waits, if only for a lock that no service watches.
  return waiting.has(process.pid) || name === 'flock'
    ? below.length === 0
    : below.length > 0 && below.every((one) => isQueued(one, waiting, tree));
}

export interface LockRun extends Run {
  /** It holds one of the service's locks. */
  holds: boolean;
  /** It holds that without having taken it. */
  inherits: boolean;
  /** A live record of the service names it first. */
  recorded: boolean;
}

/** A second run that was refused the lock started later than who holds it. */
const startedBefore = ({ startTicks: a }: ProcessFacts, { startTicks: b }: ProcessFacts): boolean =>
  a !== undefined && b !== undefined && a < b;

/** Did the owner get the lock from a process that is gone, as a worker does whose master was killed? */
const isLeftOver = ({ root, inherits }: LockRun, tree: ProcessTree): boolean =>
  inherits &&
  root.pgid !== undefined &&
  root.pgid !== root.pid &&
  tree.get(root.pgid) === undefined &&
  (root.ppid === 1 || tree.parent(root) === undefined);

/** Returns what its locks say against `other` being just one run too many of what `owner` runs. */
export function lockDifferences(
  owner: LockRun,
  other: LockRun,
  facts: ServiceFacts,
  tree: ProcessTree,
): Difference[] {
  const waiting = waitingFor(facts);
  const takenBy = (processes: readonly ProcessFacts[]): readonly TakenFile[] =>
    processes.flatMap(({ pid }) => facts.taken?.get(pid) ?? []);
  const ofService = new Set(lockedPaths(facts).flatMap(({ locks }) => locks.map(({ id }) => keyOf(id))));
  const ofOwner = new Set(takenBy(owner.processes).map(keyOf));
  const isOwn = ({ bytes, ...file }: TakenFile): boolean =>
    !ofService.has(keyOf(file)) &&
    !ofOwner.has(keyOf({ ...file, ...(bytes === undefined ? {} : { bytes }) }));
  // A script that took a lock works under it by what it runs, which need not have it open.
  const above = tree.ancestors(other.root);
  const ownersAbove = new Set(tree.ancestors(owner.root).map(({ pid }) => pid));
  const ofOther = [...other.processes, ...above.filter(({ pid }) => !ownersAbove.has(pid))];
  const waitsElsewhere = other.processes.some(
    ({ pid }) => !waiting.has(pid) && facts.runs?.get(pid)?.waits === true,
  );
  return [
    ...(owner.holds && !other.holds && startedBefore(other.root, owner.root) ? ['older' as const] : []),
    ...(isLeftOver(owner, tree) ? ['ownerLeft' as const] : []),
    ...(other.processes.some(({ pid }) => waiting.has(pid)) ? ['waits' as const] : []),
    ...(waitsElsewhere ? ['waitsElsewhere' as const] : []),
    ...(takenBy(ofOther).some(isOwn) ? ['ownLock' as const] : []),
  ];
}
