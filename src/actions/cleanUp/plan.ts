/** What the user is shown before any record is removed, and how it ended. Plain data, without the records' bytes. */
import type { EvidenceLine } from '../../model/evidenceLine';

export interface CleanUpItem {
  id: string;
  serviceId: string;
  serviceName: string;
  path: string;
  kind: 'file' | 'symlink' | 'directory';
  recordedPid?: number;
  /**
   * `heartbeat`: a lock directory whose owner has stopped renewing it. `leftOver`: a lock file that names no process, and
   * that no process can have made that still runs.
   */
  verdict: 'dead' | 'reused' | 'heartbeat' | 'leftOver';
  /** One sentence that names it: why it is stale. */
  why: string;
  /** More than that sentence says. */
  evidence: readonly EvidenceLine[];
  /** `plausible`: a clock says so and nothing else, or all the evidence on a lock that names no process. */
  proof: 'proven' | 'plausible';
  /** Exactly what is proven. */
  preselected: boolean;
}

/** A record that looks stale and is not offered. */
export interface CleanUpRefusal {
  serviceId: string;
  serviceName: string;
  path: string;
  /** One sentence: why not, or the vendor's own procedure. */
  reason: string;
}

export interface CleanUpPlan {
  /** Passed to `cleanUp`, `cancelCleanUp` and `undoCleanUp`. */
  id: string;
  items: readonly CleanUpItem[];
  refused: readonly CleanUpRefusal[];
  /** Set exactly when there is no item: one sentence. */
  nothing?: string;
}

export interface CleanUpOutcome {
  serviceId: string;
  path: string;
  removed: boolean;
  sentence: string;
}

export interface CleanUpResult {
  outcomes: readonly CleanUpOutcome[];
  sentence: string;
  /** At least one record can be put back. */
  undoable: boolean;
}

export interface UndoResult {
  outcomes: readonly { serviceId: string; path: string; restored: boolean; sentence: string }[];
  sentence: string;
}
