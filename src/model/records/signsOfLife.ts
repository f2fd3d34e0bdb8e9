/** What shows that a service may still run although the process that its record names does not. */
import type { FileFacts, HostFacts, RecordFacts, ServiceFacts, SignsOfLife } from '../facts';
import { RECORD_TOLERANCE_MS, toMs } from './recordIdentity';

export type LifeReason =
  /** Gone, but processes of the group or session that it led still run: what it started, or what it meant by its number. */
  | 'groupRuns'
  /** Gone, but processes that were seen below it while it ran still run. */
  | 'childrenRun'
  /** Gone, but whom the record named before it was rewritten still runs: a second start wrote its number, and failed. */
  | 'namedBefore'
  /** Gone, but the record was written, or its time was set, after that: a live process goes on with it. */
  | 'writtenSince'
  /** The number of a thread that ran when the record was written: it may have meant itself (gettid(2)). */
  | 'olderThread'
  /** Something listens on a port that the record or the service names. */
  | 'portServed'
  /** Something listens at an address that the record's text names. */
  | 'addressServed'
  /** A process names the record's own path. */
  | 'pathNamed'
  /** What is called like it lies beside it and is in use. */
  | 'besideInUse';

/** Did a thread of this start run when the record was written? */
const isOlderThread = (startTime: number | undefined, { mtimeNs }: FileFacts, host: HostFacts): boolean =>
  startTime !== undefined &&
  mtimeNs !== undefined &&
  startTime <= toMs(mtimeNs) + RECORD_TOLERANCE_MS + (host.clockStepMs ?? 0);

/** Returns the ports of the record and of the service's settings on which something listens, whoever that is. */
export const servedPorts = ({ record }: RecordFacts, { ports = [] }: ServiceFacts): number[] =>
  ports
    // Its server may run on under a number of its own, and look like nothing of the service.
    .filter(
      ({ port, isConfigured, listeners }) => listeners.length > 0 && (isConfigured || port === record.port),
    )
    .map(({ port }) => port);

/** Returns what is in use beside the record and no file of the service: those are judged themselves. */
export function besideInUse({ signs }: RecordFacts, facts: ServiceFacts): NonNullable<SignsOfLife['beside']> {
  const own = new Set([...facts.lockFiles, ...facts.pidFiles].map(({ file }) => file.path));
  return (signs?.beside ?? []).filter(({ path }) => !own.has(path));
}

/** Returns why a record whose process is gone, or another one, may not be called left behind; undefined: nothing. */
export function signOfLife(
  content: RecordFacts,
  file: FileFacts,
  facts: ServiceFacts,
): LifeReason | undefined {
  const { liveness, namedBefore, signs } = content;
  if (liveness?.state === 'dead') {
    if (liveness.groupRuns !== undefined) return 'groupRuns';
    if (liveness.childrenRun !== undefined) return 'childrenRun';
    if (liveness.writtenSince === true) return 'writtenSince';
    if (isOlderThread(liveness.startTime, file, facts.host)) return 'olderThread';
  }
  if (namedBefore !== undefined) return 'namedBefore';
  if (servedPorts(content, facts).length > 0) return 'portServed';
  if (signs === undefined) return undefined;
  if (signs.served.length > 0) return 'addressServed';
  if (signs.naming.length > 0) return 'pathNamed';
  return besideInUse(content, facts).length > 0 ? 'besideInUse' : undefined;
}
