/** Is the process that a pid record names the one that wrote it, and is it alive? */
import type { PidVerdict } from '../api';
import type { FileFacts, HostFacts, LockFacts, ProcessFacts, RecordFacts, ServiceFacts } from './facts';
import { isUncertain, lockedPaths } from './locks';
import type { PidRecord } from './pidRecord';
import type { ProcessTree } from './processTree';

export type VerdictReason =
  | 'absent'
  | 'empty'
  | 'notAPid'
  | 'notAFile'
  | 'unreadable'
  | 'otherHost'
  | 'otherNamespace'
  | 'livenessUnavailable'
  /** Dead or reused as seen from here, but a lock that cannot be seen from here may protect the record. */
  | 'locksUncertain'
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
  | 'fileLocked'
  | 'lockHeldByRelative';

export interface Judgement {
  verdict: PidVerdict;
  reason: VerdictReason;
  /** The recorded process, alive and the writer as far as anyone can tell. */
  owner?: ProcessFacts;
}

/**
 * How much later than the record a process may seem to have started and still count as its writer. /proc/stat gives
 * the boot time in whole seconds, start ticks are 10 ms, file times come from the kernel's coarse clock, FAT keeps 2 s.
 */
export const START_TOLERANCE_MS = 3000;

/** Emacs takes its boot time from other sources than ours. */
const BOOT_TOLERANCE_MS = 60_000;

const LOOPBACK = /^(?:localhost(?:\..*)?|127\.[\d.]+|::1|0\.0\.0\.0|::|\*|\[::1?\])$/i;

const shortName = (host: string): string => host.toLowerCase().split('.', 1)[0] ?? '';

/** Same machine: equal names, or equal up to the domain when one of them has none. */
export function isThisHost(recorded: string, host: HostFacts): boolean {
  if (LOOPBACK.test(recorded) || host.addresses?.includes(recorded) === true) {
    return true;
  }
  const [a, b] = [recorded.toLowerCase(), host.hostname.toLowerCase()];
  return (
    a === b ||
    ((!a.includes('.') || !b.includes('.')) && shortName(a) === shortName(b) && !/^[\d.]+$/.test(a))
  );
}

export const toMs = (ns: bigint): number => Number(ns / 1_000_000n);

type Identity =
  { writer: true; reason: 'startTicksEqual' | 'alive' } | { writer: false; reason: VerdictReason };

/** Is this live process the one that wrote the record? */
function identify(record: PidRecord, process: ProcessFacts, file: FileFacts, host: HostFacts): Identity {
  const tolerance = START_TOLERANCE_MS + (host.clockStepMs ?? 0);
  const startedAfter = (time: number): boolean =>
    process.startTime !== undefined && process.startTime > time + tolerance;

  if (record.startTicks !== undefined && process.startTicks !== undefined) {
    // Ticks since boot: exact, and immune to changes of the wall clock.
    if (record.startTicks === process.startTicks) {
      return { writer: true, reason: 'startTicksEqual' };
    }
    // A number that may be seconds as well has to fail both readings.
    const plausibleTime = record.startedAt !== undefined && !startedAfter(record.startedAt);
    return plausibleTime ? { writer: true, reason: 'alive' } : { writer: false, reason: 'startTicksDiffer' };
  }
  if (record.startedAt !== undefined && startedAfter(record.startedAt)) {
    return { writer: false, reason: 'startedAfterRecord' };
  }
  const written = file.mtimeNs === undefined ? undefined : toMs(file.mtimeNs);
  if (written !== undefined && host.bootTime !== undefined && host.bootTime > written + tolerance) {
    return { writer: false, reason: 'bootedSince' };
  }
  if (
    record.bootTime !== undefined &&
    host.bootTime !== undefined &&
    host.bootTime > record.bootTime * 1000 + BOOT_TOLERANCE_MS + tolerance &&
    (written === undefined || startedAfter(written))
  ) {
    return { writer: false, reason: 'bootedSince' };
  }
  if (written !== undefined && startedAfter(written)) {
    return { writer: false, reason: 'startedAfterWrite' };
  }
  return { writer: true, reason: 'alive' };
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
    if (holder.process.pid === pid || (process !== undefined && tree.areRelatives(process, holder.process))) {
      return true;
    }
    const inherited = holder.inherited && lock.taker === pid;
    const orphaned = process === undefined && (holder.process.pgid === pid || holder.process.sid === pid);
    return inherited || orphaned;
  });
}

interface Judged {
  file: FileFacts;
  content: RecordFacts | undefined;
  /** Kernel locks on the file itself. */
  locks: readonly LockFacts[];
  certainty: 'certain' | 'unknown';
}

const unverifiable = (reason: VerdictReason): Judgement => ({ verdict: 'unverifiable', reason });

/** Nothing to judge a process by: the file is missing, no file, unreadable, empty, or holds no pid. */
function judgeFile({ file, content }: Judged): Judgement | undefined {
  if (file.status === 'absent') {
    return { verdict: 'absent', reason: 'absent' };
  }
  if (content === undefined) {
    return unverifiable(file.status === 'directory' || file.status === 'special' ? 'notAFile' : 'unreadable');
  }
  if (content.record.shape === 'empty') {
    return { verdict: 'empty', reason: 'empty' };
  }
  return content.record.pid === undefined ? unverifiable('notAPid') : undefined;
}

function namesAnotherPlace(record: PidRecord, host: HostFacts): VerdictReason | undefined {
  if (record.host !== undefined && !isThisHost(record.host, host)) {
    return 'otherHost';
  }
  const { pidNamespace } = record;
  return pidNamespace !== undefined && pidNamespace !== host.pidNamespace ? 'otherNamespace' : undefined;
}

/**
 * The verdict on one record. Whatever is uncertain is kept: `dead` and `reused` need proof that the process is gone or
 * another one, and that no lock protects the record.
 */
export function judgeRecord(judged: Judged, facts: ServiceFacts, tree: ProcessTree): Judgement {
  const early = judgeFile(judged);
  const record = judged.content?.record;
  const pid = record?.pid;
  if (early !== undefined || record === undefined || pid === undefined) {
    return early ?? unverifiable('notAPid');
  }
  const { host } = facts;
  const liveness = judged.content?.liveness;
  const alive = liveness?.state === 'alive' ? liveness.process : undefined;
  const identity = alive === undefined ? undefined : identify(record, alive, judged.file, host);

  const holdsIt = (lock: LockFacts): boolean => lock.holders.some((holder) => holder.process.pid === pid);
  const locks = [...judged.locks, ...lockedPaths(facts).flatMap((path) => path.locks)];
  // A holder of the lock is the owner whatever the clocks say; a stranger with its number holds nothing.
  const owner = alive !== undefined && (identity?.writer === true || locks.some(holdsIt)) ? alive : undefined;
  const withOwner = owner === undefined ? {} : { owner };
  if (locks.some((lock) => heldByFamilyOf(pid, owner, lock, tree))) {
    return { verdict: 'live', reason: 'lockHeldByRelative', ...withOwner };
  }

  const elsewhere = namesAnotherPlace(record, host);
  if (elsewhere !== undefined) {
    return unverifiable(elsewhere);
  }
  if (judged.locks.length > 0) {
    return { verdict: 'live', reason: 'fileLocked', ...withOwner };
  }
  if (liveness === undefined || liveness.state === 'unavailable') {
    return unverifiable('livenessUnavailable');
  }
  if (identity?.writer === true && alive !== undefined) {
    return { verdict: 'live', reason: identity.reason, owner: alive };
  }
  // The wall clock may have been stepped (resume, first synchronisation); a process that is this service by its
  // command line is not called a stranger on that evidence alone.
  if (
    alive !== undefined &&
    identity !== undefined &&
    CLOCK_REASONS.has(identity.reason) &&
    facts.matched.includes(pid)
  ) {
    return { verdict: 'live', reason: 'alive', owner: alive };
  }
  if (judged.certainty === 'unknown' || facts.lockFiles.some(isUncertain)) {
    return unverifiable('locksUncertain');
  }
  if (record.shape === 'fileName' && liveness.state === 'dead') {
    return unverifiable('guessedPid');
  }
  return liveness.state === 'dead'
    ? { verdict: 'dead', reason: liveness.why }
    : { verdict: 'reused', reason: identity?.reason ?? 'startTicksDiffer' };
}
