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

/** Is the nearest that is above both a launcher of batches, or a program which started both itself? */
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
  return startedBoth && role === 'program' && common.pid !== 1;
}

/** ms. Whoever types a command a second time takes longer; a loop does not. */
const AT_ONCE_MS = 1000;

/**
 * Did one shell or terminal start both in one moment: `for i in 1 2 3; do bot & done`? A loop of `setsid -f` leaves
 * them to init, which shows nothing of the shell.
 */
function areOfOneLoop(owner: Run, other: Run, tree: ProcessTree): boolean {
  const [a, b] = [topOf(owner), topOf(other)];
  const parent = tree.parent(a);
  return (
    parent !== undefined &&
    !tree.isOwn(parent) &&
    parent.pid === tree.parent(b)?.pid &&
    a.startTime !== undefined &&
    b.startTime !== undefined &&
    Math.abs(a.startTime - b.startTime) < AT_ONCE_MS
  );
}

/** They run a script of the project by its name. */
const PACKAGE_MANAGERS: ReadonlySet<string> = new Set([
  'npm',
  'npm-cli.js',
  'pnpm',
  'pnpm.cjs',
  'yarn',
  'bun',
]);

/** The shells' scripts and other wrappers right above, nearest first. */
function wrappersAbove(root: ProcessFacts, tree: ProcessTree): ProcessFacts[] {
  const above = tree.ancestors(root);
  const end = above.findIndex((process) => programOf(process).role !== 'wrapper');
  return end < 0 ? above : above.slice(0, end);
}

/** `npm run start` is `npm start`. */
const withoutRun = (process: ProcessFacts): ProcessFacts => {
  const argv = argumentsOf(process).filter((word) => word !== 'run' && word !== 'run-script');
  return { ...process, argv };
};

/** Does the same script, or `npm run`, run both, and with other arguments? `sh -c` texts differ for any reason. */
function areWrappedApart(a: ProcessFacts, b: ProcessFacts, tree: ProcessTree): boolean {
  const others = wrappersAbove(b, tree);
  return wrappersAbove(a, tree).some((one) => {
    const { name, scripted } = programOf(one);
    if (SHELLS.has(name)) return false;
    const alike = others.filter((other) =>
      scripted ? sameScript(one, other) : programOf(other).name === name,
    );
    const areApart = (other: ProcessFacts): boolean =>
      (PACKAGE_MANAGERS.has(name)
        ? compareArguments(withoutRun(one), withoutRun(other))
        : compareArguments(one, other)) !== 'same';
    return alike.length > 0 && alike.every(areApart);
  });
}

/** One command started both: a loop of a script, a pipeline, the list of a Procfile. */
const areOfOneJob = ({ root: a }: Run, { root: b }: Run): boolean =>
  a.pgid !== undefined && a.pgid === b.pgid;

/** The nearest above it that runs no command of its own. */
function starterOf(run: Run, tree: ProcessTree): ProcessFacts | undefined {
  return [...tree.ancestors(topOf(run))].find((process) => programOf(process).role !== 'wrapper');
}

/** Did a program start `other` that still runs, and nothing like it the owner? Shells, terminals and init start anything. */
function mayBeNeededBy(owner: Run, other: Run, tree: ProcessTree): boolean {
  const starter = starterOf(other, tree);
  if (starter === undefined || programOf(starter).role !== 'program') {
    return false;
  }
  const ofOwner = starterOf(owner, tree);
  return (
    !tree.ancestors(owner.root).some(({ pid }) => pid === starter.pid) &&
    (ofOwner === undefined ||
      !sameScript(ofOwner, starter) ||
      compareArguments(ofOwner, starter) !== 'same' ||
      !sameDirectory(ofOwner, starter))
  );
}

/** Programs that keep a session, and the option behind which its name stands. */
const NAMES_SESSION: ReadonlyMap<string, RegExp> = new Map([
  ['screen', /^-\w*S$/],
  ['dtach', /^-\w*[AacnN]$/],
  ['abduco', /^-\w*[Aacn]$/],
]);

/** The name that someone gave the session of screen(1), dtach(1) or abduco(1) in which it runs; undefined: none. */
function sessionOf({ root }: Run, tree: ProcessTree): string | undefined {
  for (let at = tree.parent(root), left = 16; at !== undefined && left > 0; at = tree.parent(at), left -= 1) {
    const words = argumentsOf(at);
    const name = programOf(at).name.toLowerCase();
    const naming = NAMES_SESSION.get(name);
    const option = naming === undefined ? -1 : words.findIndex((word) => naming.test(word));
    if (option >= 0) return `${name} ${words[option + 1] ?? ''}`;
  }
  return undefined;
}

/** Did someone give each a session of another name? */
function areInSessionsApart(owner: Run, other: Run, tree: ProcessTree): boolean {
  const [a, b] = [sessionOf(owner, tree), sessionOf(other, tree)];
  return a !== undefined && b !== undefined && a !== b;
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
    ['batch', areOfOneBatch(owner, other, tree) || areOfOneLoop(owner, other, tree)],
    ['job', areOfOneJob(owner, other)],
    ['arguments', areWrappedApart(owner.root, other.root, tree)],
    ['startedBy', mayBeNeededBy(owner, other, tree)],
    ['unit', areInSessionsApart(owner, other, tree)],
    ['startFolder', haveUnknownStart(owner, other, facts)],
  ];
  return found.filter(([, isSo]) => isSo).map(([difference]) => difference);
}
