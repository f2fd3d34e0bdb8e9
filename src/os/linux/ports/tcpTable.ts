/**
 * Who listens, as /proc/net/tcp and tcp6 list it (proc_net(5); tcp4_seq_show in net/ipv4/tcp_ipv4.c): listeners first,
 * then connections. A socket is told by its inode, which no other socket of the machine has.
 */
import { ipAddress } from '../../../common/ipAddress';
import type { ListeningSocket } from '../../platform';

/** include/net/tcp_states.h */
const TCP_LISTEN = '0A';

const LINE =
  /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) \S+ \S+ \S+ +(\d+) +\d+ (\d+) /;

/** Every socket that listens in this table's text. */
export function parseTcpTable(text: string): ListeningSocket[] {
  const found: ListeningSocket[] = [];
  for (const line of text.split('\n').slice(1)) {
    const [, address = '', port = '', state, uid = '', inode = ''] = LINE.exec(line) ?? [];
    if (state === undefined) continue;
    if (state !== TCP_LISTEN) break;
    found.push({ address: addressOf(address), port: Number.parseInt(port, 16), uid: Number(uid), inode });
  }
  return found;
}

/** Every socket of a table of UDP, which has the same columns: whoever has bound one takes what comes. */
export function parseUdpTable(text: string): ListeningSocket[] {
  return text.split('\n').flatMap((line) => {
    const [, address = '', port = '', state, uid = '', inode = ''] = LINE.exec(line) ?? [];
    return state === undefined
      ? []
      : [{ address: addressOf(address), port: Number.parseInt(port, 16), uid: Number(uid), inode }];
  });
}

/** The kernel prints each 32-bit word of an address as a number of the machine, which is little-endian wherever this runs. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  bytes.swap32();
  return ipAddress(bytes);
}
