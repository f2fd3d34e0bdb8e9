import koffi from 'koffi';

const libc = koffi.load(null);
const call = libc.func('int flock(int, int)') as (fd: number, operation: number) => number;
const usleep = libc.func('int usleep(uint)') as (microseconds: number) => number;

export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;

/** flock(2). False: somebody else holds it (or it failed). */
export function flock(fd: number, operation: number): boolean {
  return call(fd, operation) === 0;
}

/** usleep(3): this thread does nothing else meanwhile. */
export function sleepMicroseconds(microseconds: number): void {
  usleep(microseconds);
}
