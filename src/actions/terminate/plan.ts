/** What the user is shown before anything is signalled. Plain data: it crosses to the main thread. */
import type { InstanceRole, Proof } from '../../api';
import type { SupervisorFacts } from '../../model/facts';

export type TerminationTarget =
  /** The surplus instances; the owner is kept. */
  | { kind: 'duplicates' }
  /** One instance, whatever its part. `startTime` as below. */
  | { kind: 'instance'; pid: number; startTime?: number }
  /** All instances but this one, which stays: the user decides who is the right one. */
  | { kind: 'keep'; pid: number; startTime?: number }
  /** What has started an instance again after its end. */
  | { kind: 'restarter'; pid: number; startTime?: number }
  /** The instance of one holder of a lock. `startTime`: as the snapshot showed it, so that a reused pid is noticed. */
  | { kind: 'holder'; pid: number; startTime?: number };

/** What the user points at, as the snapshot showed it. */
export type PointedAt = Extract<TerminationTarget, { pid: number }>;

export interface CandidateProcess {
  pid: number;
  /** Clock ticks since boot. */
  startTicks?: number;
  /** ms since the epoch. */
  startTime?: number;
  /** One line, secrets hidden. */
  command: string;
  cwd?: string;
  user?: string;
  state?: string;
  parent?: { pid: number; command?: string };
  /** Paths of the watched locks that its own descriptors hold. */
  holds: readonly string[];
}

export type PlannedRole = InstanceRole | 'holder' | 'restarter';

export interface TerminationCandidate {
  /** Root's pid and start tick. */
  id: string;
  role: PlannedRole;
  /** It is one of those that `maxInstances` limits; never all of them are terminated. */
  counted: boolean;
  /** How sure it is that it is an instance of the service, and why; absent for a mere holder of the lock. */
  proof?: Proof;
  proofText?: string;
  /** The process that stands for the instance. */
  root: CandidateProcess;
  /** Exactly what would be signalled, parents before children. */
  processes: readonly CandidateProcess[];
  preselected: boolean;
  /** Set: it cannot be chosen; one sentence why, with the command to run where there is one. */
  refusal?: string;
  /** What would restart it. */
  supervisor?: SupervisorFacts;
  /** One sentence: what may restart it, and its own way to stop. */
  warning?: string;
  /** What its end leaves behind, of an owner or a restarter. */
  follows?: string;
}

export interface TerminationPlan {
  /** Passed to `terminate` and `cancelTermination`. */
  id: string;
  serviceId: string;
  serviceName: string;
  target: TerminationTarget;
  candidates: readonly TerminationCandidate[];
  /** Set exactly when there is no candidate: one sentence why. */
  nothing?: string;
  /** Shell commands that would find what cannot be identified from here. */
  commands: readonly string[];
}

export type ForcePolicy = 'ask' | 'always' | 'never';

export interface TerminationOptions {
  gracePeriodMs: number;
  force: ForcePolicy;
  /** How long to look out for a respawn; 0 = not at all. Default 5000. */
  respawnWatchMs?: number;
}
