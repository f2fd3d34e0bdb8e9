/** The processes of one instance while it is being ended. */
import type { ProcessFacts } from '../../model/facts';
import type { ProcessHandle, Signal, SignalOutcome } from '../../os/platform';
import type { ActionDeps } from '../deps';
import type { TerminationCandidate } from './plan';
import type { TerminationSession } from './session';

export interface Member {
  readonly pid: number;
  readonly command: string;
  readonly handle: ProcessHandle;
  /** Within the instance. */
  readonly parent: Member | undefined;
  /** As last read. undefined: gone. */
  facts: ProcessFacts | undefined;
  /** When SIGTERM was sent, ms of the steady clock. */
  termAt?: number;
  continued?: boolean;
  killed?: boolean;
  /** Why it cannot be signalled. */
  refused?: Exclude<SignalOutcome, { result: 'sent' } | { result: 'gone' } | { result: 'unasked' }>;
  /** This system has no way to ask it to end: it got no SIGTERM, and can be killed. */
  isUnasked?: boolean;
}

export function membersOf(session: TerminationSession, candidate: TerminationCandidate): Member[] {
  const members: Member[] = [];
  for (const { pid, command, parent } of candidate.processes) {
    const handle = session.handle(pid);
    if (handle !== undefined) {
      const inside = members.find((member) => member.pid === parent?.pid);
      members.push({ pid, command, handle, parent: inside, facts: handle.read() });
    }
  }
  return members;
}

/** A zombie has ended: it runs nothing and holds nothing, only its parent has not asked for its exit status yet. */
export const isGone = ({ facts }: Member): boolean =>
  facts === undefined || facts.state === 'Z' || facts.state === 'X';

export const isZombie = ({ facts }: Member): boolean => facts?.state === 'Z';

/** Reads all of them; answers those that still run. */
export function stillThere(members: readonly Member[]): Member[] {
  for (const member of members) {
    if (member.facts !== undefined) member.facts = member.handle.read();
  }
  return members.filter((member) => !isGone(member));
}

/** How long a process gets to pass SIGTERM on to its children before they are told directly. */
export interface Cascade {
  /** It is gone, its children may be on their way. */
  afterGoneMs: number;
  /** It is still there: it may wait for them, or not care. */
  afterTermMs: number;
}

/**
 * Who is to get SIGTERM now: parents before children, so that a wrapper ends before it can start its child again, and
 * a server gets the time to end its workers in its own way.
 */
export function dueForTerm(members: readonly Member[], now: number, cascade: Cascade): Member[] {
  return members.filter((member) => {
    if (hadItsTurn(member) || isGone(member)) {
      return false;
    }
    let parent = member.parent;
    while (parent !== undefined && isGone(parent) && parent.termAt === undefined) parent = parent.parent;
    if (parent?.termAt === undefined) {
      return parent === undefined || hadItsTurn(parent);
    }
    return now - parent.termAt >= (isGone(parent) ? cascade.afterGoneMs : cascade.afterTermMs);
  });
}

/** Reports whether it got SIGTERM, or cannot get it. */
export const hadItsTurn = ({ termAt, refused, isUnasked }: Member): boolean =>
  termAt !== undefined || refused !== undefined || isUnasked === true;

/** Reports whether waiting for them is of no use: each was refused, or cannot be asked. */
export const isPastAsking = (members: readonly Member[]): boolean =>
  members.every(({ refused, isUnasked }) => refused !== undefined || isUnasked === true);

/** Stopped after SIGTERM was sent: it can only end once it continues. A traced process (t) is its debugger's. */
export const dueForContinue = (members: readonly Member[]): Member[] =>
  members.filter((member) => member.termAt !== undefined && !member.continued && member.facts?.state === 'T');

/** Proves the identity and signals; remembers what came of it. */
export async function send(member: Member, signal: Signal, log: (text: string) => void): Promise<void> {
  const outcome = await member.handle.signal(signal);
  log(`${signal} to pid ${member.pid} (${member.command}): ${outcome.result}${detailOf(outcome)}`);
  if (outcome.result === 'gone') {
    member.facts = undefined;
  } else if (outcome.result === 'unasked') {
    member.isUnasked = true;
  } else if (outcome.result !== 'sent') {
    member.refused = outcome;
  }
}

function detailOf(outcome: SignalOutcome): string {
  switch (outcome.result) {
    case 'sent':
      return outcome.how === undefined ? '' : ` ${outcome.how}`;
    case 'lost':
      return `: ${outcome.why}`;
    case 'unproven':
      return `: ${outcome.reason}`;
    default:
      return '';
  }
}

/** Gets all of them ready to be signalled. */
export async function pinAll(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map(async ({ handle }) => handle.pin?.()));
}

/** Waits `ms`, or until one of them is known to have ended, or until `abort`. */
export async function pause(
  members: readonly Member[],
  ms: number,
  wait: ActionDeps['wait'],
  abort?: AbortSignal,
): Promise<void> {
  const enough = new AbortController();
  const stop = (): void => enough.abort();
  for (const { handle } of members) {
    void handle.ended?.().then((hasEnded) => {
      if (hasEnded) stop();
    });
  }
  if (abort?.aborted === true) stop();
  // By hand: Node 20 may collect a signal of AbortSignal.any with its listeners, and then nothing cuts the wait short.
  abort?.addEventListener('abort', stop);
  await wait(ms, enough.signal);
  abort?.removeEventListener('abort', stop);
}
