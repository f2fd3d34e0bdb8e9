/** What is read of one process when someone asks for it: words, directory, user, supervisor. */
import type { ProcessFacts, SupervisorFacts } from '../../../model/facts';
import { supervisorOf, SUPERVISOR_VARIABLES, type SupervisorVariable } from '../../supervisor';
import { parseCgroup, type CgroupFacts } from '../procfs/cgroup';
import { readText, readUtf8 } from '../procfs/read';
import { parseCmdline, parseProcStat, parseProcStatus, type ProcStat } from '../procfs/procStat';
import { linkOf, livingThreadOf, sharedText } from '../procfs/threads';
import { userName } from '../procfs/users';
import { cwdFacts, type WorkingDirectories, type WorkingDirectory } from './workingDirectory';

/** Longest command line that is read, in bytes: enough to tell, and a process can make its own as long as it likes. */
const CMDLINE_LIMIT = 32 * 1024;

/** A supervisor further up than this is no one's; a guard for chains of thousands of forks. */
const MAX_ANCESTORS = 64;

export interface Details {
  directory: WorkingDirectory | undefined;
  exe?: string;
  uid?: number;
  tgid?: number;
  nsPids?: readonly number[];
  cgroup: CgroupFacts;
}

export const NO_DETAILS: Details = { directory: undefined, cgroup: {} };

export type Ancestor = Pick<ProcessFacts, 'pid' | 'comm' | 'argv'>;

/** The parsed stat, or the error code. */
export function readStat(pid: number): ProcStat | string {
  const text = readUtf8(`/proc/${pid}/stat`, 8192);
  if (typeof text !== 'string') return text.code;
  const stat = parseProcStat(text);
  return stat === undefined ? 'EBADMSG' : withLivingThread(pid, stat);
}

/** While its first thread has ended, a process is in the state of the others. */
export function withLivingThread(pid: number, stat: ProcStat): ProcStat {
  if (stat.state !== 'Z' || stat.threads <= 1) return stat;
  return { ...stat, state: livingThreadOf(pid)?.state ?? stat.state };
}

export const readArgv = (pid: number): string[] =>
  parseCmdline(sharedText(pid, 'cmdline', CMDLINE_LIMIT) ?? '');

/** Of the same text it returns the same object: most processes share a few groups. */
export function readCgroup(pid: number | 'self'): CgroupFacts {
  const text = readUtf8(`/proc/${pid}/cgroup`);
  if (typeof text !== 'string') return {};
  let facts = cgroups.get(text);
  if (facts === undefined) {
    facts = parseCgroup(text);
    if (cgroups.size >= MAX_CGROUPS) cgroups.clear();
    cgroups.set(text, facts);
  }
  return facts;
}

const MAX_CGROUPS = 64;
const cgroups = new Map<string, CgroupFacts>();

export function readDetails(pid: number, directories: WorkingDirectories): Details {
  const exe = linkOf(pid, 'exe')?.link;
  const statusText = readText(`/proc/${pid}/status`);
  const status = typeof statusText === 'string' ? parseProcStatus(statusText) : { nsPids: [] };
  return {
    directory: directories.of(pid),
    ...(exe === undefined ? {} : { exe }),
    ...(status.uid === undefined ? {} : { uid: status.uid }),
    ...(status.tgid === undefined ? {} : { tgid: status.tgid }),
    ...(status.nsPids.length < 2 ? {} : { nsPids: status.nsPids }),
    cgroup: readCgroup(pid),
  };
}

/** `ancestors`: nearest first. */
export function supervisorFacts(
  pid: number,
  cgroup: CgroupFacts,
  ancestors: Iterable<Ancestor>,
  ownUnit: string | undefined,
): SupervisorFacts | undefined {
  const above: Ancestor[] = [];
  for (const ancestor of ancestors) if (above.push(ancestor) >= MAX_ANCESTORS) break;
  let environment: Map<string, string> | undefined;
  return supervisorOf({
    ancestors: above,
    ...cgroup,
    ...(ownUnit === undefined ? {} : { ownUnit }),
    env: (name: SupervisorVariable) => (environment ??= readEnvironment(pid)).get(name),
  });
}

function readEnvironment(pid: number): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of (sharedText(pid, 'environ', 256 * 1024) ?? '').split('\0')) {
    const equals = entry.indexOf('=');
    const name = entry.slice(0, equals);
    if ((SUPERVISOR_VARIABLES as readonly string[]).includes(name)) found.set(name, entry.slice(equals + 1));
  }
  return found;
}

export interface Parts {
  stat: ProcStat;
  argv: readonly string[];
  startTime: number | undefined;
  details: Details;
  isFrozen: boolean;
  supervisor: SupervisorFacts | undefined;
}

export function factsOf(pid: number, parts: Parts): ProcessFacts {
  const { stat, argv, startTime, details, isFrozen, supervisor } = parts;
  const { uid, tgid, exe, nsPids, directory } = details;
  const user = uid === undefined ? undefined : userName(uid);
  return {
    pid,
    startTicks: stat.startTicks,
    ...(startTime === undefined ? {} : { startTime }),
    ppid: stat.ppid,
    pgid: stat.pgid,
    sid: stat.sid,
    ...(uid === undefined ? {} : { uid }),
    ...(user === undefined ? {} : { user }),
    comm: stat.comm,
    argv,
    ...cwdFacts(directory),
    ...(exe === undefined ? {} : { exe }),
    state: stat.state,
    ...(stat.isKernelThread ? { kernelThread: true as const } : {}),
    ...(nsPids === undefined ? {} : { nsPids }),
    ...(stat.startStack === 0 ? {} : { startStack: stat.startStack }),
    ...(isFrozen ? { frozen: true as const } : {}),
    ...(tgid === undefined ? {} : { tgid }),
    ...(supervisor === undefined ? {} : { supervisor }),
  };
}
