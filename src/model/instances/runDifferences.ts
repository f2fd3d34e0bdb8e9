/** What sets a run apart from the owner though program, script, arguments, directory and user are the same. */
import type { ProcessFacts, ServiceFacts } from '../facts';
import type { RunFacts } from '../processes/runFacts';
import { scriptPaths } from '../processes/sameRun';
import { restarts } from '../processes/supervisors';
import type { Difference } from './proof';
import { otherSettings } from './settingsDifferences';

export interface Run {
  root: ProcessFacts;
  processes: readonly ProcessFacts[];
}

function areUnitsApart({ supervisor: a }: ProcessFacts, { supervisor: b }: ProcessFacts): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.kind === b.kind &&
    restarts(a) &&
    a.name !== undefined &&
    b.name !== undefined &&
    a.name !== b.name
  );
}

/** Returns the process of a run that nothing of it is above. */
export const topOf = ({ root, processes }: Run): ProcessFacts => processes[0] ?? root;

/** Returns the first of its processes that was read more exactly. */
export const runOf = ({ root, processes }: Run, { runs }: ServiceFacts): RunFacts | undefined =>
  [root, ...processes].map(({ pid }) => runs?.get(pid)).find((run) => run !== undefined);

/** Returns the names of the variables in which their environments differ; none where one was not read. */
export function variablesApart(owner: Run, other: Run, facts: ServiceFacts): string[] {
  const [a, b] = [runOf(owner, facts), runOf(other, facts)];
  return a === undefined || b === undefined ? [] : otherSettings(a, b);
}

/** Reports whether both may have been told to run the same script, each from where it was started. */
export function wereToldTheSame(owner: Run, other: Run, facts: ServiceFacts): boolean {
  const [a = [], b = []] = [owner, other].map((run) => scriptPaths(run.root, runOf(run, facts)?.startedIn));
  return a.some((path) => b.includes(path));
}

/** Returns what is known of `other`, and not of the owner, that a mere second run would share with it. */
export function runDifferences(owner: Run, other: Run, facts: ServiceFacts): Difference[] {
  const [a, b] = [runOf(owner, facts), runOf(other, facts)];
  const found: [Difference, boolean][] = [
    ['environment', variablesApart(owner, other, facts).length > 0],
    ['world', a?.world !== undefined && b?.world !== undefined && a.world !== b.world],
    ['unit', areUnitsApart(owner.root, other.root)],
    ['traced', b?.traced === true],
    ['ownerEnds', a?.isEnding === true],
    // Of one that shows less than the other it is not known.
    ['unread', (a?.settings === undefined) !== (b?.settings === undefined)],
  ];
  return found.filter(([, isSo]) => isSo).map(([difference]) => difference);
}
