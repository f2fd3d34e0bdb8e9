/**
 * Removing a stale record without ever removing a live one.
 *
 * unlink(2) removes whatever has the name at that moment; a daemon that starts may have written its record there a
 * microsecond before. So the record is renamed aside first: what was taken can then be checked, and no one can open
 * it by its name any more. It is removed only when it still is, to the byte, the generation judged stale and no one
 * has it open or locked; otherwise it is linked back, which never overwrites.
 */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../../common/errors';
import {
  isProblem,
  problemOf,
  readGeneration,
  sameFile,
  sameGeneration,
  statGeneration,
  type GenerationProblem,
  type RecordGeneration,
} from '../recordGeneration';
import { newAsideName } from './asideName';
import type { Folder, Opener, OpenersScan, RemovalGuards } from './guards';
import { discard, giveNameBack, kindOf } from './naming';
import { obstacleTo } from './obstacle';
import { takenFrom, type TakenFrom } from './takenFrom';
import { failure, unreadable, type PutBackReason, type RemovalResult } from './results';

export interface RemovalOptions {
  guards: RemovalGuards;
  /** Resolves after at least this many ms. */
  wait: (ms: number) => Promise<void>;
  /** How long a writer whose descriptors may not be read gets to finish. */
  waitMs: number;
  log: (text: string) => void;
  /** What it is called while it is aside; `newAsideName()` if no one has to know it beforehand. */
  asideName?: string;
  /** Called with the folder, before anything is touched. */
  onFolder?: (folder: TakenFrom | undefined) => void;
}

/** At least 2; FACTS: a writer between open and write needs less than that. */
export const REMOVAL_WAIT_MS = 20;

/** ms; a thread that has not come up for so long is stuck, or starved: the record is kept. */
const SETTLE_LIMIT_MS = 2000;
const SETTLE_STEP_MS = 2;
/** Bytes by which a file may have grown and still be read whole, so that it is called changed. */
const GROWN = 32 * 1024;

/** Removes the record at `path` if it is, and stays, exactly `judged`. Never rejects. */
export async function removeRecord(
  path: string,
  judged: RecordGeneration,
  options: RemovalOptions,
): Promise<RemovalResult> {
  let folder: Folder | undefined;
  try {
    folder = options.guards.openFolder(dirname(path));
    options.onFolder?.(takenFrom(folder));
    return await new Removal(folder, basename(path), judged, options).run();
  } catch (error) {
    return failure(error);
  } finally {
    folder?.close();
  }
}

interface Reason {
  because: PutBackReason;
  openers: readonly Opener[];
}

class Removal {
  readonly #path: string;
  readonly #asideName: string;
  readonly #aside: string;
  readonly #folder: Folder;
  readonly #name: string;
  readonly #judged: RecordGeneration;
  readonly #options: RemovalOptions;

  constructor(folder: Folder, name: string, judged: RecordGeneration, options: RemovalOptions) {
    this.#folder = folder;
    this.#name = name;
    this.#judged = judged;
    this.#options = options;

    this.#path = folder.at(name);
    this.#asideName = options.asideName ?? newAsideName();
    this.#aside = folder.at(this.#asideName);
  }

  async run(): Promise<RemovalResult> {
    const spoken = this.#speaksAgainst();
    if (spoken !== undefined) {
      return spoken;
    }
    // Two system calls with nothing between them: the shorter, the rarer a live record is touched at all.
    const last = statGeneration(this.#path);
    if (isProblem(last) || !sameFile(this.#judged, last)) {
      return isProblem(last) ? unreadable(last) : { result: 'changed' };
    }
    try {
      fs.renameSync(this.#path, this.#aside);
    } catch (error) {
      return unreadable(problemOf(error));
    }
    const taken = statGeneration(this.#aside);
    if (isProblem(taken) || !sameFile(this.#judged, taken)) {
      // It was written at this moment: back at once, before anyone can miss it.
      return this.#putBack({ because: 'changed', openers: [] });
    }
    this.#options.log(`moved aside as ${this.#asideName}`);
    const reason = await this.#reasonToPutBack();
    return reason === undefined ? this.#discard() : this.#putBack(reason);
  }

  /** Before anything is touched: why nothing is going to be. */
  #speaksAgainst(): RemovalResult | undefined {
    const before = this.#read(this.#path);
    if (isProblem(before)) {
      return unreadable(before);
    }
    if (!sameGeneration(before, this.#judged)) {
      return { result: 'changed' };
    }
    const { openers, hidden } = this.#scan(this.#path);
    if (openers.length > 0) {
      return { result: 'open', openers };
    }
    const { guards } = this.#options;
    if (hidden > 0 && guards.isInodeLocked(this.#judged.ino)) {
      return { result: 'locked' };
    }
    return obstacleTo(this.#folder, this.#name, before, guards);
  }

  async #reasonToPutBack(): Promise<Reason | undefined> {
    const { wait, waitMs, log, guards } = this.#options;
    try {
      const first = this.#lookAside();
      if (first !== undefined) {
        return first;
      }
      // Whoever is inside open(2) has found the file by its name and shows no descriptor yet.
      const isAnyInFlight = guards.watchInFlight();
      await wait(waitMs);
      if (!(await haveReturned(isAnyInFlight, wait))) {
        return { because: 'busy', openers: [] };
      }
      // Again: they show it now, or have closed it. And a descriptor may have passed from a process to its child
      // between two directories of the first scan.
      return this.#lookAside();
    } catch (error) {
      log(`could not verify it: ${String(error)}`);
      return { because: 'changed', openers: [] };
    }
  }

  /**
   * The order matters: no one can newly open the file by its old name, so whoever opened it before either still has it
   * open (seen by the scan) or has closed it, and then what was written is seen in the content read after the scan.
   */
  #lookAside(): Reason | undefined {
    const { openers, hidden } = this.#scan(this.#aside);
    if (openers.length > 0) {
      return { because: 'open', openers };
    }
    // Whoever has a lock has a descriptor: where all of those were seen, the kernel's table says nothing new.
    if (hidden > 0 && this.#options.guards.isInodeLocked(this.#judged.ino)) {
      return { because: 'locked', openers };
    }
    const now = this.#read(this.#aside);
    return isProblem(now) || !sameGeneration(now, this.#judged) ? { because: 'changed', openers } : undefined;
  }

  /** What is as large as what was judged is read whole: a lock file of git has no bound. */
  #read(at: string): RecordGeneration | GenerationProblem {
    const { length } = this.#judged.content;
    return length < GROWN ? readGeneration(at) : readGeneration(at, length + GROWN);
  }

  /** A symlink cannot be opened, and its target never changes: there is no one to look for. */
  #scan(at: string): OpenersScan {
    return this.#judged.kind === 'symlink'
      ? { openers: [], hidden: 0 }
      : this.#options.guards.findOpeners(at, this.#name);
  }

  #discard(): RemovalResult {
    try {
      discard(this.#aside, this.#judged.kind);
      return { result: 'removed' };
    } catch (error) {
      // Something was put into the directory just now, or the folder's rules have changed.
      this.#options.log(`could not be removed: ${String(error)}`);
      return this.#putBack({ because: 'changed', openers: [] });
    }
  }

  #putBack({ because, openers }: Reason): RemovalResult {
    const { log } = this.#options;
    const kind = kindOf(this.#aside) ?? this.#judged.kind;
    try {
      giveNameBack(this.#path, this.#aside, kind, this.#options.guards);
    } catch (error) {
      return codeOf(error) === 'EEXIST' ? this.#supersede(because, kind) : this.#strand(error);
    }
    if (kind !== 'directory') {
      this.#forget(kind);
    }
    log(`put back: ${because}${openers.map(({ pid, fd }) => `, open in pid ${pid} as ${fd}`).join('')}`);
    return { result: 'putBack', because, openers };
  }

  #supersede(because: PutBackReason, kind: RecordGeneration['kind']): RemovalResult {
    const left = this.#read(this.#aside);
    this.#forget(kind);
    this.#options.log('a new record already has the name; it was kept');
    return { result: 'superseded', because, aside: isProblem(left) ? this.#judged.content : left.content };
  }

  #strand(error: unknown): RemovalResult {
    const { code, syscall } = failure(error);
    this.#options.log(`could not be put back; it is kept as ${this.#asideName}: ${String(error)}`);
    return { result: 'stranded', at: join(this.#folder.path, this.#asideName), code, syscall };
  }

  /** The record has its name, or another has: what is left of the aside name does no harm. */
  #forget(kind: RecordGeneration['kind']): void {
    try {
      discard(this.#aside, kind);
    } catch (error) {
      this.#options.log(`${this.#asideName} could not be removed: ${String(error)}`);
    }
  }
}

async function haveReturned(isAnyInFlight: () => boolean, wait: RemovalOptions['wait']): Promise<boolean> {
  const until = performance.now() + SETTLE_LIMIT_MS;
  while (isAnyInFlight()) {
    if (performance.now() > until) {
      return false;
    }
    await wait(SETTLE_STEP_MS);
  }
  return true;
}
