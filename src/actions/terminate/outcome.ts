/** How the termination of one instance ended. Every sentence says only what was seen. */
export type OutcomeKind =
  /** Nothing was left to signal. */
  | 'alreadyGone'
  /** Gone after SIGTERM, locks released. */
  | 'ended'
  /** Gone after SIGKILL, locks released. */
  | 'killed'
  /** Gone, but someone who shares the descriptor still holds the lock. */
  | 'lockStillHeld'
  /** Still there after SIGTERM, or even after SIGKILL. */
  | 'stillRunning'
  /** The kernel did not allow the signal. */
  | 'denied'
  /** It is no longer what was confirmed: nothing more was signalled. */
  | 'aborted'
  /** The user stopped the waiting. */
  | 'cancelled';

export interface Respawn {
  pid: number;
  command: string;
  /** ms since the old one was gone. */
  afterMs: number;
  /** Paths of the locks it has taken. */
  holds: readonly string[];
  /** `startTime`: ms since the epoch. */
  by?: { pid: number; command: string; startTime?: number };
  supervisor?: string;
  stopCommand?: string;
  sentence: string;
}

export interface TerminationOutcome {
  candidateId: string;
  kind: OutcomeKind;
  sentence: string;
  /** Processes that were signalled. */
  signalled: readonly number[];
  /** Who inherited its lock and keeps it held. */
  keptBy?: readonly number[];
  respawn?: Respawn;
}

export interface TerminationResult {
  outcomes: readonly TerminationOutcome[];
  /** The whole of it, for one notification. */
  sentence: string;
  /** Everything that was to end has ended, its locks are free and nothing came back. */
  success: boolean;
}
