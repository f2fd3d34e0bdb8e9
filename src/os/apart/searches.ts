/** The search for known tools, each part of it where it may be made: here, or by the process that looks at a mount. */
import type { MountPoint } from '../../model/mounts';
import type { PresetMatch, PresetPattern } from '../../model/presets/index';
import { matchOf, searchPresets, type PresetSearchOptions } from '../presetSearch';
import type { Lane } from './lane';
import type { Subject } from './messages';
import type { Inbox, SearchState } from './standIns';

type SearchSubject = Extract<Subject, { kind: 'search' }>;

export interface PresetsFound {
  matches: readonly PresetMatch[];
  /** An answer from elsewhere is still to come: it is worth asking again soon. */
  isPending: boolean;
}

export interface ApartSearchesDeps {
  /** The mount that a pattern begins on, if that is one apart. */
  mountOf: (glob: string) => MountPoint | undefined;
  isAt: (folder: string) => boolean;
  ask: (
    path: string,
    subject: SearchSubject,
  ) => { lane: Lane; key: number; inbox: Inbox<SearchState> } | undefined;
}

interface Search {
  lane: Lane;
  key: number;
  inbox: Inbox<SearchState>;
  isAsked: boolean;
  dueAt: number;
}

/** A search may keep a server busy for this share of the time. */
const SHARE = 1 / 200;
/** Settings change, and with them what is searched for. */
const KEPT = 16;

export class ApartSearches {
  readonly #deps: ApartSearchesDeps;
  readonly #searches = new Map<string, Search>();
  /** What was found here, while the answers from elsewhere are still to come. */
  readonly #local = new Map<PresetSearchOptions['depth'], readonly PresetMatch[]>();

  constructor(deps: ApartSearchesDeps) {
    this.#deps = deps;
  }

  search(patterns: readonly PresetPattern[], options: PresetSearchOptions): PresetsFound {
    const here: PresetPattern[] = [];
    const elsewhere = new Map<string, PresetPattern[]>();
    for (const pattern of patterns) {
      const point = this.#deps.mountOf(pattern.glob)?.point;
      if (point === undefined) here.push(pattern);
      else elsewhere.set(point, [...(elsewhere.get(point) ?? []), pattern]);
    }
    const { depth } = options;
    const local =
      this.#local.get(depth) ??
      searchPresets(here, { ...options, isApart: (folder) => this.#deps.isAt(folder) });
    const found = [...elsewhere].map(([point, group]) => this.#searchApart(point, group, options));
    const isPending = found.some((each) => each.isPending);
    if (isPending) this.#local.set(depth, local);
    else this.#local.delete(depth);
    return { matches: [...local, ...found.flatMap(({ matches }) => matches)], isPending };
  }

  #searchApart(
    point: string,
    patterns: readonly PresetPattern[],
    { excluded, depth }: PresetSearchOptions,
  ): PresetsFound {
    const globs = patterns.map(({ glob }) => glob);
    const search = this.#searchFor(point, { kind: 'search', globs, excluded: [...excluded], depth });
    if (search === undefined) return { matches: [], isPending: false };
    const now = performance.now();
    if (search.inbox.takeNews()) {
      search.isAsked = false;
      search.dueAt = now + (search.inbox.state?.tookMs ?? 0) / SHARE;
    } else if (!search.isAsked && now >= search.dueAt) {
      search.isAsked = true;
      search.lane.force(search.key);
    }
    const found = search.inbox.state?.found ?? [];
    return {
      matches: found.flatMap((each) => matchOf(patterns, each)),
      isPending: search.isAsked && search.lane.silentSince === undefined,
    };
  }

  #searchFor(point: string, subject: SearchSubject): Search | undefined {
    const name = JSON.stringify([point, subject]);
    const known = this.#searches.get(name);
    if (known !== undefined) return known;
    const asked = this.#deps.ask(point, subject);
    if (asked === undefined) return undefined;
    for (const [oldest, { lane, key }] of this.#searches) {
      if (this.#searches.size < KEPT) break;
      lane.drop(key);
      this.#searches.delete(oldest);
    }
    const search = { ...asked, isAsked: false, dueAt: -Infinity };
    this.#searches.set(name, search);
    return search;
  }
}
