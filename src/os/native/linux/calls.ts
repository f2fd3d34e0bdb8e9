/** What the native helper can be asked on Linux; its answers are plain data. */
import type { Refused } from '../helper';

export interface LinuxCalls {
  /**
   * Opens a pidfd on the process that has this pid now, and keeps it; `token`: what an earlier call gave, which is given
   * again while it is kept. pidfd_open(2), Linux 5.3.
   */
  pin(pid: number, token: string | undefined): { token: string } | Refused;
  /** Signals that process and no other; `ESRCH` once it has been reaped, `UNPINNED` where nothing is kept under `token`. */
  signal(token: string, signal: number): 'sent' | Refused;
  /** Resolves when that process has ended, whether or not its parent has reaped it. */
  ended(token: string): Promise<'ended' | Refused>;
  unpin(token: string): undefined;
}

/** The code for a token of an earlier helper. */
export const UNPINNED = 'UNPINNED';
