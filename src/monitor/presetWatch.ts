/** Which services known tools have left in the workspace and at home, looked for without being told. */
import type { PlatformName } from '../model/facts';
import {
  isPresetOn,
  presetPatterns,
  presetServices,
  PRESETS,
  type PresetMatch,
} from '../model/presets/index';
import type { PresetPattern } from '../model/presets/index';
import type { Service } from '../model/service';
import type { PresetsFound } from '../os/apart/searches';
import { searchPresets, type PresetSearchOptions } from '../os/presetSearch';
import type { PresetConfig } from './protocol';

/** At least this long between two looks at the fixed places, and between two walks, ms … */
const TOP_EVERY_MS = 5000;
const WALK_EVERY_MS = 60_000;
/** … and longer where a look is expensive: looking for presets may take this share of the time. */
const SHARE = 1 / 2000;

export interface PresetWatchDeps {
  /** Monotonic, ms. */
  now: () => number;
  home: string;
  env: Readonly<Record<string, string | undefined>>;
  platform: PlatformName;
  /** Where some of it is searched elsewhere; absent: all of it is searched here. */
  search?: (patterns: readonly PresetPattern[], options: PresetSearchOptions) => PresetsFound;
}

/** Another extension may ask again and again: between two walks lies at least this, ms. */
const AGAIN_AFTER_MS = 1000;

export class PresetWatch {
  readonly #deps: PresetWatchDeps;
  #config: PresetConfig | undefined;
  /** Made of the configuration at its first look. */
  #patterns: readonly PresetPattern[] | undefined;
  #nextTop = 0;
  #nextWalk = 0;
  #walkedAt = -Infinity;
  /** The walk's matches stand between walks; what is gone shows as absent and is left out by the caller. */
  #walked: readonly PresetMatch[] = [];

  constructor(deps: PresetWatchDeps) {
    this.#deps = deps;
  }

  configure(config: PresetConfig | undefined): void {
    this.#config = config;
    this.#patterns = undefined;
    this.#walked = [];
    this.#nextTop = 0;
    // The first tick shows what is configured; the walk comes with the second.
    this.#nextWalk = this.#deps.now() + 1;
  }

  /** The services found, when a look is due; undefined: nothing new to say. */
  look(configured: readonly Service[]): Service[] | undefined {
    const startedAt = this.#deps.now();
    const walk = startedAt >= this.#nextWalk;
    if (this.#config === undefined || (!walk && startedAt < this.#nextTop)) {
      return undefined;
    }
    const { matches, isPending } = this.#search(this.#config, walk ? 'walk' : 'top');
    const took = this.#deps.now() - startedAt;
    this.#nextTop = startedAt + (isPending ? 1 : Math.max(TOP_EVERY_MS, took / SHARE));
    if (walk) {
      this.#walked = matches;
      this.#walkedAt = startedAt;
      this.#nextWalk = startedAt + (isPending ? 1 : Math.max(WALK_EVERY_MS, took / SHARE));
    }
    return presetServices([...matches, ...this.#walked], configured);
  }

  /** Makes the next look search everything, however lately that was done: a user has asked for it. */
  searchAgain(): void {
    const soonest = this.#walkedAt + AGAIN_AFTER_MS;
    this.#nextTop = 0;
    this.#nextWalk = Math.min(this.#nextWalk, soonest);
  }

  isInWorkspace(path: string): boolean {
    return (
      this.#config?.folders.some(
        (folder) => path.startsWith(folder.path) && /[\\/]/.test(path.charAt(folder.path.length)),
      ) ?? false
    );
  }

  #search(config: PresetConfig, depth: 'top' | 'walk'): PresetsFound {
    const patterns = (this.#patterns ??= this.#patternsOf(config));
    const options = { excluded: new Set(config.excluded), depth };
    const { search } = this.#deps;
    return search?.(patterns, options) ?? { matches: searchPresets(patterns, options), isPending: false };
  }

  /** Every pattern of every preset that is on, in each folder. */
  #patternsOf({ folders, setting }: PresetConfig): PresetPattern[] {
    const { home, env, platform } = this.#deps;
    const context = {
      folders: folders.map(({ name, path }) => ({ name, path })),
      home,
      env,
      windows: platform === 'win32',
      platform,
    };
    return [
      ...folders.flatMap(({ name, path, setting: own }) =>
        PRESETS.filter(({ id }) => isPresetOn(id, own)).flatMap((preset) =>
          presetPatterns(preset, { ...context, folder: { name, path } }).filter(
            ({ base }) => base === 'workspace',
          ),
        ),
      ),
      ...PRESETS.filter(({ id }) => isPresetOn(id, setting)).flatMap((preset) =>
        presetPatterns(preset, { ...context, folder: undefined }),
      ),
    ];
  }
}
