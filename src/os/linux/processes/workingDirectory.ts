/**
 * Where a process works: the path, and the directory itself. The link `/proc/<pid>/cwd` is read without touching the
 * file system behind it; to follow it is not, and waits without end where a server does not answer. So the mount is
 * looked up first, and directories of such file systems have a path only.
 */
import * as fs from 'node:fs';
import type { FileId, ProcessFacts } from '../../../model/facts';
import { mayNotAnswer, parseMountLine } from '../procfs/mountinfo';
import { readLink, readUtf8 } from '../procfs/read';
import { linkOf } from '../procfs/threads';

export interface WorkingDirectory {
  path: string;
  id?: FileId;
  isDeleted: boolean;
}

/** fs/d_path.c: appended to the path of what has been removed. */
const DELETED = ' (deleted)';

/** How long a list of mounts is believed, ms. */
const FRESH_MS = 1_000;

/** Mount namespaces whose lists are kept. */
const MAX_LISTS = 16;

export interface MountPoint {
  path: string;
  mayHang: boolean;
}

/** Later mounts cover earlier ones of the same place. */
export function parseMountPoints(mountInfo: string): MountPoint[] {
  const points = new Map<string, MountPoint>();
  for (const line of mountInfo.split('\n')) {
    const mount = parseMountLine(line);
    if (mount === undefined) continue;
    points.set(mount.mountPoint, { path: mount.mountPoint, mayHang: mayNotAnswer(mount.fsType) });
  }
  return [...points.values()];
}

/** Returns the innermost mount that the path is on. */
export function mountOf(path: string, points: readonly MountPoint[]): MountPoint | undefined {
  let found: MountPoint | undefined;
  for (const point of points) {
    const isBelow = point.path === '/' || path === point.path || path.startsWith(`${point.path}/`);
    if (isBelow && point.path.length > (found?.path.length ?? -1)) found = point;
  }
  return found;
}

export class WorkingDirectories {
  readonly #lists = new Map<string, { points: readonly MountPoint[]; readAt: number }>();

  /** Does the path lead to where the process works? Also where that cannot be found out without waiting. */
  isAt(pid: number, path: string): boolean {
    const directory = this.of(pid);
    if (directory === undefined || directory.path === path) return true;
    const { folder } = linkOf(pid, 'cwd') ?? {};
    if (directory.id === undefined || folder === undefined) return true;
    const stat = mountOf(path, this.#pointsOf(folder))?.mayHang === false ? statOf(path) : undefined;
    return (
      stat !== undefined && unsigned(stat.dev) === directory.id.dev && unsigned(stat.ino) === directory.id.ino
    );
  }

  /** undefined: it may not be read, or the process has gone. */
  of(pid: number): WorkingDirectory | undefined {
    const shown = linkOf(pid, 'cwd');
    if (shown === undefined) return undefined;
    const { link, folder } = shown;
    const looksDeleted = link.endsWith(DELETED);
    const path = looksDeleted ? link.slice(0, -DELETED.length) : link;
    const mount = mountOf(path, this.#pointsOf(folder));
    const stat = mount?.mayHang === false ? statOf(`${folder}/cwd`) : undefined;
    if (stat === undefined) return { path, isDeleted: looksDeleted };
    // A directory may really be called so.
    const isDeleted = looksDeleted && stat.nlink === 0n;
    const id = { dev: unsigned(stat.dev), ino: unsigned(stat.ino) };
    return { path: isDeleted ? path : link, id, isDeleted };
  }

  /** The path alone, for matching: what has no links left is read fully, all else by the link only. */
  pathOf(pid: number): string | undefined {
    const link = linkOf(pid, 'cwd')?.link;
    return link?.endsWith(DELETED) === true ? this.of(pid)?.path : link;
  }

  #pointsOf(folder: string): readonly MountPoint[] {
    const namespace = readLink(`${folder}/ns/mnt`);
    if (namespace === undefined) return [];
    const known = this.#lists.get(namespace);
    const now = performance.now();
    if (known !== undefined && now - known.readAt < FRESH_MS) return known.points;
    const text = readUtf8(`${folder}/mountinfo`, 16 << 20);
    const points = typeof text === 'string' ? parseMountPoints(text) : [];
    if (this.#lists.size >= MAX_LISTS) this.#lists.clear();
    this.#lists.set(namespace, { points, readAt: now });
    return points;
  }
}

function statOf(path: string): fs.BigIntStats | undefined {
  try {
    return fs.statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/** Inodes above 2^63 come out negative from Node's bigint stat. */
function unsigned(value: bigint): string {
  return BigInt.asUintN(64, value).toString();
}

/** As the facts name it. */
export function cwdFacts(
  directory: WorkingDirectory | undefined,
): Pick<ProcessFacts, 'cwd' | 'cwdId' | 'cwdDeleted'> {
  if (directory === undefined) return {};
  const { path, id, isDeleted } = directory;
  return {
    cwd: path,
    ...(id === undefined ? {} : { cwdId: id }),
    ...(isDeleted ? { cwdDeleted: true as const } : {}),
  };
}
