/** What is looked for: a file or a folder by its place inside its own file system, which every mount of it shows. */
import * as fs from 'node:fs';
import { isAtOrBelow } from '../../../model/mounts';
import { fileKeyOf, MountTable } from '../locks/fileKey';
import type { Mount } from '../procfs/mountinfo';

export interface Target {
  /** As it is called here, without symbolic links. */
  path: string;
  /** Of the superblock, as mountinfo has it. */
  dev: string;
  /** From the root of its file system. */
  inside: string;
  isFolder: boolean;
  /** Decimal; absent where the file must not be touched. */
  ino?: string;
  /** It has several hard links: other names lead to it as well. */
  isLinked?: boolean;
}

const join = (folder: string, rest: string): string => (folder === '/' ? rest || '/' : `${folder}${rest}`);

/** What follows the folder in a path at or below it: empty, or beginning with a slash. */
const restOf = (path: string, folder: string): string => (folder === '/' ? path : path.slice(folder.length));

/** Returns where in its file system a path of a mount is. */
export const insideOf = (path: string, { root, mountPoint }: Mount): string => {
  const inside = join(root, restOf(path, mountPoint));
  return inside.length > 1 && inside.endsWith('/') ? inside.slice(0, -1) : inside;
};

/** undefined: there is no such file or folder, or it cannot be inspected. */
export function targetOf(path: string): Target | undefined {
  const key = fileKeyOf(path, new MountTable());
  if (key?.mount === undefined) return undefined;
  let stat: fs.BigIntStats;
  try {
    stat = fs.statSync(key.canonical, { bigint: true });
  } catch {
    return undefined;
  }
  const isFolder = stat.isDirectory();
  return {
    path: key.canonical,
    dev: key.dev,
    inside: insideOf(key.canonical, key.mount),
    isFolder,
    ino: key.ino,
    ...(stat.nlink > 1n && !isFolder ? { isLinked: true } : {}),
  };
}

/** One mount namespace: by which names its processes see the target. */
export class View {
  readonly #target: Target;
  readonly #mounts: ReadonlyMap<number, Mount>;
  readonly #names: readonly string[];

  constructor(target: Target, mounts: ReadonlyMap<number, Mount>) {
    this.#target = target;
    this.#mounts = mounts;
    this.#names = [...new Set([...mounts.values()].flatMap((mount) => nameIn(mount, target)))];
  }

  /** By its text alone: may this path lead to the target, or below it? */
  mayBe(path: string): boolean {
    return this.#names.some((name) => (this.#target.isFolder ? isAtOrBelow(path, name) : path === name));
  }

  /** Returns what is used, as it is called here; undefined: something else. `mount`: of the descriptor. */
  find(path: string, mountId?: number): string | undefined {
    const mount = mountId === undefined ? this.#mountAt(path) : this.#mounts.get(mountId);
    if (mount?.dev !== this.#target.dev || !isAtOrBelow(path, mount.mountPoint)) return undefined;
    const { inside, isFolder } = this.#target;
    const found = insideOf(path, mount);
    if (found === inside) return this.#target.path;
    if (!isFolder || !isAtOrBelow(found, inside)) return undefined;
    return join(this.#target.path, restOf(found, inside));
  }

  /** Is this descriptor's mount one of the target's file system? */
  isOnDevice(mountId: number): boolean {
    return this.#mounts.get(mountId)?.dev === this.#target.dev;
  }

  /** Of several mounts at one point the last hides the others. */
  #mountAt(path: string): Mount | undefined {
    let deepest: Mount | undefined;
    for (const mount of this.#mounts.values()) {
      if (
        isAtOrBelow(path, mount.mountPoint) &&
        mount.mountPoint.length >= (deepest?.mountPoint.length ?? 0)
      ) {
        deepest = mount;
      }
    }
    return deepest;
  }
}

/** By which name a mount shows the target, or the part of it that is mounted. */
function nameIn(mount: Mount, { dev, inside, isFolder }: Target): string[] {
  if (mount.dev !== dev) return [];
  if (isAtOrBelow(inside, mount.root)) return [join(mount.mountPoint, restOf(inside, mount.root))];
  return isFolder && isAtOrBelow(mount.root, inside) ? [mount.mountPoint] : [];
}
