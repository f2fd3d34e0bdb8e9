/** What a platform can say of who uses a path, when a user asks. */
import type { Liveness, ProcessFacts } from '../model/facts';
import type { UseKind } from '../model/users';

export interface ScanOptions {
  signal: AbortSignal;
  onProgress: (done: number, all: number) => void;
}

export interface PathUse {
  kind: UseKind;
  path: string;
}

export interface PathUser {
  process: ProcessFacts;
  uses: readonly PathUse[];
}

export interface PathUsers {
  users: readonly PathUser[];
  /** Processes inspected, of all. */
  done: number;
  all: number;
  /** Processes that do not show what they have open. */
  hidden: number;
  /** It ended before all were inspected. */
  cut?: 'budget' | 'cancelled';
}

export interface Holdings {
  /** Paths of the files that it holds locks on, by its own descriptors. */
  locks: readonly string[];
  /** TCP ports that it listens on. */
  ports: readonly number[];
}

/** A `problem`: users were found, and which processes they are is not known. */
export const NO_LIST = 'the list of processes got no answer';

export interface UserFinder {
  workingDirectoryOf(pid: number): string | undefined;
  /**
   * undefined: there is no such file or folder, or it cannot be inspected. `untouched`: its file system may not answer.
   * `problem`: why the question got no answer.
   */
  ofPath(
    path: string,
    untouched: boolean,
    options: ScanOptions,
  ): Promise<PathUsers | { problem: string } | undefined>;
  livenessOf(pid: number): Liveness;
  holdingsOf(pid: number): Holdings;
  /** Nearest first. */
  ancestorsOf(pid: number): readonly number[];
}
