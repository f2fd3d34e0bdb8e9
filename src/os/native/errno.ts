import { getSystemErrorName } from 'node:util';
import type { Koffi } from './koffi';

/** The code of the last call that failed: `ESRCH`. */
export function errnoName(koffi: Koffi): string {
  try {
    return getSystemErrorName(-koffi.errno());
  } catch {
    return 'UNKNOWN';
  }
}
