/**
 * One generation of a record on disk: the exact inode, size, time and bytes that were judged. Anything else under the
 * same name is another generation and not ours to touch.
 */
import * as fs from 'node:fs';
import { failureOf, hasCode } from '../common/errors';
import { openRegularHere } from './openHere';

export interface RecordGeneration {
  kind: 'file' | 'symlink' | 'directory';
  dev: bigint;
  ino: bigint;
  size: bigint;
  /** ns since the epoch. */
  mtimeNs: bigint;
  /** When it was made, in ns since the epoch; 0 where its file system does not say. No writer changes it. */
  born: bigint;
  mode: number;
  uid: number;
  gid: number;
  /** How many names it has. */
  nlink: number;
  /** Bytes of a file, target of a symlink, nothing for a directory (which has to be empty). */
  content: Buffer;
}

export type GenerationProblem =
  | { problem: 'absent' }
  /** FIFO, socket, device. */
  | { problem: 'special' }
  | { problem: 'notEmpty' }
  | { problem: 'tooLarge' }
  | { problem: 'failed'; code: string; syscall: string };

/** A pid record is a line or a small JSON object; what is larger is something else. */
const CONTENT_LIMIT = 64 * 1024;

export function isProblem(read: object): read is GenerationProblem {
  return 'problem' in read;
}

/** Reads what is under this name now, without following a symlink and without opening anything but a regular file. */
export function readGeneration(path: string, limit = CONTENT_LIMIT): RecordGeneration | GenerationProblem {
  try {
    const stat = fs.lstatSync(path, { bigint: true });
    if (stat.isSymbolicLink()) {
      return generation('symlink', stat, Buffer.from(fs.readlinkSync(path, 'buffer')));
    }
    if (stat.isDirectory()) {
      return fs.readdirSync(path).length === 0
        ? generation('directory', stat, Buffer.alloc(0))
        : { problem: 'notEmpty' };
    }
    return stat.isFile() ? readFile(path, limit) : { problem: 'special' };
  } catch (error) {
    return problemOf(error);
  }
}

export function problemOf(error: unknown): GenerationProblem {
  const { code, syscall } = failureOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR'
    ? { problem: 'absent' }
    : { problem: 'failed', code, syscall };
}

/** Same inode, size, time and bytes. The mode may change: it says nothing about who wrote the record. */
export function sameGeneration(a: RecordGeneration, b: RecordGeneration): boolean {
  return sameFile(a, b) && a.content.equals(b.content);
}

/** The part of `sameGeneration` that one stat can tell. */
export function sameFile(a: RecordGeneration, b: Omit<RecordGeneration, 'content'>): boolean {
  return (
    a.kind === b.kind && a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs
  );
}

/** stat only, for the check right before the name is changed. */
export function statGeneration(path: string): Omit<RecordGeneration, 'content'> | GenerationProblem {
  try {
    const stat = fs.lstatSync(path, { bigint: true });
    const kind = stat.isSymbolicLink() ? 'symlink' : stat.isDirectory() ? 'directory' : 'file';
    return stat.isFile() || kind !== 'file' ? described(kind, stat) : { problem: 'special' };
  } catch (error) {
    return problemOf(error);
  }
}

function described(kind: RecordGeneration['kind'], stat: fs.BigIntStats): Omit<RecordGeneration, 'content'> {
  const { dev, ino, size, mtimeNs, birthtimeNs: born } = stat;
  const mode = Number(stat.mode & 0o7777n);
  const [uid, gid, nlink] = [Number(stat.uid), Number(stat.gid), Number(stat.nlink)];
  return { kind, dev, ino, size, mtimeNs, born, mode, uid, gid, nlink };
}

function generation(kind: RecordGeneration['kind'], stat: fs.BigIntStats, content: Buffer): RecordGeneration {
  return { ...described(kind, stat), content };
}

/** The name may have become something else since lstat. */
function readFile(path: string, limit: number): RecordGeneration | GenerationProblem {
  try {
    return readOpen(openRegularHere(path, { follow: false }), limit);
  } catch (error) {
    if (hasCode(error, 'ENOTFILE')) {
      return { problem: 'special' };
    }
    throw error;
  }
}

function readOpen(fd: number, limit: number): RecordGeneration | GenerationProblem {
  try {
    const stat = fs.fstatSync(fd, { bigint: true });
    if (!stat.isFile()) {
      return { problem: 'special' };
    }
    // /proc/kmsg passes for a file of no bytes: what it claims is only believed where it is large.
    const claimed = Math.min(Number(stat.size), limit);
    const buffer = Buffer.alloc(Math.max(claimed, Math.min(limit, CONTENT_LIMIT)) + 1);
    const length = fs.readSync(fd, buffer, 0, buffer.length, 0);
    return length === buffer.length
      ? { problem: 'tooLarge' }
      : generation('file', stat, Buffer.from(buffer.subarray(0, length)));
  } finally {
    fs.closeSync(fd);
  }
}
