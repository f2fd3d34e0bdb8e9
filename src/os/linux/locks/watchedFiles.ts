/** Watched paths and the inodes they name, or named before, as the lock table calls them. */
import { MultiMap } from '../../../common/multiMap';
import type { FileFacts, HostFacts } from '../../../model/facts';
import { absentFileOf, fileKeyOf, type FileKey, type MountTable } from './fileKey';
import { localityOf, type Locality } from './locality';
import type { TableEntry } from './lockTable';
import { DELETED } from './openFile';

export interface Watched {
  readonly path: string;
  /** What the path names now; undefined: nothing. */
  current: FileKey | undefined;
  canonical: string;
  /** Device to look on for a former file of this path. */
  dev: string | undefined;
  locality: Locality;
  /** There, but which inode the lock table would call it could not be found out. */
  unplaced: FileFacts | undefined;
  /**
   * Inodes that the path named before, or that a holder's descriptor says it did, while they are locked. The entries
   * are believed without a holder's word: they were seen when the inode was still the path's.
   */
  readonly former: Map<string, ReadonlySet<TableEntry>>;
}

export interface WatchedEvents {
  /** The first path names this inode. */
  onEnter(key: string): void;
  /** No path names it any more, nor named it before. */
  onLeave(key: string): void;
  /** Locks on an inode that its path has just ceased to name. */
  locksLeft(key: string): readonly TableEntry[];
}

export class WatchedFiles {
  readonly #mounts: MountTable;
  readonly #host: () => HostFacts;
  readonly #events: WatchedEvents;
  readonly #watched = new Map<string, Watched>();
  readonly #unplaced = new Set<Watched>();
  readonly #byKey = new MultiMap<string, Watched>();
  readonly #byCanonical = new MultiMap<string, Watched>();
  /** Devices of watched files, counted. */
  readonly #devices = new Map<string, number>();
  #changed = new Set<string>();

  constructor(mounts: MountTable, host: () => HostFacts, events: WatchedEvents) {
    this.#mounts = mounts;
    this.#host = host;
    this.#events = events;
  }

  get(path: string): Watched | undefined {
    return this.#watched.get(path);
  }

  paths(): IterableIterator<string> {
    return this.#watched.keys();
  }

  isWatched(key: string): boolean {
    return this.#byKey.has(key);
  }

  of(key: string): Iterable<Watched> {
    return this.#byKey.get(key);
  }

  hasDevice(dev: string): boolean {
    return this.#devices.has(dev);
  }

  /** Is this how `/proc/<pid>/fd` links to a watched path's file, or to one that had its name? */
  isName(link: string): boolean {
    return (
      this.#byCanonical.has(link) ||
      (link.endsWith(DELETED) && this.#byCanonical.has(link.slice(0, -DELETED.length)))
    );
  }

  named(canonical: string): Iterable<Watched> {
    return this.#byCanonical.get(canonical);
  }

  canonicalOf(paths: readonly string[]): ReadonlySet<string> {
    return new Set(paths.flatMap((path) => this.#watched.get(path)?.canonical ?? []));
  }

  keysOf({ current, former }: Watched): string[] {
    return [...(current === undefined ? [] : [current.key]), ...former.keys()];
  }

  touch(path: string): void {
    this.#changed.add(path);
  }

  touchKey(key: string): void {
    for (const { path } of this.of(key)) this.#changed.add(path);
  }

  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed;
    if (changed.size > 0) this.#changed = new Set();
    return changed;
  }

  /** Returns whether the path is a new one. */
  watch(path: string, file: FileFacts): boolean {
    let watched = this.#watched.get(path);
    const isNew = watched === undefined;
    if (watched === undefined) {
      watched = {
        path,
        current: undefined,
        canonical: path,
        dev: undefined,
        locality: localityOf(undefined, this.#host()),
        unplaced: undefined,
        former: new Map(),
      };
      this.#watched.set(path, watched);
    } else {
      this.#undoPlace(watched);
    }
    this.#changed.add(path);
    this.#find(watched, file);
    return isNew;
  }

  /** Tries once more where the inode of a path could not be found out. While it still cannot be, nothing has changed. */
  retryUnplaced(): void {
    for (const watched of [...this.#unplaced]) {
      if (watched.unplaced === undefined) continue;
      this.#undoPlace(watched);
      this.#find(watched, watched.unplaced);
      if (!this.#unplaced.has(watched)) this.#changed.add(watched.path);
    }
  }

  unwatch(path: string): void {
    const watched = this.#watched.get(path);
    if (watched === undefined) return;
    this.#undoPlace(watched);
    this.#watched.delete(path);
    this.#unplaced.delete(watched);
    this.#changed.delete(path);
    for (const key of this.keysOf(watched)) this.#exit(watched, key);
  }

  /** A holder's descriptor says that this inode was the path's before. */
  addFormer(watched: Watched, key: string): void {
    if (watched.former.has(key)) return;
    watched.former.set(key, new Set());
    this.#enter(watched, key);
    this.#changed.add(watched.path);
  }

  /** Nothing is locked there any more. */
  forgetFormer(key: string): void {
    for (const watched of [...this.of(key)]) {
      if (!watched.former.delete(key)) continue;
      this.#exit(watched, key);
      this.#changed.add(watched.path);
    }
  }

  clear(): void {
    this.#watched.clear();
    this.#unplaced.clear();
    this.#byKey.clear();
    this.#byCanonical.clear();
    this.#devices.clear();
  }

  /** Its place was undone, or it never had one. */
  #find(watched: Watched, file: FileFacts): void {
    const key = file.status === 'absent' ? undefined : fileKeyOf(watched.path, this.#mounts);
    // A link that leads nowhere is a record, not a file that could be locked.
    const isUnplaced = key === undefined && file.status !== 'absent' && file.status !== 'symlink';
    watched.unplaced = isUnplaced ? file : undefined;
    // No descriptor left, a stale handle: what was known of it stands, and the next tick tries again.
    if (isUnplaced) this.#unplaced.add(watched);
    else this.#name(watched, key);
    this.#place(watched);
  }

  #name(watched: Watched, key: FileKey | undefined): void {
    this.#unplaced.delete(watched);
    const before = watched.current;
    if (before !== undefined && before.key !== key?.key) this.#leave(watched, before);
    watched.current = key;
    const place = key ?? absentFileOf(watched.path, this.#mounts);
    if (place !== undefined) {
      watched.canonical = place.canonical;
      watched.dev = place.dev;
      watched.locality = localityOf(place.mount, this.#host());
    }
    if (key === undefined || before?.key === key.key) return;
    watched.former.delete(key.key);
    this.#enter(watched, key.key);
  }

  #enter(watched: Watched, key: string): void {
    if (this.#byKey.add(key, watched)) this.#events.onEnter(key);
  }

  #exit(watched: Watched, key: string): void {
    if (this.#byKey.delete(key, watched)) this.#events.onLeave(key);
  }

  /** The path names another inode now. The old one stays of interest for as long as it is locked. */
  #leave(watched: Watched, before: FileKey): void {
    const locks = this.#events.locksLeft(before.key);
    if (locks.length === 0) this.#exit(watched, before.key);
    else watched.former.set(before.key, new Set(locks));
  }

  #place(watched: Watched): void {
    const { canonical, dev } = watched;
    this.#byCanonical.add(canonical, watched);
    if (dev !== undefined) this.#devices.set(dev, (this.#devices.get(dev) ?? 0) + 1);
  }

  #undoPlace(watched: Watched): void {
    const { canonical, dev } = watched;
    this.#byCanonical.delete(canonical, watched);
    if (dev === undefined) return;
    const left = (this.#devices.get(dev) ?? 1) - 1;
    if (left === 0) this.#devices.delete(dev);
    else this.#devices.set(dev, left);
  }
}
