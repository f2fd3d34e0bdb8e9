/**
 * What a clean-up is about to do, written down before it does it: while a record is aside, a reload, a crash or an
 * update must not make it disappear. The content of records, which may hold a token, is not written.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { RecordGeneration } from '../recordGeneration';
import { isAsideName, newAsideName } from './asideName';
import type { RemovalGuards } from './guards';
import type { Owner } from './owner';

export interface Intent {
  path: string;
  /** The name that the record has while it is aside, in the same folder. */
  aside: string;
  kind: RecordGeneration['kind'];
  /** Decimal. */
  ino: string;
  /** As it was judged, decimal: an inode number is given to another file once its own is gone. Up to 0.1: absent. */
  was?: { size: string; mtimeNs: string; born: string };
}

/** Returns what is written down of a record before it is moved aside. */
export const intentFor = (
  path: string,
  { kind, ino, size, mtimeNs, born }: RecordGeneration,
  aside = newAsideName(),
): Intent => ({
  path,
  aside,
  kind,
  ino: String(ino),
  was: { size: String(size), mtimeNs: String(mtimeNs), born: String(born) },
});

export interface Written {
  owner: Owner;
  /** ms since the epoch. */
  at: number;
  intents: readonly Intent[];
}

const EXTENSION = '.json';
/** Only this user is to know which records there are. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

type Guards = Pick<RemovalGuards, 'syncFolder'>;

/** One clean-up's intents on disk. */
export class IntentFile {
  readonly #folder: string;
  readonly #file: string;
  readonly #written: Written;
  readonly #guards: Guards;

  private constructor(folder: string, file: string, written: Written, guards: Guards) {
    this.#folder = folder;
    this.#file = file;
    this.#written = written;
    this.#guards = guards;
  }

  /** Writes them down; on disk when this returns. Throws when they cannot be. */
  static write(folder: string, written: Written, guards: Guards): IntentFile {
    fs.mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
    const file = join(folder, randomUUID() + EXTENSION);
    store(folder, file, written, guards);
    return new IntentFile(folder, file, written, guards);
  }

  /** Everything is decided, but for those whose record is still aside. Throws when that cannot be written down. */
  settle(left: readonly Intent[]): void {
    if (left.length === 0) {
      fs.rmSync(this.#file, { force: true });
    } else {
      store(this.#folder, this.#file, { ...this.#written, intents: left }, this.#guards);
    }
  }
}

/** Whole under its name or not there: no one reads a half-written file. */
function store(folder: string, file: string, written: Written, guards: Guards): void {
  const draft = `${file}.new`;
  const fd = fs.openSync(draft, 'w', FILE_MODE);
  try {
    fs.writeFileSync(fd, JSON.stringify(written));
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(draft, file);
  guards.syncFolder(folder); // the name itself has to be on disk before the record loses its own
}

/** Returns the files of intents in a folder; none when there is no such folder. */
export async function listIntentFiles(folder: string): Promise<string[]> {
  try {
    const names = await fs.promises.readdir(folder);
    return names.filter((name) => name.endsWith(EXTENSION)).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** undefined: it has gone, or is not what this extension writes. */
export async function readIntentFile(file: string): Promise<Written | undefined> {
  try {
    const read: unknown = JSON.parse(await fs.promises.readFile(file, 'utf8'));
    return isWritten(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isTextOrAbsent = (value: unknown): boolean => value === undefined || typeof value === 'string';

function isWritten(value: unknown): value is Written {
  if (!isObject(value)) {
    return false;
  }
  const { owner, intents, at } = value;
  return isOwner(owner) && Array.isArray(intents) && intents.every(isIntent) && typeof at === 'number';
}

function isOwner(value: unknown): value is Owner {
  if (!isObject(value)) {
    return false;
  }
  const { host, pid, startTicks, bootId, pidNamespace, life } = value;
  return (
    typeof host === 'string' &&
    typeof life === 'string' &&
    Number.isSafeInteger(pid) &&
    (startTicks === undefined || Number.isSafeInteger(startTicks)) &&
    isTextOrAbsent(bootId) &&
    isTextOrAbsent(pidNamespace)
  );
}

const KINDS: ReadonlySet<unknown> = new Set<RecordGeneration['kind']>(['file', 'symlink', 'directory']);

function isIntent(value: unknown): value is Intent {
  if (!isObject(value)) {
    return false;
  }
  const { path, aside, kind, ino, was } = value;
  return (
    typeof path === 'string' &&
    isAbsolute(path) &&
    typeof aside === 'string' &&
    isAsideName(aside) &&
    KINDS.has(kind) &&
    typeof ino === 'string' &&
    (was === undefined || isWas(was))
  );
}

const isWas = (value: unknown): boolean =>
  isObject(value) && [value['size'], value['mtimeNs'], value['born']].every((one) => typeof one === 'string');
