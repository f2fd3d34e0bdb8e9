/** `/proc/<pid>/fdinfo/<fd>`: position, flags, mount, inode and the locks of one open file description; proc(5). */
import { parseLockText, type LockLine } from './lockLine';

export interface FdInfo {
  mntId?: number;
  /** Decimal; since Linux 5.14. */
  ino?: string;
}

export function parseFdInfo(text: string): FdInfo {
  const info: FdInfo = {};
  for (const line of text.split('\n')) {
    if (line.startsWith('mnt_id:')) {
      const id = Number(line.slice(7));
      if (Number.isInteger(id)) info.mntId = id;
    } else if (line.startsWith('ino:')) {
      const ino = line.slice(4).trim();
      if (/^\d+$/.test(ino)) info.ino = ino;
    }
  }
  return info;
}

const LOCK = 'lock:';

/** Returns its locks alone: a descriptor has a few lines before them, and nearly always one of them. */
export function parseFdLocks(text: string): LockLine[] {
  const locks: LockLine[] = [];
  for (let at = text.indexOf(LOCK); at >= 0; at = text.indexOf(LOCK, at + LOCK.length)) {
    if (at > 0 && text[at - 1] !== '\n') continue;
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    // `lock:\t1: FLOCK …`
    const colon = text.indexOf(':', at + LOCK.length);
    const lock = colon < 0 || colon > end ? undefined : parseLockText(text.slice(colon + 1, end).trimStart());
    if (lock !== undefined) locks.push(lock);
  }
  return locks;
}
