/** Facts about this machine and about the view that this procfs gives of it. */
import * as os from 'node:os';
import type { HostFacts } from '../../model/facts';
import { readLink, readText } from './procFs';
import { parseProcStat, parseProcStatus } from './procStat';

/** USER_HZ: the unit of start times in procfs, 100 on every architecture that Node runs on. */
export const TICKS_PER_SECOND = 100;

/** s since boot, suspend included, to 10 ms. */
function uptime(): number | undefined {
  const text = readText('/proc/uptime');
  const seconds = typeof text === 'string' ? Number(text.split(' ', 1)[0]) : NaN;
  return seconds > 0 ? seconds : undefined;
}

/**
 * The wall clock's reading at boot, ms since the epoch. /proc/uptime is cut to 10 ms, so one sample is up to 10 ms
 * late: the least of samples over one such step is exact to well under a millisecond. (`btime` of /proc/stat is cut to
 * whole seconds.)
 */
export function measureBootTime(): number | undefined {
  let best: number | undefined;
  const until = performance.now() + 10;
  do {
    const up = uptime();
    if (up === undefined) break;
    const boot = Date.now() - up * 1000;
    if (best === undefined || boot < best) best = boot;
  } while (performance.now() < until);
  return best;
}

/** Start times, stable while the clock runs evenly; after a step of the clock, new processes get the new time. */
export class BootClock {
  #boot = measureBootTime();
  /** Wall minus monotonic clock: changes when one of them is stepped or the machine slept. */
  #offset = Date.now() - performance.now();
  #stepped = 0;

  /** ms by which the wall clock was set, either way, since this was made: times from before and after disagree by it. */
  get stepped(): number {
    return this.#stepped;
  }

  get bootTime(): number | undefined {
    return this.#boot;
  }

  /** Call once a tick. Answers whether the clock was set. */
  check(): boolean {
    const offset = Date.now() - performance.now();
    if (Math.abs(offset - this.#offset) < 500) return false;
    this.#offset = offset;
    const boot = measureBootTime();
    // After a suspend the boot time is as before.
    if (boot === undefined || (this.#boot !== undefined && Math.abs(boot - this.#boot) <= 500)) return false;
    this.#stepped += Math.round(Math.abs(boot - (this.#boot ?? boot)));
    this.#boot = boot;
    return true;
  }

  /** ms since the epoch. */
  startTime(ticks: number): number | undefined {
    return this.#boot === undefined ? undefined : Math.round(this.#boot + (ticks * 1000) / TICKS_PER_SECOND);
  }

  /** s since boot now, or undefined. */
  now(): number | undefined {
    return this.#boot === undefined ? undefined : (Date.now() - this.#boot) / 1000;
  }
}

/** include/linux/proc_ns.h: PROC_PID_INIT_INO. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';

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

function ancestors(pid: number): number[] {
  const pids: number[] = [];
  for (let at = pid; at > 0 && !pids.includes(at);) {
    pids.push(at);
    const text = readText(`/proc/${at}/stat`);
    at = (typeof text === 'string' ? parseProcStat(text)?.ppid : undefined) ?? 0;
  }
  return pids;
}

export function readHost(clock: BootClock): HostFacts {
  const bootId = readText('/proc/sys/kernel/random/boot_id');
  const status = readText('/proc/self/status');
  const namespace = /^pid:\[(\d+)\]$/.exec(readLink('/proc/self/ns/pid') ?? '')?.[1];
  const uid = process.getuid?.() ?? (typeof status === 'string' ? parseProcStatus(status).uid : undefined);
  return {
    hostname: os.hostname(),
    platform: 'linux',
    addresses: Object.values(os.networkInterfaces()).flatMap(
      (all) => all?.map(({ address }) => address) ?? [],
    ),
    ...(namespace === undefined ? {} : { pidNamespace: Number(namespace).toString(16) }),
    ...(typeof bootId === 'string' ? { bootId: bootId.trim() } : {}),
    ...(clock.bootTime === undefined ? {} : { bootTime: Math.round(clock.bootTime) }),
    ...(clock.stepped === 0 ? {} : { clockStepMs: clock.stepped }),
    ticksPerSecond: TICKS_PER_SECOND,
    ...(uid === undefined ? {} : { uid }),
    ownPids: ancestors(ownPid()),
    nestedPidNamespace: isNestedPidNamespace(),
  };
}
