/**
 * Finds the lock and pid files of known tools. Only names are read; nothing is opened. Symbolic links are not
 * followed, and a walk through a workspace is bounded in depth and in folders.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { unescapeGlob, withoutBraces } from '../model/settings/globText';
import { touching } from './heartbeat';
import type { PresetMatch, PresetPattern } from '../model/presets/index';

/** Never worth a walk: dependencies, objects, outputs. */
const NEVER_WALKED = new Set([
  'node_modules',
  'bower_components',
  'site-packages',
  '__pycache__',
  'vendor',
  'target',
  'dist',
  'build',
  'out',
  'venv',
  'coverage',
]);
/**
 * Hidden, but made for what runs in a project: devenv keeps its databases below `.devenv/state`, devbox below
 * `.devbox/virtenv`, flox below `.flox/cache`, direnv in `.direnv`.
 */
const STATE_FOLDERS = new Set([
  ...['.devenv', '.devbox', '.flox', '.direnv'],
  ...['.data', '.state', '.run', '.tmp', '.pgdata', '.postgres'],
]);
/** A folder for state counts as a root again. */
const MAX_DEPTH = 3;
const MAX_FOLDERS = 1500;
/** Matches of one segment in one folder: more are a data directory, not a handful of locks. */
const MAX_MATCHES = 100;

const WILDCARD = /(?<!\\)\*/;

export interface PresetSearchOptions {
  /** Names of folders that the user has excluded from search or view. */
  excluded: ReadonlySet<string>;
  /** `top`: what a leading `**` stands for is the folder itself; cheap enough to be asked often. */
  depth: 'top' | 'walk';
  /** Folders that are not to be touched from here: they are as good as empty. */
  isApart?: (folder: string) => boolean;
}

/** The files that are there now. The first pattern that knows a path names it. */
export function searchPresets(
  patterns: readonly PresetPattern[],
  options: PresetSearchOptions,
): PresetMatch[] {
  const found = findFiles(
    patterns.map(({ glob }) => glob),
    options,
  );
  return [...found].flatMap((each) => matchOf(patterns, each));
}

/** Names what was found at a path by the pattern with that number. */
export function matchOf(
  patterns: readonly PresetPattern[],
  [path, index]: readonly [path: string, index: number],
): PresetMatch[] {
  const pattern = patterns[index];
  return pattern === undefined ? [] : [{ preset: pattern.preset, file: pattern.file, path }];
}

/** Paths that are there now, each with the number of the first glob that knows it. */
export function findFiles(globs: readonly string[], options: PresetSearchOptions): Map<string, number> {
  const search = new Search(options);
  const found = new Map<string, number>();
  for (const [index, glob] of globs.entries()) {
    for (const alternative of withoutBraces(glob)) {
      const { root } = path.parse(alternative);
      for (const match of search.matches(root, partsOf(alternative.slice(root.length)))) {
        if (!found.has(match)) found.set(match, index);
      }
    }
  }
  return found;
}

const partsOf = (glob: string): string[] =>
  glob.split(path.sep === '\\' ? /[\\/]/ : '/').filter((part) => part !== '');

interface Walked {
  folder: string;
  /** Folders below it that are walked, one in the other. */
  depth: number;
}

class Search {
  readonly #options: PresetSearchOptions;
  /** Many patterns walk the same workspace. */
  readonly #walked = new Map<string, readonly string[]>();
  readonly #listed = new Map<string, readonly fs.Dirent[]>();

  constructor(options: PresetSearchOptions) {
    this.#options = options;
  }

  matches(folder: string, [segment, ...rest]: readonly string[]): string[] {
    if (segment === undefined) {
      return [];
    }
    if (segment === '**') {
      return this.#walk(folder).flatMap((each) => this.matches(each, rest));
    }
    const names = WILDCARD.test(segment) ? this.#matching(folder, segment) : [unescapeGlob(segment)];
    return names.flatMap((name) => {
      const next = path.join(folder, name);
      if (rest.length > 0) return this.matches(next, rest);
      return this.#options.isApart?.(next) !== true && exists(next) ? [next] : [];
    });
  }

  #matching(folder: string, segment: string): string[] {
    const literally = (text: string): string => unescapeGlob(text).replace(/[.+?^${}()|[\]\\*]/g, '\\$&');
    const matcher = new RegExp(`^${segment.split(WILDCARD).map(literally).join('.*')}$`, 's');
    return this.#list(folder)
      .filter(({ name }) => matcher.test(name))
      .slice(0, MAX_MATCHES)
      .map(({ name }) => name);
  }

  /** Breadth first, so that the bound cuts the deepest folders. */
  #walk(root: string): readonly string[] {
    if (this.#options.depth === 'top') {
      return [root];
    }
    let walked = this.#walked.get(root);
    if (walked === undefined) {
      const folders = [root];
      let level: readonly Walked[] = [{ folder: root, depth: MAX_DEPTH }];
      while (level.length > 0 && folders.length < MAX_FOLDERS) {
        level = level.flatMap((one) => this.#below(one)).slice(0, MAX_FOLDERS - folders.length);
        folders.push(...level.map(({ folder }) => folder));
      }
      this.#walked.set(root, folders);
      walked = folders;
    }
    return walked;
  }

  #below({ folder, depth }: Walked): Walked[] {
    if (depth === 0) {
      return [];
    }
    return this.#list(folder)
      .filter(
        (entry) =>
          entry.isDirectory() &&
          (!entry.name.startsWith('.') || STATE_FOLDERS.has(entry.name)) &&
          !NEVER_WALKED.has(entry.name) &&
          !this.#options.excluded.has(entry.name),
      )
      .map(({ name }) => ({
        folder: path.join(folder, name),
        depth: STATE_FOLDERS.has(name) ? MAX_DEPTH : depth - 1,
      }));
  }

  #list(folder: string): readonly fs.Dirent[] {
    if (this.#options.isApart?.(folder) === true) {
      return [];
    }
    let entries = this.#listed.get(folder);
    if (entries === undefined) {
      touching(folder);
      try {
        entries = fs.readdirSync(folder, { withFileTypes: true });
      } catch {
        entries = []; // not there, not a folder, or not ours to read: nothing to be found in it
      }
      this.#listed.set(folder, entries);
    }
    return entries;
  }
}

/** lstat: a symbolic link that points nowhere is a record too (Chrome's SingletonLock). */
function exists(file: string): boolean {
  touching(file);
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false; // ENOTDIR, EACCES
  }
}
