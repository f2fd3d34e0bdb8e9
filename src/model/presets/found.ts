/** The service that a found file of a known tool makes. */
import { CONFLICT_PATTERNS } from '../conflictPatterns';
import { gitLockPath, gitOwnerPath } from '../ownerless/gitLock';
import { escapeGlob } from '../settings/globText';
import type { CommandMatcher, LogWatch, ProcessMatcher, Service } from '../service';
import type { PresetLog, PresetMatch, PresetProcess } from './preset';

/** Index of the last slash of either kind, below which there is a name; -1: none. */
const lastSlash = (path: string): number => Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));

const folderOf = (path: string, above = 1): string =>
  above <= 0 ? path : folderOf(path.slice(0, Math.max(lastSlash(path), 0)), above - 1);

const nameOf = (path: string): string => path.slice(lastSlash(path) + 1);

/** The last `count` parts of a path. */
const endOf = (path: string, count: number): string =>
  path
    .split(/[\\/]/)
    .filter((part) => part !== '')
    .slice(-count)
    .join('/');

const serviceFolder = ({ path, file }: PresetMatch): string => folderOf(path, 1 + (file.above ?? 0));

function processOf(match: PresetMatch): PresetProcess | undefined {
  const { preset, file } = match;
  if (file.process !== undefined) {
    return file.process === 'none' ? undefined : file.process;
  }
  const isProfile = preset.ofProfile !== undefined && nameOf(folderOf(serviceFolder(match))) === 'profiles';
  return isProfile ? preset.ofProfile : preset.process;
}

interface Files {
  key: string;
  /** Patterns. */
  lockFiles: string[];
  pidFiles: string[];
}

function filesOf(match: PresetMatch): Files {
  const { preset, path, file } = match;
  if (preset.group !== undefined) {
    const folder = serviceFolder(match);
    const within = (names: readonly string[]): string[] =>
      names.map((name) => `${escapeGlob(folder)}/${name}`);
    return {
      key: folder,
      lockFiles: within(preset.group.lockFiles),
      pidFiles: within(preset.group.pidFiles),
    };
  }
  if (preset.id === 'git') {
    const lock = gitLockPath(path);
    return { key: lock, lockFiles: [escapeGlob(lock)], pidFiles: [escapeGlob(gitOwnerPath(lock))] };
  }
  const own = [escapeGlob(path)];
  return {
    key: path,
    lockFiles: file.role === 'pid' ? [] : own,
    pidFiles: file.role === 'lock' ? [] : own,
  };
}

/**
 * The tool's name, and what tells this service from others of the tool. `parts` > 0: another service of the tool has
 * that very name, so the folder it works in is told too, with so many of the folders above it.
 */
function displayName(match: PresetMatch, parts = 0): string {
  const { preset, path } = match;
  const folder = serviceFolder(match);
  const isElsewhere = preset.home !== undefined && !preset.home.includes(nameOf(folder));
  const working = folderOf(folder, processOf(match)?.workingFolder ?? 0);
  const place =
    parts > 0 ? endOf(working, parts) : preset.label === 'folder' || isElsewhere ? nameOf(folder) : '';
  const told = [place, preset.label === 'file' ? nameOf(path) : ''].filter((part) => part !== '');
  return told.length === 0 ? preset.tool : `${preset.tool} (${told.join('/')})`;
}

/** `{folder}` and `{name}` as patterns that match just these. */
const filled = (source: string, folder: string): string =>
  source.replaceAll('{folder}', quoted(folder)).replaceAll('{name}', quoted(nameOf(folder)));

const quoted = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function matcherOf({ command, workingFolder, workingIn }: PresetProcess, folder: string): ProcessMatcher {
  const own: CommandMatcher =
    command.kind === 'regex' ? { ...command, source: filled(command.source, folder) } : command;
  if (workingIn !== undefined) {
    return { kind: 'commandAndCwd', command: own, cwd: undefined, cwdPattern: filled(workingIn, folder) };
  }
  return workingFolder === undefined
    ? own
    : { kind: 'commandAndCwd', command: own, cwd: folderOf(folder, workingFolder) };
}

const logOf = ({ path, conflicts }: PresetLog, folder: string): LogWatch => ({
  path: `${escapeGlob(folder)}/${path}`,
  patterns: conflicts.flatMap((program) => CONFLICT_PATTERNS[program]),
});

/** Returns the service that a found file makes. Files that belong together make services with one id: keep one of them. */
export function presetService(match: PresetMatch): Service {
  const { preset, file } = match;
  const { key, lockFiles, pidFiles } = filesOf(match);
  const folder = serviceFolder(match);
  const process = processOf(match);
  const programs = file.programs ?? preset.programs;
  return {
    id: `preset:${preset.id}:${key}`,
    name: displayName(match),
    lockFiles,
    pidFiles,
    ...(preset.mechanism === 'existence' ? { existence: true } : {}),
    ...(preset.lockKind === undefined ? {} : { lockKind: preset.lockKind }),
    ...(process === undefined ? {} : { process: matcherOf(process, folder) }),
    ...(typeof programs === 'string' ? {} : { programs }),
    ...(preset.log === undefined || file.process === 'none' ? {} : { log: logOf(preset.log, folder) }),
    maxInstances: 1,
    origin: { kind: 'preset', preset: preset.id },
  };
}

/** Returns the services of all matches, each once, without those whose files settings already watch. */
export function presetServices(
  matches: readonly PresetMatch[],
  configured: readonly Service[] = [],
): Service[] {
  const watched = new Set(configured.flatMap(({ lockFiles, pidFiles }) => [...lockFiles, ...pidFiles]));
  const found = new Map<string, { match: PresetMatch; service: Service }>();
  for (const match of matches) {
    const service = presetService(match);
    if (![...service.lockFiles, ...service.pidFiles].some((path) => watched.has(path))) {
      found.set(service.id, { match, service });
    }
  }
  return toldApart([...found.values()]);
}

/** More parts of a path than this name nothing better. */
const MOST_PARTS = 4;

/** Two apps of one workspace are distinguished by their folders, as few parts of them as it takes. */
function toldApart(found: readonly { match: PresetMatch; service: Service }[]): Service[] {
  const byName = new Map<string, typeof found>();
  for (const each of found) {
    byName.set(each.service.name, [...(byName.get(each.service.name) ?? []), each]);
  }
  const names = new Map<string, string>();
  for (const same of byName.values()) {
    for (let parts = 1; same.length > 1 && parts <= MOST_PARTS; parts += 1) {
      const told = same.map(({ match }) => displayName(match, parts));
      same.forEach(({ service }, index) => names.set(service.id, told[index] ?? service.name));
      if (new Set(told).size === told.length) {
        break;
      }
    }
  }
  return found.map(({ service }) => ({ ...service, name: names.get(service.id) ?? service.name }));
}
