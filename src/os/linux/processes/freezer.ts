/**
 * Which control groups are frozen (`docker pause`, `systemctl freeze`). Frozen processes look asleep, and nothing
 * announces the change, so the groups of the processes that matter are read in turn, each group once for all of them.
 */
import { takeTurns } from '../../takeTurns';
import type { CgroupFacts } from '../procfs/cgroup';
import { parseMountLine } from '../procfs/mountinfo';
import { readText } from '../procfs/read';

type Place = NonNullable<CgroupFacts['freezer']>;

/** Groups read in one tick: at least so many, or the given part of all. */
const GROUP_ROUND = 8;
const GROUP_PART = 10;

interface Group {
  readonly key: string;
  /** The file that says it; undefined when its hierarchy is not mounted. */
  readonly file: string | undefined;
  isFrozen: boolean;
  readonly pids: Set<number>;
}

/** Where each version's hierarchy is mounted, and from which group down. */
export interface FreezerMounts {
  v1?: { mountPoint: string; root: string };
  v2?: { mountPoint: string; root: string };
}

/** mountinfo, proc_pid_mountinfo(5): `id parent dev root mountpoint … - type source super-options`. */
export function parseFreezerMounts(mountInfo: string): FreezerMounts {
  const mounts: FreezerMounts = {};
  for (const line of mountInfo.split('\n')) {
    const mount = parseMountLine(line);
    if (mount?.fsType !== 'cgroup' && mount?.fsType !== 'cgroup2') continue;
    const place = { mountPoint: mount.mountPoint, root: line.split(' ', 4)[3] ?? '/' };
    const options = line.slice(line.lastIndexOf(' ') + 1).split(',');
    if (mount.fsType === 'cgroup2') mounts.v2 ??= place;
    else if (options.includes('freezer')) mounts.v1 ??= place;
  }
  return mounts;
}

/** Returns the file that says whether this group, or one above it, is frozen. */
export function freezerFile({ version, path }: Place, { v1, v2 }: FreezerMounts): string | undefined {
  const mount = version === 1 ? v1 : v2;
  if (mount === undefined) return undefined;
  const root = mount.root === '/' ? '' : mount.root;
  if (path !== root && !path.startsWith(`${root}/`)) return undefined;
  const name = version === 1 ? 'freezer.state' : 'cgroup.events';
  return `${mount.mountPoint}${path.slice(root.length)}/${name}`;
}

/** Reads `freezer.state` (version 1; a process on its way there is stopped too) or `cgroup.events` (version 2). */
export function saysFrozen(text: string): boolean {
  return /^(?:FROZEN|FREEZING|frozen 1)$/m.test(text);
}

export class Freezers {
  #mounts: FreezerMounts | undefined;
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<number, Group>();
  #round: Iterator<Group> | undefined;

  /** Reads whether the process's group is frozen, and has it read again from now on. */
  isFrozen(pid: number, place: Place | undefined): boolean {
    const group = place === undefined ? undefined : this.#join(pid, place);
    if (group === undefined) {
      this.forget(pid);
      return false;
    }
    return group.isFrozen;
  }

  /** Now, not in its turn. */
  reread(pid: number): void {
    const group = this.#groupOf.get(pid);
    if (group !== undefined) group.isFrozen = isGroupFrozen(group.file);
  }

  forget(pid: number): void {
    const group = this.#groupOf.get(pid);
    if (group === undefined) return;
    this.#groupOf.delete(pid);
    group.pids.delete(pid);
    if (group.pids.size === 0) this.#groups.delete(group.key);
  }

  /** Reads some groups again. Returns the processes of those that were frozen or thawed. */
  check(): readonly number[] {
    const changed: number[] = [];
    const count = Math.min(
      this.#groups.size,
      Math.max(GROUP_ROUND, Math.ceil(this.#groups.size / GROUP_PART)),
    );
    this.#round = takeTurns(
      this.#round,
      () => this.#groups.values(),
      count,
      (group) => {
        const isFrozen = isGroupFrozen(group.file);
        if (isFrozen === group.isFrozen) return;
        group.isFrozen = isFrozen;
        changed.push(...group.pids);
      },
    );
    return changed;
  }

  #join(pid: number, place: Place): Group {
    const key = `${place.version}:${place.path}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      const file = freezerFile(place, (this.#mounts ??= readFreezerMounts()));
      group = { key, file, isFrozen: isGroupFrozen(file), pids: new Set() };
      this.#groups.set(key, group);
    }
    if (this.#groupOf.get(pid) === group) return group;
    this.forget(pid);
    group.pids.add(pid);
    this.#groupOf.set(pid, group);
    return group;
  }
}

function isGroupFrozen(file: string | undefined): boolean {
  const text = file === undefined ? undefined : readText(file);
  return typeof text === 'string' && saysFrozen(text);
}

function readFreezerMounts(): FreezerMounts {
  const text = readText('/proc/self/mountinfo', 16 << 20);
  return typeof text === 'string' ? parseFreezerMounts(text) : {};
}
