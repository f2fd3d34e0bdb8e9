/** What started a run: a batch, a job, another script, a program that may need it. */
import type { ProcessFacts, ServiceFacts } from '../facts';
import { programOf } from '../processes/program';
import { SHELLS } from '../processes/programNames';
import type { ProcessTree } from '../processes/processTree';
import { compareArguments, sameDirectory, sameScript } from '../processes/sameRun';
import { argumentsOf } from '../processes/title';
import type { Difference } from './proof';
import { runOf, topOf, type Run } from './runDifferences';

/** Programs that start jobs of one batch side by side. Several of them are meant. */
const LAUNCHERS: ReadonlySet<string> = new Set([
  ...['xargs', 'parallel', 'make', 'gmake', 'ninja', 'concurrently', 'honcho', 'foreman', 'overmind'],
  ...['circusd', 'srun', 'mpirun', 'mpiexec', 'torchrun'],
]);

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

/** One command started both: a loop of a script, a pipeline, the list of a Procfile. */
const areOfOneJob = ({ root: a }: Run, { root: b }: Run): boolean =>
  a.pgid !== undefined && a.pgid === b.pgid;

/** Did a program start `other` that still runs, and nothing like it the owner? Shells, terminals and init start anything. */
function mayBeNeededBy(owner: Run, other: Run, tree: ProcessTree): boolean {
  const parent = tree.parent(topOf(other));
  if (parent === undefined || tree.isBoundary(parent) || programOf(parent).role !== 'program') {
    return false;
  }
  const ofOwner = tree.parent(topOf(owner));
  return (
    !tree.ancestors(owner.root).some(({ pid }) => pid === parent.pid) &&
    (ofOwner === undefined ||
      !sameScript(ofOwner, parent) ||
      compareArguments(ofOwner, parent) !== 'same' ||
      !sameDirectory(ofOwner, parent))
  );
}

/** Is what it runs named relative to where it was started? */
function isRelative(process: ProcessFacts): boolean {
  const { at, scripted } = programOf(process);
  return scripted && argumentsOf(process)[at]?.startsWith('/') !== true;
}

/** May one of them have been started in another directory than where it works now, so that its script is another one? */
function haveUnknownStart(owner: Run, other: Run, facts: ServiceFacts): boolean {
  const [a, b] = [owner, other].map((run) => runOf(run, facts)?.startedIn);
  const isLost = ({ root }: Run, startedIn: string | undefined): boolean =>
    isRelative(root) && (startedIn !== undefined || root.cwd === '/');
  return isLost(owner, a) || isLost(other, b) || (a !== undefined && b !== undefined && a !== b);
}

/** Returns what the start of `other` says against its being a mere second run of what the owner runs. */
export function startDifferences(
  owner: Run,
  other: Run,
  facts: ServiceFacts,
  tree: ProcessTree,
): Difference[] {
  const found: [Difference, boolean][] = [
    ['batch', areOfOneBatch(owner, other, tree)],
    ['job', areOfOneJob(owner, other)],
    ['arguments', areWrappedApart(owner.root, other.root, tree)],
    ['startedBy', mayBeNeededBy(owner, other, tree)],
    ['startFolder', haveUnknownStart(owner, other, facts)],
  ];
  return found.filter(([, isSo]) => isSo).map(([difference]) => difference);
}
