/** Which of the groups compete for being the one that runs, and which of them stays. */
import { CONFLICT_LINE_FRESH_MS } from '../conflictPatterns';
import type { LockFacts, ProcessFacts, ServiceFacts } from '../facts';
import { lockedPaths, overlap } from '../locks';
import { programOf } from '../processes/program';
import { sameDirectory, sameScript, sameSubcommand, scriptPaths } from '../processes/sameRun';
import type { JudgedRecord } from '../records/records';
import type { Group, Groups } from './groups';

/** A newcomer has this long, in ms, to take the lock, write its record or leave, before it counts. */
export const STARTING_MS = 5_000;

const isInside = (path: string, folder: string): boolean =>
  path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

/** Folders that everything lies below, and that tie a service to no project. */
const isEverybodysFolder = (folder: string): boolean =>
  /^(?:\/|\/root|\/(?:home|Users)\/[^/]+|[A-Za-z]:\\?)$/.test(folder);

/** Is the service tied to its owner's directory: are its files in it? */
function isTied(owner: ProcessFacts, { service }: ServiceFacts): boolean {
  const { cwd } = owner;
  return (
    cwd !== undefined &&
    !isEverybodysFolder(cwd) &&
    [
      ...service.lockFiles,
      ...service.pidFiles,
      ...(service.log === undefined ? [] : [service.log.path]),
    ].some((path) => isInside(path, cwd))
  );
}

/** Same script or module; other programs by their name, since there may be several builds of one. */
function sameProgramName(a: ProcessFacts, b: ProcessFacts): boolean {
  const [x, y] = [programOf(a), programOf(b)];
  return x.scripted || y.scripted ? sameScript(a, b) : x.name === y.name;
}

const hasScriptPath = (process: ProcessFacts): boolean => {
  const { scripted, key } = programOf(process);
  return scripted && key?.startsWith('/') === true;
};

/** May `other` be a run of what `reference` runs? It shares its program and its directory, or its very script. */
function sharesPlace(reference: ProcessFacts, other: ProcessFacts, facts: ServiceFacts): boolean {
  if (sameDirectory(reference, other)) {
    return true;
  }
  if (!hasScriptPath(reference) || !sameScript(reference, other)) {
    return false;
  }
  // A tool of the machine runs in many projects; a project's own script is the project's wherever it was started.
  return (
    !isTied(reference, facts) ||
    (reference.cwd !== undefined && isInside(programOf(reference).key ?? '', reference.cwd))
  );
}

/** Do they run two files of one name: `services/a/main.py` and `services/b/main.py` of one repository? */
function runOtherFiles(a: ProcessFacts, b: ProcessFacts, { runs }: ServiceFacts): boolean {
  const [x = [], y = []] = [a, b].map((one) => scriptPaths(one, runs?.get(one.pid)?.startedIn));
  return (
    sameDirectory(a, b) &&
    x.length > 0 &&
    y.length > 0 &&
    programOf(a).name === programOf(b).name &&
    !x.some((path) => y.includes(path))
  );
}

const isScoped = ({ service }: ServiceFacts): boolean =>
  service.process?.kind === 'commandAndCwd' &&
  (service.process.cwd !== undefined || service.process.cwdPattern !== undefined);

/** The process that stands for a group when groups are compared: the topmost that is no wrapper. */
export type RootOf = (group: Group) => ProcessFacts | undefined;

/**
 * Matches that share program and directory with the owner, or, where there is no owner, with each other, those first
 * that work where the service's files are. A namesake in another worktree, another subcommand of one program: they run
 * what `process` names, and are no instances of this.
 */
export function belonging(
  groups: ReadonlySet<Group>,
  facts: ServiceFacts,
  rootOf: RootOf,
): ReadonlySet<Group> {
  const owns = (group: Group): boolean => group.holds !== undefined || group.recorded !== undefined;
  const references = [...groups].filter(owns);
  const belongs = (group: Group, to: Group): boolean => {
    const [a, b] = [rootOf(to), rootOf(group)];
    if (a === undefined || b === undefined) {
      return false;
    }
    const comparable = to.matched && group.matched;
    if (comparable && sameProgramName(a, b) && !sameSubcommand(a, b) && owns(to)) {
      return false;
    }
    if (comparable && runOtherFiles(a, b, facts)) {
      return false;
    }
    return isScoped(facts) || ((!comparable || sameProgramName(a, b)) && sharesPlace(a, b, facts));
  };
  if (references.length > 0) {
    return new Set(
      [...groups].filter((group) => owns(group) || references.some((one) => belongs(group, one))),
    );
  }
  const classes: Group[][] = [];
  for (const group of groups) {
    const own = classes.find(([first]) => first !== undefined && belongs(group, first));
    if (own === undefined) classes.push([group]);
    else own.push(group);
  }
  const since = (all: readonly Group[]): number =>
    Math.min(...all.map((group) => rootOf(group)?.startTime ?? Infinity));
  const isHome = (all: readonly Group[]): boolean =>
    all.map(rootOf).some((root) => root !== undefined && isTied(root, facts));
  // Two bots of another worktree are none of this one, however many they are.
  const [likeliest] = classes.sort(
    (a, b) => Number(isHome(b)) - Number(isHome(a)) || b.length - a.length || since(a) - since(b),
  );
  return new Set(likeliest);
}

/** Those that an owner forked, and that have left its tree: helpers that never were started as the service. */
export function forksAmong(groups: ReadonlySet<Group>, rootOf: RootOf): ReadonlySet<Group> {
  const owns = ({ holds, recorded }: Group): boolean => holds !== undefined || recorded !== undefined;
  const starts = new Set(
    [...groups]
      .filter(owns)
      .flatMap(({ members }) => [...members.values()].flatMap(({ startStack }) => startStack ?? [])),
  );
  return new Set([...groups].filter((group) => !owns(group) && starts.has(rootOf(group)?.startStack ?? -1)));
}

/**
 * With `process`, an instance is what matches; otherwise, only who took the lock itself, and who is proven to have
 * written the record, for these do what only the service does. Without it (or as long as nothing matches), holders'
 * trees and live recorded owners are the instances. Shared locks are made to be shared: they do not count.
 */
export function isCounted(group: Group, anyMatch: boolean): boolean {
  return (
    group.matched ||
    (anyMatch
      ? group.direct || group.recorded === 'proven'
      : (group.holds !== undefined && group.holdsProven) || group.recorded !== undefined)
  );
}

/**
 * The instances that compete. Holders of locks on different paths, or of disjoint ranges of one file, are no rivals by
 * that alone (a service may have two lock files, a glob many): the path with the most counts, on top of the matches.
 */
export function rivalsAmong(
  counted: ReadonlySet<Group>,
  facts: ServiceFacts,
  records: readonly JudgedRecord[],
  groups: Groups,
): ReadonlySet<Group> {
  const rivals = new Set([...counted].filter(({ matched }) => matched));
  const addLargest = (candidates: readonly ReadonlySet<Group>[]): void => {
    const fresh = candidates.map((candidate) =>
      [...candidate].filter((group) => counted.has(group) && !rivals.has(group)),
    );
    for (const group of fresh.sort((a, b) => b.length - a.length)[0] ?? []) {
      rivals.add(group);
    }
  };
  const groupsOf = (locks: readonly LockFacts[]): Set<Group> =>
    new Set(
      locks
        .flatMap(({ holders }) => holders.map(({ process }) => groups.of(process)))
        .filter((g) => g !== undefined),
    );
  addLargest(
    lockedPaths(facts).flatMap(({ locks }) => {
      const writes = locks.filter(({ access }) => access === 'write');
      return writes.map((lock) => groupsOf(writes.filter((other) => overlap(lock, other))));
    }),
  );
  // And the recorded owner, if it is someone else. Of several pid files one at most, and none if one names a rival.
  const owners = records
    .filter(({ source, locks }) => source === 'pidFile' || locks.length === 0)
    .flatMap(({ owner }) => (owner === undefined ? [] : (groups.of(owner) ?? [])));
  if (!owners.some((group) => rivals.has(group))) {
    addLargest(owners.map((group) => new Set([group])));
  }
  return rivals;
}

/** The lock holder stays, else the recorded owner; where neither is one clear choice, the user chooses. */
export function ownersAmong(rivals: ReadonlySet<Group>, max: number): ReadonlySet<Group> {
  const choices = [
    (group: Group): boolean => group.holds === 'path',
    (group: Group): boolean => group.holds === 'deleted',
    (group: Group): boolean => group.recorded !== undefined,
  ];
  for (const choice of choices) {
    const owners = [...rivals].filter(choice);
    if (owners.length > 0) {
      return new Set(owners.length <= max ? owners : []);
    }
  }
  return new Set();
}

/** Has the log told of a conflict since then? */
const logSays = ({ log, takenAt }: ServiceFacts, since: number): boolean =>
  (log?.lines ?? []).some(
    ({ seenAt, ownTime }) => takenAt - seenAt <= CONFLICT_LINE_FRESH_MS && (ownTime ?? seenAt) >= since,
  );

/**
 * Rivals that have just started and have neither lock nor record: every guard lets its contender live for a moment.
 * The one that started first is never among them.
 */
export function startingAmong(
  rivals: ReadonlySet<Group>,
  facts: ServiceFacts,
  rootOf: RootOf,
): ReadonlySet<Group> {
  const startOf = (group: Group): number => rootOf(group)?.startTime ?? 0;
  const owners = [...rivals].filter(({ holds, recorded }) => holds !== undefined || recorded !== undefined);
  const [oldest] = owners.length > 0 ? owners : [...rivals].sort((a, b) => startOf(a) - startOf(b));
  return new Set(
    [...rivals].filter(
      (group) =>
        group !== oldest &&
        group.holds === undefined &&
        group.recorded === undefined &&
        startOf(group) > 0 &&
        facts.takenAt - startOf(group) < STARTING_MS &&
        !logSays(facts, startOf(group)),
    ),
  );
}
