/**
 * Which paths are on a mount that may not answer, found out without touching one: symbolic links are followed step by
 * step, and the first step onto such a mount ends the way.
 */
import * as fs from 'node:fs';
import { dirname, isAbsolute, sep } from 'node:path';
import { isAtOrBelow, mountOf, type MountPoint } from '../../model/mounts';
import { touching } from '../heartbeat';

export interface MountedAt extends MountPoint {
  id: number;
  /** The mount that it is mounted on. */
  parent: number;
}

export interface MountSource {
  /** The kernel's list as it is, to be compared with the last; undefined: it cannot be read. */
  read(): string | undefined;
  parse(text: string): readonly MountedAt[];
  mayNotAnswer(type: string): boolean;
}

const EVERY_MS = 10_000;
/** How long what a folder leads to is believed, ms: while many services are taken up in one go. */
const MOMENT_MS = 100;
/** As many as Linux follows: path_resolution(7). */
const LINKS = 40;

export class ApartMounts {
  readonly #source: MountSource | undefined;
  readonly #suspects: readonly string[];
  readonly #onMounts: (mounts: readonly MountPoint[]) => void;
  #text: string | undefined;
  #dueAt = -Infinity;
  #apart: readonly MountPoint[] = [];
  #known = new Map<string, MountPoint | undefined>();
  /** What each step on a way is a link to at this moment: thousands of files have their folders in common. */
  readonly #links = new Map<string, string | undefined>();
  #linksAt = -Infinity;

  /** `suspects`: paths at which a thread was kept waiting, whatever their mount. `onMounts` hears what is mounted. */
  constructor(
    source: MountSource | undefined,
    suspects: readonly string[],
    onMounts: (mounts: readonly MountPoint[]) => void,
  ) {
    this.#source = source;
    this.#suspects = suspects;
    this.#onMounts = onMounts;
    if (source === undefined) this.#become([]);
  }

  /** Reads the list again when it is time, and returns whether it changed. `now`: monotonic, ms. */
  update(now: number): boolean {
    if (this.#source === undefined || now < this.#dueAt) return false;
    this.#dueAt = now + EVERY_MS;
    const text = this.#source.read();
    if (text === undefined || text === this.#text) return false;
    this.#text = text;
    const mounts = this.#source.parse(text);
    this.#onMounts(mounts.map(({ point, type }) => ({ point, type })));
    this.#become(mounts);
    return true;
  }

  /** Returns the mount that the path leads to, if it is one to be checked apart. */
  of(path: string): MountPoint | undefined {
    if (this.#apart.length === 0) return undefined;
    const direct = this.at(path);
    if (direct !== undefined) return direct;
    if (!this.#known.has(path)) this.#known.set(path, this.#follow(path));
    return this.#known.get(path);
  }

  /** The same for a path without symbolic links, by its text alone. */
  at(path: string): MountPoint | undefined {
    return this.#apart.length === 0 ? undefined : mountOf(path, this.#apart);
  }

  #become(mounts: readonly MountedAt[]): void {
    const source = this.#source;
    // The system itself runs from its root: if that did not answer, nothing here would run.
    const slow = mounts.filter(({ point, type }) => point !== '/' && source?.mayNotAnswer(type) === true);
    this.#apart = [...slow.filter((mount) => !isHidden(mount, mounts)), ...this.#suspicious(mounts)];
    this.#known = new Map();
    this.#links.clear();
  }

  /** All of the mount that kept someone waiting; of the system's own disk only the folder. */
  #suspicious(mounts: readonly MountPoint[]): MountPoint[] {
    return this.#suspects.map((path) => {
      const mount = mountOf(path, mounts);
      return mount === undefined || mount.point === '/'
        ? { point: dirname(path), type: mount?.type ?? '?' }
        : mount;
    });
  }

  #follow(path: string): MountPoint | undefined {
    if (!isAbsolute(path) || sep === '\\') return undefined;
    let left = path.split('/').filter((part) => part !== '');
    let at = '';
    for (let links = 0; left.length > 0;) {
      const [part = '', ...rest] = left;
      left = rest;
      if (part === '.') continue;
      const next = part === '..' ? dirname(at || '/').replace(/\/$/, '') : `${at}/${part}`;
      const mount = this.at(next);
      if (mount !== undefined) return mount;
      const target = part === '..' ? undefined : this.#linkAt(next);
      if (target === undefined) {
        at = next;
        continue;
      }
      links += 1;
      if (links > LINKS) return undefined;
      left = [...target.split('/').filter((each) => each !== ''), ...left];
      if (target.startsWith('/')) at = '';
    }
    return undefined;
  }

  #linkAt(path: string): string | undefined {
    // Later a folder may have become a link to such a mount.
    const now = performance.now();
    if (now - this.#linksAt > MOMENT_MS) {
      this.#links.clear();
      this.#linksAt = now;
    }
    if (!this.#links.has(path)) this.#links.set(path, linkAt(path));
    return this.#links.get(path);
  }
}

/** Reports whether another was mounted over it, or over a folder above it: then no path leads there. */
function isHidden(mount: MountedAt, mounts: readonly MountedAt[]): boolean {
  return mounts.some(
    ({ id, parent, point }) =>
      (parent === mount.id && point === mount.point) ||
      (parent === mount.parent &&
        id !== mount.id &&
        point !== mount.point &&
        isAtOrBelow(mount.point, point)),
  );
}

function linkAt(path: string): string | undefined {
  touching(path);
  try {
    // An error that says it is no link takes ten times as long to make.
    const stat = fs.lstatSync(path, { throwIfNoEntry: false });
    return stat?.isSymbolicLink() === true ? fs.readlinkSync(path) : undefined;
  } catch {
    return undefined; // no link, not there, or not to be seen
  }
}
