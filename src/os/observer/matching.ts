/** Which processes a service's `process` names, and works in the folder that it gives. */
import type { ProcessFacts } from '../../model/facts';
import { compileCommand, compileFolder } from '../../model/processes/processMatch';
import { programOf } from '../../model/processes/program';
import type { RegexEngine } from '../../model/settings/regex';
import { commandOf, type Service } from '../../model/service';
import type { ProcessReader } from '../readers';
import { Folder, FolderPattern, type Place } from './folders';
import type { WatchedService } from './watchedService';

/** Returns the test for the command; its places are tested apart, since what a path leads to must be read. */
export function matcherOf(
  { process }: Pick<Service, 'process'>,
  engine: RegexEngine | undefined,
): ((process: ProcessFacts) => boolean) | undefined {
  if (process === undefined) return undefined;
  return orNothing(() => compileCommand(commandOf(process), engine));
}

/** Returns the test for processes that the service's `process` names only as what they run. */
export function wrapperTestOf(
  { process }: Pick<Service, 'process'>,
  engine: RegexEngine | undefined,
): ((match: ProcessFacts) => boolean) | undefined {
  if (process === undefined) return undefined;
  const namesItself = orNothing(() => compileCommand(commandOf(process), engine, 'itself'));
  // The script file that a shell runs is the service itself, also while it sleeps.
  return (match) => programOf(match).role === 'wrapper' && !namesItself(match);
}

/** Returns where instances must work: in the folder of that path, in one that the pattern matches, or both. */
export function placesOf(
  { process }: Pick<Service, 'process'>,
  engine: RegexEngine | undefined,
  isApart: (path: string) => boolean,
): Place[] {
  if (process?.kind !== 'commandAndCwd') return [];
  const { cwd, cwdPattern } = process;
  const places: Place[] = cwd === undefined ? [] : [new Folder(cwd, isApart)];
  if (cwdPattern !== undefined) {
    places.push(new FolderPattern(orNothing(() => compileFolder(cwdPattern, engine))));
  }
  return places;
}

/** A pattern that the engine refuses was reported where the setting was read; here it matches nothing. */
function orNothing<T>(compile: () => (subject: T) => boolean): (subject: T) => boolean {
  try {
    return compile();
  } catch {
    return () => false;
  }
}

/** Reports whether the service's `process` names this one; `worksIn` is asked last, since what a path leads to must be read. */
export const isNamed = (
  { matches, places }: Pick<WatchedService, 'matches' | 'places'>,
  process: ProcessFacts,
  worksIn: (place: Place) => boolean,
): boolean => matches?.(process) === true && places.every(worksIn);

/** Takes in whether the process is a match now. Reports whether that is news. */
export function updateMatch(
  watch: WatchedService,
  pid: number,
  isThere: boolean,
  processes: ProcessReader,
): boolean {
  const process = isThere ? processes.glance(pid, false) : undefined;
  const isMatch =
    process !== undefined &&
    !processes.host.ownPids.includes(pid) &&
    isNamed(watch, process, (place) => worksIn(place, pid, processes));
  if (isMatch === watch.matched.has(pid)) return false;
  if (isMatch) watch.matched.add(pid);
  else watch.matched.delete(pid);
  return true;
}

function worksIn(place: Place, pid: number, processes: ProcessReader): boolean {
  const process = processes.glance(pid, true);
  if (process === undefined) return false;
  const hasIt = (): boolean => place.has(process, () => processes.get(pid)?.cwdId);
  // The right program in another directory: perhaps the link leads there since a moment ago.
  return hasIt() || (place.look(performance.now()) && hasIt());
}
