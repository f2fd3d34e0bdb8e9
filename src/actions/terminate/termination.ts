/** What the user has confirmed, while it is carried out. */
import type { TerminationCandidate, TerminationOptions } from './plan';
import type { ProcessesBefore } from './respawn';
import type { TerminationSession } from './session';

export interface Termination {
  readonly session: TerminationSession;
  readonly chosen: readonly TerminationCandidate[];
  readonly options: TerminationOptions;
  /** Aborted, it signals and waits no more. */
  readonly abort: AbortSignal;
  readonly before: ProcessesBefore;
}
