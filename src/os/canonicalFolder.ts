/** What a folder's path leads to, since the kernel shows a process's working directory by its own path. */
import * as fs from 'node:fs';

/** How long (ms) an answer stands: links are changed rarely, and asked about for each process that starts. */
const STANDS_MS = 10_000;

export class CanonicalFolders {
  readonly #known = new Map<string, { path: string; until: number }>();

  /** Returns the path without symbolic links; of a folder that is not there, the path as it is. */
  of(folder: string): string {
    const now = performance.now();
    const known = this.#known.get(folder);
    if (known !== undefined && known.until > now) return known.path;
    let path = folder;
    try {
      path = fs.realpathSync.native(folder);
    } catch {
      // A release directory that was removed under its server keeps the path by which it was entered.
    }
    this.#known.set(folder, { path, until: now + STANDS_MS });
    return path;
  }
}
