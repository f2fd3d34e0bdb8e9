/** Which processes have a file's path in their arguments, or in their environment where that can be read. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Steps } from '../../../common/steps';
import { namesPath } from '../../../model/records/pathNaming';
import { linkOf, sharedText } from '../procfs/threads';

export interface Naming {
  pid: number;
  by: 'arguments' | 'environment';
}

const ARGUMENTS_LIMIT = 256 * 1024;
const ENVIRONMENT_LIMIT = 1 << 20;
/** Of one file: more say nothing more. */
const MAX_FOUND = 8;

/** `files`: the names of each. Returns for each those that name it, without this process. */
export function* processesNaming(
  files: ReadonlyMap<string, readonly string[]>,
): Steps<ReadonlyMap<string, readonly Naming[]>> {
  const found = new Map<string, Naming[]>();
  for (const name of fs.readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    yield;
    const one = new Texts(pid);
    for (const [file, names] of files) {
      const known = found.get(file) ?? [];
      const by = known.length < MAX_FOUND ? one.naming(names) : undefined;
      if (by !== undefined) found.set(file, [...known, { pid, by }]);
    }
  }
  return found;
}

/** What one process says of itself. */
class Texts {
  readonly #pid: number;
  readonly #arguments: string;
  readonly #environment: string;
  #folders: readonly string[] | undefined;

  constructor(pid: number) {
    this.#pid = pid;
    this.#arguments = sharedText(pid, 'cmdline', ARGUMENTS_LIMIT) ?? '';
    // A kernel thread has neither.
    this.#environment = this.#arguments === '' ? '' : (sharedText(pid, 'environ', ENVIRONMENT_LIMIT) ?? '');
  }

  naming(names: readonly string[]): Naming['by'] | undefined {
    if (this.#names(this.#arguments, names)) return 'arguments';
    return this.#names(this.#environment, names) ? 'environment' : undefined;
  }

  #names(texts: string, names: readonly string[]): boolean {
    // Nearly none has even the last part of the name.
    if (!names.some((name) => texts.includes(path.basename(name)))) return false;
    return texts
      .split('\0')
      .some((text) => names.some((name) => namesPath(text, name, (this.#folders ??= this.#foldersOf()))));
  }

  /** Where its relative names may start from. A daemon leaves for `/`; its shell has told where it was started. */
  #foldersOf(): string[] {
    const works = linkOf(this.#pid, 'cwd')?.link;
    const started = /(?:^|\0)PWD=(\/[^\0]*)/.exec(this.#environment)?.[1];
    return [works === '/' ? undefined : works, started].filter((folder) => folder !== undefined);
  }
}
