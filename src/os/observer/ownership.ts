/** Who owns the files of the other services: such a process is no duplicate here. */
import type { Claim, LockFileFacts, PidFileFacts, RecordFacts } from '../../model/facts';
import type { Readers } from '../readers';
import { Claims, ownersOf, type Owners } from './claims';
import type { ProcessIndex } from './processIndex';
import type { WatchedPaths } from './watchedPaths';
import { isOwnFile, type WatchedService } from './watchedService';

const NOBODY: Owners = new Map();

export class Ownership {
  readonly #readers: Readers;
  readonly #paths: WatchedPaths;
  readonly #index: ProcessIndex;
  readonly #markDirty: (watch: WatchedService) => void;
  readonly #claims = new Claims();

  constructor(
    readers: Readers,
    paths: WatchedPaths,
    index: ProcessIndex,
    markDirty: (watch: WatchedService) => void,
  ) {
    this.#readers = readers;
    this.#paths = paths;
    this.#index = index;
    this.#markDirty = markDirty;
  }

  /** Takes over who owns these files, for the other services' sake. Returns all of them. */
  note(lockFiles: readonly LockFileFacts[], pidFiles: readonly PidFileFacts[]): Set<number> {
    const all = new Set<number>();
    const noteOne = (file: LockFileFacts | PidFileFacts, record: RecordFacts | undefined): void => {
      const { path } = file.file;
      const watches = this.#paths.servicesOf(path);
      const isLikely = (pid: number): boolean =>
        [...watches].some(({ matches, matched }) => matches === undefined || matched.has(pid));
      const owners = ownersOf(file, record, this.#readers.processes.host, isLikely);
      for (const pid of owners.keys()) all.add(pid);
      this.#set(path, owners);
    };
    for (const file of lockFiles) noteOne(file, file.record);
    for (const file of pidFiles) noteOne(file, file.content);
    return all;
  }

  forget(path: string): void {
    this.#set(path, NOBODY);
  }

  /** Returns what the service's candidates own elsewhere. */
  claimsOf(watch: WatchedService): ReadonlyMap<number, Claim> {
    const claims = new Map<number, Claim>();
    if (watch.candidates.size === 0) return claims;
    const isOwn = (path: string): boolean => isOwnFile(watch, path);
    const elsewhere = this.#readers.locks.locksNamed?.(watch.candidates, watch.names);
    for (const pid of watch.candidates) {
      const other = elsewhere?.get(pid)?.find(({ path }) => !isOwn(path));
      const claim =
        this.#claims.of(pid, isOwn) ??
        (other === undefined ? undefined : { by: 'holds' as const, path: other.path });
      if (claim !== undefined) claims.set(pid, claim);
    }
    return claims;
  }

  /** Does it own a file of another service? */
  ownsElsewhere(pid: number, watch: WatchedService): boolean {
    return this.#claims.of(pid, (path) => isOwnFile(watch, path)) !== undefined;
  }

  /** Owning one service's file is news for the others that may count the process among their instances. */
  #set(path: string, owners: Owners): void {
    for (const pid of this.#claims.note(path, owners)) {
      for (const watch of this.#index.candidateOf(pid)) {
        if (!isOwnFile(watch, path)) this.#markDirty(watch);
      }
    }
  }
}
