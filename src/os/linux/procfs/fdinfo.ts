/** `/proc/<pid>/fdinfo/<fd>`: position, flags, mount, inode and the locks of one open file description; proc(5). */
import { parseLockText, type LockLine } from './lockLine';

export interface FdInfo {
  mntId?: number;
  /** Decimal; since Linux 5.14. */
  ino?: string;
  locks: readonly LockLine[];
}

export function parseFdInfo(text: string): FdInfo {
  const info: { mntId?: number; ino?: string; locks: LockLine[] } = { locks: [] };
  for (const line of text.split('\n')) {
    if (line.startsWith('lock:')) {
      // `lock:\t1: FLOCK …`
      const colon = line.indexOf(':', 5);
      const lock = colon < 0 ? undefined : parseLockText(line.slice(colon + 1).trimStart());
      if (lock !== undefined) info.locks.push(lock);
    } else if (line.startsWith('mnt_id:')) {
      const id = Number(line.slice(7));
      if (Number.isInteger(id)) info.mntId = id;
    } else if (line.startsWith('ino:')) {
      const ino = line.slice(4).trim();
      if (/^\d+$/.test(ino)) info.ino = ino;
    }
  }
  return info;
}
