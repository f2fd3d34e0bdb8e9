/** The watched paths, each once however many services watch it, and the facts of the file that is there. */
import { basename } from 'node:path';
import { defined } from '../../common/defined';
import type { FileFacts, LockFileFacts, PidFileFacts, RecordFacts } from '../../model/facts';
import { isGitLock } from '../../model/ownerless/gitLock';
import { parsePidRecord } from '../../model/records/pidRecord';
import type { PidRecord } from '../../model/records/pidRecordTypes';
import { withLiveness } from '../../model/records/pidRecordLiveness';
import type { ProbeAnswer } from '../platform';
import type { LockView, Readers } from '../readers';
import { familiesOf, type Families } from './family';
import { ForgottenRecords, namedNow, type Named } from './formerOwners';
import { WatchedFile } from './watchedFile';
import type { WatchedService } from './watchedService';

export interface WatchedPath {
  readonly file: WatchedFile;
  readonly watches: Set<WatchedService>;
  /** Parsed when first asked for. */
  record: PidRecord | undefined;
  /** The pid that the record names, once it was seen dead, and the file's time then, ns since the epoch. */
  dead: { pid: number | undefined; mtimeNs: bigint | undefined } | undefined;
  /** Who was seen below the processes that it names. */
  families: Families;
  /** Whom it names and has named. */
  named: Named;
  probed: ProbeAnswer | undefined;
  /** Monotonic ms. */
  probedAt: number;
}

const NOTHING: ReadonlySet<never> = new Set();
const NO_FAMILIES: Families = new Map();

const PROBED = {
  held: { kind: 'flock', access: 'write' },
  posixRead: { kind: 'posix', access: 'read' },
  posixWrite: { kind: 'posix', access: 'write' },
  ofdRead: { kind: 'ofd', access: 'read' },
  ofdWrite: { kind: 'ofd', access: 'write' },
} as const;

export class WatchedPaths {
  readonly #readers: Readers;
  readonly #markDirty: (watch: WatchedService) => void;
  readonly #paths = new Map<string, WatchedPath>();
  readonly #forgotten = new ForgottenRecords();

  constructor(readers: Readers, markDirty: (watch: WatchedService) => void) {
    this.#readers = readers;
    this.#markDirty = markDirty;
  }

  [Symbol.iterator](): IterableIterator<[string, WatchedPath]> {
    return this.#paths.entries();
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  /** Returns the services that watch the path. */
  servicesOf(path: string): ReadonlySet<WatchedService> {
    return this.#paths.get(path)?.watches ?? NOTHING;
  }

  /** Returns the other services that watch one of this one's files, by the same path or another (a link, a mount). */
  sharing(watch: WatchedService): ReadonlySet<WatchedService> {
    const own = new Set<string>();
    for (const [path, { file, watches }] of this.#paths) if (watches.has(watch)) own.add(keyOf(path, file));
    const found = new Set<WatchedService>();
    for (const [path, { file, watches }] of this.#paths) {
      if (own.has(keyOf(path, file))) for (const other of watches) found.add(other);
    }
    found.delete(watch);
    return found;
  }

  /** Marks the services that watch the path as dirty. */
  markDirty(path: string): void {
    for (const watch of this.servicesOf(path)) this.#markDirty(watch);
  }

  /** Looks at the path from now on. */
  add(path: string): WatchedPath {
    const known = this.#paths.get(path);
    if (known !== undefined) return known;
    const { apart, readSmallFile } = this.#readers;
    const file = apart?.fileAt(path) ?? new WatchedFile(path, readSmallFile);
    const watched: WatchedPath = {
      file,
      watches: new Set(),
      record: undefined,
      dead: undefined,
      families: NO_FAMILIES,
      named: this.#forgotten.take(path),
      probed: undefined,
      probedAt: -Infinity,
    };
    this.#paths.set(path, watched);
    file.check();
    this.#readers.locks.watch(path, file.facts);
    return watched;
  }

  /** Takes the service away from the path's. Reports whether no service watches the path any more. */
  leave(path: string, watch: WatchedService): boolean {
    const watched = this.#paths.get(path);
    watched?.watches.delete(watch);
    return watched?.watches.size === 0;
  }

  forget(path: string): void {
    const watched = this.#paths.get(path);
    watched?.file.close();
    if (watched !== undefined) this.#forgotten.keep(path, watched.named);
    this.#paths.delete(path);
    this.#readers.locks.unwatch(path);
  }

  /** Looks at every file; `fresh`: a service of whose files nothing known is trusted. */
  check(fresh: WatchedService | undefined): void {
    for (const watched of this.#paths.values()) {
      const { file, watches } = watched;
      if (file.check(fresh !== undefined && watches.has(fresh))) this.noteFile(file.path, watched);
    }
  }

  /** Takes in that the file is another one, or has another content. */
  noteFile(path: string, watched: WatchedPath): void {
    this.#reread(path, watched);
    this.markDirty(path);
  }

  lockFile(path: string): LockFileFacts {
    const file = this.#fileOf(path);
    const view = this.#view(path, file);
    const record = this.#recordOf(path);
    const carriesRecord =
      record !== undefined && record.record.shape !== 'empty' && record.record.shape !== 'none';
    const { status } = file;
    const locksByBeing =
      status === 'symlink' || status === 'directory' || (status === 'file' && isGitLock(path));
    const isExistence = view.locks.length === 0 && locksByBeing;
    // As it is now: reading the record may have checked again.
    const { locks, certainty, because, foreign, users } = view;
    const facts: LockFileFacts = { file: this.#fileOf(path), locks, certainty };
    if (certainty !== 'certain' && because !== undefined) facts.uncertainBecause = because;
    if (foreign !== undefined) facts.foreign = foreign;
    if (users !== undefined) facts.users = users;
    if (carriesRecord) facts.record = record;
    if (isExistence) facts.existence = true;
    return facts;
  }

  pidFile(path: string): PidFileFacts {
    const content = this.#recordOf(path);
    const file = this.#fileOf(path);
    const view = this.#view(path, file);
    const hasContent = content !== undefined && (file.status === 'file' || file.status === 'symlink');
    return {
      file,
      locks: view.locks,
      certainty: view.certainty,
      ...defined({ content: hasContent ? content : undefined, foreign: view.foreign }),
    };
  }

  #fileOf(path: string): FileFacts {
    return this.#paths.get(path)?.file.facts ?? { path, status: 'absent' };
  }

  /** Locks as the passive source sees them, completed by the last probe where that source cannot know. */
  #view(path: string, file: FileFacts): LockView {
    const view = this.#readers.locks.view(path);
    const probed = this.#paths.get(path)?.probed;
    if (view.locks.length > 0 || probed === undefined || probed === 'unavailable') return view;
    const foreign = view.foreign === undefined ? {} : { foreign: view.foreign };
    if (probed === 'free' || probed === 'freeOfAll') {
      // A file system may keep locks of one kind to this machine, and show no others': fuse(4), FUSE_POSIX_LOCKS.
      const isAll = probed === 'freeOfAll' && view.foreign !== 'otherHost' && view.because !== 'otherPath';
      const isOpen = !isAll && (view.beyondProbe ?? []).length > 0;
      return isOpen ? view : { locks: [], certainty: 'certain', ...foreign };
    }
    return {
      ...foreign,
      locks: [
        {
          ...PROBED[probed],
          id: file.id ?? { dev: '0', ino: '0' },
          deletedInode: false,
          holders: view.openers ?? [],
          ...(view.openers !== undefined && view.openers.length > 0
            ? {}
            : { unknown: view.because ?? ('probeOnly' as const) }),
          waiters: [],
        },
      ],
      certainty: 'certain',
    };
  }

  #recordOf(path: string): RecordFacts | undefined {
    const watched = this.#paths.get(path);
    if (watched === undefined) return undefined;
    let facts = this.#parsed(path, watched);
    // Dead: unless the next instance has written its own record since the look at this one.
    if (facts?.liveness?.state === 'dead' && watched.file.check()) {
      this.#reread(path, watched);
      facts = this.#parsed(path, watched);
    }
    return noteWritten(watched, facts);
  }

  #reread(path: string, watched: WatchedPath): void {
    watched.record = undefined;
    this.#readers.locks.watch(path, watched.file.facts);
  }

  #parsed(path: string, watched: WatchedPath): RecordFacts | undefined {
    const { content, facts } = watched.file;
    if (content === undefined && facts.status !== 'directory') return undefined;
    watched.record ??= parsePidRecord({
      fileName: basename(path),
      ...defined({ content: content?.bytes, symlinkTarget: content?.symlinkTarget }),
    });
    const { processes } = this.#readers;
    const { livenessOf, families } = familiesOf(watched.families, processes);
    const record = withLiveness(watched.record, livenessOf);
    watched.families = families;
    const { named, former } = namedNow(watched.named, record, facts, processes);
    watched.named = named;
    return former.length === 0 ? record : { ...record, namedBefore: former };
  }
}

const keyOf = (path: string, { facts: { id } }: WatchedFile): string =>
  id === undefined ? path : `${id.dev}:${id.ino}`;

/** Whoever writes a record after its process was seen dead is alive: a heartbeat under an old number. */
function noteWritten(watched: WatchedPath, facts: RecordFacts | undefined): RecordFacts | undefined {
  if (facts?.liveness?.state !== 'dead') {
    watched.dead = undefined;
    return facts;
  }
  const { pid } = facts.record;
  const { mtimeNs } = watched.file.facts;
  if (watched.dead === undefined || watched.dead.pid !== pid) {
    watched.dead = { pid, mtimeNs };
    return facts;
  }
  return mtimeNs === watched.dead.mtimeNs
    ? facts
    : { ...facts, liveness: { ...facts.liveness, writtenSince: true } };
}
