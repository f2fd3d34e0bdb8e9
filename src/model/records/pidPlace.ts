/** Where in its text a record names its pid: for who points at the number in an editor. */
import { parsePidRecord } from './pidRecord';

export interface PidPlace {
  pid: number;
  /** Offsets of its digits, `end` behind the last. */
  start: number;
  end: number;
}

/** undefined: it names none, or not in its text. The same number elsewhere in it (a port) is not the pid. */
export function pidPlaceIn(content: string, fileName: string): PidPlace | undefined {
  const { pid } = parsePidRecord({ fileName, content });
  if (pid === undefined) {
    return undefined;
  }
  const labelled = new RegExp(
    `\\b(?:pid|processId)\\b["']?[ \\t]{0,16}[:=]?\\s{0,16}["']?(0*${pid})(?![\\d.])`,
    'i',
  );
  const alone = new RegExp(`(?<![\\d.])(0*${pid})(?![\\d.])`);
  const match = labelled.exec(content) ?? alone.exec(content);
  if (match === null) {
    return undefined;
  }
  const end = match.index + match[0].length;
  return { pid, start: end - (match[1] ?? '').length, end };
}
