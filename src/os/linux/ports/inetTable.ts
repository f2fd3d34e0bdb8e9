/**
 * The lines of /proc/net/{tcp,tcp6,udp,udp6}, which have the same columns (proc_net(5); tcp4_seq_show in
 * net/ipv4/tcp_ipv4.c, udp4_seq_show in net/ipv4/udp.c).
 */
export interface InetLine {
  /** As the kernel prints them: the words of an address as numbers of the machine, in hexadecimal. */
  address: string;
  port: number;
  peer: string;
  peerPort: number;
  /** One of the states of include/net/tcp_states.h, in hexadecimal. */
  state: string;
  uid: number;
  /** No other socket of the machine has it; `0`: of a connection that its listener has not yet accepted. */
  inode: string;
}

/** include/net/tcp_states.h */
export const TCP_LISTEN = '0A';

const LINE =
  /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) \S+ \S+ \S+ +(\d+) +\d+ (\d+) /;

/** Returns the sockets of a table's text, in its order; of several tables one after the other as well. */
export function* inetLines(text: string): Iterable<InetLine> {
  for (const line of text.split('\n')) {
    const [, address = '', port = '', peer = '', peerPort = '', state = '', uid = '', inode] =
      LINE.exec(line) ?? [];
    if (inode === undefined) continue;
    yield {
      address,
      port: Number.parseInt(port, 16),
      peer,
      peerPort: Number.parseInt(peerPort, 16),
      state,
      uid: Number(uid),
      inode,
    };
  }
}
