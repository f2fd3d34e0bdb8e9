/** Records that lie beside a service's own: who is named by one has a place of its own there, as the next of a pool has. */
import * as fs from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { SmallFileReader } from '../smallFileReader';

/** Bytes of a record and files of a folder that are read at most. */
const LIMIT = 1024;
const MAX_FILES = 64;

const RECORDS = /\.(?:pid|lock|lck)$/i;

function namesIn(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return []; // it is gone, or not ours to list
  }
}

/** Returns those of the pids that a record names which lies beside these paths and is none of them. */
export function recordedBeside(
  paths: readonly string[],
  pids: ReadonlySet<number>,
  readSmallFile: SmallFileReader,
): ReadonlySet<number> {
  const own = new Set(paths);
  const endings = new Set(paths.map((path) => extname(path)).filter((ending) => ending !== ''));
  const found = new Set<number>();
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const records = namesIn(folder)
      .filter((name) => RECORDS.test(name) || endings.has(extname(name)))
      .map((name) => join(folder, name))
      .filter((path) => !own.has(path));
    for (const path of records.slice(0, MAX_FILES)) {
      const content = readSmallFile(path, LIMIT);
      if (!(content instanceof Uint8Array)) continue;
      for (const [digits] of Buffer.from(content).toString('latin1').matchAll(/\d+/g)) {
        if (pids.has(Number(digits))) found.add(Number(digits));
      }
    }
  }
  return found;
}
