/** Looks into processes, and what they found: claims, or that there was no looking in. */
import type { Claims } from './claims';
import { locksBehindLinks, locksOfProcess, locksOfThreads, type FdLock } from './fdScan';
import { isGone } from '../procfs/read';
import type { ProcessTable } from '../processes/processTable';
import type { Steps } from '../../../common/steps';

export interface LookRules {
  /** Is this what a descriptor links to that is open on a file of interest? */
  isName(link: string): boolean;
}

export class Looks {
  readonly #processes: Pick<ProcessTable, 'isKernelThread'>;
  readonly #claims: Claims;
  readonly #rules: LookRules;
  readonly #isStarting: (pid: number) => boolean;
  /** When every descriptor of a process was last read, as a count of searches. */
  readonly #searched = new Map<number, number>();
  /** Whose descriptors were followed in this round, and how many strange locks were known by then. */
  readonly #followed = new Map<number, number>();
  /** How often a lock was found behind something else than a name of interest: whoever links there shares it. */
  #strange = 0;
  /** Processes that may not be inspected, as the last look at each of them said. */
  readonly denied = new Set<number>();

  /** `isStarting`: has the process taken a lock just now? Then only a look that is meant for it looks into it. */
  constructor(
    processes: Pick<ProcessTable, 'isKernelThread'>,
    claims: Claims,
    rules: LookRules,
    isStarting: (pid: number) => boolean,
  ) {
    this.#processes = processes;
    this.#claims = claims;
    this.#rules = rules;
    this.#isStarting = isStarting;
  }

  searchedAt(pid: number): number {
    return this.#searched.get(pid) ?? 0;
  }

  /** Follows the descriptors of one process, and looks only into those that lead to a file of interest. */
  *follow(pid: number): Steps<void> {
    if (this.#processes.isKernelThread(pid) || this.#isStarting(pid)) return;
    const isWanted = (link: string, fd: number): boolean =>
      (this.#claims.isLink(link) || this.#rules.isName(link)) && !this.#claims.isClaimed(pid, fd);
    const found = yield* locksBehindLinks(pid, isWanted);
    if (typeof found === 'string') {
      this.#note(pid, found);
      return;
    }
    this.#strange += found.filter(({ link }) => link === undefined || !this.#rules.isName(link)).length;
    this.#followed.set(pid, this.#strange);
    this.#claims.add(pid, found);
  }

  /** Forgets who was followed. */
  newRound(): void {
    this.#followed.clear();
  }

  /** Reports whether to follow its descriptors in this round once more would look for nothing else. */
  isFollowed(pid: number): boolean {
    return this.#followed.get(pid) === this.#strange;
  }

  /** Looks into every descriptor of one process, and believes only what this look shows. */
  *into(pid: number): Steps<void> {
    if (this.#processes.isKernelThread(pid)) return;
    const at = this.#claims.searches;
    const found: FdLock[] | string = yield* locksOfProcess(pid);
    this.#searched.set(pid, at);
    if (typeof found === 'string') {
      this.#note(pid, found);
      return;
    }
    this.denied.delete(pid);
    this.#strange += found.length;
    this.#claims.replace(pid, found);
  }

  /** It could not be inspected. */
  #note(pid: number, code: string): void {
    if (isGone(code)) {
      this.forget(pid);
      return;
    }
    this.#claims.drop(pid);
    this.denied.add(pid);
  }

  /** Looks into descriptors that threads have for themselves. */
  *intoThreads(pid: number): Steps<void> {
    if (!this.denied.has(pid)) this.#claims.add(pid, yield* locksOfThreads(pid));
  }

  forget(pid: number): void {
    this.denied.delete(pid);
    this.#searched.delete(pid);
    this.#claims.drop(pid);
  }
}
