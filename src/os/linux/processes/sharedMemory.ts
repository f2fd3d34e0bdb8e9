/** Memory that a process shares by a file or a System V segment, whose descriptor it may have closed: proc_pid_maps(5). */
import { readBytes } from '../procfs/read';
import { nameOf, type Uses } from './openKinds';

const LIMIT = 8 << 20;

/** `7f0c-7f0d rw-s 00000000 fd:00 131 /srv/bot.db`: shared and writable. */
const LINE = /^\S+ .w.s \S+ (\S+) (\d+) +(.+)$/;

/** Of the kernel's making, for a process and what it forks; what every Java program shows of itself. */
const OF_ALL = /^\/dev\/zero \(deleted\)$|^anon_inode:\[io_uring\]$|\/hsperfdata_[^/]+\/\d+$/;

/** Returns the mappings of the text, by device, inode and name. */
export function parseSharedMemory(text: string): Uses {
  return text.split('\n').flatMap((line): Uses => {
    const [, device = '', inode = '', name] = LINE.exec(line) ?? [];
    return name === undefined || OF_ALL.test(name)
      ? []
      : [[`memory ${device} ${inode} ${name}`, `memory ${nameOf(name)}`]];
  });
}

/** Returns what it shares, and whether that is all of it; undefined where that may not be read. */
export function readSharedMemory(pid: number): { uses: Uses; isCut: boolean } | undefined {
  const bytes = readBytes(`/proc/${pid}/maps`, LIMIT);
  return Buffer.isBuffer(bytes)
    ? { uses: parseSharedMemory(bytes.toString('utf8')), isCut: bytes.length >= LIMIT }
    : undefined;
}
