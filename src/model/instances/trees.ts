/** The whole process tree of an instance, and the process that stands for it. */
import type { ProcessFacts } from '../facts';
import type { ProcessTree } from '../processes/processTree';
import { programOf } from '../processes/program';
import { depthOf, type Group, type Groups } from './groups';

/** Returns wrappers above that run nothing but this instance, then everything below, what lies between included. */
export function completeTree(group: Group, groups: Groups, tree: ProcessTree): ProcessFacts[] {
  const members = new Map(group.members);
  const isForeign = (process: ProcessFacts): boolean => {
    const other = groups.of(process);
    return other !== undefined && other !== group;
  };
  for (const member of [...members.values()]) {
    // A holder that launches unrelated things (an interactive shell, tmux) does not bring them along.
    if (!tree.isBoundary(member)) {
      for (const descendant of tree.descendants(member, (child) => !isForeign(child))) {
        members.set(descendant.pid, descendant);
      }
    }
  }
  addPureWrappers(members, isForeign, tree);
  return [...members.values()].sort((a, b) => depthOf(tree, a) - depthOf(tree, b) || a.pid - b.pid);
}

function addPureWrappers(
  members: Map<number, ProcessFacts>,
  isForeign: (process: ProcessFacts) => boolean,
  tree: ProcessTree,
): void {
  for (const top of [...members.values()]) {
    for (const ancestor of tree.ancestors(top)) {
      if (members.has(ancestor.pid)) {
        continue;
      }
      // A shell script may do anything else as well; `timeout`, `npm run`, a simple `sh -c` run this and nothing else.
      const pure =
        programOf(ancestor).single === true && tree.children(ancestor).every(({ pid }) => members.has(pid));
      if (!pure || isForeign(ancestor)) {
        break;
      }
      members.set(ancestor.pid, ancestor);
    }
  }
}

/** Returns the service itself: the topmost seed that is no mere wrapper, else the topmost such member, else the top. */
export function rootOf(
  group: Group,
  processes: readonly ProcessFacts[],
  holders: ReadonlySet<number>,
): ProcessFacts | undefined {
  const isService = (process: ProcessFacts): boolean => {
    const { role, name } = programOf(process);
    // A script that sleeps is the script.
    if (name === 'sleep') return false;
    // A shell with the lock's descriptor locked it for itself; flock(1) always does it for the command it runs.
    return role === 'program' || (role === 'wrapper' && holders.has(process.pid) && name !== 'flock');
  };
  return (
    processes.find((process) => group.members.has(process.pid) && isService(process)) ??
    processes.find(isService) ??
    processes[0]
  );
}
