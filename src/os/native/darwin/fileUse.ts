/** Who has a file open and who may hold its locks on macOS, without locking it. */
import * as fs from 'node:fs';
import { defined } from '../../../common/defined';
import { codeOf } from '../../../common/errors';
import { closeQuietly } from '../../close';
import { openPlainFile } from '../../plainFile';
import type { Refused } from '../helper';
import { isAtOrBelow } from '../../../model/mounts';
import type { FileLock, FileUse, LockedFile, LocksNow, Opener } from './calls';
import type { FileLockQuestions, RawLock } from './fileLocks';
import type { Libproc } from './libproc';
import { fileKey, type Vnode } from './parse';

interface Opened {
  fd: number;
  key: string;
  id: FileUse['id'];
}

type FoundOpener = Omit<Opener, 'hasHiddenTwin'>;

interface Scan {
  /** By the file's key. */
  openers: ReadonlyMap<string, FoundOpener[]>;
  hidden: readonly number[];
}

/** The locks may change while the processes are inspected. */
const ATTEMPTS = 3;
/** Files below the folders that are asked about, at most. */
const MOST_FILES = 2000;

export class FileUses {
  readonly #libproc: Libproc;
  readonly #questions: FileLockQuestions;

  constructor(libproc: Libproc, questions: FileLockQuestions) {
    this.#libproc = libproc;
    this.#questions = questions;
  }

  locksOn(path: string): LocksNow {
    return withOpened(path, ({ fd }) => this.#locksOf(fd));
  }

  usesOf(paths: readonly string[]): (FileUse | Refused)[] {
    const opened = paths.map((path) => open(path));
    try {
      let uses: (FileUse | Refused)[] = [];
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        uses = this.#look(opened);
        if (uses.every((use) => 'code' in use || use.isSettled)) break;
      }
      return uses;
    } finally {
      for (const one of opened) if (!('code' in one)) closeQuietly(one.fd);
    }
  }

  lockedFiles(folders: readonly string[]): LockedFile[] {
    const named = new Map<string, string>();
    this.#scan((pid, fd) => {
      const file = this.#libproc.namedVnodeOf(pid, fd);
      const isWanted =
        file !== undefined &&
        file.isRegular &&
        !file.isDeleted &&
        folders.some((folder) => isAtOrBelow(file.path, folder));
      if (isWanted && named.size < MOST_FILES) named.set(file.key, file.path);
      return undefined;
    });
    const locked = [...named.values()].filter((path) => {
      const now = this.locksOn(path);
      return 'locks' in now && now.locks.length > 0;
    });
    const uses = this.usesOf(locked);
    return locked.flatMap((path, index): LockedFile[] => {
      const use = uses[index];
      return use === undefined || 'code' in use || use.locks.length === 0 ? [] : [{ path, use }];
    });
  }

  #look(opened: readonly (Opened | Refused)[]): (FileUse | Refused)[] {
    const locks = (): LocksNow[] => opened.map((one) => ('code' in one ? one : this.#locksOf(one.fd)));
    const before = locks();
    const keys = new Set(opened.flatMap((one) => ('code' in one ? [] : [one.key])));
    const { openers, hidden } = this.#scan((pid, fd) => {
      const vnode = this.#libproc.vnodeOf(pid, fd);
      return vnode !== undefined && keys.has(vnode.key) ? vnode : undefined;
    });
    const isTwin = this.#twins(hidden);
    const after = locks();
    return opened.map((one, index) => {
      const [first, last] = [before[index], after[index]];
      if ('code' in one) return one;
      if (first === undefined || last === undefined) return { code: 'UNKNOWN' };
      if ('code' in last) return last;
      const found = openers.get(one.key) ?? [];
      return {
        id: one.id,
        locks: this.#withSharers(one.fd, last.locks, found),
        openers: found.map((opener) => ({
          ...opener,
          hasHiddenTwin: opener.tookFlock && isTwin(opener.pid),
        })),
        hidden: hidden.length,
        isSettled: JSON.stringify(first) === JSON.stringify(last),
      };
    });
  }

  /** F_GETLK names one of those who share a range: each that has the file open is asked about by its number. */
  #withSharers(fd: number, locks: readonly FileLock[], openers: readonly FoundOpener[]): FileLock[] {
    if (!locks.some(({ access, owner }) => access === 'read' && owner !== undefined)) return [...locks];
    const all = new Map(locks.map((lock) => [JSON.stringify(lock), lock]));
    for (const { pid, uniqueId } of openers) {
      const lock = this.#questions.ofProcess(fd, pid);
      // Who has this number is asked once more behind the question: see `#owned`.
      const owned =
        lock && this.#libproc.isStill(pid, uniqueId) ? asFileLock(lock, { pid, uniqueId }) : undefined;
      if (owned !== undefined) all.set(JSON.stringify(owned), owned);
    }
    return [...all.values()];
  }

  /**
   * The owner's identity is read before and after a second question with the same answer: a number that was the same
   * process's all the time is that process's in between.
   */
  #locksOf(fd: number): LocksNow {
    const first = this.#questions.locksOn(fd);
    if ('code' in first) return first;
    const pids = [...new Set(first.flatMap(({ pid }) => (pid === undefined ? [] : [pid])))];
    if (pids.length === 0) return { locks: first.map((lock) => asFileLock(lock, undefined)) };
    const owners = pids.map((pid) => ({ pid, identity: this.#libproc.identityOf(pid) }));
    const second = this.#questions.locksOn(fd);
    if ('code' in second) return second;
    const known = new Map(
      owners.flatMap(({ pid, identity }) =>
        'code' in identity || !this.#libproc.isStill(pid, identity.uniqueId)
          ? []
          : [[pid, identity.uniqueId]],
      ),
    );
    return {
      locks: second.map((lock) => {
        const { pid } = lock;
        return asFileLock(
          lock,
          pid === undefined ? undefined : { pid, ...defined({ uniqueId: known.get(pid) }) },
        );
      }),
    };
  }

  /** Looks at every open file of every process whose descriptors may be read. */
  #scan(look: (pid: number, fd: number) => Vnode | undefined): Scan {
    const openers = new Map<string, FoundOpener[]>();
    const hidden: number[] = [];
    for (const pid of this.#libproc.pids()) {
      if (pid === process.pid) continue;
      const identity = this.#libproc.identityOf(pid);
      if ('code' in identity) continue; // it has ended
      const fds = this.#libproc.descriptors(pid, 'vnode');
      if ('code' in fds) {
        if (fds.code !== 'ESRCH') hidden.push(pid);
        continue;
      }
      const { uniqueId } = identity;
      const found = fds.flatMap((fd) => {
        const vnode = look(pid, fd);
        return vnode === undefined ? [] : [{ key: vnode.key, opener: openerOf(pid, uniqueId, fd, vnode) }];
      });
      if (found.length === 0 || !this.#libproc.isStill(pid, uniqueId)) continue;
      for (const { key, opener } of found) openers.set(key, [...(openers.get(key) ?? []), opener]);
    }
    return { openers, hidden };
  }

  /** Reports whether a hidden process may run the same program: read once, when it is first asked about. */
  #twins(hidden: readonly number[]): (pid: number) => boolean {
    let programs: Set<string | undefined> | undefined;
    return (pid) => {
      if (hidden.length === 0) return false;
      programs ??= new Set(hidden.map((one) => this.#libproc.pathOf(one)));
      const program = this.#libproc.pathOf(pid);
      return program === undefined || programs.has(undefined) || programs.has(program);
    };
  }
}

function asFileLock({ access, start, end }: RawLock, owner: FileLock['owner']): FileLock {
  return { access, start, end, ...(owner === undefined ? {} : { owner }) };
}

const openerOf = (pid: number, uniqueId: string, fd: number, vnode: Vnode): FoundOpener => ({
  pid,
  uniqueId,
  fd,
  mayRead: vnode.mayRead,
  mayWrite: vnode.mayWrite,
  tookFlock: vnode.tookFlock,
  isShared: vnode.isShared,
});

function open(path: string): Opened | Refused {
  try {
    const fd = openPlainFile(path);
    const { dev, ino } = fs.fstatSync(fd, { bigint: true });
    return { fd, key: fileKey(dev, ino), id: { dev: String(dev), ino: String(ino) } };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

function withOpened(path: string, act: (opened: Opened) => LocksNow): LocksNow {
  const opened = open(path);
  if ('code' in opened) return opened;
  try {
    return act(opened);
  } finally {
    closeQuietly(opened.fd);
  }
}
