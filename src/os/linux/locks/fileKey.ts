/**
 * The lock table's name for a file. stat gives another device number than the table on overlayfs over several file
 * systems and on every btrfs subvolume; the mount of an O_PATH descriptor leads to the superblock's own number.
 */
import * as fs from 'node:fs';
import type { FileFacts } from '../../../model/facts';
import { closeQuietly } from '../../close';
import { touching } from '../../heartbeat';
import { parseFdInfo } from '../procfs/fdinfo';
import { parseMountInfo, type Mount } from '../procfs/mountinfo';
import { readLink, readText } from '../procfs/read';
import { O_PATH } from '../regularFile';

export interface FileKey {
  /** `dev:ino` as the lock table prints them, decimal. */
  key: string;
  dev: string;
  ino: string;
  /** `dev:ino` as stat gives them. */
  statKey: string;
  /** Without symbolic links, as `/proc/<pid>/fd` links to it. */
  canonical: string;
  /** Several files can have this key (btrfs: the same inode number in several subvolumes): compare stat as well. */
  isAmbiguous: boolean;
  /** undefined: mountinfo does not know it. */
  mount: Mount | undefined;
}

/** What is known of a path: its own key, or its folder's where it does not exist. */
export interface Place {
  key: FileKey | undefined;
  folder: FileKey | undefined;
}

export class MountTable {
  #mounts = new Map<number, Mount>();
  #isFresh = false;
  readonly #read: () => string | undefined;
  /** For a path that must not be touched from here: what is known of it. */
  readonly apart: (path: string) => Place | undefined;

  constructor(
    read: () => string | undefined = readMountInfo,
    apart: (path: string) => Place | undefined = () => undefined,
  ) {
    this.#read = read;
    this.apart = apart;
  }

  /** Mount ids are reused after umount: what was read in an earlier tick is not believed. */
  newTick(): void {
    this.#isFresh = false;
  }

  get(id: number): Mount | undefined {
    if (!this.#isFresh) {
      const text = this.#read();
      if (text !== undefined) this.#mounts = parseMountInfo(text);
      this.#isFresh = true;
    }
    return this.#mounts.get(id);
  }
}

function readMountInfo(): string | undefined {
  const text = readText('/proc/self/mountinfo', 16 << 20);
  return typeof text === 'string' ? text : undefined;
}

/** Inodes above 2^63 come out negative from Node's bigint stat. */
function unsigned(value: bigint): string {
  return BigInt.asUintN(64, value).toString();
}

/** undefined: there is no such file (now), or it cannot be inspected. Opens nothing. */
export function fileKeyOf(path: string, mounts: MountTable): FileKey | undefined {
  const known = mounts.apart(path);
  if (known !== undefined) return known.key;
  let fd: number | undefined;
  touching(path);
  try {
    fd = fs.openSync(path, O_PATH);
    const stat = fs.fstatSync(fd, { bigint: true });
    const statDev = unsigned(stat.dev);
    const statIno = unsigned(stat.ino);
    const text = readText(`/proc/self/fdinfo/${fd}`);
    const info = typeof text === 'string' ? parseFdInfo(text) : {};
    const mount = info.mntId === undefined ? undefined : mounts.get(info.mntId);
    const dev = mount?.dev ?? statDev;
    // Since 5.14 fdinfo has the inode number that the lock table prints; before, stat's is the best there is.
    const ino = info.ino ?? statIno;
    return {
      key: `${dev}:${ino}`,
      dev,
      ino,
      statKey: `${statDev}:${statIno}`,
      canonical: readLink(`/proc/self/fd/${fd}`) ?? path,
      isAmbiguous: mount?.fsType === 'btrfs' || mount?.fsType === 'bcachefs',
      mount,
    };
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeQuietly(fd);
  }
}

/** Where a path that does not exist would be: its folder's canonical path, and the folder's device. */
export function absentFileOf(
  path: string,
  mounts: MountTable,
): Pick<FileKey, 'canonical' | 'dev' | 'mount'> | undefined {
  const slash = path.lastIndexOf('/');
  const known = mounts.apart(path);
  const folder = known === undefined ? fileKeyOf(folderOf(path), mounts) : known.folder;
  if (folder === undefined) return undefined;
  const { canonical, dev, mount } = folder;
  return { canonical: `${canonical === '/' ? '' : canonical}/${path.slice(slash + 1)}`, dev, mount };
}

/** Returns what the lock reader of another process wants to know of a path. */
export function placeOf(path: string, { status }: FileFacts, mounts: MountTable): Place {
  const key = status === 'absent' ? undefined : fileKeyOf(path, mounts);
  return { key, folder: key === undefined ? fileKeyOf(folderOf(path), mounts) : undefined };
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
