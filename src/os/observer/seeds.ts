/** The processes that a service's files name: where its facts begin. */
import type { LockFacts, LockFileFacts, PidFileFacts, ProcessFacts, RecordFacts } from '../../model/facts';

export interface Seeds {
  /** Holders, waiters, recorded processes: those whose state should be fresh. */
  all: Set<number>;
  /** Beside them those that would matter if they came or changed: dead takers, dead recorded pids. */
  watched: number[];
  /** As they were read for the record's sake. */
  recorded: ProcessFacts[];
  /** Who holds one of the locks or is named by one of the records. */
  owners: Set<number>;
}

type Locked = readonly { locks: readonly LockFacts[] }[];

export function holdersOf(lockFiles: Locked, pidFiles: Locked): Set<number> {
  const holders = new Set<number>();
  noteHolders(lockFiles, holders);
  noteHolders(pidFiles, holders);
  return holders;
}

function noteHolders(files: Locked, holders: Set<number>): void {
  for (const { locks } of files) {
    for (const lock of locks) for (const { process } of lock.holders) holders.add(process.pid);
  }
}

export function seedsOf(lockFiles: readonly LockFileFacts[], pidFiles: readonly PidFileFacts[]): Seeds {
  const owners = holdersOf(lockFiles, pidFiles);
  const seeds: Seeds = { all: new Set(owners), watched: [], recorded: [], owners };
  for (const { locks, record } of lockFiles) {
    noteLocks(locks, seeds);
    noteRecord(record, seeds);
  }
  for (const { locks, content } of pidFiles) {
    noteLocks(locks, seeds);
    noteRecord(content, seeds);
  }
  return seeds;
}

function noteLocks(locks: readonly LockFacts[], { all, watched }: Seeds): void {
  for (const { taker, waiters } of locks) {
    if (taker !== undefined) watched.push(taker);
    for (const { pid } of waiters) if (pid > 0) all.add(pid);
  }
}

function noteRecord(facts: RecordFacts | undefined, { all, watched, recorded, owners }: Seeds): void {
  if (facts?.record.pid === undefined) return;
  const { pid, pids = [], others = [] } = facts.record;
  for (const one of [pid, ...pids, ...others]) watched.push(one);
  for (const { liveness } of facts.alternatives ?? []) {
    if (liveness?.state !== 'alive') continue;
    all.add(liveness.process.pid);
    recorded.push(liveness.process);
  }
  for (const inner of facts.inner ?? []) {
    all.add(inner.pid);
    owners.add(inner.pid);
  }
  // With the last of these the record becomes stale.
  for (const former of facts.namedBefore ?? []) watched.push(former.pid);
  if (facts.liveness?.state === 'dead') {
    const { groupRuns = [], childrenRun = [] } = facts.liveness;
    watched.push(...groupRuns, ...childrenRun.map((child) => child.pid));
  }
  if (facts.liveness?.state !== 'alive') return;
  const { process } = facts.liveness;
  all.add(process.pid);
  owners.add(process.pid);
  recorded.push(process);
}
