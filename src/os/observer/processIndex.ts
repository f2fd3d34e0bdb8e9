/** For which services a process matters: who is told when it comes, goes or changes. */
import { MultiMap } from '../../common/multiMap';
import type { WatchedService } from './watchedService';

const NOTHING: ReadonlySet<never> = new Set();

type Role = 'pids' | 'seeds' | 'candidates';

export class ProcessIndex {
  readonly #byPid = new MultiMap<number, WatchedService>();
  readonly #bySeed = new MultiMap<number, WatchedService>();
  readonly #byCandidate = new MultiMap<number, WatchedService>();
  /** Pids of the seeds of any service: their state should be fresh. */
  readonly relevant = new Set<number>();

  /** Returns the services whose facts the process is part of. */
  of(pid: number): ReadonlySet<WatchedService> {
    return this.#byPid.get(pid);
  }

  /** Returns the services that it may be an instance of without owning any of their files. */
  candidateOf(pid: number): ReadonlySet<WatchedService> {
    return this.#byCandidate.get(pid);
  }

  /** Takes over which processes matter for the service now. */
  set(watch: WatchedService, now: Pick<WatchedService, Role>): void {
    exchange(this.#byPid, watch, watch.pids, now.pids);
    exchange(this.#byCandidate, watch, watch.candidates, now.candidates);
    exchange(this.#bySeed, watch, watch.seeds, now.seeds);
    for (const pid of now.seeds) this.relevant.add(pid);
    for (const pid of watch.seeds) if (!this.#bySeed.has(pid)) this.relevant.delete(pid);
    watch.pids = now.pids;
    watch.candidates = now.candidates;
    watch.seeds = now.seeds;
  }

  forget(watch: WatchedService): void {
    this.set(watch, { pids: NOTHING, seeds: NOTHING, candidates: NOTHING });
  }
}

function exchange<K>(
  index: MultiMap<K, WatchedService>,
  watch: WatchedService,
  before: ReadonlySet<K>,
  now: ReadonlySet<K>,
): void {
  if (now === before) return;
  for (const key of before) if (!now.has(key)) index.delete(key, watch);
  for (const key of now) if (!before.has(key)) index.add(key, watch);
}
