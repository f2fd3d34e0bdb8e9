/** What the processes of a run use together, and what runs below them. */
import type { ProcessFacts, ServiceFacts } from '../facts';
import { isRunning } from '../processes/process';
import type { ProcessTree } from '../processes/processTree';
import { programOf, sameProgram } from '../processes/program';
import type { RunFacts } from '../processes/runFacts';
import type { Run } from './runDifferences';

export interface Together {
  /** By identity: the kind. */
  uses: ReadonlyMap<string, string>;
  writesTo: ReadonlySet<string>;
  readsFrom: ReadonlySet<string>;
  /** The pipes to which its root writes what it says. */
  output: ReadonlySet<string>;
  accepts: boolean;
  /** One of them may not be read. */
  isUnread: boolean;
  pids: ReadonlySet<number>;
}

const unionOf = (sets: readonly (ReadonlySet<string> | undefined)[]): ReadonlySet<string> =>
  new Set(sets.flatMap((set) => [...(set ?? [])]));

/** Returns what all of them use; undefined where no descriptors of any were read. */
export function togetherOf(
  { root, processes }: Run,
  { runs }: ServiceFacts,
  tree: ProcessTree,
): Together | undefined {
  // A wrapper above the root runs nothing but that, and need not be known itself.
  const above = new Set(tree.ancestors(root).map(({ pid }) => pid));
  const running = processes.filter(isRunning);
  const read = running.map(({ pid }) => runs?.get(pid));
  const known = read.filter((run): run is RunFacts => run?.uses !== undefined);
  if (known.length === 0) {
    return undefined;
  }
  return {
    uses: new Map(known.flatMap(({ uses }) => [...(uses ?? [])])),
    writesTo: unionOf(known.map(({ writesTo }) => writesTo)),
    readsFrom: unionOf(known.map(({ readsFrom }) => readsFrom)),
    output: new Set([...(runs?.get(root.pid)?.uses?.keys() ?? [])].filter((name) => name.startsWith('out '))),
    accepts: known.some(({ accepts }) => accepts === true),
    isUnread: running.some(({ pid }) => !above.has(pid) && runs?.get(pid)?.uses === undefined),
    pids: new Set(processes.map(({ pid }) => pid)),
  };
}

/** What two children of one program have in common: the script, the code or the executable, and who they run as. */
function likenessOf(process: ProcessFacts): string {
  const { scripted, key, name } = programOf(process);
  // Of code that is given on the command line, numbers are of one start: descriptors, ports.
  const script = key?.includes('\0') === true ? key.replace(/\d+/g, '0') : key;
  return `${process.uid ?? ''} ${scripted ? (script ?? name) : (process.exe ?? name)}`;
}

/** Is it a worker or a fork of the run's own program, or does it only let time pass? */
const isOfRun = (root: ProcessFacts, process: ProcessFacts): boolean =>
  programOf(process).name === 'sleep' || (sameProgram(root, process) && root.uid === process.uid);

/** Returns whether something runs below `other` of which the owner has no like. */
export function runsMoreBelow(owner: Run, other: Run, tree: ProcessTree): boolean {
  const likes = new Set([...owner.processes, owner.root].map(likenessOf));
  const above = new Set(tree.ancestors(other.root).map(({ pid }) => pid));
  return other.processes.some(
    (process) =>
      process.pid !== other.root.pid &&
      isRunning(process) &&
      !above.has(process.pid) &&
      !isOfRun(other.root, process) &&
      !likes.has(likenessOf(process)),
  );
}
