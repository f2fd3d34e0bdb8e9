/** Records of named values: the fields of a JSON object, or of lines with a key each. */
import { defined } from '../../common/defined';
import type { PidRecord } from './pidRecordTypes';
import { combineStarts, parseStart, type RecordedStart } from './pidRecordStart';
import { parsePid, validPid, validPort } from './pidRecordValues';
import { hideSecrets, hideSecretsInArgv } from '../secrets/index';
import { recordedUrl } from './pidRecordUrl';
import { oneLine } from '../text';

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Field 22 of /proc/<pid>/stat is recorded under the first four, of which two say so; under the other two are times of
 * any unit as well. The rest are times. The surest comes first.
 */
const START_KEYS: readonly { key: string; ticks: 'yes' | 'perhaps' | 'no' }[] = [
  { key: 'startTicks', ticks: 'yes' },
  { key: 'start_ticks', ticks: 'yes' },
  { key: 'start_time', ticks: 'perhaps' },
  { key: 'startTime', ticks: 'perhaps' },
  { key: 'startedAt', ticks: 'no' },
  { key: 'started_at', ticks: 'no' },
  { key: 'started', ticks: 'no' },
  { key: 'createdAt', ticks: 'no' },
  { key: 'created_at', ticks: 'no' },
];

/** Keys that are read of lines, next to those of parts; what has another is not kept for a moment. */
const READ_KEYS: ReadonlySet<string> = new Set([
  ...['pid', 'processId', 'host', 'hostname', 'port', 'url', 'appUrl', 'command', 'cmdline'],
  ...START_KEYS.map(({ key }) => key),
]);

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function pidOf(value: unknown): number | undefined {
  if (typeof value === 'number') {
    return validPid(value);
  }
  return typeof value === 'string' ? parsePid(value.trim()) : undefined;
}

/**
 * The machine that wrote the record. A dev server records the `hostname` it listens on under the same name (Next.js:
 * `localhost`, or whatever `-H` said, again in its `appUrl`): that is no machine.
 */
function hostOf(fields: Fields): string | undefined {
  const host = textOf(fields['host']) ?? textOf(fields['hostname']);
  if (host === undefined) {
    return undefined;
  }
  const listens = [fields['appUrl'], fields['url']].some(
    (url) => typeof url === 'string' && (url.includes(`//${host}:`) || url.includes(`//${host}/`)),
  );
  return listens ? undefined : oneLine(host, 255);
}

function argvOf(fields: Fields): string[] | undefined {
  const argv = fields['argv'];
  if (!Array.isArray(argv)) {
    return undefined;
  }
  const words = argv.slice(0, 256).filter((word): word is string => typeof word === 'string');
  return words.length > 0 ? hideSecretsInArgv(words).map((word) => oneLine(word, 1024)) : undefined;
}

function commandOf(fields: Fields, argv: readonly string[] | undefined): string | undefined {
  if (argv !== undefined) {
    return oneLine(argv.join(' '), 1024);
  }
  const command = textOf(fields['command']) ?? textOf(fields['cmdline']);
  return command === undefined ? undefined : oneLine(hideSecrets(command), 1024);
}

/** hermes signs its records with a `kind`; what others call so is no program. */
function hermesOf(fields: Fields): Pick<PidRecord, 'program' | 'home' | 'profile'> | undefined {
  const kind = textOf(fields['kind']);
  if (kind === undefined || !kind.startsWith('hermes-')) {
    return undefined;
  }
  const home = textOf(fields['hermes_home']);
  const profile = textOf(fields['profile']);
  return {
    program: oneLine(kind, 100),
    ...(home === undefined ? {} : { home: oneLine(home, 1024) }),
    ...(profile === undefined ? {} : { profile: oneLine(profile, 100) }),
  };
}

function startOf(fields: Fields, isHermes: boolean): RecordedStart {
  return combineStarts(
    START_KEYS.map(({ key, ticks }) => {
      // hermes is known to write ticks there, or centiseconds.
      const ofHermes = isHermes && key === 'start_time';
      return parseStart(fields[key], { ticks: ofHermes ? 'yes' : ticks, centiseconds: ofHermes });
    }),
  );
}

/** Whoever started it, or uses it, is none of the service: it may live on without it. */
const OTHERS =
  /^(?:p_?pid|(?:parent|launcher|starter|shell|terminal|editor|client|user|owner|previous|old|last)\w*)$/i;
/** `childPid`, `server_pid`, `pids`. */
const PIDS = /pids?$/i;
/** A part of the service, where it is an object with its own pid, or a list: a mere number there is a count. */
const PARTS = /^(?:child(?:ren)?|workers?|server|daemon|backend|gateway|main|process(?:es)?)$/i;
const MAX_PIDS = 16;

/** Reports whether what stands under this key of a line is read. */
export const isReadKey = (key: string): boolean => READ_KEYS.has(key) || PIDS.test(key);

/** The pids that stand in a text, separated by blanks or commas; none where one of the words is no pid. */
function pidsInText(text: string): number[] {
  const words = text.trim().split(/[\s,]+/, MAX_PIDS);
  const pids = words.flatMap((word) => parsePid(word) ?? []);
  return pids.length === words.length ? pids : [];
}

function pidsIn(key: string, value: unknown): number[] {
  if (OTHERS.test(key)) {
    return [];
  }
  const isPid = PIDS.test(key);
  if (typeof value === 'string' || typeof value === 'number') {
    return isPid ? pidsInText(String(value)) : [];
  }
  if (!isPid && !PARTS.test(key)) {
    return [];
  }
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => {
    const isObject = typeof item === 'object' && item !== null && 'pid' in item;
    return pidOf(isObject ? item.pid : item) ?? [];
  });
}

/** Returns all pids that the fields name, where they name more than one: the service runs while one of them does. */
function pidsOf(fields: Fields, pid: number | undefined): number[] | undefined {
  if (pid === undefined) {
    return undefined;
  }
  const parts = Object.entries(fields).flatMap(([key, value]) => pidsIn(key, value));
  const all = [...new Set([pid, ...parts])].slice(0, MAX_PIDS);
  return all.length > 1 ? all : undefined;
}

/** Returns what the fields say; without `pid` where they name no process. */
export function recordOfFields(fields: Fields): Omit<PidRecord, 'shape'> {
  // Nx says `processId`.
  const pid = pidOf(fields['pid']) ?? pidOf(fields['processId']);
  const host = hostOf(fields);
  const argv = argvOf(fields);
  const command = commandOf(fields, argv);
  const port = validPort(fields['port']);
  const url = recordedUrl(fields);
  const hermes = hermesOf(fields);
  return {
    ...defined({ pid, host, pids: pidsOf(fields, pid) }),
    ...startOf(fields, hermes?.program === 'hermes-gateway'),
    ...hermes,
    ...defined({ argv, command, port, url }),
  };
}
