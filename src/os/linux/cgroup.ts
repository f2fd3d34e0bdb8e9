/** `/proc/<pid>/cgroup`, cgroups(7): `hierarchy-ID:controllers:path` a line; who started the process shows in the path. */

export interface CgroupFacts {
  /** The innermost systemd unit: `x.service` or `x.scope`. */
  unit?: string;
  /** The unit belongs to the user's own manager (`systemctl --user`). */
  isUserUnit?: boolean;
  container?: { kind: 'docker' | 'podman' | 'kubernetes'; id: string };
}

const ESCAPED = /\\x([0-9a-f]{2})/g;

/** systemd escapes unit names: `a\x2db.service`. */
function unescapeUnit(name: string): string {
  return name.replace(ESCAPED, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
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

export function parseCgroup(text: string): CgroupFacts {
  const facts: CgroupFacts = {};
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (match === null) continue;
    const controllers = match[1] ?? '';
    const segments = (match[2] ?? '').split('/').filter((segment) => segment !== '');
    const container = containerOf(segments);
    if (container !== undefined) facts.container ??= container;
    // v2 has no controllers in the line; v1 keeps systemd's own tree under name=systemd.
    if (controllers !== '' && controllers !== 'name=systemd') continue;
    const unit = segments.findLast((segment) => /\.(service|scope)$/.test(segment));
    if (unit === undefined || facts.unit !== undefined) continue;
    facts.unit = unescapeUnit(unit);
    const manager = segments.findIndex((segment) => /^user@\d+\.service$/.test(segment));
    facts.isUserUnit = manager >= 0 && segments.indexOf(unit) > manager;
  }
  return facts;
}
