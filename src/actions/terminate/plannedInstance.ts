/** An instance that a plan is about, before anything is said of it. */
import type { ProcessFacts } from '../../model/facts';
import type { Instance } from '../../model/instances/instance';
import type { PlannedRole } from './plan';

/** An instance that concerns the target, with the facts of its processes, parents before children. */
export interface PlannedInstance {
  role: PlannedRole;
  root: ProcessFacts;
  members: readonly ProcessFacts[];
  /** It is what the user pointed at. */
  isTarget: boolean;
  /** What the diagnosis takes it for; absent for a holder that is no instance. */
  instance?: Instance;
}
