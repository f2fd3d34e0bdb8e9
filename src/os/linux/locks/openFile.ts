/** The file behind a descriptor of any process: what it is called, and whether that name still leads to it. */
import * as fs from 'node:fs';
import { touching } from '../../heartbeat';
import { livingThreadOf } from '../procfs/threads';
import { readLink } from '../procfs/read';

export interface OpenFile {
  /** As the descriptor links to it, without the ` (deleted)` that the kernel puts behind it. */
  path: string;
  /** Its name leads no longer to the inode, which may have other names (hard links). */
  isDeleted: boolean;
  /** `dev:ino` by stat, decimal. */
  statKey: string;
  size: number;
}

export const DELETED = ' (deleted)';

/** undefined when it is closed, or may not be inspected. */
export function openFileOf(pid: number, fd: number, tid?: number): OpenFile | undefined {
  const found = fileBehind(pid, tid === undefined ? `/proc/${pid}` : `/proc/${pid}/task/${tid}`, fd);
  if (found !== undefined || tid !== undefined) return found;
  const thread = livingThreadOf(pid);
  return thread === undefined ? undefined : fileBehind(pid, `/proc/${pid}/task/${thread.tid}`, fd);
}

/** Empty when they may not be listed, or the process is gone. */
export function fdsOf(pid: number): number[] {
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).map(Number);
  } catch {
    return [];
  }
}

function fileBehind(pid: number, folder: string, fd: number): OpenFile | undefined {
  const descriptor = `${folder}/fd/${fd}`;
  const link = readLink(descriptor);
  if (link === undefined) return undefined;
  touching(link);
  try {
    const stat = fs.statSync(descriptor, { bigint: true });
    const isDeleted = link.endsWith(DELETED) && (stat.nlink === 0n || !isNameOf(link, pid, stat));
    return {
      path: isDeleted ? link.slice(0, -DELETED.length) : link,
      isDeleted: isDeleted || stat.nlink === 0n,
      statKey: `${BigInt.asUintN(64, stat.dev)}:${BigInt.asUintN(64, stat.ino)}`,
      size: Number(stat.size),
    };
  } catch {
    return undefined;
  }
}

/**
 * A file may really be called "x (deleted)". Then that name leads to the inode, from here or from the process's own
 * root (a container's).
 */
function isNameOf(link: string, pid: number, file: fs.BigIntStats): boolean {
  return [link, `/proc/${pid}/root${link}`].some((path) => {
    try {
      const named = fs.statSync(path, { bigint: true });
      return named.dev === file.dev && named.ino === file.ino;
    } catch {
      return false;
    }
  });
}
