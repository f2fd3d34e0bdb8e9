/** What sets a run apart from the owner though program, script, arguments, directory and user are the same. */
import type { ProcessFacts, RunFacts, ServiceFacts } from '../facts';
import { programOf } from '../processes/program';
import type { ProcessTree } from '../processes/processTree';
import { restarts } from '../processes/supervisors';
import type { Difference } from './proof';

/** Programs that start jobs of one batch side by side. Several of them are meant. */
const LAUNCHERS: ReadonlySet<string> = new Set([
  ...['xargs', 'parallel', 'make', 'gmake', 'ninja', 'concurrently', 'honcho', 'foreman', 'overmind'],
  ...['circusd', 'srun', 'mpirun', 'mpiexec', 'torchrun'],
]);

/** Whoever has none is started without a login; that chooses nothing. */
const FROM_LOGIN = /^(?:HOME|XDG_\w+_HOME)$/;

interface Run {
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

/** Is the nearest that is above both a launcher of batches? */
function areOfOneBatch(a: ProcessFacts, b: ProcessFacts, tree: ProcessTree): boolean {
  const above = new Set(tree.ancestors(a).map(({ pid }) => pid));
  const common = tree.ancestors(b).find(({ pid }) => above.has(pid));
  return common !== undefined && [programOf(common).name, common.comm].some((name) => LAUNCHERS.has(name));
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

/** Returns what is known of `other`, and not of the owner, that a mere second run would share with it. */
export function runDifferences(owner: Run, other: Run, facts: ServiceFacts, tree: ProcessTree): Difference[] {
  const runOf = ({ root, processes }: Run): RunFacts | undefined =>
    [root, ...processes].map(({ pid }) => facts.runs?.get(pid)).find((run) => run !== undefined);
  const [a, b] = [runOf(owner), runOf(other)];
  const found: [Difference, boolean][] = [
    ['environment', a !== undefined && b !== undefined && hasOtherSettings(a, b)],
    ['world', a?.world !== undefined && b?.world !== undefined && a.world !== b.world],
    ['unit', areUnitsApart(owner.root, other.root)],
    ['batch', areOfOneBatch(owner.root, other.root, tree)],
  ];
  return found.filter(([, isSo]) => isSo).map(([difference]) => difference);
}
