/** Memory that two processes see at once, for aligning them to the microsecond without a system call. */
import * as fs from 'node:fs';
import koffi from 'koffi';

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

const libc = koffi.load(null);
const mmap = libc.func('void *mmap(void *, size_t, int, int, int, int64)') as (
  address: null,
  length: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
) => unknown;

/** `bytes` of memory backed by the file, which is made if it is not there. */
export function shareMemory(file: string, bytes: number): ArrayBuffer {
  const fd = fs.openSync(file, 'a+');
  fs.ftruncateSync(fd, bytes);
  const address = mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  fs.closeSync(fd);
  return koffi.view(address, bytes);
}

/** ns of CLOCK_MONOTONIC: the same clock in every process. Exact as a number for 104 days of uptime. */
export function monotonicNs(): number {
  return Number(process.hrtime.bigint());
}

const usleep = libc.func('int usleep(unsigned int)') as (microseconds: number) => number;
const prctl = libc.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)') as (
  option: number,
  ...rest: number[]
) => number;
const PR_SET_TIMERSLACK = 29;

/** Lets `sleepBriefly` be brief: by default the kernel may wake a sleeper 50 µs late. */
export function sleepExactly(): void {
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
}

/** Leaves the processor to others for some 30 µs: who spins all the time is the one who gets preempted. */
export function sleepBriefly(): void {
  usleep(20);
}

export function spinUntil(ns: number): void {
  while (monotonicNs() < ns) {
    // Sleeping would give the alignment away.
  }
}
