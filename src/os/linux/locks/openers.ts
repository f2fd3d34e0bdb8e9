/**
 * Who has a file open, by `/proc/<pid>/fdinfo`: the kernel tells inode and mount of every descriptor there without
 * touching the file system behind it, which stat(2) through `/proc/<pid>/fd` does. So every descriptor of the machine can
 * be checked, and a mount whose server does not answer blocks nothing (proc_pid_fdinfo(5)).
 */
import * as fs from 'node:fs';
import { basename } from 'node:path';
import { codeOf } from '../../../common/errors';
import type { Opener, OpenersScan } from '../../removal/guards';
import { parseFdInfo, type FdInfo } from '../procfs/fdinfo';
import { fileKeyOf, MountTable, type FileKey } from './fileKey';
import { hidesProcesses } from './lockReader';
import { parseMountInfo, type Mount } from '../procfs/mountinfo';
import { readLink, readText } from '../procfs/read';
import { livingThreadOf } from '../procfs/threads';

export interface OpenersOptions {
  /** Other names that the file has or had. */
  names?: readonly string[];
  /** Where proc is mounted. */
  procfs?: string;
}

/**
 * Looks at every descriptor that this user may see for the file that `path` names, which must be on a file system that
 * answers. Throws when it cannot be inspected.
 */
export function findOpeners(path: string, options: OpenersOptions = {}): OpenersScan {
  const file = fileKeyOf(path, new MountTable());
  if (file === undefined) {
    throw Object.assign(new Error(`${path} cannot be inspected`), { code: 'ENOENT', syscall: 'open' });
  }
  return new Scan(file, [basename(path), ...(options.names ?? [])], options.procfs ?? '/proc').run();
}

/** Codes of a process that may not be inspected; EPERM with hidepid=1. */
const DENIED = new Set(['EACCES', 'EPERM']);

class Scan {
  readonly #openers: Opener[] = [];
  #hidden = 0;
  /** Mounts as processes see them, by mount id; read when a descriptor needs it. */
  readonly #mounts = new Map<number, Mount>();
  #mountsOf = '';
  readonly #file: FileKey;
  readonly #names: readonly string[];
  readonly #procfs: string;

  constructor(file: FileKey, names: readonly string[], procfs: string) {
    this.#file = file;
    this.#names = names;
    this.#procfs = procfs;
  }

  run(): OpenersScan {
    const mountinfo = readText(`${this.#procfs}/self/mountinfo`, 16 << 20);
    if (typeof mountinfo === 'string') {
      if (hidesProcesses(mountinfo)) this.#hidden += 1;
      this.#learnMounts(mountinfo);
    }
    for (const name of fs.readdirSync(this.#procfs)) {
      const pid = Number(name);
      if (Number.isInteger(pid)) this.#lookAt(pid);
    }
    return { openers: this.#openers, hidden: this.#hidden };
  }

  #lookAt(pid: number): void {
    let folder = `${this.#procfs}/${pid}`;
    let descriptors = this.#descriptorsOf(folder);
    if (descriptors?.length === 0) {
      // Where the first thread has ended, the others keep the descriptors.
      const thread = livingThreadOf(pid);
      if (thread === undefined) return;
      folder = `${folder}/task/${thread.tid}`;
      descriptors = this.#descriptorsOf(folder);
    }
    for (const fd of descriptors ?? []) {
      const text = readText(`${folder}/fdinfo/${fd}`);
      if (typeof text === 'string') {
        if (this.#isOfFile(folder, fd, parseFdInfo(text))) this.#openers.push({ pid, fd: Number(fd) });
      } else if (DENIED.has(text.code)) {
        this.#hidden += 1;
        return;
      }
      // Otherwise it has been closed meanwhile.
    }
  }

  /** undefined: it may not be inspected, or has ended. */
  #descriptorsOf(folder: string): readonly string[] | undefined {
    try {
      return fs.readdirSync(`${folder}/fdinfo`);
    } catch (error) {
      if (DENIED.has(codeOf(error))) this.#hidden += 1;
      return undefined;
    }
  }

  /** Without `ino`, before Linux 5.14, the mount alone says whether the file system may be asked. */
  #isOfFile(folder: string, fd: string, { ino, mntId }: FdInfo): boolean {
    if (ino !== undefined && ino !== this.#file.ino) return false;
    const descriptor = `${folder}/fd/${fd}`;
    const mount = mntId === undefined ? undefined : this.#mountOf(folder, mntId);
    if (mount !== undefined && mount.dev === this.#file.dev) return this.#isSameByStat(descriptor);
    // An overlay shows the same file with a device of its own; a mount that is no longer attached, or is the kernel's
    // own, has no device to be seen. The name says enough: one opener too many only keeps a record.
    return mount === undefined || mount.fsType === 'overlay' ? this.#hasName(descriptor) : false;
  }

  /** Asks the record's own file system, which has just answered. */
  #isSameByStat(descriptor: string): boolean {
    try {
      const { dev, ino } = fs.statSync(descriptor, { bigint: true });
      return `${BigInt.asUintN(64, dev)}:${BigInt.asUintN(64, ino)}` === this.#file.statKey;
    } catch {
      return false; // closed meanwhile
    }
  }

  /** readlink(2) there is answered from the kernel's memory. */
  #hasName(descriptor: string): boolean {
    const link = readLink(descriptor);
    return link !== undefined && this.#names.includes(basename(link));
  }

  #mountOf(folder: string, id: number): Mount | undefined {
    if (!this.#mounts.has(id) && this.#mountsOf !== folder) {
      // Of a process in a mount namespace of its own; ids are unique across namespaces.
      this.#mountsOf = folder;
      const text = readText(`${folder}/mountinfo`, 16 << 20);
      if (typeof text === 'string') this.#learnMounts(text);
    }
    return this.#mounts.get(id);
  }

  #learnMounts(mountinfo: string): void {
    for (const [id, mount] of parseMountInfo(mountinfo)) this.#mounts.set(id, mount);
  }
}

/**
 * Does the kernel list any lock on this inode number? The device is left out on purpose: it differs from stat's on
 * overlay and btrfs, and one lock too many only keeps a record. Read twice, since a read of the table can be torn.
 */
export function isInodeLocked(ino: bigint, procfs = '/proc'): boolean {
  const mark = `:${BigInt.asUintN(64, ino)} `;
  const listed = (): boolean => {
    try {
      return fs.readFileSync(`${procfs}/locks`, 'latin1').includes(mark);
    } catch {
      return false;
    }
  };
  return listed() || listed();
}
