/** What the descriptors of a process lead to, as far as it tells two runs of one program apart. */
import * as fs from 'node:fs';
import type { RunFacts } from '../../../model/processes/runFacts';
import { boundSockets } from '../ports/unixSockets';
import { listeningSockets } from '../ports/listening';
import { descriptorsOf } from '../ports/socketHolders';
import { readLink } from '../procfs/read';

/** Of whoever has more open it is not known what the others are. */
const MAX_DESCRIPTORS = 1024;

/** Where all programs of the machine read: fonts, locales, libraries. What is a device or made by the kernel tells nothing. */
const SHARED = /^\/(?:usr|lib\w*|proc|sys|snap)\/|^\/memfd:|^\/dev\/(?!shm\/|mqueue\/)/;
const DELETED = ' (deleted)';

interface Links {
  folder: string;
  /** By the number of the descriptor. */
  links: ReadonlyMap<number, string>;
  isCut: boolean;
}

/** undefined: gone, or not ours to read. */
function linksOf(pid: number): Links | undefined {
  const found = descriptorsOf(pid);
  if (found === undefined || found === 'hidden') return undefined;
  const { path: folder, names } = found;
  const links = new Map<number, string>();
  for (const name of names.slice(0, MAX_DESCRIPTORS)) {
    const link = readLink(`${folder}/${name}`);
    if (link !== undefined) links.set(Number(name), link);
  }
  return { folder, links, isCut: names.length > MAX_DESCRIPTORS };
}

const isOwnFile = (link: string): boolean =>
  link.startsWith('/') && !SHARED.test(link) && !link.endsWith(DELETED);

function doesListen(pid: number, links: Iterable<string>): boolean {
  const sockets = new Set([...links].flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  if (sockets.size === 0) return false;
  const tcp = listeningSockets(pid);
  if (!('code' in tcp) && tcp.some(({ inode }) => sockets.has(inode))) return true;
  return boundSockets(pid).some(({ inode }) => sockets.has(inode));
}

/** The mode of a descriptor's link says for what it is open (proc_pid_fd(5)). */
function writesTo(folder: string, fd: number): boolean {
  try {
    return (fs.lstatSync(`${folder}/${fd}`).mode & 0o200) !== 0;
  } catch {
    return false; // closed meanwhile
  }
}

/** Does one of these write to the pipe? */
const isFedBy = (pipe: string, pids: Iterable<number>): boolean =>
  [...pids].some((pid) => {
    const { folder = '', links = [] } = linksOf(pid) ?? {};
    return [...links].some(([fd, link]) => link === pipe && writesTo(folder, fd));
  });

/** Returns what it reads from: a file, or what a living process of `writers` writes to it; undefined: nothing of that kind. */
function inputOf(link: string | undefined, writers: Iterable<number>): string | undefined {
  if (link === undefined) return undefined;
  if (link.startsWith('socket:')) return link;
  if (link.startsWith('pipe:')) return isFedBy(link, writers) ? link : undefined;
  return isOwnFile(link) ? link : undefined;
}

/** Reads them; `writers`: who may write to its standard input. Nothing where they may not be read. */
export function readDescriptors(
  pid: number,
  writers: Iterable<number>,
): Pick<RunFacts, 'files' | 'writesTo' | 'readsFrom' | 'input' | 'listens' | 'isCut'> {
  const found = linksOf(pid);
  if (found === undefined) return {};
  const { folder, links, isCut } = found;
  const input = inputOf(links.get(0), writers);
  const pipes = [...links].filter(([, link]) => link.startsWith('pipe:'));
  const [written, read] = [true, false].map(
    (writes) => new Set(pipes.filter(([fd]) => writesTo(folder, fd) === writes).map(([, link]) => link)),
  );
  return {
    files: new Set([...links].filter(([fd, link]) => fd > 2 && isOwnFile(link)).map(([, link]) => link)),
    ...(written === undefined || written.size === 0 ? {} : { writesTo: written }),
    ...(read === undefined || read.size === 0 ? {} : { readsFrom: read }),
    ...(isCut ? { isCut } : {}),
    ...(input === undefined ? {} : { input }),
    ...(doesListen(pid, links.values()) ? { listens: true } : {}),
  };
}
