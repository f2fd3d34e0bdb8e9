/**
 * Who owns what among the watched files: whoever holds another service's lock, or is the recorded owner of another
 * service, is no duplicate here. Kept by pid, so that a change touches only the services in which that pid matters.
 */
import type {
  Claim,
  FileFacts,
  HostFacts,
  LockFacts,
  LockFileFacts,
  ProcessFacts,
  RecordFacts,
} from '../../model/facts';
import { RECORD_TOLERANCE_MS } from '../../model/records/recordIdentity';

/** Owners of one file, by pid. */
export type Owners = ReadonlyMap<number, Claim['by']>;

export class Claims {
  readonly #byPid = new Map<number, Map<string, Claim['by']>>();
  readonly #byPath = new Map<string, Owners>();

  /** Takes over who owns this file now. Returns of whom that is news. */
  note(path: string, owners: Owners): number[] {
    const before = this.#byPath.get(path);
    const news: number[] = [];
    for (const pid of before?.keys() ?? []) {
      if (owners.has(pid)) continue;
      const paths = this.#byPid.get(pid);
      paths?.delete(path);
      if (paths?.size === 0) this.#byPid.delete(pid);
      news.push(pid);
    }
    for (const [pid, by] of owners) {
      if (before?.get(pid) === by) continue;
      const paths = this.#byPid.get(pid);
      if (paths === undefined) this.#byPid.set(pid, new Map([[path, by]]));
      else paths.set(path, by);
      news.push(pid);
    }
    if (owners.size > 0) this.#byPath.set(path, owners);
    else this.#byPath.delete(path);
    return news;
  }

  /** What the process owns besides a service's own files: a lock rather than a record, and always the same one. */
  of(pid: number, isOwn: (path: string) => boolean): Claim | undefined {
    let best: Claim | undefined;
    for (const [path, by] of this.#byPid.get(pid) ?? []) {
      if (isOwn(path)) continue;
      const isBetter =
        best === undefined || (by === best.by ? path < best.path : by === 'holds' && best.by === 'recorded');
      if (isBetter) best = { by, path };
    }
    return best;
  }
}

/** `/x/bot` for `/x/bot.lock` and `/x/bot.pid`: files of one program, whichever services they are watched as. */
export function stemOf(path: string): string {
  const slash = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  const dot = path.lastIndexOf('.');
  // The dot of `.hidden` ends no stem.
  return dot > slash + 1 ? path.slice(0, dot) : path;
}

interface OwnedFile extends Pick<LockFileFacts, 'file' | 'foreign'> {
  locks: readonly LockFacts[];
}

/** `isLikely`: nothing known of the file's service speaks against this process as the writer of its record. */
export function ownersOf(
  { file, foreign, locks }: OwnedFile,
  record: RecordFacts | undefined,
  host: HostFacts,
  isLikely: (pid: number) => boolean,
): Owners {
  const owners = new Map<number, Claim['by']>();
  const recorded = record?.liveness?.state === 'alive' ? record.liveness.process : undefined;
  // A number that may be another namespace's or another machine's names no process here.
  const isOurs = foreign === undefined && (record?.inner ?? []).length === 0;
  if (record !== undefined && recorded !== undefined && isOurs && isLikely(recorded.pid)) {
    if (mayHaveWritten(recorded, record, file, host)) owners.set(recorded.pid, 'recorded');
  }
  for (const lock of locks) for (const { process } of lock.holders) owners.set(process.pid, 'holds');
  for (const pid of owners.keys()) if (pid <= 1 || host.ownPids.includes(pid)) owners.delete(pid);
  return owners;
}

/** Returns whether neither its start nor its kind speaks against this process as the writer of the record. */
export function mayHaveWritten(
  process: ProcessFacts,
  { record }: Pick<RecordFacts, 'record'>,
  { mtimeNs }: FileFacts,
  host: HostFacts,
): boolean {
  if (process.kernelThread === true) return false;
  if (process.startTicks !== undefined) {
    if (record.startTicks === process.startTicks) return true;
    // As in `judgeRecord`: only an earlier process can have had the number before.
    if (record.startTicks !== undefined && record.startTicks < process.startTicks) return false;
  }
  if (process.startTime === undefined || mtimeNs === undefined) return true;
  const tolerance = RECORD_TOLERANCE_MS + (host.clockStepMs ?? 0);
  return process.startTime <= Number(mtimeNs / 1_000_000n) + tolerance;
}
