/**
 * Records that lie beside a service's own, or where such files are usually kept: who is named by one has a place of its
 * own there, as the next of a pool has.
 */
import * as fs from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { SmallFileReader } from '../smallFileReader';

/** Bytes of a record and files of a folder that are read at most. */
const LIMIT = 1024;
const MAX_FILES = 256;
/** Folders beside the service's own. */
const MAX_FOLDERS = 64;

const RECORDS = /\.(?:pid|lock|lck)$/i;

/** What lies in folders, read once in a look: a hundred services may have their files in one. */
export class SiblingFiles {
  readonly #read: SmallFileReader;
  readonly #names = new Map<string, readonly string[]>();
  readonly #numbers = new Map<string, readonly number[]>();

  constructor(read: SmallFileReader) {
    this.#read = read;
  }

  /** Begins another look. */
  clear(): void {
    this.#names.clear();
    this.#numbers.clear();
  }

  namesIn(folder: string): readonly string[] {
    const names = this.#names.get(folder) ?? list(folder);
    this.#names.set(folder, names);
    return names;
  }

  /** Returns all numbers in the beginning of a file; of one that cannot be read: none. */
  numbersIn(path: string): readonly number[] {
    const numbers = this.#numbers.get(path) ?? this.#numbersOf(path);
    this.#numbers.set(path, numbers);
    return numbers;
  }

  #numbersOf(path: string): readonly number[] {
    const content = this.#read(path, LIMIT);
    return content instanceof Uint8Array
      ? (Buffer.from(content).toString('latin1').match(/\d+/g) ?? []).map(Number)
      : [];
  }
}

function list(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return []; // it is gone, or not ours to list
  }
}

/** Where programs and start-stop-daemon(8) keep their pid files, beside the folders of the service itself. */
const CUSTOMARY = ['run', 'pids', 'tmp', 'tmp/pids', 'var/run'];

/** A record of another place names nothing but a process. */
const PID_FILES = /\.pid$/i;

export interface Places {
  /** The service's own files. */
  paths: readonly string[];
  /** Where the processes work, and whom they belong to. */
  processes: readonly { cwd?: string; uid?: number }[];
  /** May nothing answer there? */
  isApart: (folder: string) => boolean;
}

export interface Beside {
  /** Those that a record names. */
  pids: ReadonlySet<number>;
  /** There is more than was read. */
  isCut: boolean;
}

function foldersOf({ processes }: Places): readonly string[] {
  // A hundred workers have one of either.
  const cwds = new Set(processes.flatMap(({ cwd }) => cwd ?? []));
  const uids = new Set(processes.flatMap(({ uid }) => uid ?? []));
  return [
    ...new Set([
      '/run',
      ...[...uids].map((uid) => `/run/user/${uid}`),
      ...[...cwds].flatMap((cwd) => CUSTOMARY.map((name) => join(cwd, name))),
    ]),
  ];
}

/** Returns which of the pids a record names that lies beside the service's paths, or where pid files are kept. */
export function recordedBeside(places: Places, pids: ReadonlySet<number>, files: SiblingFiles): Beside {
  const { paths } = places;
  const own = new Set(paths);
  const endings = new Set(paths.map((path) => extname(path)).filter((ending) => ending !== ''));
  const beside = new Set(paths.map((path) => dirname(path)));
  const found = new Set<number>();
  const folders = foldersOf(places);
  let isCut = folders.length > MAX_FOLDERS;
  const lookInto = (folder: string, isRecord: (name: string) => boolean): void => {
    const records = files
      .namesIn(folder)
      .filter(isRecord)
      .map((name) => join(folder, name))
      .filter((path) => !own.has(path));
    isCut ||= records.length > MAX_FILES;
    for (const path of records.slice(0, MAX_FILES)) {
      for (const number of files.numbersIn(path)) if (pids.has(number)) found.add(number);
    }
  };
  for (const folder of beside) {
    lookInto(folder, (name) => RECORDS.test(name) || endings.has(extname(name)));
  }
  for (const folder of folders.slice(0, MAX_FOLDERS)) {
    if (!places.isApart(folder) && !beside.has(folder)) lookInto(folder, (name) => PID_FILES.test(name));
  }
  return { pids: found, isCut };
}
