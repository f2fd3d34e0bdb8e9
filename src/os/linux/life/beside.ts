/** What lies beside a record under its own name and is in use: a lock that is held, a record of a live process, a socket. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { HostFacts, ProcessFacts, SignsOfLife } from '../../../model/facts';
import { besideNames } from '../../../model/records/besideNames';
import { RECORD_BYTES } from '../../../model/records/recordBytes';
import { parsePidRecord } from '../../../model/records/pidRecord';
import { identify } from '../../../model/records/recordIdentity';
import { touching } from '../../heartbeat';
import { fileKeyOf, MountTable } from '../locks/fileKey';
import { LockTable } from '../locks/lockTable';
import { readRegularFile } from '../regularFile';
import type { Served } from './served';

type Beside = NonNullable<SignsOfLife['beside']>[number];

export interface BesideDeps {
  host: HostFacts;
  served: Served;
  process: (pid: number) => ProcessFacts | undefined;
}

/** Of one look: the table of locks is read once, where anything is to be looked up in it. */
export class BesideRecords {
  readonly #deps: BesideDeps;
  readonly #mounts = new MountTable();
  #table: LockTable | undefined;
  /** The table of locks could not be read. */
  isBlind = false;

  constructor(deps: BesideDeps) {
    this.#deps = deps;
  }

  /** `file`: absolute, of a mount that answers. */
  of(file: string): Beside[] {
    const folder = path.dirname(file);
    return besideNames(path.basename(file), namesIn(folder)).flatMap(
      (name) => this.#use(path.join(folder, name)) ?? [],
    );
  }

  #use(file: string): Beside | undefined {
    touching(file);
    let stat: fs.BigIntStats;
    try {
      stat = fs.lstatSync(file, { bigint: true });
    } catch {
      return undefined; // it has gone
    }
    if (stat.isSocket()) return this.#deps.served.isServed(file) ? { path: file, is: 'served' } : undefined;
    // A symbolic link may lead to where nothing answers.
    if (!stat.isFile()) return undefined;
    if (this.#isLocked(file)) return { path: file, is: 'locked' };
    const process = this.#recordedIn(file, stat.mtimeNs);
    return process === undefined ? undefined : { path: file, is: 'record', process };
  }

  #isLocked(file: string): boolean {
    const key = fileKeyOf(file, this.#mounts)?.key;
    return key !== undefined && (this.#locks()?.linesOf(key).length ?? 0) > 0;
  }

  #locks(): LockTable | undefined {
    if (this.#table !== undefined || this.isBlind) return this.#table;
    const table = new LockTable();
    try {
      table.update({ isWatched: () => true, isProven: () => false });
      this.#table = table;
    } catch {
      this.isBlind = true;
    }
    return this.#table;
  }

  #recordedIn(file: string, mtimeNs: bigint): ProcessFacts | undefined {
    const content = readRegularFile(file, RECORD_BYTES);
    if (!(content instanceof Uint8Array)) return undefined;
    const record = parsePidRecord({ fileName: path.basename(file), content });
    const { pid, mayBeOther } = record;
    const process = pid === undefined || mayBeOther === true ? undefined : this.#deps.process(pid);
    const isWriter =
      process !== undefined &&
      identify(record, process, { path: file, status: 'file', mtimeNs }, this.#deps.host).writer;
    return isWriter ? process : undefined;
  }
}

function namesIn(folder: string): readonly string[] {
  touching(folder);
  try {
    return fs.readdirSync(folder);
  } catch {
    return []; // it is gone, or not ours to list
  }
}
