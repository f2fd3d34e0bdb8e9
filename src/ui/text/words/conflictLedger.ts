/**
 * Which conflicts have been told, when, and by which window: kept with the user, so that every window knows. Pure: the
 * clock and the store are passed in.
 */
import { compareIdentity } from '../../../model/processes/processIdentity';
import type { Conflict, ConflictProcess } from './conflict';

type Where = Pick<Conflict, 'host' | 'serviceId'>;

export interface Told extends Conflict {
  /** ms since the epoch. */
  at: number;
  /** When it was last seen to go on; only of conflicts without processes. */
  seen: number;
  /** The window. */
  by: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long a service is left alone after it was told of once, twice, and more often within an hour. */
const PAUSES = [10 * SECOND, MINUTE, 10 * MINUTE] as const;
/** A conflict that only a log reports is over when it has not been seen for this long. */
const LOG_OVER_MS = 10 * MINUTE;
/** How often it is noted that such a conflict goes on. */
const NOTE_EVERY_MS = 2 * MINUTE;
const LIMIT = 200;

/** A start that is known on one side only makes it another: what is not known to have been announced is announced. */
function isAsTold(a: ConflictProcess, b: ConflictProcess): boolean {
  const compared = compareIdentity(a, b);
  return compared === 'same' || (compared === 'unknown' && a.startTime === b.startTime);
}

const isOfService = (a: Where, b: Where): boolean => a.host === b.host && a.serviceId === b.serviceId;

/** Whether everything that is in `conflict` was in what was told: fewer of the same are no news. */
function covers(told: Told, conflict: Conflict, now: number): boolean {
  if (!isOfService(told, conflict)) {
    return false;
  }
  if (conflict.processes.length === 0) {
    return told.processes.length === 0 && told.line === conflict.line && now - told.seen < LOG_OVER_MS;
  }
  return conflict.processes.every((process) => told.processes.some((other) => isAsTold(other, process)));
}

export const isTold = (ledger: readonly Told[], conflict: Conflict, now: number): boolean =>
  ledger.some((told) => covers(told, conflict, now));

/** Returns how long to wait before the next notification of a service, ms; never longer than a pause, though the clock be set back. */
export function pauseOf(ledger: readonly Told[], service: Where, now: number): number {
  const lately = ledger.filter((told) => isOfService(told, service) && now - told.at < HOUR);
  const last = Math.max(...lately.map(({ at }) => at));
  const pause = PAUSES[Math.min(lately.length, PAUSES.length) - 1];
  return pause === undefined ? 0 : Math.max(0, pause - Math.max(0, now - last));
}

/** Adds what this window is about to tell. */
export function claim(
  ledger: readonly Told[],
  conflicts: readonly Conflict[],
  by: string,
  now: number,
): Told[] {
  return [...ledger, ...conflicts.map((conflict) => ({ ...conflict, at: now, seen: now, by }))].slice(-LIMIT);
}

/** Takes back what this window has claimed and another one tells. */
export function withdraw(
  ledger: readonly Told[],
  conflicts: readonly Conflict[],
  mine: { by: string; at: number },
): Told[] {
  return ledger.filter(
    (told) =>
      told.by !== mine.by ||
      told.at !== mine.at ||
      !conflicts.some((conflict) => isOfService(told, conflict)),
  );
}

/**
 * Whether another window has claimed the conflict before this one: read again just before telling. Of two that each see
 * the other's claim, the earlier tells.
 */
export function isOthers(
  ledger: readonly Told[],
  conflict: Conflict,
  mine: { by: string; at: number },
): boolean {
  return ledger.some(
    (told) =>
      told.by !== mine.by &&
      covers(told, conflict, mine.at) &&
      (told.at < mine.at || (told.at === mine.at && told.by < mine.by)),
  );
}

/** Notes that conflicts without processes go on. undefined: nothing to note yet. */
export function noteSeen(
  ledger: readonly Told[],
  conflicts: readonly Conflict[],
  now: number,
): Told[] | undefined {
  const isDue = (told: Told): boolean =>
    now - told.seen >= NOTE_EVERY_MS &&
    conflicts.some((conflict) => conflict.processes.length === 0 && covers(told, conflict, now));
  return ledger.some(isDue) ? ledger.map((told) => (isDue(told) ? { ...told, seen: now } : told)) : undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isProcess = (value: unknown): value is ConflictProcess =>
  isObject(value) &&
  typeof value['pid'] === 'number' &&
  (value['startTime'] === undefined || typeof value['startTime'] === 'number');

/** Reads a ledger from a store, where anything may stand. */
export function parseLedger(value: unknown): Told[] {
  return Array.isArray(value)
    ? value.filter(
        (told): told is Told =>
          isObject(told) &&
          typeof told['host'] === 'string' &&
          typeof told['serviceId'] === 'string' &&
          typeof told['at'] === 'number' &&
          typeof told['seen'] === 'number' &&
          typeof told['by'] === 'string' &&
          (told['line'] === undefined || typeof told['line'] === 'string') &&
          Array.isArray(told['processes']) &&
          told['processes'].every(isProcess),
      )
    : [];
}
