/** Is the process that a pid record names the one that wrote it, and is it alive? */
import type { PidVerdict, Proof } from '../../api';
import type {
  FileFacts,
  ForeignOrigin,
  HolderFacts,
  LockFacts,
  ProcessFacts,
  RecordFacts,
  ServiceFacts,
} from '../facts';
import { isUncertain, lockedPaths } from '../locks';
import type { PidRecord } from './pidRecordTypes';
import type { ProcessTree } from '../processes/processTree';
import { identify, type Identity } from './recordIdentity';
import { isFromHere, namesAnotherPlace } from './recordOrigin';
import { signOfLife, type LifeReason } from './signsOfLife';
import {
  contradictionOf,
  fitOf,
  isAsStrong,
  writersAmong,
  type Contradiction,
  type Fit,
  type Writer,
} from './writer';

export type VerdictReason =
  | LifeReason
  | 'absent'
  | 'empty'
  | 'notAPid'
  | 'notAFile'
  | 'unreadable'
  | 'otherHost'
  /** A word in it may be another host, or anything else. */
  | 'mayBeOtherHost'
  | 'otherNamespace'
  | 'livenessUnavailable'
  /** Dead or reused as seen from here, but a lock that cannot be seen from here may protect the record. */
  | 'locksUncertain'
  /** Gone or another process, but the number may be no pid. */
  | 'mayBeNoPid'
  /** Gone or another process, but not all of the record was read. */
  | 'partlyRead'
  /** The pid was only guessed from the file's name, and no such process exists. */
  | 'guessedPid'
  | 'gone'
  | 'zombie'
  | 'thread'
  | 'startTicksDiffer'
  | 'startedAfterRecord'
  | 'startedAfterWrite'
  | 'bootedSince'
  /** Alive, and proven to be the writer: the recorded start is its start. */
  | 'startTicksEqual'
  /** Alive, and nothing speaks against it. */
  | 'alive'
  /** A holder of the lock calls itself by the recorded number, in its own PID namespace. */
  | 'innerHolder'
  /** A process of another PID namespace calls itself by that number, and runs what is expected. */
  | 'innerProcess'
  /** A process of another PID namespace calls itself by that number, and nothing rules it out. */
  | 'innerCandidate'
  /** Alive, later than the record's start, and before the record was written: which of them lies is not known. */
  | 'writtenAfterStart'
  /** Alive, and nothing but the number fits. */
  | 'onlyNumber'
  /** Alive, and what is known of it contradicts: see `contradiction`. */
  | 'contradicted'
  /** Gone or another process as seen from here, but the record may be from elsewhere: see `foreign`. */
  | 'mayBeElsewhere'
  /** The record names the boot that it was written in, and that is over. */
  | 'otherBoot'
  /** Gone, but it took a lock that others inherited: the record stays as long as they hold it. */
  | 'lockInherited'
  | 'fileLocked'
  | 'lockHeldByRelative';

export interface Judgement {
  verdict: PidVerdict;
  reason: VerdictReason;
  /** Of the verdict. */
  proof: Proof;
  /** The recorded process, alive and the writer as far as it can be known. */
  owner?: ProcessFacts;
  /** What speaks for `owner` besides its number. */
  fit?: Fit;
  contradiction?: Contradiction;
}

/** Reasons that compare a start with the wall clock. Recorded ticks need no such trust. */
const CLOCK_REASONS: ReadonlySet<VerdictReason> = new Set([
  'startedAfterRecord',
  'startedAfterWrite',
  'bootedSince',
]);

/**
 * Does someone of the recorded process's family hold this lock: itself, an ancestor, a descendant, or, once it is gone,
 * those who inherited the lock it took or still carry its process group or session?
 */
export function heldByFamilyOf(
  pid: number,
  process: ProcessFacts | undefined,
  lock: LockFacts,
  tree: ProcessTree,
): boolean {
  return lock.holders.some((holder) => {
    const isRelated = (one: ProcessFacts): boolean =>
      tree.areRelatives(one, holder.process) || tree.isAbove(holder.process, one);
    if (holder.process.pid === pid || (process !== undefined && isRelated(process))) {
      return true;
    }
    const inherited = holder.inherited && lock.taker === pid;
    const orphaned = process === undefined && (holder.process.pgid === pid || holder.process.sid === pid);
    return inherited || orphaned;
  });
}

export interface Judged {
  file: FileFacts;
  content: RecordFacts | undefined;
  /** Kernel locks on the file itself. */
  locks: readonly LockFacts[];
  certainty: 'certain' | 'unknown';
  foreign?: ForeignOrigin | undefined;
}

const unverifiable = (reason: VerdictReason, more: Partial<Judgement> = {}): Judgement => ({
  verdict: 'unverifiable',
  reason,
  proof: 'guessed',
  ...more,
});

/** Nothing to judge a process by: the file is missing, no file, unreadable, empty, or holds no pid. */
function judgeFile({ file, content }: Judged): Judgement | undefined {
  if (file.status === 'absent') {
    return { verdict: 'absent', reason: 'absent', proof: 'proven' };
  }
  if (content === undefined) {
    return unverifiable(file.status === 'directory' || file.status === 'special' ? 'notAFile' : 'unreadable');
  }
  if (content.record.shape === 'empty') {
    return { verdict: 'empty', reason: 'empty', proof: 'proven' };
  }
  return content.record.pid === undefined ? unverifiable('notAPid') : undefined;
}

const innermost = (process: ProcessFacts): number | undefined => process.nsPids?.at(-1);

/** Everything that one record is judged by. */
interface Question {
  judged: Judged;
  content: RecordFacts;
  record: PidRecord;
  pid: number;
  facts: ServiceFacts;
  tree: ProcessTree;
  /** The live process of that number here, and whether it is the writer by start and clock. */
  alive: ProcessFacts | undefined;
  identity: Identity | undefined;
  contradiction: Contradiction | undefined;
  /** Locks on the file and on the service's files. */
  locks: readonly LockFacts[];
}

function questionOf(
  judged: Judged,
  content: RecordFacts,
  pid: number,
  facts: ServiceFacts,
  tree: ProcessTree,
): Question {
  const { record, liveness } = content;
  const alive = liveness?.state === 'alive' ? liveness.process : undefined;
  return {
    judged,
    content,
    record,
    pid,
    facts,
    tree,
    alive,
    identity: alive === undefined ? undefined : identify(record, alive, judged.file, facts.host),
    contradiction:
      alive === undefined ? undefined : contradictionOf({ record, file: judged.file }, alive, facts, tree),
    locks: [...judged.locks, ...lockedPaths(facts).flatMap((path) => path.locks)],
  };
}

/** The verdict that a lock gives: whoever holds it is the owner, whatever clocks and numbers say. */
function judgeByLock({ pid, tree, alive, identity, contradiction, locks }: Question): Judgement | undefined {
  const holders = locks.flatMap((lock) => lock.holders);
  const isIts = ({ process }: HolderFacts): boolean =>
    process.pid === pid && innermost(process) === undefined;
  const own = holders.find(isIts) ?? holders.find(({ process }) => process.pid === pid);
  const inner = holders.find(({ process }) => innermost(process) === pid);
  if (inner !== undefined && (own === undefined || !isIts(own))) {
    return {
      verdict: 'live',
      reason: 'innerHolder',
      proof: inner.proven ? 'proven' : 'plausible',
      owner: inner.process,
    };
  }
  if (own !== undefined) {
    return {
      verdict: 'live',
      reason: 'lockHeldByRelative',
      proof: own.proven ? 'proven' : 'plausible',
      owner: alive ?? own.process,
    };
  }
  const owner = identity?.writer === true && contradiction === undefined ? alive : undefined;
  if (locks.some((lock) => heldByFamilyOf(pid, owner, lock, tree))) {
    return owner === undefined
      ? { verdict: alive === undefined ? 'dead' : 'reused', reason: 'lockInherited', proof: 'proven' }
      : { verdict: 'live', reason: 'lockHeldByRelative', proof: 'proven', owner };
  }
  return undefined;
}

/** Returns who calls itself by the recorded number in a nested PID namespace and may have written the record. */
const insiders = ({ judged, content, record, facts, tree }: Question): Writer[] =>
  writersAmong(content.inner ?? [], { record, file: judged.file }, facts, tree);

/** A process of a nested PID namespace that calls itself by the recorded number. */
function judgeInner(question: Question): Judgement | undefined {
  const possible = insiders(question);
  const named = possible.find(({ fit }) => fit === 'named')?.process;
  if (named !== undefined) {
    return { verdict: 'live', reason: 'innerProcess', proof: 'plausible', owner: named, fit: 'named' };
  }
  return possible.length > 0 ? unverifiable('innerCandidate') : undefined;
}

function judgeAlive(question: Question, alive: ProcessFacts): Judgement | undefined {
  const { judged, record, facts, tree, identity, contradiction } = question;
  if (identity?.writer === true && identity.reason === 'startTicksEqual' && alive.kernelThread !== true) {
    return { verdict: 'live', reason: 'startTicksEqual', proof: 'proven', owner: alive };
  }
  if (contradiction !== undefined) {
    return identity?.writer === false
      ? undefined
      : (judgeInner(question) ?? unverifiable('contradicted', { contradiction }));
  }
  const fit = fitOf({ record, file: judged.file }, alive, facts, tree);
  if (identity?.writer === true) {
    // An insider for whom as much speaks may be the writer as well.
    const isContested = insiders(question).some((insider) => isAsStrong(insider.fit, fit));
    if (isContested && fit === 'named') {
      return unverifiable('innerCandidate');
    }
    const isHere = isFromHere(record, judged.foreign, facts.host) || fit === 'named';
    if (fit !== undefined && isHere && !isContested) {
      return { verdict: 'live', reason: identity.reason, proof: 'plausible', owner: alive, fit };
    }
    return (
      judgeInner(question) ??
      unverifiable(
        judged.foreign !== undefined
          ? 'mayBeElsewhere'
          : identity.isLater
            ? 'writtenAfterStart'
            : 'onlyNumber',
      )
    );
  }
  // The wall clock may have been stepped (resume, first synchronisation); a process that is this service by its
  // command line is not called unrelated on that evidence alone.
  if (identity !== undefined && CLOCK_REASONS.has(identity.reason) && fit === 'named') {
    return { verdict: 'live', reason: 'alive', proof: 'plausible', owner: alive, fit };
  }
  return undefined;
}

/** Dead or another process, as seen from here: may that be said? */
function judgeGone(question: Question): Judgement {
  const { judged, content, record, facts, identity } = question;
  const { host } = facts;
  const inner = judgeInner(question);
  if (inner !== undefined) {
    return inner;
  }
  if (!isFromHere(record, judged.foreign, host)) {
    return unverifiable('mayBeElsewhere');
  }
  if (record.mayBeOther === true) {
    return unverifiable('mayBeNoPid');
  }
  if (record.isCut === true) {
    return unverifiable('partlyRead');
  }
  if (judged.certainty === 'unknown' || facts.lockFiles.some(isUncertain)) {
    return unverifiable('locksUncertain');
  }
  const sign = signOfLife(content, judged.file, facts);
  if (sign !== undefined) {
    return unverifiable(sign);
  }
  const { liveness } = content;
  if (liveness?.state === 'dead') {
    return record.shape === 'fileName'
      ? unverifiable('guessedPid')
      : { verdict: 'dead', reason: liveness.why, proof: 'proven' };
  }
  const reason = identity?.reason ?? 'startTicksDiffer';
  return { verdict: 'reused', reason, proof: CLOCK_REASONS.has(reason) ? 'plausible' : 'proven' };
}

/**
 * The verdict on one record. Whatever is uncertain is kept: `dead` and `reused` need proof that the process is gone or
 * another one, and that no lock protects the record.
 */
export function judgeRecord(judged: Judged, facts: ServiceFacts, tree: ProcessTree): Judgement {
  const early = judgeFile(judged);
  const { content } = judged;
  const pid = content?.record.pid;
  if (early !== undefined || content === undefined || pid === undefined) {
    return early ?? unverifiable('notAPid');
  }
  const question = questionOf(judged, content, pid, facts, tree);
  const { record, alive, identity, contradiction } = question;
  const byLock = judgeByLock(question);
  if (byLock !== undefined) {
    return byLock;
  }
  const elsewhere = namesAnotherPlace(record, facts.host, judged.file.path);
  if (elsewhere !== undefined && elsewhere !== 'mayBeOtherHost') {
    return unverifiable(elsewhere);
  }
  if (judged.locks.length > 0) {
    const isWriter = identity?.writer === true && contradiction === undefined && alive !== undefined;
    return {
      verdict: 'live',
      reason: 'fileLocked',
      proof: 'plausible',
      ...(isWriter ? { owner: alive } : {}),
    };
  }
  const { liveness } = content;
  if (liveness === undefined || liveness.state === 'unavailable') {
    return unverifiable('livenessUnavailable');
  }
  const judgement = (alive === undefined ? undefined : judgeAlive(question, alive)) ?? judgeGone(question);
  return elsewhere !== undefined && judgement.verdict !== 'live' ? unverifiable(elsewhere) : judgement;
}
