/** Lines with a key each: `pid: 4242` alone, YAML (Puma), `key=value`, and the markers of py-filelock's protocol 2. */
import type { PidRecord } from './pidRecordTypes';
import { numbersInLines, withNumbers } from './pidRecordNumbers';
import { isReadKey, recordOfFields } from './pidRecordFields';
import { parseStartToken } from './pidRecordStart';
import { parsePid } from './pidRecordValues';
import { oneLine } from '../text';

/** git's `index~pid.lock`: `pid 4242`. */
function parseSpaced(line: string): PidRecord | undefined {
  const pid = parsePid(/^pid\s{1,16}(\d{1,20})$/i.exec(line)?.[1] ?? '');
  return pid === undefined ? undefined : { shape: 'labelled', pid };
}

/** Without its quotes, or without the comment that YAML allows behind an unquoted one. */
function unquoted(value: string): string {
  const quoted = /^"([^"]*)"$|^'([^']*)'$/.exec(value);
  if (quoted !== null) {
    return quoted[1] ?? quoted[2] ?? '';
  }
  const comment = value.indexOf(' #');
  return (comment < 0 ? value : value.slice(0, comment)).trim();
}

const KEY_VALUE = /^([A-Za-z_][\w.-]{0,63})[ \t]{0,16}[:=](.*)$/;

/**
 * The values of keys at the left margin (what is indented belongs to another key), the first of each, up to a line that
 * is no key and no value. undefined: the pids of two lines differ, as in two documents.
 */
function fieldsOf(lines: readonly string[], isYaml: boolean): Record<string, string> | undefined {
  const fields: Record<string, string> = {};
  for (const line of lines) {
    if (line === '' || line.startsWith('#') || /^[ \t]/.test(line)) {
      continue;
    }
    const match = KEY_VALUE.exec(line);
    if (match === null && !isYaml) {
      break;
    }
    const [, name = '', value = ''] = match ?? [];
    const key = name.toLowerCase() === 'pid' ? 'pid' : name;
    if (!isReadKey(key)) {
      continue;
    }
    const read = unquoted(value.trim());
    if (key === 'pid' && fields[key] !== undefined && fields[key] !== read) {
      return undefined;
    }
    fields[key] ??= read;
  }
  return fields;
}

/** `lines` are not trimmed at their start. */
export function parseLabelled(lines: readonly string[]): PidRecord | undefined {
  const [first = '', ...rest] = lines;
  const isYaml = /^---(?:\s|$)/.test(first);
  const fields = fieldsOf(isYaml ? rest : lines, isYaml);
  const record = fields === undefined ? undefined : recordOfFields(fields);
  const read = record?.pid === undefined ? parseSpaced(first) : { shape: 'labelled' as const, ...record };
  return read === undefined ? undefined : withNumbers(read, numbersInLines(lines));
}

/**
 * py-filelock's protocol 2 (parse_marker in its _marker.py): `filelock/2`, then `pid=`, `host=`, `mode=`, perhaps
 * `token=`, `duration=` and `start=`. One whose last line has no end was cut in its writing, its numbers perhaps too.
 */
export function parseFilelockMarker(lines: readonly string[], isComplete: boolean): PidRecord {
  const fields = new Map<string, string>();
  for (const line of lines.slice(1)) {
    const equals = line.indexOf('=');
    if (equals < 0) {
      return { shape: 'none' };
    }
    const key = line.slice(0, equals);
    if (['pid', 'host', 'mode', 'start'].includes(key)) {
      fields.set(key, line.slice(equals + 1));
    }
  }
  const pid = parsePid(fields.get('pid') ?? '');
  const host = fields.get('host') ?? '';
  if (!isComplete || pid === undefined || host === '' || !fields.has('mode')) {
    return { shape: 'none' };
  }
  return { shape: 'labelled', pid, host: oneLine(host, 255), ...parseStartToken(fields.get('start') ?? '') };
}
