/** The links of a process's descriptors, and for what each is open. */
import * as fs from 'node:fs';
import { codeOf } from '../../../common/errors';
import { descriptorsOf } from '../ports/socketHolders';
import { isGone } from '../procfs/read';

/** Of whoever has more open it is not known what the others are. */
const MAX_DESCRIPTORS = 1024;

export interface OpenLink {
  fd: number;
  link: string;
  reads: boolean;
  writes: boolean;
}

export interface OpenLinks {
  folder: string;
  links: readonly OpenLink[];
  isCut: boolean;
}

/** The mode of a descriptor's link says for what it is open (proc_pid_fd(5)); 0: closed meanwhile. */
function modeOf(path: string): number {
  try {
    return fs.lstatSync(path).mode;
  } catch {
    return 0;
  }
}

/** A process with more privileges than ours may show the numbers of its descriptors, and not where they lead. */
function readLinks(folder: string, names: readonly string[]): OpenLink[] | undefined {
  const links: OpenLink[] = [];
  for (const name of names) {
    const path = `${folder}/${name}`;
    try {
      const link = fs.readlinkSync(path);
      const mode = modeOf(path);
      links.push({ fd: Number(name), link, reads: (mode & 0o400) !== 0, writes: (mode & 0o200) !== 0 });
    } catch (error) {
      if (!isGone(codeOf(error))) return undefined;
    }
  }
  return links;
}

/** Returns them; undefined: it has ended, or they are not ours to read. */
export function linksOf(pid: number): OpenLinks | undefined {
  const found = descriptorsOf(pid);
  if (found === undefined || found === 'hidden') return undefined;
  const { path: folder, names } = found;
  const links = readLinks(folder, names.slice(0, MAX_DESCRIPTORS));
  return links && { folder, links, isCut: names.length > MAX_DESCRIPTORS };
}

/** Those of processes that several runs are below, read once for all of them until they are forgotten. */
export class LinkLists {
  readonly #byPid = new Map<number, OpenLinks | undefined>();

  of(pid: number): OpenLinks | undefined {
    if (!this.#byPid.has(pid)) this.#byPid.set(pid, linksOf(pid));
    return this.#byPid.get(pid);
  }

  forget(): void {
    this.#byPid.clear();
  }
}
