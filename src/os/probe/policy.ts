/** Whether one file may be probed at all: `instanceMonitor.activeProbe`, as a decision over what passive reads gave. */
import type { FileStatus } from '../../model/facts';
import type { ActiveProbePolicy } from '../platform';

export interface ProbeQuestion {
  policy: ActiveProbePolicy;
  file: FileStatus;
  /** An existence lock: there is no kernel lock to ask about. */
  existence: boolean;
  /** The lock table, or lsof, already says that it is held. */
  knownHeld: boolean;
  /** `unknown`: nothing seen, but this source could not have seen it. */
  certainty: 'certain' | 'unknown';
  /** Type of the mount, where another machine or process serves it. */
  fileSystem?: string | undefined;
}

export type ProbeDecision =
  /** `isPassive`: only in ways that take no lock. */
  | { probe: true; isPassive: boolean }
  | { probe: false; because: 'never' | 'notAFile' | 'existence' | 'known' | 'mandatory' };

const NO = {
  never: { probe: false, because: 'never' },
  notAFile: { probe: false, because: 'notAFile' },
  existence: { probe: false, because: 'existence' },
  known: { probe: false, because: 'known' },
  mandatory: { probe: false, because: 'mandatory' },
} as const satisfies Record<string, ProbeDecision>;
const YES: ProbeDecision = { probe: true, isPassive: false };
const PASSIVELY: ProbeDecision = { probe: true, isPassive: true };

/**
 * flock(2) goes to the server as a lock that keeps others from reading and writing: mount.cifs(8), `nobrl`. F_GETLK too
 * takes it there and gives it back: fs/smb/client/file.c, cifs_getlk.
 */
const MANDATORY = new Set(['cifs', 'smb2', 'smb3', 'smbfs']);
/**
 * flock(2) is a lock and an unlock at the server, and for these milliseconds a start is refused: flock(2), NFS details.
 * F_GETLK asks it and takes nothing: LOCKT of RFC 8881, section 18.11.
 */
const ROUND_TRIPS = new Set(['nfs', 'nfs4']);

/**
 * `auto` probes only where nothing else can know: no lock table, a nested PID namespace, a file system that another
 * machine or process serves, NFS only in ways that take no lock. `always` probes whatever the passive read calls free as well; a file known to be held is never probed.
 */
export function shouldProbe(question: ProbeQuestion): ProbeDecision {
  if (question.policy === 'never') {
    return NO.never;
  }
  if (question.file !== 'file') {
    return NO.notAFile;
  }
  if (question.existence) {
    return NO.existence;
  }
  if (question.knownHeld || (question.policy === 'auto' && question.certainty === 'certain')) {
    return NO.known;
  }
  const { fileSystem = '' } = question;
  if (MANDATORY.has(fileSystem)) {
    return NO.mandatory;
  }
  if (question.policy === 'auto' && ROUND_TRIPS.has(fileSystem)) {
    return PASSIVELY;
  }
  return YES;
}
