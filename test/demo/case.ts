import type { FindingKind, LockAccess, LockKind, PidVerdict, ServiceState } from '../../src/api';
import type { Stage } from '../fixtures/stage';

/** An entry of the setting `instanceMonitor.services`; paths are relative to the stage's folder. */
export interface ServiceEntry {
  readonly name: string;
  readonly lockFile?: string | readonly string[];
  readonly pidFile?: string | readonly string[];
  readonly process?: string | { readonly command: string; readonly cwd?: string };
  readonly logFile?: string;
  readonly conflictPattern?: string;
  readonly maxInstances?: number;
}

export type Pids = Readonly<Record<string, number>>;

export interface Started {
  /** By role; also pids of processes that have ended, where the case is about them. */
  readonly pids: Pids;
  /** What happens while the monitor watches, after its first look. */
  readonly provoke?: () => void;
}

/** What the API must report, where the case is about it. Pids in any order. */
export interface ExpectedFacts {
  /** Of the service's (only) lock file. */
  readonly lock?: {
    readonly held: boolean;
    readonly kind?: LockKind;
    readonly access?: LockAccess;
    readonly holders: readonly number[];
    /** The holders that did not take the lock themselves. */
    readonly inherited?: readonly number[];
    /** The holders whose inode has no name any more. */
    readonly deleted?: readonly number[];
    readonly waiters?: readonly number[];
  };
  /** Of the service's (only) pid file. */
  readonly record?: { readonly pid?: number; readonly verdict: PidVerdict };
  readonly instances?: number;
  /** Processes that must belong to one and the same instance. */
  readonly oneInstance?: readonly number[];
  /** Processes that must appear in no instance and be offered for nothing. */
  readonly strangers?: readonly number[];
}

/** What the actions must offer, where the case is about it; processes by the pids of their instances' roots. */
export interface ExpectedPlans {
  /** Kill Duplicate Instance: who is listed, and who of them is ticked before the user has done anything. */
  readonly kill: { readonly listed: readonly number[]; readonly preselected: readonly number[] };
  /** Clean Up Stale PID Files: how many records are offered, how many of them ticked, how many kept with a reason. */
  readonly cleanUp: { readonly offered: number; readonly preselected: number; readonly kept: number };
}

export interface Expectation {
  readonly state: ServiceState;
  /** Exactly these kinds, apart from those of `mayAlsoFind`. */
  readonly findings: readonly FindingKind[];
  readonly mayAlsoFind?: readonly FindingKind[];
  /** Each must match something said about the service: a row, a message, a line of evidence. */
  readonly says: (pids: Pids) => readonly (string | RegExp)[];
  /** Nothing said about the service may match. */
  readonly neverSays?: (pids: Pids) => readonly (string | RegExp)[];
  readonly facts: (pids: Pids) => ExpectedFacts;
  readonly plans?: (pids: Pids) => ExpectedPlans;
}

/** A situation, acted out by live processes, and what must be shown of it. */
export interface Case {
  readonly id: string;
  /** What is to be seen, as a sentence. */
  readonly title: string;
  readonly service: ServiceEntry;
  /** Why it cannot be acted out on this machine; undefined when it can. */
  readonly whyNot?: () => string | undefined;
  readonly start: (stage: Stage) => Promise<Started>;
  readonly expect: Expectation;
  /** What is expected instead where the evidence is asked for: that finds out more than a check, which costs nothing. */
  readonly asked?: Partial<Expectation>;
}

/** Pid of a role; an error for a role that the case does not have. */
export function pidOf(pids: Pids, role: string): number {
  const pid = pids[role];
  if (pid === undefined) throw new Error(`no role ${role}, only ${Object.keys(pids).join(', ')}`);
  return pid;
}

/** Matches the pid as a whole number. */
export function says(pids: Pids, ...roles: readonly string[]): RegExp[] {
  return roles.map((role) => new RegExp(`(?<!\\d)${pidOf(pids, role)}(?!\\d)`));
}
