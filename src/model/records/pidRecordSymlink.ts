/** Records written as the target of a symlink that leads nowhere. */
import type { PidRecord } from './pidRecordTypes';
import { parseOwner } from './pidRecordOwner';
import { parsePid } from './pidRecordValues';
import { oneLine } from '../text';

/** Chrome and Electron: `host-pid`; the host itself may contain dashes. */
function parseHostDashPid(target: string): PidRecord | undefined {
  const dash = target.lastIndexOf('-');
  const pid = parsePid(target.slice(dash + 1));
  return dash > 0 && pid !== undefined
    ? { shape: 'hostPid', pid, host: oneLine(target.slice(0, dash), 255) }
    : undefined;
}

export function parseSymlinkTarget(target: string): PidRecord {
  const text = target.trim();
  if (text.length > 1024 || /[\u0000-\u001f\u007f]/.test(text)) {
    return { shape: 'none' };
  }
  const pid = parsePid(text);
  if (pid !== undefined) {
    return { shape: 'integer', pid };
  }
  const labelled = parsePid(/^pid[-:=_.](\d{1,20})$/i.exec(text)?.[1] ?? '');
  if (labelled !== undefined) {
    return { shape: 'labelled', pid: labelled };
  }
  const isPath = text.startsWith('/') || text.startsWith('.');
  return (
    (isPath
      ? undefined
      : (parseOwner(text) ?? (text.includes('/') ? undefined : parseHostDashPid(text)))) ?? { shape: 'none' }
  );
}
