/** Which processes have a file's path in their arguments, or in their environment where that can be read. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Steps } from '../../../common/steps';
import {
  foldersAbove,
  hasPatternFor,
  namesPath,
  namesPid,
  pathsEndingIn,
  spellings,
} from '../../../model/records/pathNaming';
import { readLink } from '../procfs/read';
import { linkOf, sharedText } from '../procfs/threads';
import type { Paths } from './paths';

export interface Naming {
  pid: number;
  by: 'arguments' | 'environment' | 'pid';
}

export interface Namings {
  /** By the files' paths. */
  found: ReadonlyMap<string, readonly Naming[]>;
  /** A process shows no arguments. */
  isBlind: boolean;
}

const ARGUMENTS_LIMIT = 256 * 1024;
const ENVIRONMENT_LIMIT = 1 << 20;
/** Of one file: more say nothing more. */
const MAX_FOUND = 8;

/** A file that processes may name: its path as it is watched and as links lead to it. */
export interface NamedFile {
  names: readonly string[];
  /** That it records. */
  pid?: number | undefined;
}

/** `files`: by their paths. Returns for each those that name it or its pid, without this process. */
export function* processesNaming(
  pids: readonly number[],
  files: ReadonlyMap<string, NamedFile>,
  paths: Paths,
): Steps<Namings> {
  const found = new Map<string, Naming[]>();
  let isBlind = false;
  for (const pid of pids) {
    if (pid === process.pid) continue;
    yield;
    const one = new Texts(pid, paths);
    isBlind ||= one.isHidden;
    for (const [path, file] of files) {
      const known = found.get(path) ?? [];
      const by = known.length < MAX_FOUND ? one.naming(file) : undefined;
      if (by !== undefined) found.set(path, [...known, { pid, by }]);
    }
  }
  return { found, isBlind };
}

/** What one process says of itself. */
class Texts {
  readonly #pid: number;
  readonly #paths: Paths;
  readonly #arguments: string;
  readonly #environment: string;
  /** It is there, and does not show what it runs. */
  readonly isHidden: boolean;
  #folders: readonly string[] | undefined;
  #isRooted: boolean | undefined;

  constructor(pid: number, paths: Paths) {
    this.#pid = pid;
    this.#paths = paths;
    const shown = sharedText(pid, 'cmdline', ARGUMENTS_LIMIT);
    this.isHidden = shown === undefined && fs.existsSync(`/proc/${pid}/stat`);
    const own = shown ?? '';
    // A kernel thread has neither.
    const environment = own === '' ? '' : (sharedText(pid, 'environ', ENVIRONMENT_LIMIT) ?? '');
    this.#arguments = spellings(own).join('\0');
    this.#environment = spellings(environment).join('\0');
  }

  naming(file: NamedFile): Naming['by'] | undefined {
    if (this.#names(this.#arguments, file)) return 'arguments';
    if (file.pid !== undefined && namesPid(this.#arguments, file.pid)) return 'pid';
    return this.#names(this.#environment, file) ? 'environment' : undefined;
  }

  #names(texts: string, { names }: NamedFile): boolean {
    return names.some((name) => {
      // Nearly none has even the last part of the name, or of its folder.
      const isSaid = texts.includes(path.basename(name));
      if (!isSaid && !texts.includes(`${path.dirname(name)}/`)) return false;
      return texts
        .split('\0')
        .some((text) => (isSaid && this.#namesIn(text, name, names)) || hasPatternFor(text, name));
    });
  }

  #namesIn(text: string, name: string, names: readonly string[]): boolean {
    if (!text.includes(path.basename(name))) return false;
    const folders = [...(this.#folders ??= this.#foldersOf())];
    // Without any it may start from anywhere.
    if (folders.length > 0) folders.push(...foldersAbove(this.#arguments.replaceAll('\0', ' '), name));
    return (
      namesPath(text, name, folders) ||
      (this.#sharesRoot() &&
        pathsEndingIn(text, path.basename(name), folders).some((one) => this.#leadsTo(one, names)))
    );
  }

  /** Through a link of a folder, or a link that is called as the file. */
  #leadsTo(file: string, names: readonly string[]): boolean {
    return [this.#paths.inRealFolder(file), this.#paths.real(file)].some(
      (real) => real !== undefined && names.includes(real),
    );
  }

  /** In a container its paths lead elsewhere, over mounts that are not known here. */
  #sharesRoot(): boolean {
    return (this.#isRooted ??= ['root', 'ns/mnt'].every((name) => {
      const [its, own] = [readLink(`/proc/${this.#pid}/${name}`), readLink(`/proc/self/${name}`)];
      // Of another user it does not show.
      return its === undefined || its === own;
    }));
  }

  /** Where its relative names may start from. A daemon leaves for `/`; its shell has told where it was started. */
  #foldersOf(): string[] {
    const works = linkOf(this.#pid, 'cwd')?.link;
    const started = /(?:^|\0)PWD=(\/[^\0]*)/.exec(this.#environment)?.[1];
    return [works === '/' ? undefined : works, started].filter((folder) => folder !== undefined);
  }
}
