/** The links of a process's descriptors, and for what each is open. */
import * as fs from 'node:fs';
import { descriptorsOf } from '../ports/socketHolders';
import { readLink } from '../procfs/read';

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

/** Returns them; undefined: it has ended, or they are not ours to read. */
export function linksOf(pid: number): OpenLinks | undefined {
  const found = descriptorsOf(pid);
  if (found === undefined || found === 'hidden') return undefined;
  const { path: folder, names } = found;
  const links = names.slice(0, MAX_DESCRIPTORS).flatMap((name): OpenLink[] => {
    const path = `${folder}/${name}`;
    const link = readLink(path);
    if (link === undefined) return [];
    const mode = modeOf(path);
    return [{ fd: Number(name), link, reads: (mode & 0o400) !== 0, writes: (mode & 0o200) !== 0 }];
  });
  return { folder, links, isCut: names.length > MAX_DESCRIPTORS };
}
