/** What a run uses that a mere second run does not: a file, an input, a port, a connection, a record, the lock file. */
import type { ProcessFacts, ServiceFacts } from '../facts';
import { isRunning } from '../processes/process';
import type { ProcessTree } from '../processes/processTree';
import { programOf } from '../processes/program';
import { SHELLS } from '../processes/programNames';
import type { LockRun } from './lockDifferences';
import type { Difference } from './proof';
import { runOf, topOf, type Run } from './runDifferences';
import { runsMoreBelow, togetherOf, type Together } from './together';

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

function countsOf(kinds: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

const isPipe = (kind: string): boolean => /^(?:out )?pipe:/.test(kind);

/** The kinds of which `other` has more than the owner, but for what stays within it. */
function ownKinds(owner: Together, other: Together, shared: ReadonlySet<string>): string[] {
  const counts = countsOf(owner.uses.values());
  const hasBothEnds = (pipe: string): boolean => other.writesTo.has(pipe) && other.readsFrom.has(pipe);
  // What the run itself says goes to a program that someone put behind it, though that be below it.
  const isWithin = (kind: string): boolean =>
    (isPipe(kind) && !other.output.has(kind) && hasBothEnds(kind.replace(/^out /, ''))) ||
    (kind.startsWith('pid:') && other.pids.has(Number(kind.slice(4))));
  return [...countsOf(other.uses.values())]
    .filter(([kind, count]) => count > (counts.get(kind) ?? 0))
    .map(([kind]) => kind)
    .filter((kind) => !isWithin(kind) && !shared.has(kind) && !shared.has(kind.replace(/^memory /, '')));
}

function useDifferences(owner: Together, other: Together, shared: ReadonlySet<string>): Difference[] {
  const kinds = ownKinds(owner, other, shared);
  const isFile = (kind: string): boolean => kind.startsWith('/') && !kind.startsWith('/dev/');
  return [
    ...(kinds.some(isFile) ? ['ownFile' as const] : []),
    ...(kinds.some(isPipe) ? ['feeds' as const] : []),
    ...(kinds.some((kind) => !isFile(kind) && !isPipe(kind)) ? ['ownUse' as const] : []),
  ];
}

/** Does what one of them writes reach the other? Pipes that both inherited from elsewhere they have open the same way. */
function areConnected(owner: Together, other: Together, shared: ReadonlySet<string>): boolean {
  const reaches = (one: Together, two: Together): boolean =>
    [...one.writesTo].some(
      (name) =>
        !shared.has(name) &&
        two.readsFrom.has(name) &&
        !one.readsFrom.has(name) &&
        // By its name each opens it as it needs it: one end of a FIFO, a journal that the other writes.
        (name.startsWith('/') || !two.writesTo.has(name)),
    );
  // To whom of those that listen on such a socket one is connected, is not known.
  const maySocket = owner.accepts && [...other.uses.values()].includes('unix');
  return maySocket || reaches(owner, other) || reaches(other, owner);
}

/** One pipe or connection feeds both. */
const areFedTogether = (a: string | undefined, b: string | undefined): boolean =>
  b !== undefined && b === a && !b.startsWith('/');

const inputAt = ({ pid }: ProcessFacts, { runs }: ServiceFacts): string | undefined => runs?.get(pid)?.input;

const inputsOf = (owner: Run, other: Run, facts: ServiceFacts): [string | undefined, string | undefined] => [
  runOf(owner, facts)?.input,
  runOf(other, facts)?.input,
];

const kindOfInput = (input: string | undefined): string | undefined =>
  /^(?:socket|pipe):/.exec(input ?? '')?.[0];

/** Does it start each of what it runs the same way? A shell gives each what its command line says; pid 1 takes orphans in. */
function startsAlike(process: ProcessFacts | undefined): boolean {
  if (process === undefined || process.pid === 1) {
    return false;
  }
  const { role, name } = programOf(process);
  return role === 'program' || (role === 'launcher' && !SHELLS.has(name));
}

/** One program that started both gives each a socket or pipe of its own; whatever else feeds it was chosen for it. */
function hasOwnInput(owner: Run, other: Run, facts: ServiceFacts, tree: ProcessTree): boolean {
  const [a, b] = inputsOf(owner, other, facts);
  if (b === undefined || b === a) {
    return false;
  }
  // What a shell of the run gave it is not what the shell was given.
  const [one, two] = [owner, other].map(topOf);
  const isFromAbove =
    one !== undefined && two !== undefined && inputAt(one, facts) === a && inputAt(two, facts) === b;
  const parent = one === undefined ? undefined : tree.parent(one);
  const areAlike = kindOfInput(b) !== undefined && kindOfInput(a) === kindOfInput(b);
  return !(isFromAbove && areAlike && parent?.pid === two.ppid && startsAlike(parent));
}

/** Was it told a descriptor, and not a name? What that led to may be closed, and of each start is another. */
const isToldDescriptor = ({ argv }: ProcessFacts): boolean =>
  argv.some((word) => /\/(?:dev|proc\/(?:self|thread-self|\d+))\/fd\/\d+$/.test(word));

/** An interactive shell is no part of what it runs below, and ends with it all the same. */
const hasShell = (process: ProcessFacts, tree: ProcessTree): boolean =>
  tree.children(process).some((child) => isRunning(child) && programOf(child).role === 'launcher');

/** Returns what `other` uses, and the owner does not, or what both use together. */
export function usesDifferences(
  owner: LockRun,
  other: LockRun,
  facts: ServiceFacts,
  tree: ProcessTree,
): Difference[] {
  const [a, b] = [togetherOf(owner, facts, tree), togetherOf(other, facts, tree)];
  const shared = filesOf(facts);
  const named = namedBeside(facts);
  const ofOther = other.processes.flatMap(({ pid }) => facts.runs?.get(pid) ?? []);
  const found: [Difference, boolean][] = [
    ['input', hasOwnInput(owner, other, facts, tree) || isToldDescriptor(other.root)],
    [
      'connected',
      areFedTogether(...inputsOf(owner, other, facts)) ||
        (a !== undefined && b !== undefined && areConnected(a, b, shared)),
    ],
    ['listens', ofOther.some(({ listens }) => listens === true)],
    ['terminal', ofOther.some(({ readsTerminal }) => readsTerminal === true)],
    ['ownsElsewhere', ofOther.some(({ ownsElsewhere }) => ownsElsewhere === true)],
    ['ownRecord', ofOther.some(({ hasOwnRecord }) => hasOwnRecord === true)],
    ['shell', other.processes.some((process) => hasShell(process, tree))],
    ['below', runsMoreBelow(owner, other, tree)],
    ['inRecord', other.recorded || other.processes.some(({ pid }) => named.has(pid))],
    ['heldBefore', runOf(other, facts)?.heldBefore === true],
    ['opensLock', ofOther.some(({ opensLock }) => opensLock === true)],
    ['unread', (a === undefined) !== (b === undefined) || b?.isUnread === true],
    ['cut', ofOther.some(({ isCut }) => isCut === true)],
  ];
  return [
    ...(a !== undefined && b !== undefined ? useDifferences(a, b, shared) : []),
    ...found.filter(([, isSo]) => isSo).map(([difference]) => difference),
  ];
}
