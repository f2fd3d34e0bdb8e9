/** Evidence on a lock file of git, read when a user asks: who has it open, who of git works in its repository. */
import type { FileFacts, OwnerlessFacts } from '../../../model/facts';
import { findOpeners } from '../locks/openers';
import { hidesProcesses } from '../locks/lockReader';
import { readUtf8 } from '../procfs/read';
import { gitPlaceOf } from './place';
import { findWorkers } from './workers';

/** git itself writes a lock and renames it at once; what has stood still for so long is waited with, or left. */
const QUIET_MS = 180_000;

/** undefined: it lies in no repository, or has just gone, or its repository cannot be inspected. */
export function ownerlessFacts(
  { path, uid }: Pick<FileFacts, 'path' | 'uid'>,
  quietMs = QUIET_MS,
): OwnerlessFacts | undefined {
  const place = gitPlaceOf(path);
  if (place === undefined || uid === undefined) return undefined;
  let openers: ReadonlySet<number>;
  try {
    openers = new Set(findOpeners(path).openers.map(({ pid }) => pid));
  } catch {
    return undefined;
  }
  const workers = findWorkers(place, uid, openers);
  if (workers === undefined) return undefined;
  const mountinfo = readUtf8('/proc/self/mountinfo', 16 << 20);
  const hides = typeof mountinfo !== 'string' || hidesProcesses(mountinfo);
  return { ...workers, quietMs, ...(hides ? { hidesProcesses: true as const } : {}) };
}
