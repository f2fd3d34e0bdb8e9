/** What changed between two snapshots, as far as a person could see it. */
import type { ServiceSnapshot, Snapshot } from '../api';

export interface SnapshotDiff {
  /** Ids of services that are in both and differ. */
  changed: string[];
  added: string[];
  removed: string[];
}

/** Structural equality of plain data; a key whose value is undefined equals an absent one. */
function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) {
    return true;
  }
  if (
    typeof a !== 'object' ||
    typeof b !== 'object' ||
    a === null ||
    b === null ||
    Array.isArray(a) !== Array.isArray(b)
  ) {
    return false;
  }
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return Array.isArray(a) && Array.isArray(b)
    ? a.length === b.length && a.every((item, i) => equal(item, b[i]))
    : [...new Set([...Object.keys(x), ...Object.keys(y)])].every((key) => equal(x[key], y[key]));
}

/** Nothing a person could see differs. */
export function sameService(a: ServiceSnapshot, b: ServiceSnapshot): boolean {
  return equal(a, b);
}

/** `takenAt` and `durationMs` differ at every tick and do not count; neither does the order of the services. */
export function diffSnapshots(previous: Snapshot, next: Snapshot): SnapshotDiff {
  const before = new Map(previous.services.map((service) => [service.id, service]));
  const after = new Set(next.services.map(({ id }) => id));
  const changed: string[] = [];
  const added: string[] = [];
  for (const service of next.services) {
    const old = before.get(service.id);
    if (old === undefined) {
      added.push(service.id);
    } else if (!sameService(old, service)) {
      changed.push(service.id);
    }
  }
  return { changed, added, removed: [...before.keys()].filter((id) => !after.has(id)) };
}

export const isSame = ({ changed, added, removed }: SnapshotDiff): boolean =>
  changed.length + added.length + removed.length === 0;
