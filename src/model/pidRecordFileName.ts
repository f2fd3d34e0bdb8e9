/** Pids that only a file's name tells. */
import type { PidRecord } from './pidRecord';
import { parsePid } from './pidRecordValues';

/** Names that say themselves that the number is a pid: Jupyter's, and `pid` right beside the number. */
const TELLING = [/^(?:jpserver|nbserver)-(\d{1,7})\.json$/, /(?:^|[^A-Za-z])pid[-_.=]?(\d{1,7})(?:\D|$)/i];

/** Borg: `host@id.pid-thread`, the thread in hex. */
const BORG = /^([A-Za-z0-9][A-Za-z0-9._-]{0,200})(?:@\d{1,20})?\.(\d{1,7})-[0-9a-f]{1,16}$/;

/** Numbers that end a name: a port or a hash as likely as a pid. */
const POSSIBLE = [/(?:^|[-._~])(\d{1,7})\.(?:pid|lock|lck|json)$/i, /^(\d{1,7})$/];

/**
 * `empty`: the file was read and holds nothing. Then only a telling name counts: an emptied `server-6379.pid` names a
 * port and has lost its pid.
 */
export function pidInFileName(fileName: string, content: 'unread' | 'empty'): PidRecord | undefined {
  const name = fileName.slice(-255);
  const borg = BORG.exec(name);
  const borgPid = parsePid(borg?.[2] ?? '');
  if (borg?.[1] !== undefined && borgPid !== undefined) {
    return { shape: 'fileName', pid: borgPid, host: borg[1] };
  }
  for (const pattern of content === 'empty' ? TELLING : [...TELLING, ...POSSIBLE]) {
    const pid = parsePid(pattern.exec(name)?.[1] ?? '');
    if (pid !== undefined) {
      return { shape: 'fileName', pid };
    }
  }
  return undefined;
}
