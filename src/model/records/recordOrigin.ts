/** Which host and PID namespace a record is from, as far as it says so itself. */
import type { ForeignOrigin, HostFacts } from '../facts';
import type { PidRecord } from './pidRecordTypes';
import { looksLikeHost, parseBootId } from './pidRecordValues';

const LOOPBACK = /^(?:localhost(?:\..*)?|127\.[\d.]+|::1|0\.0\.0\.0|::|\*|\[::1?\])$/i;

const shortName = (host: string): string => host.toLowerCase().split('.', 1)[0] ?? '';

/**
 * Same machine: equal names, or equal up to the domain when one of them has none. Some write the boot id in the place of
 * the host, and that of this boot is of this machine. Another is not known to be a boot id.
 */
export function isThisHost(recorded: string, host: HostFacts): boolean {
  if (LOOPBACK.test(recorded) || host.addresses?.includes(recorded) === true) {
    return true;
  }
  const [a, b] = [recorded.toLowerCase(), host.hostname.toLowerCase()];
  return (
    a === b ||
    a === host.bootId ||
    ((!a.includes('.') || !b.includes('.')) && shortName(a) === shortName(b) && !/^[\d.]+$/.test(a))
  );
}

/** Files whose tool writes the host. */
const HOSTS_BY_TOOL = /(?:^|[\\/])(?:SingletonLock|\.hg[\\/](?:store[\\/]lock|wlock))$/;

/**
 * May what stands in the place of a host be something else: a program or a state beside the pid (`4242 worker.py`,
 * `bot-4242`), or the address to listen on that is recorded with a port?
 */
function mayBeNoHost(record: PidRecord, path: string): boolean {
  const { shape, host = '', port, url, bootId, program, pidNamespace } = record;
  if (parseBootId(host) !== undefined || [bootId, program, pidNamespace].some((one) => one !== undefined)) {
    return false;
  }
  const isWord = (shape === 'pidHost' || shape === 'lines' || shape === 'hostPid') && looksLikeHost(host);
  // Chrome, Electron and Mercurial write their host.
  return port !== undefined || url !== undefined || (isWord && !HOSTS_BY_TOOL.test(path));
}

/** Returns in what the record names another place than this; undefined: it names none. */
export function namesAnotherPlace(
  record: PidRecord,
  host: HostFacts,
  path: string,
): 'otherHost' | 'mayBeOtherHost' | 'otherNamespace' | undefined {
  if (record.host !== undefined && !isThisHost(record.host, host)) {
    return mayBeNoHost(record, path) ? 'mayBeOtherHost' : 'otherHost';
  }
  const { pidNamespace } = record;
  return pidNamespace !== undefined && pidNamespace !== host.pidNamespace ? 'otherNamespace' : undefined;
}

/** Does the record itself show that its number belongs to this PID namespace of this host? */
export function isFromHere(record: PidRecord, foreign: ForeignOrigin | undefined, host: HostFacts): boolean {
  if (
    foreign === undefined ||
    (record.pidNamespace !== undefined && record.pidNamespace === host.pidNamespace)
  ) {
    return true;
  }
  // Containers of one host share its name and its boot: those tell the host, never the namespace.
  const isThisBoot = record.bootId !== undefined && record.bootId === host.bootId;
  return (
    foreign === 'otherHost' &&
    (isThisBoot ||
      (record.host !== undefined && isThisHost(record.host, host) && !LOOPBACK.test(record.host)))
  );
}
