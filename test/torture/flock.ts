import koffi from 'koffi';

const call = koffi.load(null).func('int flock(int, int)') as (fd: number, operation: number) => number;

export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;

/** flock(2). False: somebody else holds it (or it failed). */
export function flock(fd: number, operation: number): boolean {
  return call(fd, operation) === 0;
}
