/**
 * Where histories are kept: a file for each service, written by the worker. VS Code's own store writes everything that an
 * extension keeps in it at every change, in one piece, on the extension host's main thread.
 */
import { hasCode } from '../common/errors';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';

export interface HistoryStore {
  readHistory(serviceId: string): Promise<string | undefined>;
  writeHistory(serviceId: string, text: string): Promise<void>;
  /** Of what is kept, for `readNamedHistory`. */
  historyNames(): Promise<string[]>;
  readNamedHistory(name: string): Promise<string | undefined>;
  /** Forgets those beyond `limit`, the longest unchanged first. */
  pruneHistories(limit: number): Promise<void>;
}

const SUFFIX = '.json';

const isAbsent = (error: unknown): boolean => hasCode(error, 'ENOENT');

export class HistoryFiles implements HistoryStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  readHistory(serviceId: string): Promise<string | undefined> {
    return this.#read(this.#pathOf(serviceId));
  }

  /** Replaces the file as a whole: a reader, and a crash, meet the old one or the new one. */
  async writeHistory(serviceId: string, text: string): Promise<void> {
    const path = this.#pathOf(serviceId);
    const next = `${path}.${process.pid}`;
    try {
      await fs.writeFile(next, text, { mode: 0o600 });
    } catch (error) {
      if (!isAbsent(error)) {
        throw error;
      }
      await fs.mkdir(this.#folder, { recursive: true });
      await fs.writeFile(next, text, { mode: 0o600 });
    }
    await fs.rename(next, path);
  }

  async historyNames(): Promise<string[]> {
    try {
      return (await fs.readdir(this.#folder)).filter((name) => name.endsWith(SUFFIX));
    } catch (error) {
      if (isAbsent(error)) {
        return [];
      }
      throw error;
    }
  }

  readNamedHistory(name: string): Promise<string | undefined> {
    return this.#read(join(this.#folder, name));
  }

  async pruneHistories(limit: number): Promise<void> {
    const names = await this.historyNames();
    if (names.length <= limit) {
      return;
    }
    const aged: { path: string; mtimeMs: number }[] = [];
    for (const name of names) {
      const path = join(this.#folder, name);
      const { mtimeMs } = await fs.stat(path);
      aged.push({ path, mtimeMs });
    }
    aged.sort((a, b) => a.mtimeMs - b.mtimeMs);
    for (const { path } of aged.slice(0, aged.length - limit)) {
      await fs.rm(path, { force: true });
    }
  }

  /** A service's id has paths in it, of any length. */
  #pathOf(serviceId: string): string {
    const name = createHash('sha256').update(serviceId).digest('hex').slice(0, 32);
    return join(this.#folder, `${name}${SUFFIX}`);
  }

  async #read(path: string): Promise<string | undefined> {
    try {
      return await fs.readFile(path, 'utf8');
    } catch (error) {
      if (isAbsent(error)) {
        return undefined;
      }
      throw error;
    }
  }
}
