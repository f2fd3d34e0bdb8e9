/**
 * Which locks a file has, by F_GETLK alone: XNU keeps flock, POSIX and OFD locks in one list (bsd/kern/kern_lockf.c), and
 * names the owner of a POSIX lock, or of a lock of an open file that cannot leave its process. Nothing is locked.
 */
import { errnoName } from '../errno';
import { DARWIN_LOCK } from '../fileLocks';
import type { Refused } from '../helper';
import type { Koffi } from '../koffi';
import { GET_LOCK_OF_PID } from './layouts';

/** `end`: absent, to the end of the file, whatever that becomes. */
interface Range {
  start: bigint;
  end: bigint | undefined;
}

export interface RawLock {
  access: 'read' | 'write';
  start: string;
  end: string;
  pid: number | undefined;
}

/** A file with more locks than this is not asked about further. */
const MOST_QUESTIONS = 64;
const WHOLE: Range = { start: 0n, end: undefined };

type Fcntl = (fd: number, command: number, type: 'void *', lock: Buffer) => number;

export class FileLockQuestions {
  readonly #koffi: Koffi;
  readonly #fcntl: Fcntl;

  constructor(koffi: Koffi, library: string | null) {
    this.#koffi = koffi;
    this.#fcntl = koffi.load(library).func('int fcntl(int fd, int command, ...)') as Fcntl;
  }

  /** Every lock but a shared one behind another on the same bytes: see `ofProcess`. */
  locksOn(fd: number): RawLock[] | Refused {
    const found = new Map<string, RawLock>();
    const ranges: Range[] = [WHOLE];
    for (let questions = 0; questions < MOST_QUESTIONS; questions += 1) {
      const range = ranges.shift();
      if (range === undefined) break;
      const seen = this.#ask(fd, DARWIN_LOCK.getLock, range, 0);
      if (seen === 'none') continue;
      if ('code' in seen) return seen;
      found.set(JSON.stringify(seen.lock), seen.lock);
      // Only the first in the way is named; the list is in no order.
      const { start, end } = seen.range;
      if (start > range.start) ranges.push({ start: range.start, end: start - 1n });
      const isMore = end !== undefined && (range.end === undefined || end < range.end);
      if (isMore) ranges.push({ start: end + 1n, end: range.end });
    }
    return [...found.values()];
  }

  /** A POSIX lock of this process, also behind another's. */
  ofProcess(fd: number, pid: number): RawLock | undefined {
    const seen = this.#ask(fd, GET_LOCK_OF_PID, WHOLE, pid);
    return seen === 'none' || 'code' in seen || seen.lock.pid !== pid ? undefined : seen.lock;
  }

  #ask(
    fd: number,
    command: number,
    range: Range,
    pid: number,
  ): { lock: RawLock; range: Range } | 'none' | Refused {
    const layout = DARWIN_LOCK;
    const lock = Buffer.alloc(layout.size);
    lock.writeInt16LE(layout.writeLock, layout.type);
    lock.writeBigInt64LE(range.start, layout.start);
    lock.writeBigInt64LE(range.end === undefined ? 0n : range.end - range.start + 1n, layout.length);
    lock.writeInt32LE(pid, layout.pid);
    if (this.#fcntl(fd, command, 'void *', lock) !== 0) return { code: errnoName(this.#koffi) };
    const type = lock.readInt16LE(layout.type);
    if (type === layout.unlocked) return 'none';
    const start = lock.readBigInt64LE(layout.start);
    const length = lock.readBigInt64LE(layout.length);
    const end = length === 0n ? undefined : start + length - 1n;
    const owner = lock.readInt32LE(layout.pid);
    return {
      range: { start, end },
      lock: {
        access: type === layout.readLock ? 'read' : 'write',
        start: String(start),
        end: end === undefined ? 'EOF' : String(end),
        pid: owner > 0 ? owner : undefined,
      },
    };
  }
}
