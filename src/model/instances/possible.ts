/** Processes that look like another instance of a service for which no `process` is configured. */
import type { ProcessFacts, ServiceFacts } from '../facts';
import { isRunning, mayBeService } from '../processes/process';
import type { ProcessTree } from '../processes/processTree';
import { isToldByPort } from '../service';
import { programOf } from '../processes/program';
import { compareArguments, sameService } from '../processes/sameRun';
import type { Instance } from './instance';
import { differencesOf } from './proof';

/** Returns processes of the same user that run an instance's script in its working directory, outside every instance. */
export function possibleDuplicates(
  instances: readonly Instance[],
  facts: ServiceFacts,
  tree: ProcessTree,
): Instance[] {
  // Two servers of one folder may well listen on two ports.
  if (facts.service.process !== undefined || isToldByPort(facts.service)) {
    return [];
  }
  const taken = new Set(instances.flatMap(({ processes }) => processes.map(({ pid }) => pid)));
  const twinOf = (process: ProcessFacts): ProcessFacts | undefined =>
    instances.find(({ root }) => root.uid === process.uid && sameService(root, process))?.root;
  const similar = [...facts.processes.values()].filter(
    (process) =>
      !taken.has(process.pid) &&
      isRunning(process) &&
      !tree.isOwn(process) &&
      mayBeService(process, facts.host) &&
      facts.claims?.has(process.pid) !== true &&
      programOf(process).role === 'program' &&
      twinOf(process) !== undefined,
  );
  const pids = new Set(similar.map(({ pid }) => pid));
  return similar
    .filter((process) => !tree.ancestors(process).some(({ pid }) => pids.has(pid)))
    .sort((a, b) => a.pid - b.pid)
    .map((root): Instance => {
      const twin = twinOf(root) ?? root;
      return {
        root,
        processes: [root, ...tree.descendants(root, (child) => !taken.has(child.pid))],
        role: 'possibleDuplicate',
        counted: false,
        proof: { proof: 'plausible', reason: 'differs', differences: differencesOf(twin, root) },
        unlike: compareArguments(twin, root) === 'different',
      };
    });
}
