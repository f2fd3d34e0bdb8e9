/** What the native helper can be asked on macOS; its answers are plain data. */
import type { Refused } from '../helper';

export interface Identity {
  /** Never reused in a boot; decimal. */
  uniqueId: string;
  /** Another after each execve(2). */
  idVersion: number;
}

export interface DarwinCalls {
  /** Of whoever has this pid now; `ESRCH`: no process. */
  identify(pid: number): Identity | Refused;
  /**
   * Signals the process that has this pid and this version, and no other: then `ESRCH`. `ENOSYS`: this macOS cannot
   * (before about 14.2).
   */
  signalVersion(pid: number, idVersion: number, signal: number): 'sent' | Refused;
}
