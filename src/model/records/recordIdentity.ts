/** Is a live process of the recorded number the one that the record was written for, by start, boot and clock? */
import type { FileFacts, HostFacts, ProcessFacts } from '../facts';
import type { PidRecord } from './pidRecordTypes';

/**
 * How much later than the record a process may seem to have started and still count as its writer. /proc/stat gives
 * the boot time in whole seconds, start ticks are 10 ms, file times come from the kernel's coarse clock, FAT keeps 2 s.
 */
export const RECORD_TOLERANCE_MS = 3000;

/** Emacs computes the boot time from a different source than we do. */
const BOOT_TOLERANCE_MS = 60_000;

export const toMs = (ns: bigint): number => Number(ns / 1_000_000n);

export type Identity =
  | {
      writer: true;
      reason: 'startTicksEqual' | 'alive';
      /** The record says an earlier start or boot, and was written while this process ran. */
      isLater?: true;
    }
  | {
      writer: false;
      reason: 'otherBoot' | 'startTicksDiffer' | 'startedAfterRecord' | 'bootedSince' | 'startedAfterWrite';
    };

const earlierBoot = (record: PidRecord, host: HostFacts): boolean =>
  record.bootId !== undefined && host.bootId !== undefined && record.bootId !== host.bootId;

/**
 * Which recorded start, if any, is earlier than that of the process. Only an earlier process can have had the number
 * before: a start that is said to be later is something else.
 */
function earlierStart(
  record: PidRecord,
  process: ProcessFacts,
  startedAfter: (time: number) => boolean,
): 'startTicksDiffer' | 'startedAfterRecord' | undefined {
  // A start of unknown unit is compared with nothing.
  if (record.startUnit !== undefined) {
    return undefined;
  }
  const { startTicks, startedAt } = record;
  const isLaterTime = startedAt !== undefined && startedAfter(startedAt);
  if (startTicks !== undefined && process.startTicks !== undefined && startTicks < process.startTicks) {
    // A number that may be seconds as well has to fail both readings.
    return startedAt === undefined || isLaterTime ? 'startTicksDiffer' : undefined;
  }
  return isLaterTime ? 'startedAfterRecord' : undefined;
}

/**
 * Returns whether this live process is the one that the record means. What the record says of a start may be that of a
 * job, a supervisor or another clock: it speaks against a process only where the file is older than that one as well. A
 * file that was written while the process ran means it by its number, or is a copy.
 */
export function identify(
  record: PidRecord,
  process: ProcessFacts,
  file: FileFacts,
  host: HostFacts,
): Identity {
  const tolerance = RECORD_TOLERANCE_MS + (host.clockStepMs ?? 0);
  const startedAfter = (time: number): boolean =>
    process.startTime !== undefined && process.startTime > time + tolerance;
  const written = file.mtimeNs === undefined ? undefined : toMs(file.mtimeNs);
  const isBeforeBoot =
    written !== undefined && host.bootTime !== undefined && host.bootTime > written + tolerance;
  // A record of this boot with a file time before it: the clock has been set since, as on a machine without one.
  const isThisBoot = record.bootId !== undefined && record.bootId === host.bootId;
  const isOlder = written !== undefined && !(isThisBoot && isBeforeBoot) && startedAfter(written);

  const isOtherBoot = earlierBoot(record, host);
  if (isOtherBoot && isOlder) {
    return { writer: false, reason: 'otherBoot' };
  }
  if (
    !isOtherBoot &&
    process.startTicks !== undefined &&
    record.startUnit === undefined &&
    // Ticks since boot: exact, and immune to changes of the wall clock.
    [record.startTicks, record.mayBeTicks].includes(process.startTicks)
  ) {
    return { writer: true, reason: 'startTicksEqual' };
  }
  const earlier = earlierStart(record, process, startedAfter);
  if (earlier !== undefined && isOlder) {
    return { writer: false, reason: earlier };
  }
  if (isBeforeBoot && !isThisBoot) {
    return { writer: false, reason: 'bootedSince' };
  }
  if (
    isOlder &&
    record.bootTime !== undefined &&
    host.bootTime !== undefined &&
    host.bootTime > record.bootTime * 1000 + BOOT_TOLERANCE_MS + tolerance
  ) {
    return { writer: false, reason: 'bootedSince' };
  }
  if (isOlder) {
    return { writer: false, reason: 'startedAfterWrite' };
  }
  return isOtherBoot || earlier !== undefined
    ? { writer: true, reason: 'alive', isLater: true }
    : { writer: true, reason: 'alive' };
}
