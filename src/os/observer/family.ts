/** Whom a recorded process had started: noted while it lives, since an orphan does not show whose child it was. */
import type { Liveness, ProcessFacts } from '../../model/facts';
import { compareIdentity } from '../../model/processes/processIdentity';
import { withDescendants } from '../../model/processes/treeWalk';
import type { ProcessReader } from '../readers';
import { MAX_DESCENDANTS } from './surroundings';

type Processes = Pick<ProcessReader, 'get' | 'liveness' | 'childrenOf'>;

/** By the recorded pids: those below each, as they were seen last. */
export type Families = ReadonlyMap<number, readonly ProcessFacts[]>;

/**
 * Looks up the pids of one record. Returns the way to do so, and the families as they are then: those of pids that are
 * not asked for any more are forgotten.
 */
export function familiesOf(
  before: Families,
  processes: Processes,
): { livenessOf: (pid: number) => Liveness; families: Families } {
  const families = new Map<number, readonly ProcessFacts[]>();
  const note = (pid: number, members: readonly ProcessFacts[]): void => {
    if (members.length > 0) families.set(pid, members);
  };
  const livenessOf = (pid: number): Liveness => {
    const liveness = processes.liveness(pid);
    if (liveness.state === 'unavailable') {
      note(pid, before.get(pid) ?? []);
      return liveness;
    }
    if (liveness.state === 'alive') {
      // Everything is below the first process, and below a kernel thread nothing that writes records.
      const isParent = pid > 1 && liveness.process.kernelThread !== true;
      if (isParent) note(pid, grown(pid, before.get(pid), processes));
      return liveness;
    }
    const run = (before.get(pid) ?? []).flatMap((one) => asItRuns(one, processes));
    // What they have started since is of the family as well.
    const all = run.reduce((family, { pid: member }) => grown(member, family, processes), run);
    note(pid, all);
    return all.length === 0 ? liveness : { ...liveness, childrenRun: all };
  };
  return { livenessOf, families };
}

/** Those below the process now, and those of before that have left it since and still run: a daemon leaves its parent. */
function grown(
  pid: number,
  before: readonly ProcessFacts[] | undefined,
  processes: Processes,
): ProcessFacts[] {
  const now = new Set(withDescendants(pid, (at) => processes.childrenOf(at), MAX_DESCENDANTS));
  now.delete(pid);
  const below = [...now].flatMap((one) => processes.get(one) ?? []);
  const left = (before ?? []).filter((one) => !now.has(one.pid)).flatMap((one) => asItRuns(one, processes));
  return [...left, ...below].slice(0, MAX_DESCENDANTS);
}

/** The same process as it is now, with another parent perhaps; none: it has ended. */
function asItRuns(one: ProcessFacts, processes: Processes): ProcessFacts[] {
  const liveness = processes.liveness(one.pid);
  const isIt = liveness.state === 'alive' && compareIdentity(one, liveness.process) !== 'other';
  return isIt ? [liveness.process] : [];
}
