/** Which locks protect a record: those on its own file, else those of the service's lock files. */
import type { LockFacts, ServiceFacts } from './facts';
import type { JudgedRecord } from './records/records';

export function locksProtecting(
  record: Pick<JudgedRecord, 'path' | 'locks'>,
  facts: ServiceFacts,
): { path: string; locks: readonly LockFacts[] }[] {
  if (record.locks.length > 0) {
    return [{ path: record.path, locks: record.locks }];
  }
  return facts.lockFiles
    .filter(({ locks }) => locks.length > 0)
    .map(({ file, locks }) => ({ path: file.path, locks }));
}

export const isHeldAnywhere = (record: Pick<JudgedRecord, 'path' | 'locks'>, facts: ServiceFacts): boolean =>
  locksProtecting(record, facts).length > 0;
