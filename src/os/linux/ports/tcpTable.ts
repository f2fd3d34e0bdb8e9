/** Who listens, as /proc/net/tcp and tcp6 list it: listeners first, then connections. */
import { ipAddress } from '../../../common/ipAddress';
import type { ListeningSocket } from '../../platform';
import { inetLines, TCP_LISTEN, type InetLine } from './inetTable';

/** Every socket that listens in this table's text. */
export function parseTcpTable(text: string): ListeningSocket[] {
  const found: ListeningSocket[] = [];
  for (const line of inetLines(text)) {
    if (line.state !== TCP_LISTEN) break;
    found.push(socketOf(line));
  }
  return found;
}

/** Every socket of a table of UDP: whoever has bound one takes what comes. */
export const parseUdpTable = (text: string): ListeningSocket[] => [...inetLines(text)].map(socketOf);

const socketOf = ({ address, port, uid, inode }: InetLine): ListeningSocket => ({
  address: addressOf(address),
  port,
  uid,
  inode,
});

/** The kernel prints each 32-bit word of an address as a number of the machine, which is little-endian wherever this runs. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  bytes.swap32();
  return ipAddress(bytes);
}
