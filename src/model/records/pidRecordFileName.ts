/** Pids that only a file's name tells: of a file that was read and is empty. */
import type { PidRecord } from './pidRecordTypes';
import { parsePid } from './pidRecordValues';

/**
 * Names that say themselves that the number is a pid: Jupyter's, and `pid` right beside the number. An emptied
 * `server-6379.pid` names a port and has lost its pid.
 */
const TELLING = [/^(?:jpserver|nbserver)-(\d{1,7})\.json$/, /(?:^|[^A-Za-z])pid[-_.=]?(\d{1,7})(?:\D|$)/i];

/** Borg: `host@id.pid-thread`, the thread in hex. */
const BORG = /^([A-Za-z0-9][A-Za-z0-9._-]{0,200})(?:@\d{1,20})?\.(\d{1,7})-[0-9a-f]{1,16}$/;

export function pidInFileName(fileName: string): PidRecord | undefined {
  const name = fileName.slice(-255);
  const borg = BORG.exec(name);
  const borgPid = parsePid(borg?.[2] ?? '');
  if (borg?.[1] !== undefined && borgPid !== undefined) {
    return { shape: 'fileName', pid: borgPid, host: borg[1] };
  }
  for (const pattern of TELLING) {
    const pid = parsePid(pattern.exec(name)?.[1] ?? '');
    if (pid !== undefined) {
      return { shape: 'fileName', pid };
    }
  }
  return undefined;
}
