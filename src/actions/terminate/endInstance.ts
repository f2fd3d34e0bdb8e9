/**
 * Ends one instance: look, prove, SIGTERM from the wrapper down, wait until everything is gone and its locks are
 * released, and only then, if wanted, SIGKILL. Before every signal the service is re-checked.
 */
import type { Commands } from '../../model/commands/index';
import type { ActionDeps, ActionLog } from '../deps';
import type { Inspections } from '../inspections';
import {
  dueForContinue,
  dueForTerm,
  hadItsTurn,
  isPastAsking,
  isZombie,
  membersOf,
  pause,
  pinAll,
  send,
  stillThere,
  type Cascade,
  type Member,
} from './members';
import { locksOf, type LockOnPath } from './locks';
import type { OutcomeKind, TerminationOutcome } from './outcome';
import type { TerminationCandidate } from './plan';
import { locksAfter, locksHeldBy, type LockState } from './release';
import {
  cancelledSentence,
  deniedSentence,
  goneSentence,
  stillRunningSentence,
  type WhyRunning,
} from './sentences';
import { whyNoLonger } from './recheck';
import type { Termination } from './termination';

export interface ForceQuestion {
  candidate: TerminationCandidate;
  /** Pids that are still running. */
  running: readonly number[];
  /** s since the last SIGTERM. */
  seconds: number;
  /** None of them got SIGTERM: this system has no way to ask them to end. */
  isUnasked: boolean;
}

export interface EndDeps extends Pick<ActionDeps, 'now' | 'wait'> {
  inspections: Inspections;
  log: ActionLog;
  /** What is being waited for, for the progress notification. */
  progress: (state: EndState, candidate: TerminationCandidate) => void;
  askForce: (question: ForceQuestion) => Promise<boolean>;
}

export type EndState = 'checking' | 'terminating' | 'releasing' | 'killing';

/** One look at /proc per process; short enough that no one waits for the monitor. */
const POLL_MS = 40;
/** Death after SIGKILL is the kernel's work; longer than this means that it cannot do it now. */
const KILL_WAIT_MS = 3000;
/** A process whose lock someone inherited: as long as the heir may be on its way out as well. */
const RELEASE_WAIT_MS = 1000;
const COLLECT_WAIT_MS = 400;

export class InstanceEnd {
  readonly #members: Member[];
  #before: { mine: LockOnPath[]; all: LockOnPath[] } | undefined;
  #lastTermAt = 0;
  /** Pids that keep the lock. */
  readonly heirs = new Set<number>();
  /** When nothing of it was left, ms of the steady clock. */
  goneAt: number | undefined;
  readonly #deps: EndDeps & { commands: Commands };
  readonly #termination: Termination;
  readonly #candidate: TerminationCandidate;

  constructor(
    deps: EndDeps & { commands: Commands },
    termination: Termination,
    candidate: TerminationCandidate,
  ) {
    this.#deps = deps;
    this.#termination = termination;
    this.#candidate = candidate;
    this.#members = membersOf(termination.session, candidate);
  }

  get pids(): number[] {
    return this.#members.map(({ pid }) => pid);
  }

  async run(): Promise<TerminationOutcome> {
    this.#deps.progress('checking', this.#candidate);
    const interrupted = (await this.#terminate()) ?? (await this.#force());
    return interrupted ?? (await this.#gone());
  }

  /** undefined: all gone, or its time is up. */
  async #terminate(): Promise<TerminationOutcome | undefined> {
    const { gracePeriodMs } = this.#termination.options;
    const cascade: Cascade = { afterGoneMs: 150, afterTermMs: Math.min(1000, gracePeriodMs / 4) };
    for (;;) {
      const left = stillThere(this.#members);
      if (left.length === 0) return undefined;
      if (this.#termination.abort.aborted) {
        return this.#outcome('cancelled', cancelledSentence(left, this.#hasBegun()));
      }
      if (left.every(({ refused }) => refused !== undefined)) {
        return this.#outcome('denied', deniedSentence(left, this.#deps.commands));
      }
      if (dueForTerm(left, this.#deps.now(), cascade).length > 0 || dueForContinue(left).length > 0) {
        const changed = await this.#recheck();
        if (changed !== undefined) return this.#outcome('aborted', changed);
        await this.#signal(cascade);
        continue;
      }
      if (isPastAsking(left)) return undefined;
      const waiting = left.some((member) => !hadItsTurn(member));
      if (!waiting && this.#deps.now() - this.#lastTermAt >= gracePeriodMs) return undefined;
      await pause(left, POLL_MS, this.#deps.wait, this.#termination.abort);
    }
  }

  /** Right after a fresh look; who is due is decided once. */
  async #signal(cascade: Cascade): Promise<void> {
    const now = this.#deps.now();
    this.#termination.before.close();
    for (const member of dueForTerm(this.#members, now, cascade)) {
      await send(member, 'SIGTERM', this.#deps.log);
      if (member.isUnasked === true) continue;
      member.termAt = now;
      this.#lastTermAt = now;
    }
    for (const member of dueForContinue(this.#members)) {
      await send(member, 'SIGCONT', this.#deps.log);
      member.continued = true;
    }
    this.#deps.progress('terminating', this.#candidate);
  }

  async #force(): Promise<TerminationOutcome | undefined> {
    const left = stillThere(this.#members);
    if (left.length === 0) return undefined;
    const why = await this.#mayForce(left);
    const now = stillThere(this.#members);
    if (now.length === 0) return undefined;
    if (why !== undefined) return this.#stillRunning(now, why, this.#lastTermAt);
    const changed = await this.#recheck();
    if (changed !== undefined) return this.#outcome('aborted', changed);
    this.#deps.progress('killing', this.#candidate);
    // Parents first: a wrapper that is gone starts nothing again.
    for (const member of stillThere(this.#members)) {
      await send(member, 'SIGKILL', this.#deps.log);
      member.killed = true;
    }
    const killedAt = this.#deps.now();
    for (;;) {
      const rest = stillThere(this.#members);
      if (rest.length === 0) return undefined;
      if (rest.every(({ refused }) => refused !== undefined)) {
        return this.#outcome('denied', deniedSentence(rest, this.#deps.commands));
      }
      if (this.#deps.now() - killedAt >= KILL_WAIT_MS) return this.#stillRunning(rest, 'afterKill', killedAt);
      await pause(rest, POLL_MS, this.#deps.wait);
    }
  }

  /** undefined: yes. */
  async #mayForce(left: readonly Member[]): Promise<WhyRunning | undefined> {
    switch (this.#termination.options.force) {
      case 'always':
        return undefined;
      case 'never':
        return 'ignored';
      case 'ask': {
        const isUnasked = isPastAsking(left);
        const seconds = isUnasked ? 0 : this.#secondsSince(this.#lastTermAt);
        const running = left.map(({ pid }) => pid);
        this.#deps.log(
          `${isUnasked ? 'cannot be asked to end' : `still running ${seconds} s after SIGTERM`}: ${running.join(' ')}; asking whether to force`,
        );
        const candidate = this.#candidate;
        const answer = await this.#deps.askForce({ candidate, running, seconds, isUnasked });
        this.#deps.log(`force: ${answer ? 'yes' : 'no'}`);
        return answer ? undefined : 'declined';
      }
    }
  }

  async #recheck(): Promise<string | undefined> {
    const { plan } = this.#termination.session;
    // First, so that nothing has to be started between the look and the signal.
    await pinAll(stillThere(this.#members));
    const now = await this.#deps.inspections.fresh(plan.serviceId);
    const isAnyLeft = stillThere(this.#members).length > 0;
    const changed = isAnyLeft
      ? whyNoLonger(now, plan.target, this.#candidate, this.#members, this.#hasBegun())
      : undefined;
    if (now !== undefined && !this.#hasBegun()) {
      this.#before = { mine: locksHeldBy(now, this.pids), all: locksOf(now.facts) };
      this.#termination.before.add(now.facts);
    }
    this.#deps.log(
      `re-checked ${this.#candidate.id}: ${changed ?? (isAnyLeft ? 'still what was confirmed' : 'gone')}`,
    );
    return changed;
  }

  async #gone(): Promise<TerminationOutcome> {
    this.goneAt = this.#deps.now();
    const how = this.#members.some(({ killed }) => killed)
      ? 'killed'
      : this.#hasBegun()
        ? 'ended'
        : 'alreadyGone';
    this.#deps.log(`all gone: ${this.pids.join(' ')}`);
    const locks = await this.#released();
    await this.#collected();
    const sentence = goneSentence(this.#candidate, this.#members, how, locks);
    if (locks?.state === 'kept') {
      for (const { pid } of locks.by) this.heirs.add(pid);
      return { ...this.#outcome('lockStillHeld', sentence), keptBy: locks.by.map(({ pid }) => pid) };
    }
    return this.#outcome(how, sentence);
  }

  /** A parent needs a moment to collect its child; only one that does not is worth a word. */
  async #collected(): Promise<void> {
    const deadline = this.#deps.now() + COLLECT_WAIT_MS;
    stillThere(this.#members);
    while (this.#members.some(isZombie) && this.#deps.now() < deadline) {
      await this.#deps.wait(POLL_MS, this.#termination.abort);
      stillThere(this.#members);
    }
  }

  /** undefined: it held none. */
  async #released(): Promise<LockState | undefined> {
    const before = this.#before;
    if (before === undefined || before.mine.length === 0) return undefined;
    this.#deps.progress('releasing', this.#candidate);
    const deadline = Math.max(
      this.#lastTermAt + this.#termination.options.gracePeriodMs,
      this.#deps.now() + RELEASE_WAIT_MS,
    );
    for (;;) {
      const now = await this.#deps.inspections.fresh(this.#termination.session.plan.serviceId);
      if (now === undefined) return undefined;
      const state = locksAfter(now, before.mine, before.all, this.pids);
      if (state.state !== 'kept' || this.#deps.now() >= deadline || this.#termination.abort.aborted) {
        const by =
          state.state === 'released'
            ? ''
            : ` by ${state.by.map(({ pid }) => pid).join(' ') || 'an unknown process'}`;
        this.#deps.log(`lock ${state.state}${by}`);
        return state;
      }
      await this.#deps.wait(POLL_MS * 3, this.#termination.abort);
    }
  }

  #hasBegun(): boolean {
    return this.#members.some(({ termAt, killed }) => termAt !== undefined || killed === true);
  }

  #secondsSince(at: number): number {
    return Math.round((this.#deps.now() - at) / 100) / 10;
  }

  #stillRunning(left: readonly Member[], why: WhyRunning, since: number): TerminationOutcome {
    return this.#outcome('stillRunning', stillRunningSentence(left, why, this.#secondsSince(since)));
  }

  #outcome(kind: OutcomeKind, sentence: string): TerminationOutcome {
    this.#deps.log(`${kind}: ${sentence}`);
    const signalled = this.#members
      .filter(({ termAt, killed }) => termAt !== undefined || killed === true)
      .map(({ pid }) => pid);
    return { candidateId: this.#candidate.id, kind, sentence, signalled };
  }
}
