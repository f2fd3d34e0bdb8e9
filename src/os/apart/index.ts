/**
 * Files on mounts that may not answer: network file systems, and those that a process serves. A call on one of them can
 * wait without end, and no signal ends it, so it is made by another process (`src/apart.ts`), one for each mount. Here
 * its last answer stands; a mount without an answer is named, and asked again later each time.
 */
import { dirname } from 'node:path';
import { MultiMap } from '../../common/multiMap';
import { isGlob, unescapeGlob } from '../../model/settings/globText';
import type { MountPoint } from '../../model/mounts';
import { atMost } from '../atMost';
import type { SilentMount } from '../../model/mounts';
import { Lane, problemOn, type LaneOptions } from './lane';
import type { PresetPattern } from '../../model/presets/index';
import type { PresetSearchOptions } from '../presetSearch';
import type { State, Subject } from './messages';
import { ApartSearches, type PresetsFound } from './searches';
import { ApartMounts, type MountSource } from './mounts';
import {
  ApartFile,
  ApartGlob,
  ApartLog,
  Inbox,
  type FileState,
  type GlobState,
  type LogState,
  type SearchState,
} from './standIns';

export interface ApartDeps extends LaneOptions {
  mounts: MountSource | undefined;
  /** Paths at which a thread was kept waiting. */
  suspects: readonly string[];
  /** Hears what is mounted. */
  onMounts: (mounts: readonly MountPoint[]) => void;
}

/** Processes at most; more mounts share the last one. */
const LANES = 4;
/** ms that a tick waits for answers, which come in one or two where the server is well; … */
const MOMENT_MS = 100;
/** … and for the first ones, since a process has to start. */
const FIRST_MOMENT_MS = 1000;

export class Apart {
  readonly #deps: ApartDeps;
  readonly #mounts: ApartMounts;
  readonly #lanes = new Map<string, Lane>();
  readonly #files = new MultiMap<string, { lane: Lane; key: number; file: ApartFile }>();
  readonly #searches: ApartSearches;

  constructor(deps: ApartDeps) {
    this.#deps = deps;
    this.#mounts = new ApartMounts(deps.mounts, deps.suspects, deps.onMounts);
    this.#searches = new ApartSearches({
      mountOf: (glob) => this.mountOf(glob),
      isAt: (folder) => this.isAt(folder),
      ask: (path, subject) => this.#ask<SearchState>(path, subject, isSearchState),
    });
    this.update();
  }

  /** Reads the list of mounts again when it is time, and returns whether it changed. */
  update(): boolean {
    return this.#mounts.update(performance.now());
  }

  /** Returns the mount for which the path is checked apart. */
  mountAt(path: string): MountPoint | undefined {
    return this.#mounts.of(path);
  }

  /** The same for a path as settings write it, or for what a pattern begins with. */
  mountOf(pathOrPattern: string): MountPoint | undefined {
    return this.#mounts.of(isGlob(pathOrPattern) ? baseOf(pathOrPattern) : unescapeGlob(pathOrPattern));
  }

  /** The same without following symbolic links, for a walk that follows none. */
  isAt(path: string): boolean {
    return this.#mounts.at(path) !== undefined;
  }

  fileAt(path: string): ApartFile | undefined {
    const asked = this.#ask<FileState>(path, { kind: 'file', path }, isFileState);
    if (asked === undefined) return undefined;
    const { lane, key, inbox } = asked;
    const entry = {
      lane,
      key,
      file: new ApartFile(path, inbox, () => {
        lane.drop(key);
        this.#files.delete(path, entry);
      }),
    };
    this.#files.add(path, entry);
    return entry.file;
  }

  /** What the lock reader wants to know of a path that is checked apart; undefined: of one that is not. */
  placeOf(path: string): { place: unknown } | undefined {
    const [entry] = this.#files.get(path);
    if (entry !== undefined) return { place: entry.file.place };
    return this.#mounts.of(path) === undefined ? undefined : { place: undefined };
  }

  globAt(pattern: string): ApartGlob | undefined {
    const asked = this.#ask<GlobState>(baseOf(pattern), { kind: 'glob', pattern }, isGlobState);
    return asked && new ApartGlob(pattern, asked.inbox, () => asked.lane.drop(asked.key));
  }

  logAt(path: string, patterns: readonly string[]): ApartLog | undefined {
    const asked = this.#ask<LogState>(path, { kind: 'log', path, patterns }, isLogState);
    return asked && new ApartLog(path, asked.inbox, () => asked.lane.drop(asked.key));
  }

  /** The files of known tools. Where a pattern begins apart, that part of the search is made there. */
  searchPresets(patterns: readonly PresetPattern[], options: PresetSearchOptions): PresetsFound {
    return this.#searches.search(patterns, options);
  }

  /** Asks for everything once, and waits a moment for the answers. */
  async look(): Promise<void> {
    const waits = [...this.#lanes].flatMap(([name, lane]) => {
      if (lane.isUnused) {
        this.#lanes.delete(name);
        void lane.close();
        return [];
      }
      const answer = lane.look();
      return lane.silentSince === undefined ? [answer] : [];
    });
    if (waits.length === 0) return;
    const isNew = [...this.#lanes.values()].some((lane) => lane.isNew);
    await atMost(isNew ? FIRST_MOMENT_MS : MOMENT_MS, Promise.all(waits));
  }

  /** Asks once more where someone waits for a first answer. */
  async lookAtNew(): Promise<void> {
    if ([...this.#lanes.values()].some((lane) => lane.isNew)) await this.look();
  }

  /** Asks for these paths, trusting nothing that was answered before, and waits for the answers or their absence. */
  async lookAfterNow(paths: readonly string[]): Promise<void> {
    const lanes = new Set<Lane>();
    for (const path of paths) {
      for (const { lane, key } of this.#files.get(path)) {
        lane.force(key);
        lanes.add(lane);
      }
    }
    await Promise.all([...lanes].map((lane) => lane.lookAfterNow()));
  }

  /** Mounts from which no answer came. */
  get silent(): readonly SilentMount[] {
    return [...this.#lanes.values()].flatMap((lane) => {
      const since = lane.silentSince;
      return since === undefined ? [] : [...lane.mounts].map(({ point, type }) => ({ point, type, since }));
    });
  }

  /** Ends all processes. */
  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
    this.#lanes.clear();
  }

  #ask<S extends State>(
    path: string,
    subject: Subject,
    isState: (state: State) => state is S,
  ): { lane: Lane; key: number; inbox: Inbox<S> } | undefined {
    const mount = this.#mounts.of(path);
    if (mount === undefined) return undefined;
    const lane = this.#laneFor(mount);
    const inbox = new Inbox(subject, isState, problemOn(mount));
    return { lane, key: lane.add(inbox, mount), inbox };
  }

  #laneFor({ point }: MountPoint): Lane {
    const known = this.#lanes.get(point);
    if (known !== undefined) return known;
    if (this.#lanes.size >= LANES) {
      const last = [...this.#lanes.values()].at(-1);
      if (last !== undefined) return last;
    }
    const { program, log } = this.#deps;
    const lane = new Lane({ program, log: (level, text) => log(level, `${point}: ${text}`) });
    this.#lanes.set(point, lane);
    return lane;
  }
}

const isFileState = (state: State): state is FileState => state.kind === 'file';
const isGlobState = (state: State): state is GlobState => state.kind === 'glob';
const isLogState = (state: State): state is LogState => state.kind === 'log';
const isSearchState = (state: State): state is SearchState => state.kind === 'search';

/** The folder above the first part that is a pattern. */
function baseOf(pattern: string): string {
  const parts = pattern.split('/');
  const first = parts.findIndex(isGlob);
  return first < 0 ? dirname(unescapeGlob(pattern)) : unescapeGlob(parts.slice(0, first).join('/')) || '/';
}
