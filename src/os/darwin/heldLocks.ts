/**
 * The locks of the files below the open folders, on macOS: of each file that a process of this user has open there, the
 * kernel is asked whether it is locked. Which files are locked elsewhere no call lists, and macOS asks the user before
 * a program opens files in folders that it protects: of them only what is watched is shown.
 */
import { defined } from '../../common/defined';
import type { LockFacts } from '../../model/facts';
import type { HeldLock } from '../platform';
import type { KernelLocks } from './kernelLocks';
import type { Native } from './native';
import { isAtOrBelow } from '../../model/mounts';
import { canonicalOf } from './openers';

/** A list takes a look at every open file of every process. */
const LIST_EVERY_MS = 5000;

interface Listed {
  under: string;
  at: number;
  locks: readonly HeldLock[];
}

export class DarwinHeldLocks {
  readonly #native: Native;
  readonly #kernel: KernelLocks;
  readonly #now: () => number;
  #listed: Listed | undefined;

  constructor(native: Native, kernel: KernelLocks, now: () => number) {
    this.#native = native;
    this.#kernel = kernel;
    this.#now = now;
  }

  async list(under: readonly string[] | undefined): Promise<readonly HeldLock[]> {
    const locks = new Map(
      this.#kernel
        .watchedLocks()
        .filter(([path]) => under === undefined || under.some((folder) => isAtOrBelow(path, folder)))
        .flatMap(([path, facts]) => facts.map((lock) => heldLock(path, lock)))
        .map((lock) => [lock.id, lock]),
    );
    if (under !== undefined && under.length > 0) {
      for (const lock of await this.#below(under)) if (!locks.has(lock.id)) locks.set(lock.id, lock);
    }
    const list = [...locks.values()];
    const last = this.#listed;
    // The same array says that nothing has changed.
    const isSame = last?.under === keyOf(under) && JSON.stringify(last.locks) === JSON.stringify(list);
    this.#listed = { under: keyOf(under), at: this.#now(), locks: isSame ? last.locks : list };
    return this.#listed.locks;
  }

  /** The last list, for a while. */
  unchanged(under: readonly string[] | undefined): readonly HeldLock[] | undefined {
    const last = this.#listed;
    const isKept = last?.under === keyOf(under) && this.#now() - last.at < LIST_EVERY_MS;
    return isKept ? last.locks : undefined;
  }

  /** Something has changed: the next list is made. */
  noteChange(): void {
    if (this.#listed !== undefined) this.#listed.at = -Infinity;
  }

  async #below(folders: readonly string[]): Promise<HeldLock[]> {
    // The kernel names files without symbolic links.
    const canonical = new Map(folders.map((folder) => [canonicalOf(folder), folder]));
    const asked = await this.#native.ask('lockedFiles', [...canonical.keys()]);
    // An empty list would say that no file is locked there.
    if (!('answer' in asked)) throw new Error(asked.why);
    return asked.answer.flatMap(({ path, use }) => {
      const [from, to] = [...canonical].find(([folder]) => isAtOrBelow(path, folder)) ?? ['', ''];
      const shown = to + path.slice(from.length);
      return this.#kernel.factsOf(use.locks, use, use.id).map((lock) => heldLock(shown, lock));
    });
  }
}

const keyOf = (under: readonly string[] | undefined): string => under?.join('\0') ?? '*';

function heldLock(path: string, lock: LockFacts): HeldLock {
  const { kind, access, start, end, id, deletedInode, holders, unknown, users } = lock;
  return {
    id: [id.dev, id.ino, kind, access, start ?? '', end ?? ''].join(':'),
    ...{ kind, access, path, deletedInode, holders, waiters: [] },
    ...defined({ start, end, unknown, users }),
  };
}
