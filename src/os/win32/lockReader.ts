/**
 * Windows locks are mandatory: a file opened without sharing, or a region locked with LockFileEx, cannot be read, and
 * libuv says EBUSY for both. So a read of the first bytes tells held from free. By whom is not known without native
 * code: even the Restart Manager lists who uses a file, not who locked it.
 *
 * The look itself opens the file, sharing everything; a program that asks for it without sharing in that moment is
 * refused. So it keeps the pace of the active probe.
 */
import * as fs from 'node:fs';
import { hasCode } from '../../common/errors';
import type { FileFacts } from '../../model/facts';
import { Pace } from '../probe/pace';
import type { HeldLock } from '../platform';
import type { LockChange, LockReader, LockView } from '../readers';

/** A lock behind the first bytes is not seen; a lock of the whole file, or of its first byte, is. */
const LOOK_BYTES = 4096;

export type Answer = 'held' | 'free' | 'empty' | 'denied' | 'absent';

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
  answer: Answer | undefined;
}

export class WindowsLockReader implements LockReader {
  readonly source = 'none' as const;
  readonly #look: (path: string) => Answer;
  readonly #pace: Pace<Answer>;
  readonly #watched = new Map<string, Watched>();

  constructor(look: (path: string) => Answer = lookForLock, now: () => number = () => performance.now()) {
    this.#look = look;
    this.#pace = new Pace(now);
  }

  watch(path: string, file: FileFacts): void {
    this.#watched.set(path, { file, answer: this.#watched.get(path)?.answer });
  }

  unwatch(path: string): void {
    this.#watched.delete(path);
  }

  update(): Promise<LockChange> {
    const paths = new Set<string>();
    for (const [path, watched] of this.#watched) {
      const before = watched.answer;
      watched.answer = this.#ask(path, watched.file, false);
      if (watched.answer !== before) paths.add(path);
    }
    return Promise.resolve({ paths });
  }

  refresh(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const watched = this.#watched.get(path);
      if (watched !== undefined) watched.answer = this.#ask(path, watched.file, true);
    }
    return Promise.resolve();
  }

  #ask(path: string, file: FileFacts, now: boolean): Answer | undefined {
    // `unreadable`: it may be locked so that not even its content could be read.
    if (file.status !== 'file' && file.status !== 'unreadable') return undefined;
    const id = file.id === undefined ? path : `${file.id.dev}:${file.id.ino}`;
    const state = `${file.size ?? ''}:${file.mtimeNs ?? ''}:${file.ctimeNs ?? ''}`;
    const remembered = now ? undefined : this.#pace.recall(id, state);
    if (remembered !== undefined) return remembered;
    const answer = this.#look(path);
    this.#pace.remember(id, state, answer, answer !== 'held');
    return answer;
  }

  view(path: string): LockView {
    const watched = this.#watched.get(path);
    switch (watched?.answer) {
      case 'held':
        return {
          locks: [
            {
              kind: 'mandatory',
              access: 'write',
              id: watched.file.id ?? { dev: '0', ino: '0' },
              deletedInode: false,
              holders: [],
              unknown: 'probeOnly',
              waiters: [],
            },
          ],
          certainty: 'certain',
        };
      case 'empty':
        // Not known to us whether a read of no bytes meets a locked region.
        return { locks: [], certainty: 'unknown', because: 'probeOnly' };
      case 'denied':
        return { locks: [], certainty: 'unknown', because: 'otherUser' };
      case 'free':
      case 'absent':
      case undefined:
        return { locks: [], certainty: 'certain' };
    }
  }

  /** Nothing here lists locks. */
  heldLocks(): Promise<readonly HeldLock[]> {
    return Promise.resolve([]);
  }

  close(): void {
    this.#watched.clear();
  }
}
