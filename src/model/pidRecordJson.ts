/** JSON objects with a `pid`: hermes, OpenClaw, Next.js, Jupyter, VS Code, Claude IDE and their like. */
import type { PidRecord } from './pidRecord';
import { parsePid, parseStart, validPid, validPort } from './pidRecordValues';
import { hideSecrets, hideSecretsInArgv } from './secrets';
import { oneLine } from './text';

type Fields = Readonly<Record<string, unknown>>;

/** Field 22 of /proc/<pid>/stat is recorded under the first two; the others are times. The surest comes first. */
const START_KEYS: readonly { key: string; ticks: boolean }[] = [
  { key: 'start_time', ticks: true },
  { key: 'startTime', ticks: true },
  { key: 'startTicks', ticks: true },
  { key: 'start_ticks', ticks: true },
  { key: 'startedAt', ticks: false },
  { key: 'started_at', ticks: false },
  { key: 'createdAt', ticks: false },
  { key: 'created_at', ticks: false },
];

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

function commandOf(fields: Fields): string | undefined {
  const argv = fields['argv'];
  if (Array.isArray(argv)) {
    const words = argv.slice(0, 256).filter((word): word is string => typeof word === 'string');
    return words.length > 0 ? oneLine(hideSecretsInArgv(words).join(' '), 1024) : undefined;
  }
  const command = textOf(fields['command']) ?? textOf(fields['cmdline']);
  return command === undefined ? undefined : oneLine(hideSecrets(command), 1024);
}

/** The start: ticks where they are recorded, since they are exact, else the latest of the times. */
function startOf(fields: Fields): Pick<PidRecord, 'startTicks' | 'startedAt'> {
  const found: { startTicks?: number; startedAt?: number } = {};
  for (const { key, ticks } of START_KEYS) {
    const { startTicks, startedAt } = parseStart(fields[key], ticks);
    // Ticks that may as well be seconds come as a pair and stay one.
    if (startTicks !== undefined && found.startTicks === undefined && found.startedAt === undefined) {
      found.startTicks = startTicks;
      if (startedAt !== undefined) {
        return { startTicks, startedAt };
      }
    } else if (startTicks === undefined && startedAt !== undefined && found.startTicks === undefined) {
      // The latest: `createdAt` is when the record was written, never before the process started.
      found.startedAt = Math.max(found.startedAt ?? 0, startedAt);
    }
  }
  return found;
}

/** `text` starts with a brace. Half-written JSON is no record: the writer may be at it. */
export function parseJsonRecord(text: string): PidRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { shape: 'none' };
  }
  if (typeof parsed !== 'object' || parsed === null) {
    return { shape: 'none' };
  }
  const fields = parsed as Fields;
  const pid = pidOf(fields['pid']);
  const host = hostOf(fields);
  const command = commandOf(fields);
  const port = validPort(fields['port']);
  return {
    shape: 'json',
    ...(pid === undefined ? {} : { pid }),
    ...(host === undefined ? {} : { host }),
    ...startOf(fields),
    ...(command === undefined ? {} : { command }),
    ...(port === undefined ? {} : { port }),
  };
}
