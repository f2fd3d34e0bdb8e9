/** Records of plain text: integers, alone or with a host, or the first of several lines that have their places. */
import type { PidRecord } from './pidRecordTypes';
import { parseFilelockMarker, parseLabelled } from './pidRecordLabelled';
import { numbersInLines, withNumbers } from './pidRecordNumbers';
import { parseOwner } from './pidRecordOwner';
import {
  combineStarts,
  parseIsoTime,
  parseStart,
  parseStartToken,
  type RecordedStart,
} from './pidRecordStart';
import {
  looksLikeHost,
  looksLikeMachineId,
  MAX_PID,
  parseBootId,
  parsePid,
  validPort,
} from './pidRecordValues';
import { oneLine } from '../text';

/** All that fit into what is read of a record. */
const MAX_LINES = 4096;

/** A longer list of numbers is no pid record. */
const MAX_PIDS = 64;

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

/** `4242 host` (git gc), `4242@host` (restic, Java's runtime name). */
function parsePidHost(line: string): PidRecord | undefined {
  const match = /^(\d{1,20})(?:\s{1,16}|@)(\S{1,255})$/.exec(line);
  const pid = parsePid(match?.[1] ?? '');
  const host = match?.[2];
  return pid !== undefined && host !== undefined && looksLikeHost(host)
    ? { shape: 'pidHost', pid, host }
    : undefined;
}

const isPath = (line: string): boolean => line.startsWith('/') || /^[A-Za-z]:[\\/]/.test(line);

/** Nothing but numbers, in one line or several: pids all of them (HAProxy, EZproxy, `pidof`), or no record. */
function parsePids(text: string): PidRecord | undefined {
  const words = text.split(/\s+/, MAX_PIDS + 1);
  const pids = words.flatMap((word) => parsePid(word) ?? []);
  const [pid] = pids;
  if (pid !== undefined && pids.length > 1 && pids.length === words.length && pids.length <= MAX_PIDS) {
    return { shape: 'pids', pid, pids };
  }
  // Which of them is meant is not known.
  return words.length > 2 && words.every((word) => /^\d{1,20}$/.test(word)) ? { shape: 'none' } : undefined;
}

/** The number on a second and last line, which is no pid by its size: a start of some unit. */
function parseSecond(rest: readonly string[], fileName: string): RecordedStart | undefined {
  const [second = ''] = rest;
  if (rest.length !== 1 || !/^\d{1,20}(?:\.\d{1,12})?$/.test(second)) {
    return undefined;
  }
  // hermes writes a start tick there, but signs it with nothing: it may be what another bridge means by it.
  const isHermes = fileName === 'bridge.pid';
  return isHermes || Number(second) > MAX_PID
    ? parseStart(second, { ticks: 'perhaps', centiseconds: isHermes })
    : undefined;
}

/**
 * Qt's QLockFile (QLockFilePrivate::lockFileContents): pid, program, host, machine id, boot id, each followed by the end
 * of its line. Windows has no boot id. What Qt wrote before 5.10, and where there is no machine id either, cannot be
 * distinguished from a host and a token.
 */
function parseQLockFile(rest: readonly string[]): Omit<PidRecord, 'shape' | 'pid'> | undefined {
  const [program = '', host = '', machine = '', boot = ''] = rest;
  const bootId = parseBootId(boot);
  const isSo =
    rest.length === 4
      ? bootId !== undefined && (machine === '' || looksLikeMachineId(machine))
      : rest.length === 3 && looksLikeMachineId(machine);
  if (!isSo || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(host)) {
    return undefined;
  }
  return {
    // No executable is called like that, but a secret may be.
    ...(program === '' || /[:=]/.test(program) ? {} : { program: oneLine(program, 100) }),
    host,
    ...(bootId === undefined ? {} : { bootId }),
  };
}

/** PostgreSQL's postmaster.pid (pidfile.h): each of its lines has its meaning, and none is another pid. */
const isPostmaster = (
  [folder = '']: readonly string[],
  { startedAt, port }: Pick<PidRecord, 'startedAt' | 'port'>,
): boolean => isPath(folder) && startedAt !== undefined && port !== undefined;

/** memtomem: a port and a time. Where it has no port, that line has no number. */
const isPortAndTime = ([port, time = '']: readonly string[]): boolean =>
  validPort(port) !== undefined && parseIsoTime(time) !== undefined;

/** What follows the pid: port or blank and ISO start (memtomem); data folder, start, port (PostgreSQL); host, start token (py-filelock). */
function parseRest(rest: readonly string[], isComplete: boolean): Omit<PidRecord, 'shape' | 'pid'> {
  const second = rest[0] ?? '';
  if (isPath(second)) {
    const port = validPort(rest[2]);
    return { ...parseStart(rest[1] ?? '', { ticks: 'no' }), ...(port === undefined ? {} : { port }) };
  }
  const port = validPort(second);
  if (looksLikeHost(second)) {
    // A token whose line has no end may have lost digits; one that is no number is a secret and not kept.
    const start: RecordedStart = rest.length === 2 && isComplete ? parseStartToken(rest[1] ?? '') : {};
    return { host: second, ...start };
  }
  const times = rest.slice(0, 4).flatMap((line) => parseIsoTime(line) ?? []);
  return { ...(port === undefined ? {} : { port }), ...combineStarts(times) };
}

/** `text` is trimmed and not empty. `isComplete`: the end of its last line was there. */
export function parseLines(text: string, fileName: string, isComplete: boolean): PidRecord {
  const untrimmed = text.split(/\r\n|\n|\r/, MAX_LINES).map((line) => line.trimEnd());
  const [first = '', ...rest] = untrimmed.map((line) => line.trim());
  if (first === 'filelock/2') {
    return parseFilelockMarker([first, ...rest], isComplete);
  }
  const integer = parseInteger(first);
  if (integer !== undefined && rest.length === 0) {
    return { shape: 'integer', ...integer };
  }
  const pids = fileName === 'bridge.pid' ? undefined : parsePids(text);
  if (pids !== undefined) {
    return pids;
  }
  if (integer !== undefined) {
    const known = parseQLockFile(rest);
    const more = known ?? parseSecond(rest, fileName) ?? parseRest(rest, isComplete);
    const record: PidRecord = { shape: 'lines', ...integer, ...more };
    return known !== undefined || isPostmaster(rest, more)
      ? record
      : withNumbers(
          record,
          numbersInLines(untrimmed.slice(isPortAndTime(rest) || record.host === rest[0] ? 2 : 1)),
        );
  }
  return (
    parseLabelled(untrimmed) ??
    (rest.length === 0 ? (parsePidHost(first) ?? parseOwner(first)) : undefined) ?? { shape: 'none' }
  );
}
