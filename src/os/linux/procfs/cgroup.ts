/** `/proc/<pid>/cgroup`, cgroups(7): `hierarchy-ID:controllers:path` a line; who started the process shows in the path. */

export interface CgroupFacts {
  /** The innermost systemd unit: `x.service` or `x.scope`. */
  unit?: string;
  /** The unit belongs to the user's own manager (`systemctl --user`). */
  isUserUnit?: boolean;
  container?: { kind: 'docker' | 'podman' | 'kubernetes'; id: string };
  /** Its place in the hierarchy that can freeze it: version 1's freezer, else version 2. Absent for the root. */
  freezer?: { version: 1 | 2; path: string };
}

/**
 * systemd's `cg_unescape`: names that could be taken for the kernel's own files, or that begin with `_`, carry one `_`
 * more. Nothing else is escaped: `\x2d` is part of the unit's name, which systemctl wants as it stands.
 */
function unitName(segment: string): string {
  return segment.startsWith('_') ? segment.slice(1) : segment;
}

const HEX_ID = /^[0-9a-f]{64}$/;

function containerOf(segments: readonly string[]): CgroupFacts['container'] {
  const isKubernetes = segments.some((segment) => /^kubepods(?:[-.]|$)/.test(segment));
  for (const segment of [...segments].reverse()) {
    const scope =
      /^(docker|libpod|cri-containerd|crio|containerd)-(?:conmon-)?([0-9a-f]{64})(?:\.scope)?$/.exec(segment);
    const id = scope?.[2] ?? (HEX_ID.test(segment) ? segment : undefined);
    if (id === undefined) continue;
    if (isKubernetes) return { kind: 'kubernetes', id };
    if (scope?.[1] === 'libpod' || segments.includes('libpod_parent')) return { kind: 'podman', id };
    if (scope?.[1] === 'docker' || segments.includes('docker')) return { kind: 'docker', id };
  }
  return undefined;
}

function setUnit(facts: CgroupFacts, segments: readonly string[]): void {
  const unit = segments.findLast((segment) => /\.(service|scope)$/.test(segment));
  if (unit === undefined || facts.unit !== undefined) return;
  facts.unit = unitName(unit);
  const manager = segments.findIndex((segment) => /^user@\d+\.service$/.test(segment));
  facts.isUserUnit = manager >= 0 && segments.indexOf(unit) > manager;
}

export function parseCgroup(text: string): CgroupFacts {
  const facts: CgroupFacts = {};
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (match === null) continue;
    const [, controllers = '', path = ''] = match;
    const segments = path.split('/').filter((segment) => segment !== '');
    const container = containerOf(segments);
    if (container !== undefined) facts.container ??= container;
    // Outside this control-group namespace (`/..`) there is nothing to read; the root cannot be frozen.
    const isReachable = segments.length > 0 && segments[0] !== '..';
    if (isReachable && controllers.split(',').includes('freezer')) facts.freezer = { version: 1, path };
    else if (isReachable && controllers === '') facts.freezer ??= { version: 2, path };
    // v2 has no controllers in the line; v1 keeps systemd's own tree under name=systemd.
    if (controllers === '' || controllers === 'name=systemd') setUnit(facts, segments);
  }
  return facts;
}
