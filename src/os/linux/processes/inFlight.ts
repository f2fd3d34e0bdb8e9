/**
 * A grace period for system calls. A thread inside open(2) has found its file by name already and has no descriptor to
 * show yet; preempted there on a busy machine, it stays invisible for longer than any fixed wait. But a thread that is
 * inside open(2) on a local file is running, runnable or in an uninterruptible sleep. So every thread in such a state is
 * followed until it has been seen asleep or has run for so long that the call must have returned.
 */
import * as fs from 'node:fs';
import { parseProcStat } from '../procfs/procStat';
import { readText } from '../procfs/read';

export interface BusyThread {
  /** `/proc/<pid>/task/<tid>`. */
  folder: string;
  /** Time on a CPU so far, ns; undefined: this kernel does not say (no CONFIG_SCHED_INFO). */
  ranNs: number | undefined;
}

/**
 * Numbers of open(2) and its kin (openat, openat2, creat, open_by_handle_at, truncate, io_uring_enter), of 64-bit and of
 * 32-bit processes: arch/x86/entry/syscalls, include/uapi/asm-generic/unistd.h, arch/arm/tools/syscall.tbl.
 */
const OPENING: Readonly<Record<string, ReadonlySet<number>>> = {
  x64: new Set([2, 76, 85, 257, 304, 426, 437, /* i386: */ 5, 8, 92, 193, 295, 342]),
  arm64: new Set([45, 56, 265, 426, 437, /* arm: */ 5, 8, 92, 193, 322, 371]),
};
/** Set in the numbers of x32 processes: arch/x86/include/uapi/asm/unistd.h. */
const X32 = 0x4000_0000;

/**
 * What remains of an open(2) costs microseconds. But the time of a thread that is on a CPU right now is brought up to
 * date only by the next tick, 10 ms at the most (CONFIG_HZ=100), so that much of it may lie in the past.
 */
const RAN_ENOUGH_NS = 12_000_000;

/** Threads of other processes that are in the middle of something now. */
export function busyThreads(procfs = '/proc'): BusyThread[] {
  const busy: BusyThread[] = [];
  for (const pid of fs.readdirSync(procfs)) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    for (const tid of threadsOf(`${procfs}/${pid}/task`)) {
      const folder = `${procfs}/${pid}/task/${tid}`;
      if (isBusy(folder)) busy.push({ folder, ranNs: ranNs(folder) });
    }
  }
  return busy;
}

/** Those of them that may still be inside the same system call. */
export function stillBusy(threads: readonly BusyThread[]): BusyThread[] {
  return threads.filter((thread) => {
    if (!isBusy(thread.folder)) return false;
    const now = ranNs(thread.folder);
    if (thread.ranNs === undefined || now === undefined) return true;
    // Less than before: another thread has the number.
    return now >= thread.ranNs && now < thread.ranNs + RAN_ENOUGH_NS;
  });
}

function threadsOf(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return []; // ended, or hidden from this user
  }
}

function isBusy(folder: string): boolean {
  const text = readText(`${folder}/stat`);
  const stat = typeof text === 'string' ? parseProcStat(text) : undefined;
  if (stat === undefined || stat.isKernelThread) return false;
  return stat.state === 'R' || (stat.state === 'D' && mayBeOpening(folder));
}

/**
 * Whoever sleeps uninterruptibly does so in one system call, and the kernel says in which (proc_pid_syscall(5)): a stat of
 * a mount that does not answer, or a vfork(2), may last for days and is none of our business.
 */
function mayBeOpening(folder: string): boolean {
  const opening = OPENING[process.arch];
  const text = readText(`${folder}/syscall`);
  // `running`, or not to be inspected.
  if (opening === undefined || typeof text !== 'string' || !/^-?\d+ /.test(text)) return true;
  const number = Number(text.split(' ', 1)[0]);
  return opening.has(number >= X32 ? number - X32 : number);
}

/** The first field of schedstat: Documentation/scheduler/sched-stats.rst. */
function ranNs(folder: string): number | undefined {
  const text = readText(`${folder}/schedstat`);
  const ran = typeof text === 'string' ? Number(text.split(' ')[0]) : Number.NaN;
  return Number.isFinite(ran) ? ran : undefined;
}
