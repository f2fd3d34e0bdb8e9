/**
 * `host[/ns]:pid` (Mercurial), `ip:+pid` (Firefox) and `user@host.pid:boot` (Emacs): made for symlink targets, found in
 * regular files where a file system has no symlinks.
 */
import type { PidRecord } from './pidRecordTypes';
import { parsePid } from './pidRecordValues';
import { oneLine } from '../text';

const isAddress = (host: string): boolean =>
  /^[\d.]+$/.test(host) || host.includes(':') || host === 'localhost';

/** Emacs: everything after the last dot is the pid, and after a colon the boot time. */
function parseUserHostPid(text: string): PidRecord | undefined {
  const at = text.lastIndexOf('@');
  const dot = text.lastIndexOf('.');
  if (at < 1 || dot < at + 2) {
    return undefined;
  }
  const [pidText = '', bootText, more] = text.slice(dot + 1).split(':', 3);
  const pid = parsePid(pidText);
  if (pid === undefined || more !== undefined || (bootText !== undefined && !/^\d{1,20}$/.test(bootText))) {
    return undefined;
  }
  const bootTime = bootText === undefined ? undefined : Number(bootText);
  return {
    shape: 'userHostPid',
    pid,
    host: oneLine(text.slice(at + 1, dot), 255),
    ...(bootTime === undefined || bootTime === 0 ? {} : { bootTime }),
  };
}

/** A plain `127.0.0.1:8080` is an address and a port; with a plus it is Firefox's address and pid. */
function parseHostColonPid(text: string): PidRecord | undefined {
  const colon = text.lastIndexOf(':');
  const plus = text[colon + 1] === '+';
  const pid = parsePid(text.slice(colon + (plus ? 2 : 1)));
  const [host = '', namespace, more] = text.slice(0, Math.max(colon, 0)).split('/', 3);
  if (
    pid === undefined ||
    host === '' ||
    /\s/.test(host) ||
    more !== undefined ||
    (!plus && isAddress(host))
  ) {
    return undefined;
  }
  if (namespace !== undefined && !/^[0-9a-f]{1,16}$/i.test(namespace)) {
    return undefined;
  }
  return {
    shape: 'hostPid',
    pid,
    host: oneLine(host, 255),
    ...(namespace === undefined ? {} : { pidNamespace: namespace.toLowerCase() }),
  };
}

export function parseOwner(text: string): PidRecord | undefined {
  // A host name has no control characters; neither has anything that is shown.
  return text.length > 1024 || /[\u0000-\u001f\u007f]/.test(text)
    ? undefined
    : (parseUserHostPid(text) ?? parseHostColonPid(text));
}
