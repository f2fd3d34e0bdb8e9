/** Which folder a record was taken from, whatever its path leads to later. */
import * as fs from 'node:fs';
import type { Folder } from './guards';

export interface TakenFrom {
  /** Without symbolic links, as it was then. */
  path: string;
  dev: bigint;
  ino: bigint;
  /** When it was made, in ns since the epoch: another folder may have its inode number by now. 0: not known. */
  born: bigint;
}

const statOf = ({ fd, self }: Folder): fs.BigIntStats =>
  fd === undefined ? fs.statSync(self, { bigint: true }) : fs.fstatSync(fd, { bigint: true });

/** Returns which folder this is; undefined: that cannot be found out. */
export function takenFrom(folder: Folder): TakenFrom | undefined {
  try {
    const { dev, ino, birthtimeNs: born } = statOf(folder);
    return { path: fs.realpathSync.native(folder.self), dev, ino, born };
  } catch {
    return undefined;
  }
}

/** Reports whether it is that folder. */
export function isSameFolder(folder: Folder, { dev, ino, born }: TakenFrom): boolean {
  const now = statOf(folder);
  return now.dev === dev && now.ino === ino && now.birthtimeNs === born;
}
