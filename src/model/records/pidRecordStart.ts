/** When the recorded process started, as its writer put it: times, clock ticks, start tokens. */
import { defined } from '../../common/defined';
import type { PidRecord } from './pidRecordTypes';
import { parseBootId } from './pidRecordValues';

/**
 * What a record says about the start. Every reading that is not certain is the latest of those possible: a start that
 * seems too late never makes a live process look like another one, a start that seems too early does.
 */
export type RecordedStart = Pick<
  PidRecord,
  'startTicks' | 'mayBeTicks' | 'startedAt' | 'zoneless' | 'bootId' | 'startUnit'
>;

const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2})?$/;

/** No clock on Earth is further behind UTC. */
const LAST_ZONE = '-12:00';

/**
 * Returns the moment that an ISO 8601 text means, ms since the epoch. A text without a zone is in that of its writer,
 * and a service may run in another zone than its monitor (`TZ`, a container): the latest moment counts.
 */
export function parseIsoTime(text: string): RecordedStart | undefined {
  const match = ISO.exec(text);
  if (match === null) {
    return undefined;
  }
  const zoneless = match[1] === undefined;
  const plain = text.replace(',', '.').replace(' ', 'T').replace(/\s/g, '');
  const startedAt = Date.parse(zoneless ? `${plain}${LAST_ZONE}` : plain);
  if (!Number.isFinite(startedAt)) {
    return undefined;
  }
  return zoneless ? { startedAt, zoneless } : { startedAt };
}

/** s since the epoch from September 2001 to 2286. The bounds of the other units follow: they do not overlap. */
const isSeconds = (value: number): boolean => value >= 1e9 && value < 1e10;

/** A FILETIME counts 100 ns since 1601; this is 1970. */
const FILETIME_OF_EPOCH_MS = 11_644_473_600_000;

/** ms since the epoch; undefined where no unit makes the number a time at which a recorded process can have started. */
function timeOf(value: number): number | undefined {
  if (isSeconds(value)) {
    return value * 1000;
  }
  if (isSeconds(value / 1e3)) {
    return value;
  }
  if (isSeconds(value / 1e6)) {
    return value / 1e3;
  }
  if (isSeconds(value / 1e9)) {
    return value / 1e6;
  }
  const ofFiletime = value / 1e4 - FILETIME_OF_EPOCH_MS;
  return isSeconds(ofFiletime / 1e3) ? ofFiletime : undefined;
}

/**
 * Smaller numbers are no start ticks of a service: at 1 s after the boot there is the kernel and little else. Flags and
 * counters are that small, and so is the number of threads, which a reader of /proc/<pid>/stat gets who splits at
 * blanks when the name of the process has some.
 */
const FIRST_TICK = 100;

export interface StartUnits {
  /**
   * What a number below a billion is. `yes`: field 22 of /proc/<pid>/stat, as its key or its writer says. `perhaps`: it may
   * be that, or a date (20261127), ms since the boot, s of a monotonic clock: no key says so. `no`: always a time.
   */
  ticks: 'yes' | 'perhaps' | 'no';
  /** hermes, where there is no /proc: psutil's `create_time()` times 100. */
  centiseconds?: boolean;
}

/** ISO text, or a number of ticks, s, ms, µs, ns or FILETIME, distinguished by its size. */
export function parseStart(value: unknown, units: StartUnits): RecordedStart {
  if (typeof value === 'string') {
    const text = value.trim();
    return /^\d{1,20}(?:\.\d{1,12})?$/.test(text)
      ? parseStart(Number(text), units)
      : (parseIsoTime(text) ?? {});
  }
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    return {};
  }
  if (units.centiseconds === true && isSeconds(value / 100)) {
    return { startedAt: value * 10 };
  }
  const startedAt = timeOf(value);
  const mayBeTicks = units.ticks !== 'no' && Number.isInteger(value);
  if (startedAt !== undefined) {
    // After 115 days of uptime, ticks look like seconds.
    return mayBeTicks && isSeconds(value) ? { ...ticksOf(value, units), startedAt } : { startedAt };
  }
  return mayBeTicks && value >= FIRST_TICK && value < 1e9 ? ticksOf(value, units) : { startUnit: 'unknown' };
}

const ticksOf = (value: number, { ticks }: StartUnits): RecordedStart =>
  ticks === 'yes' ? { startTicks: value } : { mayBeTicks: value };

/** The Linux kernel makes its boot id a random UUID: version 4, variant 1 (generate_random_uuid). */
const RANDOM_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const TICKS_BITS = 64n;

/**
 * Reads the start token of py-filelock 3.30 and later (process_start_token in its _identity.py), one decimal number.
 * Linux: the boot id as an integer, shifted left by 64, and start ticks. Windows: FILETIME. macOS: µs since the epoch.
 * Ticks without a boot id are not distinguished from anything else.
 */
export function parseStartToken(text: string): RecordedStart {
  if (!/^\d{1,60}$/.test(text)) {
    return {};
  }
  const token = BigInt(text);
  const boot = token >> TICKS_BITS;
  if (boot === 0n) {
    return parseStart(Number(token), { ticks: 'perhaps' });
  }
  const hex = boot.toString(16).padStart(32, '0');
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const bootId = RANDOM_UUID.test(uuid) ? parseBootId(uuid) : undefined;
  const startTicks = Number(BigInt.asUintN(64, token));
  return bootId !== undefined && startTicks > 0 && Number.isSafeInteger(startTicks)
    ? { startTicks, bootId }
    : { startUnit: 'unknown' };
}

/** Of several starts: ticks where there are some, since they are exact, else the latest of the times. */
export function combineStarts(starts: readonly RecordedStart[]): RecordedStart {
  const exact = starts.find(({ startTicks }) => startTicks !== undefined);
  if (exact?.startTicks !== undefined && exact.startedAt === undefined) {
    return exact;
  }
  const possible = starts.find(({ mayBeTicks }) => mayBeTicks !== undefined);
  // `createdAt` is when the record was written, never before the process started.
  const latest = starts.reduce<RecordedStart | undefined>(
    (best, start) => ((start.startedAt ?? -Infinity) > (best?.startedAt ?? -Infinity) ? start : best),
    undefined,
  );
  if (latest !== undefined) {
    // Ticks that may as well be seconds need both readings to fail, and of the times the latest.
    return { ...latest, ...defined({ startTicks: exact?.startTicks, mayBeTicks: possible?.mayBeTicks }) };
  }
  if (possible !== undefined) {
    return possible;
  }
  return starts.some(({ startUnit }) => startUnit !== undefined) ? { startUnit: 'unknown' } : {};
}
