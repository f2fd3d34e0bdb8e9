/** What shows that the service of a record lives on, read where a record looks left behind: never in a steady tick. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { HostFacts, ProcessFacts, SignsOfLife } from '../../../model/facts';
import { parsePidRecord } from '../../../model/records/pidRecord';
import { touching } from '../../heartbeat';
import type { ProcessControl } from '../../platform';
import { hidesProcesses } from '../locks/lockReader';
import { readUtf8 } from '../procfs/read';
import { readRegularFile } from '../regularFile';
import { Slices } from '../slices';
import { BesideRecords } from './beside';
import { processesNaming, type Naming } from './naming';
import { Paths, type IsApart } from './paths';
import { served } from './served';

/** More than any record needs to say where it can be reached. */
const TEXT_LIMIT = 16 * 1024;

/**
 * `paths`: absolute, of mounts that answer; `isApart`: of others, whether they are on one that may not. Returns those of
 * which something was found, or all where something is hidden.
 */
export async function signsOfLife(
  paths: readonly string[],
  host: HostFacts,
  processes: ProcessControl,
  isApart: IsApart,
): Promise<ReadonlyMap<string, SignsOfLife>> {
  const known = new Paths(isApart);
  const pids = runningPids();
  const slices = new Slices();
  const texts = new Map(paths.map((file) => [file, textOf(file)]));
  const pidIn = (file: string): number | undefined =>
    parsePidRecord({ fileName: path.basename(file), content: texts.get(file) ?? '' }).pid;
  const files = new Map(paths.map((file) => [file, { names: namesOf(file, known), pid: pidIn(file) }]));
  const naming = await slices.run(processesNaming(pids, files, known));
  const sockets = await slices.run(served(known, pids));
  const process = (pid: number): ProcessFacts | undefined => processOf(pid, processes);
  const besides = new BesideRecords({ host, served: sockets, process });
  const isHidden = pids.length === 0 || naming.isBlind || sockets.isBlind || hidesOthers();
  const signs = new Map<string, SignsOfLife>();
  for (const file of paths) {
    await slices.pause();
    const one = {
      naming: (naming.found.get(file) ?? []).flatMap((found) => identified(found, process)),
      served: sockets.namedIn(texts.get(file) ?? '', file, files.get(file)?.pid),
      beside: besides.of(file),
    };
    const isUnseen = isHidden || besides.isBlind || known.isCut;
    if (isUnseen || one.naming.length + one.served.length + one.beside.length > 0) {
      signs.set(file, { ...one, ...(isUnseen ? { unseen: true as const } : {}) });
    }
  }
  return signs;
}

function runningPids(): number[] {
  try {
    return fs
      .readdirSync('/proc')
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid > 0);
  } catch {
    return [];
  }
}

/** Other users' processes show nothing here; root sees them all the same. */
function hidesOthers(): boolean {
  if (process.geteuid?.() === 0) return false;
  const mountinfo = readUtf8('/proc/self/mountinfo', 16 << 20);
  return typeof mountinfo !== 'string' || hidesProcesses(mountinfo);
}

/** The path as it is watched, as its folder is called without symbolic links, and what a link leads to. */
function namesOf(file: string, paths: Paths): string[] {
  return [...new Set([file, paths.inRealFolder(file), paths.real(file)])].filter(
    (name) => name !== undefined,
  );
}

function textOf(file: string): string {
  touching(file);
  const bytes = readRegularFile(file, TEXT_LIMIT);
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('utf8') : '';
}

function processOf(pid: number, processes: ProcessControl): ProcessFacts | undefined {
  const handle = processes.open(pid);
  try {
    return handle?.read();
  } finally {
    handle?.close();
  }
}

function identified(
  { pid, by }: Naming,
  processOf: (pid: number) => ProcessFacts | undefined,
): { process: ProcessFacts; by: Naming['by'] }[] {
  const process = processOf(pid);
  return process === undefined ? [] : [{ process, by }];
}
