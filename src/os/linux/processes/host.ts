/** Facts about this machine and about the view that this procfs gives of it. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import type { HostFacts } from '../../../model/facts';
import { ancestorsOf } from '../../../model/processes/treeWalk';
import { ownAddresses, ownHostname } from '../../hostName';
import type { BootClock } from './bootClock';
import { readLink, readText } from '../procfs/read';
import { parseProcStat, parseProcStatus } from '../procfs/procStat';

/** include/linux/proc_ns.h: PROC_PID_INIT_INO. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';

/** What tells a distribution of the Windows Subsystem for Linux from a container inside one. */
export interface WslView {
  /** uname(2)'s release, `5.15.90.1-microsoft-standard-WSL2`. */
  release: string;
  /** WSL_DISTRO_NAME is set, or /run/WSL exists: WSL's init makes both, and no container has either by itself. */
  isDistribution: boolean;
  /** The short name of pid 1: WSL's `init(Ubuntu)`, or systemd. */
  init: string;
  /** How many PID namespaces this process has numbers in, from that of procfs on. */
  depth: number;
  /** Docker's or Podman's mark at the root of a container's file system. */
  hasContainerMark: boolean;
}

/**
 * Does this procfs show a whole distribution? Each one of WSL2 runs in a PID namespace of its own (WSL's init, "mount,
 * pid and UTS namespace"), and nothing outside it writes to its disk. Its lock table leaves out what any nested one does.
 */
export function isWholeDistribution(view: WslView): boolean {
  return (
    /microsoft-standard|wsl2/i.test(view.release) &&
    view.isDistribution &&
    !view.hasContainerMark &&
    view.depth <= 1 &&
    /^(?:init|systemd)\b/.test(view.init)
  );
}

function ownNumbers(): readonly number[] {
  const status = readText('/proc/self/status');
  return typeof status === 'string' ? parseProcStatus(status).nsPids : [];
}

function isThere(path: string): boolean {
  try {
    return fs.statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function wslView(): WslView {
  const init = readText('/proc/1/stat');
  return {
    release: os.release(),
    isDistribution: (process.env['WSL_DISTRO_NAME'] ?? '') !== '' || isThere('/run/WSL'),
    init: (typeof init === 'string' ? parseProcStat(init)?.comm : undefined) ?? '',
    depth: ownNumbers().length,
    hasContainerMark: isThere('/.dockerenv') || isThere('/run/.containerenv'),
  };
}

/**
 * Does this procfs show less than the whole machine? Its namespace is this process's own, or (several numbers in
 * NSpid) an ancestor of it. kthreadd, pid 2, is visible in the initial one only.
 */
export function isNestedPidNamespace(): boolean {
  if (readLink('/proc/self/ns/pid') === INITIAL_PID_NAMESPACE) return false;
  const second = readText('/proc/2/stat');
  const stat = typeof second === 'string' ? parseProcStat(second) : undefined;
  return !(stat?.comm === 'kthreadd' && stat.isKernelThread);
}

/** This process as this procfs numbers it, which `process.pid` is not when /proc belongs to an outer namespace. */
export function ownPid(): number {
  const self = Number(readLink('/proc/self'));
  return Number.isInteger(self) && self > 0 ? self : process.pid;
}

/** Are procfs's numbers the ones that kill(2) takes here? */
export function canSignalByProcPid(): boolean {
  return ownPid() === process.pid;
}

function readParent(pid: number): number | undefined {
  const text = readText(`/proc/${pid}/stat`);
  return typeof text === 'string' ? parseProcStat(text)?.ppid : undefined;
}

export function readHost(clock: BootClock): HostFacts {
  const bootId = readText('/proc/sys/kernel/random/boot_id');
  const status = readText('/proc/self/status');
  const namespace = /^pid:\[(\d+)\]$/.exec(readLink('/proc/self/ns/pid') ?? '')?.[1];
  const own = ownPid();
  const uid = process.getuid?.() ?? (typeof status === 'string' ? parseProcStatus(status).uid : undefined);
  return {
    hostname: ownHostname(),
    platform: 'linux',
    addresses: ownAddresses(),
    ...(namespace === undefined ? {} : { pidNamespace: Number(namespace).toString(16) }),
    ...(typeof bootId === 'string' ? { bootId: bootId.trim() } : {}),
    ...(clock.bootTime === undefined ? {} : { bootTime: Math.round(clock.bootTime) }),
    ...(clock.witness === undefined ? {} : { bootWitness: Math.round(clock.witness) }),
    ...(clock.stepped === 0 ? {} : { clockStepMs: clock.stepped }),
    ...(isWholeDistribution(wslView()) ? { wsl: true as const } : {}),
    ...(uid === undefined ? {} : { uid }),
    ownPids: [own, ...ancestorsOf(own, readParent)],
    nestedPidNamespace: isNestedPidNamespace(),
  };
}
