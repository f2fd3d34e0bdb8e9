/**
 * Does a process work in the folder that a setting names? The kernel writes a working directory without symbolic links
 * and as it is mounted; people write it as they reach it. So the directories themselves are compared, and all paths that
 * the setting's led to while we looked: who still runs where a link led before is an old instance, not an unrelated process.
 */
import * as fs from 'node:fs';
import type { FileId, ProcessFacts } from '../../model/facts';
import { touching } from '../heartbeat';

/** How often, at most, a folder is looked up again, ms. */
const FRESH_MS = 10_000;

/** What one path may have led to, at most. */
const KEPT = 16;

type Working = Pick<ProcessFacts, 'cwd' | 'cwdId'>;

const withoutSlash = (path: string): string => (path.length > 1 ? path.replace(/[\\/]$/, '') : path);

/** Where the instances of a service work. */
export interface Place {
  /** Looks it up again when that is due. Returns whether it leads to something new. */
  check(now: number): boolean;
  /** Looks it up now. Returns whether it leads to something new. */
  look(now: number): boolean;
  /** `idOf`: read only when the path does not settle it. */
  has(process: Working, idOf: () => FileId | undefined): boolean;
}

/** Folders whose paths match: there is nothing to look up. */
export class FolderPattern implements Place {
  readonly #matches: (folder: string) => boolean;

  constructor(matches: (folder: string) => boolean) {
    this.#matches = matches;
  }

  check(): boolean {
    return false;
  }

  look(): boolean {
    return false;
  }

  has({ cwd }: Working): boolean {
    return cwd !== undefined && this.#matches(cwd);
  }
}

/** One folder, whatever links lead to it. */
export class Folder implements Place {
  readonly #path: string;
  readonly #isApart: (path: string) => boolean;
  readonly #paths = new Set<string>();
  /** Only of now: inode numbers are reused. */
  #id: string | undefined;
  #readAt = -Infinity;

  /** `isApart`: the folder must not be touched from here; then its path alone says which it is. */
  constructor(path: string, isApart: (path: string) => boolean = () => false) {
    this.#path = withoutSlash(path);
    this.#isApart = isApart;
    this.#paths.add(this.#path);
  }

  check(now: number): boolean {
    return now - this.#readAt >= FRESH_MS && this.look(now);
  }

  look(now: number): boolean {
    this.#readAt = now;
    if (this.#isApart(this.#path)) return false;
    touching(this.#path);
    const [paths, id] = [this.#paths.size, this.#id];
    try {
      const path = fs.realpathSync.native(this.#path);
      const { dev, ino } = fs.statSync(path, { bigint: true });
      if (this.#paths.size < KEPT) this.#paths.add(path);
      this.#id = idText({ dev: String(BigInt.asUintN(64, dev)), ino: String(BigInt.asUintN(64, ino)) });
    } catch {
      this.#id = undefined; // not there, now
    }
    return this.#paths.size !== paths || this.#id !== id;
  }

  has(process: Working, idOf: () => FileId | undefined): boolean {
    if (process.cwd === undefined) return false;
    if (this.#paths.has(withoutSlash(process.cwd))) return true;
    const id = process.cwdId ?? (this.#id === undefined ? undefined : idOf());
    return id !== undefined && idText(id) === this.#id;
  }
}

const idText = ({ dev, ino }: FileId): string => `${dev}:${ino}`;
