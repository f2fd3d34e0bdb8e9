/** Whether one file may be probed at all: `instanceMonitor.activeProbe`, as a decision over what passive reads gave. */
import type { FileStatus } from '../../model/facts';
import type { ActiveProbePolicy } from '../platform';

export interface ProbeQuestion {
  policy: ActiveProbePolicy;
  file: FileStatus;
  /** A lock by existence: there is no kernel lock to ask about. */
  existence: boolean;
  /** The lock table, or lsof, already says that it is held. */
  knownHeld: boolean;
  /** `unknown`: nothing seen, but this source could not have seen it. */
  certainty: 'certain' | 'unknown';
}

export type ProbeDecision =
  { probe: true } | { probe: false; because: 'never' | 'notAFile' | 'existence' | 'known' };

const NO = {
  never: { probe: false, because: 'never' },
  notAFile: { probe: false, because: 'notAFile' },
  existence: { probe: false, because: 'existence' },
  known: { probe: false, because: 'known' },
} as const satisfies Record<string, ProbeDecision>;
const YES: ProbeDecision = { probe: true };

/**
 * `auto` probes only where nothing else can know: no lock table, a nested PID namespace, a network file system.
 * `always` probes whatever the passive read calls free as well; a file known to be held is never probed.
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
  return YES;
}
