/** Do confirmed holders still hold? Some of them are checked at each tick, the doubtful ones first. */
import type { Slices } from '../slices';
import { linkOf, type Claim, type Claims, type LockClaims } from './claims';
import type { Looks } from './looks';

/** Locks of several holders, or of none in the table, that are inspected at every tick. */
const SHARED_ROUND = 12;

/**
 * Whoever closes a shared descriptor and opens the same file again under the same number has the same link, and only
 * fdinfo shows that it holds nothing. Reading that can refuse a start, so each lock is asked at most this often, ms.
 */
const SHARED_EVERY_MS = 30_000;

/** Confirmed holders whose descriptors are followed in one tick. */
const LOCK_ROUND = 4;

const leadsWhereItDid = (claim: Claim): boolean => linkOf(claim) === claim.link;

export class HolderChecks {
  readonly #claims: Claims;
  readonly #looks: Looks;
  /** Their holders' descriptors led elsewhere at the last check; a look into them is due if they still do. */
  readonly #doubted = new Set<LockClaims>();
  /** When fdinfo of a shared lock's holders was last read. */
  readonly #askedAt = new WeakMap<LockClaims, number>();
  #round: Iterator<LockClaims> | undefined;

  constructor(claims: Claims, looks: Looks) {
    this.#claims = claims;
    this.#looks = looks;
  }

  forget(lock: LockClaims): void {
    this.#doubted.delete(lock);
  }

  /** Checks a tick's part of them. */
  async someOf(slices: Slices): Promise<void> {
    let left = SHARED_ROUND;
    for (const lock of this.#claims.shared) {
      if (left-- === 0) break;
      // To the end of the line, so that each gets its turn.
      this.#claims.shared.delete(lock);
      this.#claims.shared.add(lock);
      const isDue = this.#isDue(lock);
      await this.#check(
        slices,
        lock,
        (claim) => leadsWhereItDid(claim) && (!isDue || this.#claims.shows(claim, lock.entry)),
      );
    }
    // A service that is just being restarted has closed its lock file for a moment: one check proves nothing.
    for (const lock of this.#doubted) await this.#check(slices, lock, leadsWhereItDid);
    this.#doubted.clear();
    for (const lock of this.#nextOf(LOCK_ROUND)) {
      if (![...lock.claims.values()].every(leadsWhereItDid)) this.#doubted.add(lock);
    }
  }

  /** What the table does not list, only fdinfo can tell. */
  #isDue(lock: LockClaims): boolean {
    const now = performance.now();
    const askedAt = this.#askedAt.get(lock);
    if (!lock.isHidden && askedAt !== undefined && now - askedAt < SHARED_EVERY_MS) return false;
    this.#askedAt.set(lock, now);
    return true;
  }

  *#nextOf(count: number): Iterable<LockClaims> {
    let iterator = this.#round ?? this.#claims.values();
    for (let done = Math.min(count, this.#claims.size); done > 0; done--) {
      let next = iterator.next();
      if (next.done === true) {
        iterator = this.#claims.values();
        next = iterator.next();
        if (next.done === true) break;
      }
      yield next.value;
    }
    this.#round = iterator;
  }

  async #check(slices: Slices, lock: LockClaims, isUnchanged: (claim: Claim) => boolean): Promise<void> {
    for (const claim of [...lock.claims.values()]) {
      if (!isUnchanged(claim)) await slices.run(this.#looks.into(claim.pid));
    }
  }
}
