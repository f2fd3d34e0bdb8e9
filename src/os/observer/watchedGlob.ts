/**
 * Paths that are patterns. Walking directories is the most expensive part of a tick, so a pattern is expanded again
 * only when a folder that its last walk listed has changed, and occasionally otherwise.
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import type { GlobOptions } from 'tinyglobby';
import { codeOf } from '../../common/errors';
import type { LeftOut } from '../../model/facts';
import { isGlob, unescapeGlob, withoutExtras } from '../../model/settings/globText';
import { WatchedFile } from './watchedFile';
import { touching } from '../heartbeat';

let walk: (patterns: readonly string[], options: GlobOptions) => string[];

/** Reads the library that walks, which most people never need: before the first `Glob.check`. */
export async function loadGlobs(): Promise<void> {
  ({ globSync: walk } = await import('tinyglobby'));
}

/** A walk through more folders than this is not watched folder by folder, but repeated now and then. */
const FOLDERS_WATCHED = 64;
const EVERY_MS = 30_000;

/** ms; a pattern whose walks take longer waits for its turn even when a folder changed. */
const QUICK_MS = 100;

/** Folder times advance with the kernel's timer tick: what was listed this shortly (ms) after a change may be older. */
const RACY_MS = 50;

/** An expansion that took long is repeated at most after so many times its own duration. */
const REST = 50;

const DEPTH = 12;

/** More files than this from one pattern are a mistake in the pattern. */
const LIMIT = 2_000;

/** The folder above the first part that is a pattern, and the pattern below it. */
function split(pattern: string): { cwd: string; below: string } {
  const parts = pattern.split('/');
  const first = Math.max(1, parts.findIndex(isGlob));
  return { cwd: unescapeGlob(parts.slice(0, first).join('/')) || '/', below: parts.slice(first).join('/') };
}

export class Glob {
  readonly pattern: string;
  readonly #isApart: (folder: string) => boolean;
  #matches: readonly string[] = [];
  #more = 0;
  #due = -Infinity;
  /** What the last walk listed, with the time of its last change; undefined: it was not there. */
  #folders: ReadonlyMap<string, number | undefined> = new Map();
  #racyUntil = 0;
  #wasSlow = false;

  /** `isApart`: folders that are not to be touched from here, and so hold no match. */
  constructor(pattern: string, isApart: (folder: string) => boolean = () => false) {
    this.pattern = pattern;
    this.#isApart = isApart;
  }

  get matches(): readonly string[] {
    return this.#matches;
  }

  /** What it leaves out, because more files match than are watched. */
  get leftOut(): LeftOut | undefined {
    return this.#more === 0
      ? undefined
      : { pattern: this.pattern, watched: this.#matches.length, more: this.#more };
  }

  /** `now`: monotonic, ms. Reports whether the matches changed. */
  check(now: number, force = false): boolean {
    if (now < this.#due && !force && !this.#hasChanged()) return false;
    const started = performance.now();
    const before = this.#matches;
    const moreBefore = this.#more;
    const { paths, more, folders, isWhole } = expand(this.pattern, this.#isApart);
    if (!isWhole) {
      // Files that could not be looked for are not gone: what matched stands, and the next tick tries again.
      this.#matches = [...new Set([...before, ...paths])].sort();
      return before.length !== this.#matches.length;
    }
    this.#matches = paths;
    this.#more = more;
    const took = performance.now() - started;
    // Slow once may be a machine that was busy elsewhere: only two slow walks in a row mean that this pattern is expensive.
    const isDear = took >= QUICK_MS && this.#wasSlow;
    this.#wasSlow = took >= QUICK_MS;
    // One that is there and could not be listed differs from this at every look: a quick walk is tried again.
    this.#folders = folders.size <= FOLDERS_WATCHED && !isDear ? folders : new Map();
    const newest = Math.max(0, ...[...this.#folders.values()].map((mtime) => mtime ?? 0));
    this.#racyUntil = Date.now() - newest < RACY_MS ? Date.now() + RACY_MS : 0;
    this.#due = now + Math.max(EVERY_MS, took * REST);
    return (
      this.#more !== moreBefore ||
      before.length !== this.#matches.length ||
      before.some((path, index) => path !== this.#matches[index])
    );
  }

  /** Returns the match that was written last; undefined: none is a regular file. */
  newest(): string | undefined {
    let newest: string | undefined;
    let newestTime = -1n;
    for (const path of this.#matches) {
      const file = new WatchedFile(path, () => ({ code: 'EAGAIN', syscall: 'read' }));
      file.check();
      const { mtimeNs, status } = file.facts;
      if (status !== 'file' || mtimeNs === undefined || mtimeNs <= newestTime) continue;
      newest = path;
      newestTime = mtimeNs;
    }
    return newest;
  }

  /** Lets go of what it holds: nothing here. */
  close(): void {
    // An expansion keeps nothing open.
  }

  #hasChanged(): boolean {
    if (this.#racyUntil !== 0) return true;
    for (const [folder, mtime] of this.#folders) {
      if (changeTimeOf(folder) !== mtime) return true;
    }
    return false;
  }
}

function changeTimeOf(folder: string): number | undefined {
  touching(folder);
  try {
    return fs.statSync(folder, { throwIfNoEntry: false })?.ctimeMs;
  } catch {
    return undefined;
  }
}

/** A folder that is not there, or that this user may not list, has nothing to watch; anything else is a failure. */
const NOTHING_THERE = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP']);

interface Expansion {
  paths: readonly string[];
  /** Matches beyond the limit. */
  more: number;
  folders: ReadonlyMap<string, number | undefined>;
  /** Every folder that is there could be listed. */
  isWhole: boolean;
}

/**
 * Absolute paths, sorted. A link is matched by its own name, also when it leads nowhere (`SingletonLock` →
 * `host-pid`), and never followed, so the walk never leaves the base folder: to the walk it is a file.
 */
function expand(pattern: string, isApart: (folder: string) => boolean): Expansion {
  const { cwd, below } = split(pattern);
  const folders = new Map<string, number | undefined>();
  let isWhole = true;
  const readdirSync = (path: string): fs.Dirent[] => {
    if (isApart(path)) return [];
    folders.set(path, changeTimeOf(path));
    try {
      const entries = fs.readdirSync(path, { withFileTypes: true });
      for (const entry of entries) if (entry.isSymbolicLink()) showAsFile(entry);
      return entries;
    } catch (error) {
      // tinyglobby passes over folders that it cannot list.
      if (!NOTHING_THERE.has(codeOf(error))) isWhole = false;
      folders.set(path, undefined);
      throw error;
    }
  };
  const found = walk([withoutExtras(below)], {
    cwd,
    absolute: true,
    dot: true,
    deep: DEPTH,
    // Nothing is a link by now; `false` would leave links out instead of not following them.
    followSymbolicLinks: true,
    onlyFiles: false,
    expandDirectories: false,
    // The walk asks for entries with their types only; the overloads for plain names have no caller.
    fs: { readdirSync: readdirSync as unknown as typeof fs.readdirSync },
  });
  const paths = found.map((path) => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path));
  // A folder may really be called `[slug]`: who writes its name means it.
  const named = unescapeGlob(pattern);
  const isNamedThere = isApart(named) ? false : isThere(named);
  if (isNamedThere === true) paths.push(named);
  else if (isNamedThere === undefined) isWhole = false;
  const folderOfNamed = changeTimeOf(dirname(named));
  if (folderOfNamed !== undefined) folders.set(dirname(named), folderOfNamed);
  const all = [...new Set(paths)].sort();
  return { paths: all.slice(0, LIMIT), more: Math.max(0, all.length - LIMIT), folders, isWhole };
}

/** By its own name: a link that leads nowhere is there. undefined: it is not known. */
function isThere(path: string): boolean | undefined {
  touching(path);
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return NOTHING_THERE.has(codeOf(error)) ? false : undefined;
  }
}

function showAsFile(entry: fs.Dirent): void {
  entry.isSymbolicLink = () => false;
  entry.isFile = () => true;
}
