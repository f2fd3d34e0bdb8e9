/**
 * Who listens, as /proc/net/tcp and tcp6 list it (proc_net(5); tcp4_seq_show in net/ipv4/tcp_ipv4.c): listeners first,
 * then connections. A socket is told by its inode, which no other socket of the machine has.
 */
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

/** The kernel prints each 32-bit word of an address as a number of the machine, which is little-endian wherever this runs. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2));
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) {
    return `::ffff:${bytes.subarray(12).join('.')}`;
  }
  return shortened(words);
}

/** The longest run of zeros becomes `::`, the first of equals (RFC 5952, section 4.2). */
function shortened(words: readonly number[]): string {
  const text = words.map((word) => word.toString(16)).join(':');
  const runs = [...text.matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)];
  const [longest] = runs.sort((a, b) => b[0].length - a[0].length);
  if (longest === undefined) return text;
  const before = text.slice(0, longest.index).replace(/:$/, '');
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, '');
  return `${before}::${after}`;
}
