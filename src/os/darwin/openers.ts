/**
 * Without the native helper, macOS has no list of locks: the probe says held or free, lsof says who has the file open, and
 * who of them holds it stays unproven.
 */
import { realpathSync } from 'node:fs';
import { messageOf } from '../../common/errors';
import type { FileFacts, HolderFacts } from '../../model/facts';
import type { LockChange, LockView, ProcessChange, ProcessReader } from '../readers';
import type { OpenFile } from './lsof';

/** One lsof for all files: not every tick. */
const LSOF_EVERY_MS = 5000;

export interface Openers {
  (paths: readonly string[]): Promise<ReadonlyMap<string, readonly OpenFile[]>>;
}

interface Watched {
  /** lsof prints the path without symbolic links. */
  canonical: string;
  isFile: boolean;
  openers: readonly OpenFile[];
}

export class OpenersByLsof {
  readonly #processes: Pick<ProcessReader, 'get'>;
  readonly #openersOf: Openers;
  readonly #now: () => number;
  readonly #watched = new Map<string, Watched>();
  #askedAt = -Infinity;
  #problem: string | undefined;

  constructor(processes: Pick<ProcessReader, 'get'>, openers: Openers, now: () => number) {
    this.#processes = processes;
    this.#openersOf = openers;
    this.#now = now;
  }

  watch(path: string, file: FileFacts): void {
    const isFile = file.status === 'file';
    this.#watched.set(path, { canonical: canonicalOf(path), isFile, openers: [] });
    this.#askedAt = -Infinity;
  }

  unwatch(path: string): void {
    this.#watched.delete(path);
  }

  async update(change: ProcessChange): Promise<LockChange> {
    const due = this.#now() - this.#askedAt >= LSOF_EVERY_MS;
    const gone = new Set(change.removed);
    const lost = [...this.#watched.values()].some(({ openers }) => openers.some(({ pid }) => gone.has(pid)));
    const paths = due || lost ? await this.ask() : new Set<string>();
    return this.#problem === undefined ? { paths } : { paths, problem: this.#problem };
  }

  /** Returns the paths whose openers are others now. */
  async ask(): Promise<Set<string>> {
    const changed = new Set<string>();
    const files = [...this.#watched].filter(([, { isFile }]) => isFile);
    let found: ReadonlyMap<string, readonly OpenFile[]> = new Map<string, readonly OpenFile[]>();
    try {
      if (files.length > 0) {
        found = await this.#openersOf([...new Set(files.map(([, { canonical }]) => canonical))]);
      }
      this.#problem = undefined;
    } catch (error) {
      this.#problem = messageOf(error);
      return changed;
    } finally {
      this.#askedAt = this.#now();
    }
    for (const [path, watched] of files) {
      const openers = found.get(watched.canonical) ?? [];
      if (keyOf(openers) !== keyOf(watched.openers)) {
        watched.openers = openers;
        changed.add(path);
      }
    }
    return changed;
  }

  view(path: string): LockView {
    const watched = this.#watched.get(path);
    if (watched?.isFile !== true) {
      return { locks: [], certainty: 'certain' };
    }
    const openers: HolderFacts[] = [];
    for (const { pid, fd } of watched.openers) {
      const process = this.#processes.get(pid);
      if (process !== undefined && !openers.some((other) => other.process.pid === pid)) {
        openers.push({ process, inherited: false, proven: false, fd: Number(fd) });
      }
    }
    return { locks: [], certainty: 'unknown', because: 'probeOnly', openers };
  }

  close(): void {
    this.#watched.clear();
  }
}

/** Returns the path without symbolic links, as the kernel names it; as it is where that cannot be read. */
export function canonicalOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // absent, or not for this user to see
  }
}

function keyOf(files: readonly OpenFile[]): string {
  return files.map(({ pid, fd }) => `${pid}:${fd}`).join(' ');
}
