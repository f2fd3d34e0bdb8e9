/** What a run uses that a mere second run does not: a file, an input, a port, a connection, a record, the lock file. */
import type { ProcessFacts, ServiceFacts } from '../facts';
import type { ProcessTree } from '../processes/processTree';
import type { RunFacts } from '../processes/runFacts';
import type { Difference } from './proof';
import { programOf } from '../processes/program';
import type { LockRun } from './lockDifferences';
import { runOf, topOf, type Run } from './runDifferences';

/** Files that every run of the service may have open. */
const filesOf = ({ service, lockFiles, pidFiles }: ServiceFacts): ReadonlySet<string> =>
  new Set([
    ...[...lockFiles, ...pidFiles].map(({ file }) => file.path),
    ...(service.log === undefined ? [] : [service.log.path]),
  ]);

/** The pids that the service's records name beside the first: workers, standbys, the whole pool. */
function namedBeside({ lockFiles, pidFiles }: ServiceFacts): ReadonlySet<number> {
  const records = [...lockFiles.map(({ record }) => record), ...pidFiles.map(({ content }) => content)];
  return new Set(
    records.flatMap((facts) => {
      const { pid, pids = [], others = [] } = facts?.record ?? {};
      return [...pids, ...others].filter((one) => one !== pid);
    }),
  );
}

/** Does what one of them writes reach the other? Pipes that both inherited from elsewhere they have open the same way. */
function areConnected(a: RunFacts | undefined, b: RunFacts | undefined): boolean {
  const reaches = (one: RunFacts | undefined, two: RunFacts | undefined): boolean =>
    [...(one?.writesTo ?? [])].some(
      (pipe) =>
        two?.readsFrom?.has(pipe) === true &&
        one?.readsFrom?.has(pipe) !== true &&
        two.writesTo?.has(pipe) !== true,
    );
  const areFedTogether = b?.input !== undefined && b.input === a?.input && !b.input.startsWith('/');
  return areFedTogether || reaches(a, b) || reaches(b, a);
}

/** One program that started both gives each a socket of its own; whatever else feeds it was chosen for it. */
const hasOwnInput = (owner: Run, other: Run, a: string | undefined, b: string | undefined): boolean =>
  b !== undefined && b !== a && (!b.startsWith('socket:') || topOf(owner).ppid !== topOf(other).ppid);

/** An interactive shell is no part of what it runs below, and ends with it all the same. */
const hasShell = (process: ProcessFacts, tree: ProcessTree): boolean =>
  tree.children(process).some((child) => programOf(child).role === 'launcher');

/** Returns what `other` uses, and the owner does not, or what both use together. */
export function usesDifferences(
  owner: LockRun,
  other: LockRun,
  facts: ServiceFacts,
  tree: ProcessTree,
): Difference[] {
  const [a, b] = [runOf(owner, facts), runOf(other, facts)];
  const shared = filesOf(facts);
  const named = namedBeside(facts);
  const isOwn = (file: string): boolean => !shared.has(file) && a?.files?.has(file) !== true;
  const ofOther = other.processes.flatMap(({ pid }) => facts.runs?.get(pid) ?? []);
  const found: [Difference, boolean][] = [
    ['ownFile', a?.files !== undefined && [...(b?.files ?? [])].some(isOwn)],
    ['input', hasOwnInput(owner, other, a?.input, b?.input)],
    ['connected', areConnected(a, b)],
    ['listens', ofOther.some(({ listens }) => listens === true)],
    ['ownsElsewhere', ofOther.some(({ ownsElsewhere }) => ownsElsewhere === true)],
    ['ownRecord', ofOther.some(({ hasOwnRecord }) => hasOwnRecord === true)],
    ['shell', other.processes.some((process) => hasShell(process, tree))],
    ['inRecord', other.recorded || other.processes.some(({ pid }) => named.has(pid))],
    ['heldBefore', b?.heldBefore === true],
    ['opensLock', b?.opensLock === true],
    ['unread', (a?.files === undefined) !== (b?.files === undefined)],
  ];
  return found.filter(([, isSo]) => isSo).map(([difference]) => difference);
}
