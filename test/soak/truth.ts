/** Compares what was true with what was shown, service by service. Times are monotonic ms of this machine. */
import type { ServiceState } from '../../src/api';

export interface Truth {
  readonly service: string;
  readonly state: ServiceState;
  /** Holders, recorded owners or instances. */
  readonly pids: readonly number[];
  /** The change to this state was made between these two. */
  readonly from: number;
  readonly to: number;
}

/** A snapshot that arrived at `at`, from a look that began at `taken`. */
export interface Arrival {
  readonly taken: number;
  readonly at: number;
}

export interface Shown extends Arrival {
  readonly state: ServiceState;
  readonly pids: readonly number[];
  readonly findings: readonly string[];
}

export interface Verdict {
  readonly changes: number;
  /** States during which the monitor looked at least once from beginning to end: these have to have been shown. */
  readonly due: number;
  readonly missed: readonly string[];
  readonly untrue: readonly string[];
  readonly falseConflicts: number;
  /** ms from the end of a change to the first time it was shown. */
  readonly latencies: readonly number[];
}

const isSame = (shown: Shown, truth: Truth): boolean =>
  shown.state === truth.state &&
  shown.pids.length === truth.pids.length &&
  truth.pids.every((pid) => shown.pids.includes(pid));

const isSameState = (shown: Shown, truths: readonly Truth[]): boolean =>
  truths.some((truth) => isSame(shown, truth));

/** The wall clock that a look is stamped with has whole milliseconds. */
const CLOCK_MS = 2;

/** `arrivals`: every snapshot, whatever changed in it. `until`: when watching ended. */
export function judge(
  truths: readonly Truth[],
  shown: readonly Shown[],
  arrivals: readonly Arrival[],
  until: number,
): Verdict {
  const missed: string[] = [];
  const untrue: string[] = [];
  const latencies: number[] = [];
  let falseConflicts = 0;
  let due = 0;
  truths.forEach((truth, index) => {
    const end = truths[index + 1]?.from ?? until;
    if (!arrivals.some(({ taken, at }) => taken > truth.to + CLOCK_MS && at <= end)) return;
    due += 1;
    // What was on screen before counts as well: nothing may have had to change on it.
    const before = shown.findLast(({ at }) => at <= truth.from);
    const during = shown.filter(({ at }) => at > truth.from && at <= end);
    const first = [...(before === undefined ? [] : [{ ...before, at: truth.from }]), ...during].find((one) =>
      isSame(one, truth),
    );
    if (first !== undefined) {
      latencies.push(Math.max(0, first.at - truth.to));
      return;
    }
    const said = during.map(
      ({ at, state, pids }) => `${(at - truth.to).toFixed(0)} ms: ${state} ${pids.join(' ')}`,
    );
    const lasted = (end - truth.to).toFixed(0);
    missed.push(
      `${truth.service}: ${truth.state} ${truth.pids.join(' ')} for ${lasted} ms; shown: ${said.join(', ')}`,
    );
  });
  for (const one of shown) {
    // All that was true, or becoming true, at any moment of the look.
    const possible = truths.filter(
      ({ from }, index) => from <= one.at && (truths[index + 1]?.to ?? until) >= one.taken - CLOCK_MS,
    );
    // While one state becomes another, several processes and files change one after the other.
    const isBetween = possible.length > 1;
    const isConflict = one.state === 'conflict' && !possible.some(({ state }) => state === 'conflict');
    if (isConflict) falseConflicts += 1;
    if (isSameState(one, possible) || (isBetween && !isConflict)) continue;
    const real = possible.map(
      ({ state, pids, from }) => `${state} ${pids.join(' ')} since ${(one.at - from).toFixed(0)} ms`,
    );
    untrue.push(
      `${truths[0]?.service ?? '?'}: shown ${one.state} ${one.pids.join(' ')} (${one.findings.join(', ')}), true: ${real.join('; ')}`,
    );
  }
  return { changes: truths.length, due, missed, untrue, falseConflicts, latencies };
}
