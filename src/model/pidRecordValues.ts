/** Values inside pid records. */

/** Windows pids are 32 bits wide; Linux stops at 2^22. */
const MAX_PID = 0xffff_ffff;

/** Digits only (leading zeros allowed); undefined for anything else, 0 included. */
export function parsePid(text: string): number | undefined {
  if (!/^\d{1,20}$/.test(text)) {
    return undefined;
  }
  return validPid(Number(text));
}

export const validPid = (value: number): number | undefined =>
  Number.isInteger(value) && value > 0 && value <= MAX_PID ? value : undefined;

export function validPort(value: unknown): number | undefined {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
}

/** Letters, digits, dots, dashes, underscores; at least one character that no number has. */
export const looksLikeHost = (text: string): boolean =>
  text.length <= 255 && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text) && /[A-Za-z]/.test(text);

const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * ms since the epoch of an ISO 8601 time. One without a zone is either local or UTC, and nobody can tell: the later
 * reading counts, since a late start is the one that never makes a live process look like a stranger.
 */
export function parseIsoTime(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null) {
    return undefined;
  }
  const plain = text.replace(',', '.').replace(' ', 'T').replace(/\s/g, '');
  const readings =
    match[1] === undefined ? [Date.parse(plain), Date.parse(`${plain}Z`)] : [Date.parse(plain)];
  const latest = Math.max(...readings);
  return Number.isFinite(latest) ? latest : undefined;
}

export interface RecordedStart {
  startTicks?: number;
  startedAt?: number;
}

/** 2001-09-09; smaller numbers of seconds are no plausible start of anything. */
const FIRST_SECONDS = 1e9;
const FIRST_MS = 1e11;
const FIRST_MICROSECONDS = 1e14;
const FIRST_NANOSECONDS = 1e17;

/**
 * What a recorded start means: ISO text, or a number of clock ticks, s, ms, µs or ns, told apart by its size. `ticks`:
 * the key is one under which field 22 of /proc/<pid>/stat is recorded (`start_time`, `startTime`).
 */
export function parseStart(value: unknown, ticks: boolean): RecordedStart {
  if (typeof value === 'string') {
    const text = value.trim();
    if (/^\d{1,20}(?:\.\d{1,12})?$/.test(text)) {
      return parseStart(Number(text), ticks);
    }
    const startedAt = parseIsoTime(text);
    return startedAt === undefined ? {} : { startedAt };
  }
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    return {};
  }
  if (value >= FIRST_NANOSECONDS) {
    return { startedAt: value / 1e6 };
  }
  if (value >= FIRST_MICROSECONDS) {
    return { startedAt: value / 1e3 };
  }
  if (value >= FIRST_MS) {
    return { startedAt: value };
  }
  const whole = Number.isInteger(value);
  if (value >= FIRST_SECONDS) {
    return ticks && whole ? { startTicks: value, startedAt: value * 1000 } : { startedAt: value * 1000 };
  }
  return ticks && whole ? { startTicks: value } : {};
}
