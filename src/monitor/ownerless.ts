/** Adds evidence on lock files that name no process: only where a service is inspected, so that ticks cost nothing for it. */
import { defined } from '../common/defined';
import type { LockFileFacts, ServiceFacts } from '../model/facts';
import { isGitLock } from '../model/ownerless/gitLock';
import type { Apart } from '../os/apart/index';
import type { Platform } from '../os/platform';

export async function withOwnerless(
  facts: ServiceFacts,
  { ownerless, apart }: Pick<Platform, 'ownerless'> & { apart?: Pick<Apart, 'mountAt'> | undefined },
): Promise<ServiceFacts> {
  const isAsked = ({ file: { path, status } }: LockFileFacts): boolean =>
    status === 'file' && isGitLock(path) && apart?.mountAt(path) === undefined;
  if (ownerless === undefined || !facts.lockFiles.some(isAsked)) return facts;
  const lockFiles: LockFileFacts[] = [];
  for (const lock of facts.lockFiles) {
    lockFiles.push(isAsked(lock) ? { ...lock, ...defined({ ownerless: await ownerless(lock.file) }) } : lock);
  }
  return { ...facts, lockFiles };
}
