import type { ServiceSnapshot } from '../../../api';
import { capabilities, type Capability } from '../../../contributions';
import { isGitLock } from '../../../model/ownerless/gitLock';
import { isElsewhere } from './heldRows';

/** What can be done with a process: the same wherever it is shown, in Held Locks too. */
export function processCan(service: ServiceSnapshot, pid: number): Capability[] {
  const holds = service.lockFiles.some(({ holders }) => holders.some((holder) => holder.pid === pid));
  return [
    capabilities.evidence,
    capabilities.process,
    capabilities.copyPid,
    ...(holds ? [capabilities.terminate] : []),
  ];
}

/** What can be done with a file. */
export function fileCan(
  { path, exists }: { path: string; exists: boolean },
  shorten: (path: string) => string,
): Capability[] {
  return [
    ...(exists ? [capabilities.openFile] : []),
    capabilities.copyPath,
    ...(exists && !isElsewhere(shorten(path)) ? [capabilities.reveal] : []),
  ];
}

/** A lock of git that names no process: whether it is left over is found out when it is to be cleaned up. */
export const hasUnownedLock = ({ lockFiles }: ServiceSnapshot): boolean =>
  lockFiles.some(
    ({ path, held, kind, holders }) =>
      held && kind === 'existence' && isGitLock(path) && holders.every(({ pid }) => pid === undefined),
  );
