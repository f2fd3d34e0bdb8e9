/**
 * Which processes have a socket open: `/proc/<pid>/fd/<n>` links to `socket:[inode]`. Reading such a link touches
 * nothing and holds nothing up (proc_pid_fd(5)). Descriptor tables that a single thread has for itself are not read.
 */
import * as fs from 'node:fs';
import { codeOf } from '../../../common/errors';
import { readStat } from '../processes/processDetails';
import { isGone, readLink } from '../procfs/read';
import { livingThreadOf } from '../procfs/threads';
import type { Steps } from '../../../common/steps';

export interface SocketHolder {
  pid: number;
  /** The descriptor's link, to be read again. */
  link: string;
  inode: string;
}

export interface SocketHolders {
  holders: readonly SocketHolder[];
  /** How many processes do not show their descriptors: other users', or protected. */
  hidden: number;
}

/** Descriptors read between two yields. */
const STEP = 64;

/** Reads every process that may be inspected, one holder for each process and socket. */
export function* holdersOfSockets(inodes: ReadonlySet<string>): Steps<SocketHolders> {
  const holders: SocketHolder[] = [];
  let hidden = 0;
  for (const name of fs.readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const folder = descriptorsOf(pid);
    if (folder === undefined) continue;
    yield;
    if (folder === 'hidden') {
      if (!isKernelThread(pid)) hidden += 1;
      continue;
    }
    for (const [inode, link] of yield* socketsIn(folder)) {
      if (inodes.has(inode)) holders.push({ pid, link, inode });
    }
  }
  return { holders, hidden };
}

/** Returns the inodes of a process's sockets; none where its descriptors may not be listed. */
export function* socketsOf(pid: number): Steps<ReadonlySet<string>> {
  const folder = descriptorsOf(pid);
  return new Set(folder === undefined || folder === 'hidden' ? [] : (yield* socketsIn(folder)).keys());
}

/** True while the descriptor still leads to that socket. */
export const holdsSocket = ({ link, inode }: SocketHolder): boolean => inodeOf(link) === inode;

export interface Descriptors {
  path: string;
  names: readonly string[];
}

/** Returns the names of its descriptors and where they lie; undefined: it has ended, or has none. */
export function descriptorsOf(pid: number): Descriptors | 'hidden' | undefined {
  const own = listed(`/proc/${pid}/fd`);
  if (own === 'hidden' || (own !== undefined && own.names.length > 0)) return own;
  // Where the first thread has ended, the others keep the descriptors.
  const thread = own === undefined ? undefined : livingThreadOf(pid);
  return thread && listed(`/proc/${pid}/task/${thread.tid}/fd`);
}

function listed(path: string): Descriptors | 'hidden' | undefined {
  try {
    return { path, names: fs.readdirSync(path) };
  } catch (error) {
    return isGone(codeOf(error)) ? undefined : 'hidden';
  }
}

/** To an ordinary user these hide their descriptors too, of which they have none. */
function isKernelThread(pid: number): boolean {
  const stat = readStat(pid);
  return typeof stat !== 'string' && stat.isKernelThread;
}

/** The first link to each socket, by its inode. */
function* socketsIn({ path, names }: Descriptors): Steps<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [index, name] of names.entries()) {
    if (index % STEP === STEP - 1) yield;
    const link = `${path}/${name}`;
    const inode = inodeOf(link);
    if (inode !== undefined && !found.has(inode)) found.set(inode, link);
  }
  return found;
}

function inodeOf(link: string): string | undefined {
  return /^socket:\[(\d+)\]$/.exec(readLink(link) ?? '')?.[1];
}
