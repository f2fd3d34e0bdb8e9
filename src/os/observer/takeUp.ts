/** Makes a watched service of a service, and looks up its patterns. */
import { conflictLineTest } from '../../model/conflictPatterns';
import type { LeftOut } from '../../model/facts';
import { isGlob, unescapeGlob } from '../../model/settings/globText';
import type { RegexEngine } from '../../model/settings/regex';
import type { Service } from '../../model/service';
import { openPlainFile } from '../plainFile';
import type { Readers } from '../readers';
import { FormerHolders } from './formerHolders';
import { Lifetimes } from './lifetimes';
import { matcherOf, placesOf, wrapperTestOf } from './matching';
import { Glob } from './watchedGlob';
import { LogWatch } from './watchedLog';
import type { WatchedService } from './watchedService';

const NOTHING: ReadonlySet<never> = new Set();

/** Returns which of a service's paths are checked apart, as a text to compare. */
export function apartOf({ lockFiles, pidFiles, log }: Service, { apart }: Readers): string {
  if (apart === undefined) return '';
  const paths = [...lockFiles, ...pidFiles, ...(log === undefined ? [] : [log.path])];
  return paths.map((path) => apart.mountOf(path)?.point ?? '').join('\0');
}

/** Returns the watched service; none of its paths is checked yet. */
export function takeUp(service: Service, readers: Readers, engine: RegexEngine | undefined): WatchedService {
  const { apart } = readers;
  const globOf = (pattern: string): Glob =>
    apart?.globAt(pattern) ?? new Glob(pattern, (folder) => apart?.isAt(folder) === true);
  const expandable = (path: string): string | Glob => (isGlob(path) ? globOf(path) : unescapeGlob(path));
  const log = service.log === undefined ? undefined : expandable(service.log.path);
  return {
    service,
    json: JSON.stringify(service),
    apart: apartOf(service, readers),
    matches: matcherOf(service, engine),
    isWrapper: wrapperTestOf(service, engine),
    places: placesOf(service, engine, (path) => apart?.mountAt(path) !== undefined),
    lockGlobs: service.lockFiles.map(expandable),
    pidGlobs: service.pidFiles.map(expandable),
    logGlob: log instanceof Glob ? log : undefined,
    isExpanded: false,
    log: typeof log === 'string' ? watchLog(log, service, readers, engine) : undefined,
    lockPaths: [],
    pidPaths: [],
    stems: NOTHING,
    names: NOTHING,
    matched: new Set(),
    pids: NOTHING,
    seeds: NOTHING,
    owners: NOTHING,
    candidates: NOTHING,
    lifetimes: new Lifetimes(),
    formerHolders: new FormerHolders(),
    signatures: NOTHING,
  };
}

const globsOf = ({ lockGlobs, pidGlobs, logGlob }: WatchedService): Glob[] =>
  [...lockGlobs, ...pidGlobs, logGlob].filter((glob) => glob instanceof Glob);

/** Reports whether any of its paths is a pattern, which must be looked up again and again. */
export const hasPattern = (watch: WatchedService): boolean => globsOf(watch).length > 0;

/** Ends what its patterns and its log keep open. */
export function closeFiles(watch: WatchedService): void {
  for (const glob of globsOf(watch)) glob.close();
  watch.log?.close();
}

/** Looks up the log's pattern when that is due. Reports whether the matches changed; the newest is watched then. */
export function expandLog(
  watch: WatchedService,
  now: number,
  force: boolean,
  readers: Readers,
  engine: RegexEngine | undefined,
): boolean {
  if (watch.logGlob?.check(now, force) !== true) return false;
  const newest = watch.logGlob.newest();
  if (newest !== watch.log?.path) {
    watch.log?.close();
    watch.log = newest === undefined ? undefined : watchLog(newest, watch.service, readers, engine);
  }
  return true;
}

/** Looks up the files' patterns when that is due. Returns its paths when they may have changed. */
export function expandPaths(
  watch: WatchedService,
  now: number,
  force: boolean,
): Pick<WatchedService, 'lockPaths' | 'pidPaths'> | undefined {
  let isChanged = !watch.isExpanded;
  watch.isExpanded = true;
  for (const glob of [...watch.lockGlobs, ...watch.pidGlobs]) {
    if (glob instanceof Glob) isChanged = glob.check(now, force) || isChanged;
  }
  if (!isChanged) return undefined;
  const pathsOf = (globs: readonly (string | Glob)[]): string[] => [
    ...new Set(globs.flatMap((glob) => (glob instanceof Glob ? glob.matches : [glob]))),
  ];
  return { lockPaths: pathsOf(watch.lockGlobs), pidPaths: pathsOf(watch.pidGlobs) };
}

/** Returns the patterns of its files that match more than is watched. */
export const leftOutOf = ({ lockGlobs, pidGlobs }: WatchedService): LeftOut[] =>
  [...lockGlobs, ...pidGlobs].flatMap((glob) => (glob instanceof Glob ? (glob.leftOut ?? []) : []));

function watchLog(
  path: string,
  { log }: Service,
  { apart, openRegularFile }: Readers,
  engine: RegexEngine | undefined,
): LogWatch {
  const patterns = log?.patterns ?? [];
  return (
    apart?.logAt(path, patterns) ??
    new LogWatch(path, [conflictLineTest(patterns, engine)], openRegularFile ?? openPlainFile)
  );
}
