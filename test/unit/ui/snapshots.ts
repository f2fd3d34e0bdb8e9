import type {
  Finding,
  Holder,
  InstanceSnapshot,
  LockFileSnapshot,
  ProcessInfo,
  ServiceSnapshot,
} from '../../../src/api';

/** Noon of a day, ms since the epoch; the tests' "now". */
export const NOW = Date.UTC(2026, 2, 1, 12);
export const HOUR = 3_600_000;

export function processInfo(pid: number, more: Partial<ProcessInfo> = {}): ProcessInfo {
  return { pid, command: '/usr/bin/python3 bot.py', startTime: NOW - 3 * HOUR, ...more };
}

export function holder(pid: number, more: Partial<Holder> = {}): Holder {
  return { pid, process: processInfo(pid), inherited: false, deletedInode: false, ...more };
}

export function lockFile(holders: Holder[], more: Partial<LockFileSnapshot> = {}): LockFileSnapshot {
  return {
    path: '/srv/bot/.bot.lock',
    exists: true,
    held: holders.length > 0,
    kind: 'flock',
    access: 'write',
    holders,
    waiters: [],
    ...more,
  };
}

export function instance(pid: number, role: InstanceSnapshot['role'] = 'owner'): InstanceSnapshot {
  return { root: processInfo(pid), processes: [processInfo(pid)], role };
}

export function finding(kind: string, severity: Finding['severity'], more: Partial<Finding> = {}): Finding {
  return { kind, severity, message: `${kind} it is`, evidence: [], ...more };
}

export function service(more: Partial<ServiceSnapshot> = {}): ServiceSnapshot {
  return {
    id: 'setting::bot',
    name: 'bot',
    state: 'held',
    lockFiles: [lockFile([holder(4242)])],
    pidFiles: [],
    instances: [instance(4242)],
    findings: [],
    ...more,
  };
}
