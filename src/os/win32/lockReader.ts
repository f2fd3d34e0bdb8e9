/**
 * Windows locks are mandatory: a file opened without sharing, or a region locked with LockFileEx, refuses other
 * programs. No call lists who locked it. With the native helper, the kernel says which processes use the file: none, and
 * no lock on it can be held; one, while an open or a read is refused, and it is the holder; several, and one of them is.
 *
 * Without the helper only held or free is known: a read of the first bytes is refused, and libuv says EBUSY for both. The
 * look itself opens the file, sharing everything; a program that asks for it without sharing in that moment is refused.
 * So it keeps the pace of the active probe. The helper opens only a file that some process uses, at the same pace.
 */
import * as fs from 'node:fs';
import { hasCode } from '../../common/errors';
import type { LockSource } from '../../api';
import type { FileFacts, FileId, LockFacts, ProcessFacts } from '../../model/facts';
import type { FileLook, FileUser, FileUsers } from '../native/win32/calls';
import { Pace } from '../probe/pace';
import type { HeldLock } from '../platform';
import type { LockChange, LockReader, LockView, ProcessChange, ProcessReader } from '../readers';
import type { Native } from './native';

/** A lock behind the first bytes is not seen; a lock of the whole file, or of its first byte, is. */
const LOOK_BYTES = 4096;
/** Files in one question: a file system that does not answer costs the answer for all of them. */
const AT_ONCE = 8;

export type Answer =
  | 'held'
  | 'free'
  | 'empty'
  | 'denied'
  | 'absent'
  /** The helper was asked and did not answer. */
  | 'silent';

export interface Look {
  answer: Answer;
  use?: FileUsers;
}

/** Never throws. */
export function lookForLock(path: string): Answer {
  let fd: number | undefined;
  try {
    fd = fs.openSync(path, 'r');
    return fs.readSync(fd, Buffer.alloc(LOOK_BYTES), 0, LOOK_BYTES, 0) === 0 ? 'empty' : 'free';
  } catch (error) {
    if (hasCode(error, 'EBUSY')) return 'held';
    return hasCode(error, 'ENOENT') ? 'absent' : 'denied';
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

interface Watched {
  file: FileFacts;
  look: Look | undefined;
}

interface Due extends Watched {
  path: string;
  watched: Watched;
}

export interface LockReaderDeps {
  native?: Native | undefined;
  /** What is asked without the helper. */
  look?: (path: string) => Answer;
  now?: () => number;
}

export class WindowsLockReader implements LockReader {
  readonly #processes: Pick<ProcessReader, 'get' | 'invalidate'>;
  readonly #native: Native | undefined;
  readonly #look: (path: string) => Answer;
  readonly #pace: Pace<Look>;
  readonly #watched = new Map<string, Watched>();
  #hasNative = false;

  constructor(processes: Pick<ProcessReader, 'get' | 'invalidate'>, deps: LockReaderDeps = {}) {
    this.#processes = processes;
    this.#native = deps.native;
    this.#look = deps.look ?? lookForLock;
    this.#pace = new Pace(deps.now ?? (() => performance.now()));
  }

  get source(): LockSource {
    return this.#hasNative ? 'native' : 'none';
  }

  watch(path: string, file: FileFacts): void {
    this.#watched.set(path, { file, look: this.#watched.get(path)?.look });
  }

  unwatch(path: string): void {
    this.#watched.delete(path);
  }

  async update({ added, removed, changed }: ProcessChange): Promise<LockChange> {
    const gone = new Set(removed);
    const touched = new Set([...added, ...removed, ...changed]);
    const paths = new Set<string>();
    const due: Due[] = [];
    for (const [path, watched] of this.#watched) {
      const users = usersOf(watched.look);
      if (users.some(({ pid }) => touched.has(pid))) paths.add(path);
      if (!isAsked(watched.file)) {
        if (watched.look !== undefined) paths.add(path);
        watched.look = undefined;
        continue;
      }
      const hasLostUser = users.some(({ pid }) => gone.has(pid));
      const remembered = hasLostUser ? undefined : this.#pace.recall(...keyOf(path, watched.file));
      if (remembered === undefined) due.push({ path, watched, ...watched });
      else if (this.#take(watched, remembered)) paths.add(path);
    }
    for (const path of await this.#ask(due, gone)) paths.add(path);
    return { paths };
  }

  async refresh(paths: readonly string[]): Promise<void> {
    const due = paths.flatMap((path): Due[] => {
      const watched = this.#watched.get(path);
      return watched === undefined || !isAsked(watched.file)
        ? []
        : [{ path, watched, file: watched.file, look: undefined }];
    });
    await this.#ask(due, new Set());
  }

  /** Returns the paths with another answer. */
  async #ask(due: readonly Due[], gone: ReadonlySet<number>): Promise<string[]> {
    const changed: string[] = [];
    for (let from = 0; from < due.length; from += AT_ONCE) {
      const some = due.slice(from, from + AT_ONCE);
      const looks = await this.#looksAt(some, gone);
      for (const [index, { path, watched, file }] of some.entries()) {
        const look = looks[index] ?? { answer: 'silent' };
        this.#pace.remember(...keyOf(path, file), look, look.answer !== 'held');
        if (this.#take(watched, look)) changed.push(path);
      }
    }
    return changed;
  }

  async #looksAt(due: readonly Due[], gone: ReadonlySet<number>): Promise<Look[]> {
    const without = (): Look[] => due.map(({ path }) => ({ answer: this.#look(path) }));
    if (this.#native === undefined) return without();
    const questions = due.map(({ path, look }) => ({
      path,
      // Once for each lock: the answer stays until one of its users has ended.
      mayRegister:
        look === undefined ||
        !['held', 'empty'].includes(look.answer) ||
        usersOf(look).some(({ pid }) => gone.has(pid)),
    }));
    const asked = await this.#native.ask('lookAt', questions);
    if (!('answer' in asked)) return asked.isLost ? due.map(() => ({ answer: 'silent' })) : without();
    this.#hasNative = true;
    return asked.answer.map((found, index) => lookOf(found, due[index]?.look));
  }

  #take(watched: Watched, look: Look): boolean {
    const isNews = JSON.stringify(look) !== JSON.stringify(watched.look);
    watched.look = look;
    return isNews;
  }

  view(path: string): LockView {
    const watched = this.#watched.get(path);
    switch (watched?.look?.answer) {
      case 'held':
        return { locks: [this.#lockOf(watched.file.id, watched.look)], certainty: 'certain' };
      case 'empty': {
        // Not known to us whether a read of no bytes meets a locked region.
        const users = this.#known(watched.look).map(({ process }) => process);
        return users.length === 0
          ? { locks: [], certainty: 'unknown', because: 'probeOnly' }
          : { locks: [], certainty: 'unknown', because: 'oneOfUsers', users };
      }
      case 'denied':
        return { locks: [], certainty: 'unknown', because: 'otherUser' };
      case 'silent':
        return { locks: [], certainty: 'unknown', because: 'probeOnly' };
      case 'free':
      case 'absent':
      case undefined:
        return { locks: [], certainty: 'certain' };
    }
  }

  #lockOf(id: FileId | undefined, look: Look): LockFacts {
    const common = {
      kind: 'mandatory',
      access: 'write',
      id: id ?? { dev: '0', ino: '0' },
      deletedInode: false,
      holders: [],
      waiters: [],
    } as const;
    const known = this.#known(look);
    const unlisted = usersOf(look).filter(({ pid }) => !known.some(({ process }) => process.pid === pid));
    // They have started since the list was made: the next one has them.
    if (unlisted.length > 0) this.#processes.invalidate(unlisted.map(({ pid }) => pid));
    const [first] = known;
    if (first === undefined) return { ...common, unknown: unlisted.length > 0 ? 'pending' : 'probeOnly' };
    if (look.use?.isComplete === true && usersOf(look).length === 1 && first.isProven) {
      return { ...common, holders: [{ process: first.process, inherited: false, proven: true }] };
    }
    return { ...common, unknown: 'oneOfUsers', users: known.map(({ process }) => process) };
  }

  /** The users that the list of processes has; `isProven`: by the exact start. */
  #known(look: Look): { process: ProcessFacts; isProven: boolean }[] {
    return usersOf(look).flatMap(({ pid, start }) => {
      const process = this.#processes.get(pid);
      const isOther = start !== undefined && process?.fileTime !== undefined && process.fileTime !== start;
      if (process === undefined || isOther) return [];
      return [{ process, isProven: start !== undefined && process.fileTime === start }];
    });
  }

  /** Nothing here lists locks. */
  heldLocks(): Promise<readonly HeldLock[]> {
    return Promise.resolve([]);
  }

  close(): void {
    this.#watched.clear();
  }
}

const usersOf = (look: Look | undefined): readonly FileUser[] => look?.use?.users ?? [];

/** `unreadable`: it may be locked so that not even its content could be read. */
const isAsked = ({ status }: FileFacts): boolean => status === 'file' || status === 'unreadable';

function keyOf(path: string, { id, size, mtimeNs, ctimeNs }: FileFacts): [file: string, state: string] {
  return [id === undefined ? path : `${id.dev}:${id.ino}`, `${size ?? ''}:${mtimeNs ?? ''}:${ctimeNs ?? ''}`];
}

function lookOf(found: FileLook, before: Look | undefined): Look {
  switch (found.state) {
    case 'absent':
      return { answer: 'absent' };
    case 'unused':
    case 'open':
      return { answer: 'free' };
    case 'unknown':
      return { answer: 'denied' };
    case 'refused':
    case 'empty': {
      const answer = found.state === 'refused' ? 'held' : 'empty';
      const use = found.use ?? (before?.answer === answer ? before.use : undefined);
      return { answer, ...(use === undefined ? {} : { use }) };
    }
  }
}
