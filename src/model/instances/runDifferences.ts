/** What sets a run apart from the owner though program, script, arguments, directory and user are the same. */
import type { ProcessFacts, ServiceFacts } from '../facts';
import type { RunFacts } from '../processes/runFacts';
import { restarts } from '../processes/supervisors';
import type { Difference } from './proof';

/** Whoever has none was started without a login, by the path of its interpreter, or not by npm; that chooses nothing. */
const FROM_LOGIN = /^(?:HOME|DISPLAY|XDG_\w+_HOME|VIRTUAL_ENV|CONDA_PREFIX|npm_config_\w+)$/i;

export interface Run {
  root: ProcessFacts;
  processes: readonly ProcessFacts[];
}

function hasOtherSettings(a: RunFacts, b: RunFacts): boolean {
  const { settings: one } = a;
  const { settings: two } = b;
  if (one === undefined || two === undefined) {
    return false;
  }
  return [...new Set([...one.keys(), ...two.keys()])].some((name) => {
    const [x, y] = [one.get(name), two.get(name)];
    return x !== y && !(FROM_LOGIN.test(name) && (x === undefined || y === undefined));
  });
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

/** Returns what is known of `other`, and not of the owner, that a mere second run would share with it. */
export function runDifferences(owner: Run, other: Run, facts: ServiceFacts): Difference[] {
  const [a, b] = [runOf(owner, facts), runOf(other, facts)];
  const found: [Difference, boolean][] = [
    ['environment', a !== undefined && b !== undefined && hasOtherSettings(a, b)],
    ['world', a?.world !== undefined && b?.world !== undefined && a.world !== b.world],
    ['unit', areUnitsApart(owner.root, other.root)],
    ['traced', b?.traced === true],
    // Of one that shows less than the other, or less than there is, it is not known.
    ['unread', b?.isCut === true || (a?.settings === undefined) !== (b?.settings === undefined)],
  ];
  return found.filter(([, isSo]) => isSo).map(([difference]) => difference);
}
