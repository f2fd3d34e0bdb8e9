/** Records of plain text: an integer, alone, with a label or a host, or on the first of several lines. */
import type { PidRecord } from './pidRecord';
import { parseOwner } from './pidRecordOwner';
import { looksLikeHost, parseIsoTime, parsePid, parseStart, validPort } from './pidRecordValues';

interface Integer {
  pid: number;
  negative?: true;
}

function parseInteger(line: string): Integer | undefined {
  const negative = line.startsWith('-');
  const pid = parsePid(negative || line.startsWith('+') ? line.slice(1) : line);
  if (pid === undefined) {
    return undefined;
  }
  return negative ? { pid, negative } : { pid };
}

/** `pid 4242`, `pid: 4242`, `pid=4242`. */
function parseLabelled(line: string): PidRecord | undefined {
  const label = /^pid\s{0,16}[:=]?\s{0,16}(\d{1,20})$/i.exec(line)?.[1];
  const pid = label === undefined ? undefined : parsePid(label);
  return pid === undefined ? undefined : { shape: 'labelled', pid };
}

/** `4242 host` (git gc), `4242@host` (restic). */
function parsePidHost(line: string): PidRecord | undefined {
  const match = /^(\d{1,20})(?:\s{1,16}|@)(\S{1,255})$/.exec(line);
  const pid = parsePid(match?.[1] ?? '');
  const host = match?.[2];
  return pid !== undefined && host !== undefined && looksLikeHost(host)
    ? { shape: 'pidHost', pid, host }
    : undefined;
}

const isPath = (line: string): boolean => line.startsWith('/') || /^[A-Za-z]:[\\/]/.test(line);

/** What follows the pid: port or blank and ISO start (memtomem); data folder, start, port (PostgreSQL); host, token (filelock). */
function parseRest(rest: readonly string[]): Omit<PidRecord, 'shape' | 'pid'> {
  const second = rest[0] ?? '';
  if (isPath(second)) {
    const { startedAt } = parseStart(rest[1] ?? '', false);
    const port = validPort(rest[2]);
    return { ...(startedAt === undefined ? {} : { startedAt }), ...(port === undefined ? {} : { port }) };
  }
  const port = validPort(second);
  // Anything after the host (a token) is not even looked at.
  const host = looksLikeHost(second) && parseIsoTime(second) === undefined ? second : undefined;
  const startedAt =
    host === undefined
      ? rest
          .slice(0, 4)
          .map(parseIsoTime)
          .find((time) => time !== undefined)
      : undefined;
  return {
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(startedAt === undefined ? {} : { startedAt }),
  };
}

/** `text` is trimmed and not empty. */
export function parseLines(text: string): PidRecord {
  const [first = '', ...rest] = text.split(/\r\n|\n|\r/, 16).map((line) => line.trim());
  const integer = parseInteger(first);
  if (integer !== undefined) {
    return rest.length === 0
      ? { shape: 'integer', ...integer }
      : { shape: 'lines', ...integer, ...parseRest(rest) };
  }
  return (
    parseLabelled(first) ??
    (rest.length === 0 ? (parsePidHost(first) ?? parseOwner(first)) : undefined) ?? { shape: 'none' }
  );
}
