/**
 * Known tools, watched with nothing configured. Only paths that belong to one tool beyond doubt are here; if
 * the vendor documents its own way to clear a stale file, that is shown instead of an offer to remove it.
 */
import type { PlatformName } from '../facts';
import { PathProblem, resolvePath, type PathContext } from '../settings/paths';
import { AGENT_PRESETS } from './agents';
import { DEV_SERVER_PRESETS } from './devServers';
import { isGitLock } from '../ownerless/gitLock';
import { HERMES_PRESETS } from './hermes';
import type { Preset, PresetBase, PresetFile, PresetPattern } from './preset';
import { SERVICE_PRESETS } from './services';
import { TOOL_PRESETS } from './tools';
import type { Service } from '../service';
import { presetService } from './found';

export type { Preset, PresetBase, PresetFile, PresetMatch, PresetPattern } from './preset';
export { presetServices } from './found';

export const PRESETS: readonly Preset[] = [
  ...HERMES_PRESETS,
  ...AGENT_PRESETS,
  ...DEV_SERVER_PRESETS,
  ...SERVICE_PRESETS,
  ...TOOL_PRESETS,
];

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
  context: PathContext & { platform: PlatformName },
): PresetPattern[] {
  return preset.files.flatMap((file): PresetPattern[] => {
    if (file.on !== undefined && !file.on.includes(context.platform)) {
      return [];
    }
    try {
      return [{ preset, file, glob: resolvePath(file.path, context), base: baseOf(file) }];
    } catch (error) {
      if (error instanceof PathProblem) {
        return [];
      }
      throw error;
    }
  });
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

const presetOf = ({ origin }: Pick<Service, 'origin'>): Preset | undefined =>
  origin.kind === 'preset' ? PRESETS.find(({ id }) => id === origin.preset) : undefined;

/** Returns the service that a lock file of git makes, under an id of its own; undefined: it is no such file. */
export function gitLockService(id: string, path: string): Service | undefined {
  const preset = isGitLock(path) ? PRESETS.find((one) => one.id === 'git') : undefined;
  const [file] = preset?.files ?? [];
  return preset === undefined || file === undefined
    ? undefined
    : { ...presetService({ preset, file, path }), id };
}

/** Returns the tool that is known to renew its lock directories every few seconds; undefined for any other service. */
export function toolWithHeartbeat(service: Pick<Service, 'origin'>): string | undefined {
  const preset = presetOf(service);
  return preset?.heartbeat === true ? preset.tool : undefined;
}

/**
 * Returns what the vendor of a tool says instead of "delete it" about one of a service's files: one sentence, or none
 * where a record whose owner is proven dead may be removed. A file that a setting names has it too, and each that a
 * pattern matches.
 */
export function adviceOn(service: Pick<Service, 'origin'>, path: string): readonly string[] {
  const preset =
    service.origin.kind === 'preset'
      ? presetOf(service)
      : PRESETS.find(({ known }) => known?.test(path.replaceAll('\\', '/')));
  const advice = preset?.advice?.();
  return advice === undefined ? [] : [advice];
}
