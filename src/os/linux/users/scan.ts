/**
 * Looks through all processes for users of a target: open descriptors, working and root directory, program, mappings.
 * The links of /proc are answered from the kernel's memory, so that no file system but the target's own is touched.
 */
import * as fs from 'node:fs';
import type { PathUse } from '../../users';
import { codeOf } from '../../../common/errors';
import { parseFdInfo } from '../procfs/fdinfo';
import { parseMountInfo } from '../procfs/mountinfo';
import { readBytes, readLink, readText, readUtf8 } from '../procfs/read';
import { livingThreadOf } from '../procfs/threads';
import { readStat } from '../processes/processDetails';
import type { Steps } from '../../../common/steps';
import { DELETED } from '../locks/openFile';
import { View, type Target } from './target';

export interface FoundUser {
  pid: number;
  startTicks: number;
  uses: readonly PathUse[];
}

/** What a scan has seen so far. */
export interface Seen {
  users: FoundUser[];
  /** Processes inspected, of all. */
  done: number;
  all: number;
  /** Processes whose descriptors may not be read. */
  hidden: number;
}

const DENIED = new Set(['EACCES', 'EPERM']);
/** Descriptors between two yields. */
const STEP = 64;
/** Bytes that are read of one list of mappings: some 40,000 lines. */
const MAPS_LIMIT = 4 << 20;
const LINKS = [
  ['cwd', 'directory'],
  ['root', 'root'],
  ['exe', 'program'],
] as const;

/** Adds to `seen` while it goes; may be left at any step. */
export function* scanFor(target: Target, seen: Seen): Steps<void> {
  const scan = new Scan(target, seen);
  const pids = fs
    .readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid));
  seen.all = pids.length;
  for (const pid of pids) {
    yield* scan.lookAt(pid);
    seen.done += 1;
    yield;
  }
}

class Scan {
  readonly #target: Target;
  readonly #seen: Seen;
  /** By the link that names the mount namespace. */
  readonly #views = new Map<string, View | undefined>();

  constructor(target: Target, seen: Seen) {
    this.#target = target;
    this.#seen = seen;
  }

  *lookAt(pid: number): Steps<void> {
    const stat = readStat(pid);
    // A zombie has nothing open any more.
    if (typeof stat === 'string' || stat.isKernelThread || stat.state === 'Z' || stat.state === 'X') return;
    const view = this.#viewOf(pid);
    if (view === undefined) {
      // Its namespace may not be read, and so nothing of it may.
      if (fs.existsSync(`/proc/${pid}`)) this.#seen.hidden += 1;
      return;
    }
    const uses: PathUse[] = [];
    for (const [name, kind] of LINKS) {
      const link = readLink(`/proc/${pid}/${name}`);
      // A root directory of `/` is everybody's.
      if (link === undefined || (name === 'root' && link === '/')) continue;
      const path = this.#pathOf(view, link);
      if (path !== undefined) uses.push({ kind, path });
    }
    yield* this.#descriptors(pid, view, uses);
    yield;
    this.#mappings(pid, view, uses);
    if (uses.length > 0) this.#seen.users.push({ pid, startTicks: stat.startTicks, uses });
  }

  *#descriptors(pid: number, view: View, uses: PathUse[]): Steps<void> {
    let folder = `/proc/${pid}`;
    let names = this.#namesIn(folder);
    if (names?.length === 0) {
      // Where the first thread has ended, the others keep the descriptors.
      const thread = livingThreadOf(pid);
      if (thread === undefined) return;
      folder = `/proc/${pid}/task/${thread.tid}`;
      names = this.#namesIn(folder);
    }
    let count = 0;
    for (const fd of names ?? []) {
      if (++count % STEP === 0) yield;
      const link = readLink(`${folder}/fd/${fd}`);
      if (link?.startsWith('/') !== true) continue;
      if (!view.mayBe(link) && !view.mayBe(withoutDeleted(link)) && this.#target.isLinked !== true) continue;
      const path = this.#pathOfDescriptor(view, folder, fd, link);
      if (path !== undefined) uses.push({ kind: 'open', path });
    }
  }

  /** undefined: they may not be listed, or it has ended. */
  #namesIn(folder: string): string[] | undefined {
    try {
      return fs.readdirSync(`${folder}/fd`);
    } catch (error) {
      if (DENIED.has(codeOf(error))) this.#seen.hidden += 1;
      return undefined;
    }
  }

  /** The descriptor's own inode and mount decide; its link is a name that another file may have by now. */
  #pathOfDescriptor(view: View, folder: string, fd: string, link: string): string | undefined {
    const text = readText(`${folder}/fdinfo/${fd}`);
    if (typeof text !== 'string') return undefined; // closed meanwhile
    const { ino, mntId } = parseFdInfo(text);
    const { isFolder, isLinked, path, ino: wanted } = this.#target;
    if (isFolder) return mntId === undefined ? undefined : this.#pathOf(view, link, mntId);
    if (ino !== undefined && wanted !== undefined && ino !== wanted) return undefined;
    const found = this.#pathOf(view, link, mntId);
    if (found !== undefined) return found;
    const isOtherName = isLinked === true && ino === wanted && mntId !== undefined && view.isOnDevice(mntId);
    return isOtherName ? path : undefined;
  }

  /** What was deleted below a folder keeps the name that it had there; a file that was deleted is another one now. */
  #pathOf(view: View, link: string, mountId?: number): string | undefined {
    const found = view.mayBe(link) ? view.find(link, mountId) : undefined;
    if (found !== undefined || !link.endsWith(DELETED) || !this.#target.isFolder) return found;
    const former = view.find(withoutDeleted(link), mountId);
    return former === undefined ? undefined : former + DELETED;
  }

  #mappings(pid: number, view: View, uses: PathUse[]): void {
    const bytes = readBytes(`/proc/${pid}/maps`, MAPS_LIMIT);
    if (!Buffer.isBuffer(bytes) || !bytes.includes('/')) return;
    const known = new Set(uses.map(({ path }) => path));
    const text = bytes.toString('utf8');
    let last = '';
    for (let at = text.indexOf('/'); at >= 0;) {
      const end = text.indexOf('\n', at);
      const link = text.slice(at, end < 0 ? undefined : end);
      at = end < 0 ? -1 : text.indexOf('/', end);
      if (link === last) continue;
      last = link;
      const path = this.#pathOf(view, link);
      if (path === undefined || known.has(path)) continue;
      known.add(path);
      uses.push({ kind: 'mapped', path });
    }
  }

  #viewOf(pid: number): View | undefined {
    const namespace = readLink(`/proc/${pid}/ns/mnt`);
    if (namespace === undefined) return undefined;
    if (!this.#views.has(namespace)) {
      const text = readUtf8(`/proc/${pid}/mountinfo`, 16 << 20);
      this.#views.set(
        namespace,
        typeof text === 'string' ? new View(this.#target, parseMountInfo(text)) : undefined,
      );
    }
    return this.#views.get(namespace);
  }
}

const withoutDeleted = (link: string): string =>
  link.endsWith(DELETED) ? link.slice(0, -DELETED.length) : link;
