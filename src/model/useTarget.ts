/** What the user types to ask who uses it: a path, a pid, or a port such as `:3000`. */
import { parsePid, validPort } from './records/pidRecordValues';
import type { UseQuestion } from './users';

/** Returns the question; undefined: nothing that could be one. */
export function questionOf(text: string): UseQuestion | undefined {
  const typed = text.trim().replace(/^(["'])(.*)\1$/, '$2');
  const port = /^(?:[\w.]{0,100}|\[[\da-f:]{2,45}\]):(\d{1,5})$/i.exec(typed)?.[1];
  if (port !== undefined && !/^[A-Za-z]$/.test(typed.split(':')[0] ?? '')) {
    const valid = validPort(port);
    return valid === undefined ? undefined : { kind: 'port', port: valid };
  }
  if (/^(?:pid )?\d+$/i.test(typed)) {
    const pid = parsePid(typed.replace(/\D/g, ''));
    return pid === undefined ? undefined : { kind: 'pid', named: { pid } };
  }
  return typed === '' || typed.includes('\0') ? undefined : { kind: 'path', path: typed };
}
