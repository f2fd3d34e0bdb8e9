/**
 * Known tools, watched with nothing configured. Only paths that belong to one tool beyond doubt are here; where its
 * makers have their own way to get rid of a stale file, that is what is offered instead of a removal.
 */
import { escapeGlob } from './globText';
import { PathProblem, resolvePath, type PathContext } from './paths';
import type { Preset, PresetBase, PresetFile, PresetPlatform, PresetRole } from './presets/preset';
import { SERVICE_PRESETS } from './presets/services';
import { TOOL_PRESETS } from './presets/tools';
import type { Service } from './service';

export type {
  Preset,
  PresetBase,
  PresetFile,
  PresetMechanism,
  PresetPlatform,
  PresetRole,
} from './presets/preset';

export const PRESETS: readonly Preset[] = [...SERVICE_PRESETS, ...TOOL_PRESETS];

export interface PresetPattern {
  preset: Preset;
  /** Absolute; may be a glob. */
  glob: string;
  base: PresetBase;
  role: PresetRole;
}

export interface PresetMatch {
  preset: Preset;
  /** Absolute path of a file that is there. */
  path: string;
  role: PresetRole;
}

function baseOf({ path }: PresetFile): PresetBase {
  if (path.startsWith('${env:XDG_RUNTIME_DIR')) {
    return 'runtimeDir';
  }
  if (path.startsWith('${env:TMPDIR') || path.startsWith('/tmp/')) {
    return 'tmp';
  }
  if (path.startsWith('/')) {
    return 'system';
  }
  return path.startsWith('~') || path.startsWith('${') ? 'home' : 'workspace';
}

/**
 * Where to look for a tool's files. Patterns of the workspace need `context.folder`, and are left out without one;
 * so is what depends on a variable that is not set. `UID` in `context.env` makes the search exact in shared folders.
 */
export function presetPatterns(
  preset: Preset,
  context: PathContext & { platform: PresetPlatform },
): PresetPattern[] {
  return preset.files.flatMap((file): PresetPattern[] => {
    const base = baseOf(file);
    if (
      (file.on !== undefined && !file.on.includes(context.platform)) ||
      (base === 'workspace' && !context.folder)
    ) {
      return [];
    }
    try {
      return [{ preset, glob: resolvePath(file.path, context), base, role: file.role }];
    } catch (error) {
      if (error instanceof PathProblem) {
        return [];
      }
      throw error;
    }
  });
}

const split = (path: string): { folder: string; name: string } => {
  const at = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return { folder: path.slice(0, Math.max(at, 0)), name: path.slice(at + 1) };
};

/** git 2.54 writes the owner of `index.lock` into `index~pid.lock` beside it. */
const gitOwner = (path: string): string => path.replace(/\.lock$/, '~pid.lock');

function filesOf({ preset, path, role }: PresetMatch): {
  key: string;
  lockFiles: string[];
  pidFiles: string[];
} {
  const { folder } = split(path);
  if (preset.group !== undefined) {
    const within = (names: readonly string[]): string[] => names.map((name) => `${folder}/${name}`);
    return {
      key: folder,
      lockFiles: within(preset.group.lockFiles),
      pidFiles: within(preset.group.pidFiles),
    };
  }
  if (preset.id === 'git') {
    const lock = path.replace(/~pid\.lock$/, '.lock');
    return { key: lock, lockFiles: [lock], pidFiles: [gitOwner(lock)] };
  }
  return {
    key: path,
    lockFiles: role === 'pid' ? [] : [path],
    pidFiles: role === 'lock' ? [] : [path],
  };
}

/** The tool's name, and what tells this service from others of the tool. */
function nameOf({ preset, path }: PresetMatch): string {
  const { folder, name } = split(path);
  const parts = { none: '', file: name, folder: split(folder).name };
  const label = parts[preset.label];
  return label === '' ? preset.tool : `${preset.tool} (${label})`;
}

/** The service that a found file makes. Files that belong together make services with one id: keep one of them. */
export function presetService(match: PresetMatch): Service {
  const { preset } = match;
  const { key, lockFiles, pidFiles } = filesOf(match);
  return {
    id: `preset:${preset.id}:${key}`,
    name: nameOf(match),
    lockFiles: lockFiles.map(escapeGlob),
    pidFiles: pidFiles.map(escapeGlob),
    ...(preset.mechanism === 'existence' ? { existence: true } : {}),
    maxInstances: 1,
    origin: { kind: 'preset', preset: preset.id },
  };
}

/** Services of all matches, each once, without those whose files settings already watch. */
export function presetServices(
  matches: readonly PresetMatch[],
  configured: readonly Service[] = [],
): Service[] {
  const watched = new Set(configured.flatMap(({ lockFiles, pidFiles }) => [...lockFiles, ...pidFiles]));
  const services = new Map<string, Service>();
  for (const match of matches) {
    const service = presetService(match);
    if (![...service.lockFiles, ...service.pidFiles].some((path) => watched.has(path))) {
      services.set(service.id, service);
    }
  }
  return [...services.values()];
}

/** `instanceMonitor.presets`: each is on unless its value, or that of `*`, is `false`; its own value wins. */
export function isPresetOn(id: string, setting: unknown): boolean {
  if (typeof setting !== 'object' || setting === null) {
    return true;
  }
  const values = setting as Readonly<Record<string, unknown>>;
  const value = values[id] ?? values['*'];
  return value !== false;
}

/** Returns the tool that is known to renew its lock directories every few seconds; undefined for any other service. */
export function toolWithHeartbeat({ origin }: Pick<Service, 'origin'>): string | undefined {
  const preset = origin.kind === 'preset' ? PRESETS.find(({ id }) => id === origin.preset) : undefined;
  return preset?.heartbeat === true ? preset.tool : undefined;
}

/**
 * What the makers of a tool say instead of "delete it" about one of a service's files: one sentence, or none where
 * a record whose owner is proven dead may be removed. A file that a setting names has it too, and each that a pattern
 * matches.
 */
export function adviceOn({ origin }: Pick<Service, 'origin'>, path: string): readonly string[] {
  const preset =
    origin.kind === 'preset'
      ? PRESETS.find(({ id }) => id === origin.preset)
      : PRESETS.find(({ known }) => known?.test(path.replaceAll('\\', '/')));
  const advice = preset?.advice?.();
  return advice === undefined ? [] : [advice];
}
