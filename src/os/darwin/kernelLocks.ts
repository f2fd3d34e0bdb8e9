/**
 * The locks of the watched files on macOS, asked of the kernel by the native helper. Whether a file is locked is one cheap
 * question for all of them; who has it open, a look at every process, is asked only of a locked file whose lock names no
 * owner, when the lock is new, and again after a while.
 */
import type { FileFacts, FileId, LockFacts } from '../../model/facts';
import type { FileUse, LocksNow } from '../native/darwin/calls';
import type { LockView, ProcessChange, ProcessReader } from '../readers';
import { lockFactsOf, type Lookup } from './holders';
import type { Native } from './native';

/** A question takes nothing, and refuses no process. */
const ASK_EVERY_MS = 1000;
/** A look at every process takes some ms. */
const LOOK_EVERY_MS = 5000;
/** Files in one question: a file system that does not answer costs the answer for all of them. */
const AT_ONCE = 32;

interface Watched {
  file: FileFacts;
  now: LocksNow | undefined;
  use: FileUse | undefined;
  lookedAt: number;
}

export type Processes = Pick<ProcessReader, 'get' | 'parentOf' | 'invalidate'>;

export class KernelLocks {
  readonly #native: Native;
  readonly #processes: Processes;
  readonly #now: () => number;
  readonly #watched = new Map<string, Watched>();
  #askedAt = -Infinity;

  constructor(native: Native, processes: Processes, now: () => number) {
    this.#native = native;
    this.#processes = processes;
    this.#now = now;
  }

  watch(path: string, file: FileFacts): void {
    const known = this.#watched.get(path);
    const isSame = known !== undefined && keyOf(known.file.id) === keyOf(file.id);
    this.#watched.set(path, {
      ...(isSame ? known : { now: undefined, use: undefined, lookedAt: -Infinity }),
      file,
    });
    this.#askedAt = -Infinity;
  }

  unwatch(path: string): void {
    this.#watched.delete(path);
  }

  /** Returns the paths of which something changed; undefined: the helper gives no answer. */
  async update({ added, removed, changed }: ProcessChange): Promise<Set<string> | undefined> {
    const touched = new Set([...added, ...removed, ...changed]);
    const gone = new Set(removed);
    const paths = new Set<string>();
    for (const [path, watched] of this.#watched) {
      const pids = pidsOf(watched);
      if (pids.some((pid) => touched.has(pid))) paths.add(path);
      if (!pids.some((pid) => gone.has(pid))) continue;
      watched.lookedAt = -Infinity;
      this.#askedAt = -Infinity;
    }
    if (this.#now() - this.#askedAt < ASK_EVERY_MS) return paths;
    const news = await this.ask([...this.#watched.keys()]);
    return news && new Set([...paths, ...news]);
  }

  /** As `update`; `isFresh`: looks at the processes too. */
  async ask(paths: readonly string[], isFresh = false): Promise<Set<string> | undefined> {
    this.#askedAt = this.#now();
    const news = new Set<string>();
    const files = paths.flatMap((path) => {
      const watched = this.#watched.get(path);
      return watched === undefined ? [] : [{ path, watched }];
    });
    for (const { watched } of files) if (isFresh) watched.lookedAt = -Infinity;
    const regular = files.filter(({ watched }) => watched.file.status === 'file');
    for (let from = 0; from < regular.length; from += AT_ONCE) {
      const some = regular.slice(from, from + AT_ONCE);
      const asked = await this.#native.ask(
        'locksOn',
        some.map(({ path }) => path),
      );
      if (!('answer' in asked)) return undefined;
      some.forEach(({ path, watched }, index) => {
        const now = asked.answer[index];
        if (JSON.stringify(now) === JSON.stringify(watched.now)) return;
        watched.now = now;
        watched.use = undefined;
        watched.lookedAt = -Infinity;
        news.add(path);
      });
    }
    return this.#look(regular, news);
  }

  /** Adds the paths of which something changed. */
  async #look(
    files: readonly { path: string; watched: Watched }[],
    news: Set<string>,
  ): Promise<Set<string> | undefined> {
    const time = this.#now();
    const due = files.filter(
      ({ watched }) => isLookDue(watched.now) && time - watched.lookedAt >= LOOK_EVERY_MS,
    );
    if (due.length === 0) return news;
    const asked = await this.#native.ask(
      'usesOf',
      due.map(({ path }) => path),
    );
    if (!('answer' in asked)) return undefined;
    due.forEach(({ path, watched }, index) => {
      const use = asked.answer[index];
      if (use === undefined || 'code' in use) return;
      watched.lookedAt = use.isSettled ? time : -Infinity;
      if (JSON.stringify(use) === JSON.stringify(watched.use)) return;
      watched.use = use;
      news.add(path);
    });
    return news;
  }

  view(path: string): LockView {
    const watched = this.#watched.get(path);
    if (watched?.file.status !== 'file') return { locks: [], certainty: 'certain' };
    const { now, use, file } = watched;
    if (now === undefined || 'code' in now) {
      const isAbsent = now !== undefined && now.code === 'ENOENT';
      return isAbsent
        ? { locks: [], certainty: 'certain' }
        : { locks: [], certainty: 'unknown', because: 'probeOnly' };
    }
    return { locks: this.factsOf(use?.locks ?? now.locks, use, file.id), certainty: 'certain' };
  }

  /** Returns the locks of each watched file that has any. */
  watchedLocks(): [path: string, locks: readonly LockFacts[]][] {
    return [...this.#watched.keys()].flatMap((path): [string, readonly LockFacts[]][] => {
      const { locks } = this.view(path);
      return locks.length === 0 ? [] : [[path, locks]];
    });
  }

  /** Returns the locks with their holders. */
  factsOf(locks: FileUse['locks'], use: FileUse | undefined, id: FileId | undefined): LockFacts[] {
    return lockFactsOf({ locks, use }, id ?? use?.id ?? { dev: '0', ino: '0' }, this.#lookup);
  }

  readonly #lookup: Lookup = {
    find: (pid, uniqueId) => {
      const process = this.#processes.get(pid);
      const isOther =
        process?.uniqueId !== undefined && uniqueId !== undefined && process.uniqueId !== uniqueId;
      if (process !== undefined && !isOther) {
        return { process, isSame: uniqueId !== undefined && process.uniqueId === uniqueId };
      }
      // It has started since the list was made: the next one has it.
      this.#processes.invalidate([pid]);
      return 'pending';
    },
    parentOf: (pid) => this.#processes.parentOf(pid),
  };

  close(): void {
    this.#watched.clear();
  }
}

/** The kernel names no owner of an flock or a lock of an open file, and only one of those who share a POSIX lock. */
const isLookDue = (now: LocksNow | undefined): boolean =>
  now !== undefined &&
  'locks' in now &&
  now.locks.some(({ owner, access }) => owner === undefined || access === 'read');

function pidsOf({ now, use }: Watched): number[] {
  const locks = now !== undefined && 'locks' in now ? now.locks : [];
  return [
    ...[...locks, ...(use?.locks ?? [])].flatMap(({ owner }) => (owner === undefined ? [] : [owner.pid])),
    ...(use?.openers ?? []).map(({ pid }) => pid),
  ];
}

const keyOf = (id: FileId | undefined): string => (id === undefined ? '' : `${id.dev}:${id.ino}`);
