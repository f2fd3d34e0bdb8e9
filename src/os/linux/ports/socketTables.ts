/**
 * What the sockets of a network namespace are, by their inodes: /proc/net/{tcp,udp,unix,netlink} (proc_net(5)). Whatever
 * none of these lists is not known: bound and not connected, raw, of packets, of another family.
 */
import { readLink, readText } from '../procfs/read';
import { inetLines, TCP_LISTEN, type InetLine } from './inetTable';
import { unixSockets, type UnixSocket } from './unixSockets';

export type SocketUse =
  /** Who listens on it, or takes what comes. `at`: of TCP, where. */
  | { use: 'listens'; at?: string }
  /** `from` and `to`: both ends. */
  | { use: 'connected'; from: string; to: string }
  /** Another connected to it. */
  | { use: 'accepted'; from?: string; to?: string }
  /** As many of a kind as another run has are of no interest. */
  | { use: 'counted'; kind: string };

export interface Sockets {
  byInode: ReadonlyMap<string, SocketUse>;
  /** Connections that have been made, and that their listeners have not yet accepted: `from>to`. */
  pending: ReadonlySet<string>;
}

const LIMIT = 16 << 20;

/** An IPv4 address within IPv6, as the kernel prints it: the same peer in the table of IPv4. */
const plain = (address: string): string => address.replace(/^0{16}FFFF0000(?=.{8}$)/, '');

interface EphemeralPorts {
  low: number;
  high: number;
}

/** Ports that the kernel gives to who asks for none (ip_local_port_range of ip(7)). */
function ephemeralPorts(): EphemeralPorts {
  const text = readText('/proc/sys/net/ipv4/ip_local_port_range');
  const [low = 32768, high = 60999] = typeof text === 'string' ? text.trim().split(/\s+/).map(Number) : [];
  return { low, high };
}

const isEphemeral = (port: number, { low, high }: EphemeralPorts): boolean => port >= low && port <= high;

/**
 * connect(2) gives ports as even or odd as the first of the range, bind(2) gives the others (__inet_hash_connect, and
 * inet_csk_find_open_port of net/ipv4): a connection from any other port may be one that was accepted.
 */
const mayBeAccepted = (port: number, ports: EphemeralPorts): boolean =>
  !isEphemeral(port, ports) || (port - ports.low) % 2 !== 0;

/** `address:port` of both ends. */
const endsOf = ({ address, port, peer, peerPort }: InetLine): { from: string; to: string } => ({
  from: `${plain(address)}:${port}`,
  to: `${plain(peer)}:${peerPort}`,
});

function addTcp(
  text: string,
  ports: EphemeralPorts,
  found: Map<string, SocketUse>,
  pending: Set<string>,
): void {
  for (const line of inetLines(text)) {
    const { port, state, inode } = line;
    const { from, to } = endsOf(line);
    if (state === TCP_LISTEN) found.set(inode, { use: 'listens', at: String(port) });
    else if (inode === '0') pending.add(`${from}>${to}`);
    else found.set(inode, { use: mayBeAccepted(port, ports) ? 'accepted' : 'connected', from, to });
  }
}

function addUdp(text: string, ports: EphemeralPorts, found: Map<string, SocketUse>): void {
  for (const line of inetLines(text)) {
    const { port, inode } = line;
    const { from, to } = endsOf(line);
    const isConnected = !/^0+:0$/.test(to);
    if (isConnected) found.set(inode, { use: 'connected', from, to });
    else found.set(inode, isEphemeral(port, ports) ? { use: 'counted', kind: 'udp' } : { use: 'listens' });
  }
}

function unixUse({ listens, takesDatagrams, isConnected, name }: UnixSocket): SocketUse | undefined {
  if (listens) return { use: 'listens' };
  if (name === undefined) return { use: 'counted', kind: 'unix' };
  if (takesDatagrams) return { use: 'listens' };
  // What was accepted has the listener's name; who bound a name and does neither may have it as a lock.
  return isConnected ? { use: 'accepted' } : undefined;
}

function addUnix(text: string, found: Map<string, SocketUse>): void {
  for (const socket of unixSockets(text)) {
    const use = unixUse(socket);
    if (use !== undefined) found.set(socket.inode, use);
  }
}

/** `sk Eth Pid … Inode`: the protocol second, the inode last. */
function addNetlink(text: string, found: Map<string, SocketUse>): void {
  for (const line of text.split('\n').slice(1)) {
    const words = line.trim().split(/\s+/);
    const inode = words.at(-1);
    if (inode !== undefined && words.length > 2) {
      found.set(inode, { use: 'counted', kind: `netlink ${words[1] ?? ''}` });
    }
  }
}

/** Returns the sockets of the tables' texts. */
export function parseSockets(
  tables: { tcp: string; udp: string; unix: string; netlink: string },
  ports: EphemeralPorts,
): Sockets {
  const byInode = new Map<string, SocketUse>();
  const pending = new Set<string>();
  addTcp(tables.tcp, ports, byInode, pending);
  addUdp(tables.udp, ports, byInode);
  addUnix(tables.unix, byInode);
  addNetlink(tables.netlink, byInode);
  return { byInode, pending };
}

/** Reads those of the network namespace of a process; of what cannot be read nothing is known. */
export function readSockets(pid: number): Sockets {
  const textOf = (...names: string[]): string =>
    names
      .map((name) => readText(`/proc/${pid}/net/${name}`, LIMIT))
      .filter((text) => typeof text === 'string')
      .join('\n');
  return parseSockets(
    {
      tcp: textOf('tcp', 'tcp6'),
      udp: textOf('udp', 'udp6'),
      unix: textOf('unix'),
      netlink: textOf('netlink'),
    },
    ephemeralPorts(),
  );
}

/** Those of each network, read once for all processes of it until they are forgotten. */
export class SocketLists {
  readonly #byNetwork = new Map<string, Sockets>();

  of(pid: number): Sockets {
    const network = readLink(`/proc/${pid}/ns/net`) ?? '';
    let known = this.#byNetwork.get(network);
    if (known === undefined) {
      known = readSockets(pid);
      if (network !== '') this.#byNetwork.set(network, known);
    }
    return known;
  }

  forget(): void {
    this.#byNetwork.clear();
  }
}
