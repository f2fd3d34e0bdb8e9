/** What sets a run apart from the owner though program, script, arguments, directory and user are the same. */
import type { ProcessFacts, ServiceFacts } from '../facts';
import { programOf } from '../processes/program';
import { SHELLS } from '../processes/programNames';
import { compareArguments, sameDirectory, sameScript } from '../processes/sameRun';
import type { RunFacts } from '../processes/runFacts';
import type { ProcessTree } from '../processes/processTree';
import { restarts } from '../processes/supervisors';
import type { Difference } from './proof';

/** Programs that start jobs of one batch side by side. Several of them are meant. */
const LAUNCHERS: ReadonlySet<string> = new Set([
  ...['xargs', 'parallel', 'make', 'gmake', 'ninja', 'concurrently', 'honcho', 'foreman', 'overmind'],
  ...['circusd', 'srun', 'mpirun', 'mpiexec', 'torchrun'],
]);

/** Whoever has none was started without a login, or by the path of its interpreter; that chooses nothing. */
const FROM_LOGIN = /^(?:HOME|XDG_\w+_HOME|VIRTUAL_ENV|CONDA_PREFIX)$/;

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

/** Is the nearest that is above both a launcher of batches, or a program of that folder which started both itself? */
function areOfOneBatch({ root: a, processes }: Run, other: Run, tree: ProcessTree): boolean {
  const above = new Set(tree.ancestors(a).map(({ pid }) => pid));
  const common = tree.ancestors(other.root).find(({ pid }) => above.has(pid));
  if (common === undefined) {
    return false;
  }
  const { role, name } = programOf(common);
  if (LAUNCHERS.has(name) || LAUNCHERS.has(common.comm)) {
    return true;
  }
  const startedBoth = [processes[0] ?? a, other.processes[0] ?? other.root].every(
    (top) => tree.parent(top)?.pid === common.pid,
  );
  return startedBoth && role === 'program' && common.pid !== 1 && sameDirectory(common, a);
}

/** The shells' scripts and other wrappers right above, nearest first. */
function wrappersAbove(root: ProcessFacts, tree: ProcessTree): ProcessFacts[] {
  const above = tree.ancestors(root);
  const end = above.findIndex((process) => programOf(process).role !== 'wrapper');
  return end < 0 ? above : above.slice(0, end);
}

/** Does the same script, or `npm run`, run both, and with other arguments? `sh -c` texts differ for any reason. */
function areWrappedApart(a: ProcessFacts, b: ProcessFacts, tree: ProcessTree): boolean {
  const others = wrappersAbove(b, tree);
  return wrappersAbove(a, tree).some((one) => {
    const { name, scripted } = programOf(one);
    if (SHELLS.has(name)) return false;
    const alike = others.filter((other) =>
      scripted ? sameScript(one, other) : programOf(other).name === name,
    );
    return alike.length > 0 && alike.every((other) => compareArguments(one, other) !== 'same');
  });
}

/** Neither is where it was started any more, and they were started in two folders: a relative script is another one there. */
const wereStartedApart = ({ startedIn: a }: RunFacts, { startedIn: b }: RunFacts): boolean =>
  a !== undefined && b !== undefined && a !== b;

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
    ['batch', areOfOneBatch(owner, other, tree)],
    ['arguments', areWrappedApart(owner.root, other.root, tree)],
    ['heldBefore', b?.heldBefore === true],
    ['opensLock', b?.opensLock === true],
    ['directory', a !== undefined && b !== undefined && wereStartedApart(a, b)],
  ];
  return found.filter(([, isSo]) => isSo).map(([difference]) => difference);
}
