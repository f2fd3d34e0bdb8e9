/** What shows that the service of a record lives on, read when a user is about to remove it: never in a tick. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { HostFacts, ProcessFacts, SignsOfLife } from '../../../model/facts';
import { touching } from '../../heartbeat';
import type { ProcessControl } from '../../platform';
import { readRegularFile } from '../regularFile';
import { Slices } from '../slices';
import { processesNaming, type Naming } from './naming';
import { Served } from './served';

/** More than any record needs to say where it can be reached. */
const TEXT_LIMIT = 16 * 1024;

/** `paths`: absolute, of mounts that answer. Returns those of which something was found. */
export async function signsOfLife(
  paths: readonly string[],
  _host: HostFacts,
  processes: ProcessControl,
): Promise<ReadonlyMap<string, SignsOfLife>> {
  const named = new Map(paths.map((file) => [file, namesOf(file)]));
  const found = await new Slices().run(processesNaming(named));
  const sockets = new Served();
  const signs = new Map<string, SignsOfLife>();
  for (const file of paths) {
    const naming = (found.get(file) ?? []).flatMap((one) => identified(one, processes));
    const served = sockets.namedIn(textOf(file), path.basename(file));
    if (naming.length + served.length > 0) signs.set(file, { naming, served });
  }
  return signs;
}

/** The path as it is watched, as its folder is called without symbolic links, and what a link leads to. */
function namesOf(file: string): string[] {
  const folder = realPath(path.dirname(file));
  return [...new Set([file, folder && path.join(folder, path.basename(file)), realPath(file)])].filter(
    (name) => name !== undefined,
  );
}

function realPath(file: string): string | undefined {
  touching(file);
  try {
    return fs.realpathSync(file);
  } catch {
    return undefined; // it has gone, or leads nowhere
  }
}

function textOf(file: string): string {
  touching(file);
  const bytes = readRegularFile(file, TEXT_LIMIT);
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('utf8') : '';
}

function identified(
  { pid, by }: Naming,
  processes: ProcessControl,
): { process: ProcessFacts; by: Naming['by'] }[] {
  const handle = processes.open(pid);
  try {
    const process = handle?.read();
    return process === undefined ? [] : [{ process, by }];
  } finally {
    handle?.close();
  }
}
