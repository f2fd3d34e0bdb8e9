/**
 * The time that a log line carries in front. Formats: ISO 8601 and what looks like it (Python, Go, nginx, Java), syslog
 * (RFC 3164 and 5424), Apache, ctime, klog, JSON and logfmt fields, seconds or milliseconds since the epoch.
 */

/** `own`: the line names its zone. One that does not is read both ways. */
export type Zone = 'own' | 'local' | 'utc';

export interface Reading {
  /** ms since the epoch. */
  at: number;
  zone: Zone;
}

/** The time stands within this many characters. */
const HEAD = 300;
/** Clocks differ a little; a line from further ahead was not written in that zone. */
const AHEAD_MS = 60_000;
const DAY_MS = 86_400_000;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** What stands before the time, one piece at a time: no two of them begin alike, so nothing is tried twice. */
const BEFORE =
  /^(?:[\s[\](){}<>|"',:*=-]+|(?:trace|debug|verbose|info|notice|warn|warning|error|err|fatal|critical|crit|alert|panic)(?![a-z0-9])|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}(?![a-z0-9])|(?:time|ts|timestamp|date|datetime|t)=|[\w.-]{1,40} {0,20}\|(?!\|)|nest\] {1,9}\d{1,9} {1,9}- |\d{1,3}>\d? )/i;
const PIECES = 8;

const CLOCK = String.raw`(?<h>\d{1,2}):(?<min>\d\d)(?::(?<s>\d\d)(?:[.,](?<frac>\d{1,9}))?)?(?: ?(?<half>[ap])\.?m\b\.?)?`;
const ZONE = String.raw`(?: ?(?<zone>Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d\b))?`;
const FORMATS = [
  `(?<y>\\d{4})[-/](?<mon>\\d\\d)[-/](?<d>\\d\\d)(?:[T_ ]| - )${CLOCK}${ZONE}`,
  `(?<d>\\d\\d)[/ -](?<mon>[a-z]{3})[/ -](?<y>\\d{4})[: ]${CLOCK}${ZONE}`,
  `(?<d>\\d{1,2})\\.(?<mon>\\d{1,2})\\.(?<y>\\d{4}),? ${CLOCK}${ZONE}`,
  `(?<either>\\d{1,2}\\/\\d{1,2})\\/(?<y>\\d{4}),? ${CLOCK}${ZONE}`,
  `(?<mon>[a-z]{3}) {1,2}(?<d>\\d{1,2}) ${CLOCK}${ZONE}(?: (?<y>\\d{4})\\b)?`,
  `[iwef](?<mon>\\d\\d)(?<d>\\d\\d) ${CLOCK}`,
].map((format) => new RegExp(`^${format}`, 'i'));

const JSON_FIELD =
  /"(?:time|ts|timestamp|@timestamp|datetime|asctime|date|eventTime)" {0,4}: {0,4}(?:"([^"]{1,64})"|(\d{9,19}(?:\.\d{1,9})?))/;
const EPOCH = /^(\d{10}(?:\.\d{1,9})?|\d{13}(?:\.\d{1,6})?|\d{16}|\d{19})(?![\d.:/-])/;

/** s, ms, µs or ns since the epoch, distinguished by the size. */
function epoch(text: string): Reading[] {
  const number = Number(text);
  const unit = number >= 1e17 ? 1e-6 : number >= 1e14 ? 1e-3 : number >= 1e11 ? 1 : 1000;
  const at = number * unit;
  // 2001 to 2100: other numbers of this length count something else.
  return at > 1e12 && at < 4.1e12 ? [{ at, zone: 'own' }] : [];
}

interface Parts {
  year: number;
  /** 0 to 11. */
  month: number;
  day: number;
  h: number;
  min: number;
  s: number;
  ms: number;
}

function isReal({ month, day, h, min, s }: Parts): boolean {
  return month >= 0 && month < 12 && day >= 1 && day <= 31 && h < 24 && min < 60 && s <= 60;
}

function readingsOf(parts: Parts, zone: string | undefined): Reading[] {
  if (!isReal(parts)) {
    return [];
  }
  const { year, month, day, h, min, s, ms } = parts;
  const utc = Date.UTC(year, month, day, h, min, s, ms);
  const offset = /([+-])(\d\d):?(\d\d)/.exec(zone ?? '');
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return [{ at: utc - (offset[1] === '-' ? -1 : 1) * minutes * 60_000, zone: 'own' }];
  }
  if (zone !== undefined) {
    return [{ at: utc, zone: 'own' }];
  }
  return [
    { at: new Date(year, month, day, h, min, s, ms).getTime(), zone: 'local' },
    { at: utc, zone: 'utc' },
  ];
}

function hourOf(text: string | undefined, half: string | undefined): number {
  const hour = Number(text);
  if (half === undefined) {
    return hour;
  }
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}

/** Of a line without a year: the last such day that is not ahead. */
function yearOf(month: number, day: number, now: number): number {
  const year = new Date(now).getUTCFullYear();
  return Date.UTC(year, month, day) > now + DAY_MS ? year - 1 : year;
}

type Groups = Readonly<Record<string, string | undefined>>;

/** Month (0 to 11) and day. 11/10/2026: which is the day depends on where it was written. */
function daysOf({ mon = '', d, either }: Groups): readonly (readonly [number, number])[] {
  if (either === undefined) {
    return [[/\d/.test(mon) ? Number(mon) - 1 : MONTHS.indexOf(mon.toLowerCase()), Number(d)]];
  }
  const [a = 0, b = 0] = either.split('/').map(Number);
  return [
    [a - 1, b],
    [b - 1, a],
  ];
}

function readDate(groups: Groups, now: number): Reading[] {
  const { y, h, min, s, frac, half, zone } = groups;
  const clock = {
    h: hourOf(h, half),
    min: Number(min),
    s: Number(s ?? 0),
    ms: Math.floor(Number(`0.${frac ?? 0}`) * 1000),
  };
  return daysOf(groups).flatMap(([month, day]) =>
    readingsOf({ year: y === undefined ? yearOf(month, day, now) : Number(y), month, day, ...clock }, zone),
  );
}

function readPlain(text: string, now: number): Reading[] {
  let rest = text;
  for (let piece = 0; piece <= PIECES; piece++) {
    const number = EPOCH.exec(rest)?.[1];
    if (number !== undefined) {
      return epoch(number);
    }
    for (const format of FORMATS) {
      const groups = format.exec(rest)?.groups;
      if (groups !== undefined) {
        return readDate(groups, now);
      }
    }
    const before = BEFORE.exec(rest)?.[0];
    if (before === undefined) {
      return [];
    }
    rest = rest.slice(before.length);
  }
  return [];
}

/** Reads the time in front of a line; one that names no zone has several readings, a line without a time none. */
export function readTimes(line: string, now: number): Reading[] {
  if (line.trimStart().startsWith('{')) {
    const [, text, number] = JSON_FIELD.exec(line) ?? [];
    if (text !== undefined) {
      return readPlain(text, now);
    }
    return number === undefined ? [] : epoch(number);
  }
  return readPlain(line.slice(0, HEAD), now);
}

/**
 * Which zones a log cannot be written in, by one of its lines: those in which the line would come from the future, while
 * another reading of it does not.
 */
export function impossibleZones(readings: readonly Reading[], now: number): Zone[] {
  const ahead = readings.filter(({ at }) => at > now + AHEAD_MS);
  const past = new Set(readings.filter((reading) => !ahead.includes(reading)).map(({ zone }) => zone));
  return past.size === 0 ? [] : [...new Set(ahead.map(({ zone }) => zone))].filter((zone) => !past.has(zone));
}

/**
 * Which reading counts, ms since the epoch: the latest that is not ahead, so that a line is called old only when every
 * reading of it is. undefined: the line carries no time.
 */
export function ownTimeOf(
  readings: readonly Reading[],
  now: number,
  impossible: ReadonlySet<Zone> = new Set(),
): number | undefined {
  const possible = readings.filter(({ zone }) => !impossible.has(zone)).map(({ at }) => at);
  const past = possible.filter((at) => at <= now + AHEAD_MS);
  return past.length > 0 ? Math.max(...past) : possible.length > 0 ? Math.min(...possible) : undefined;
}
