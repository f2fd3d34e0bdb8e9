/** Unix sockets: /proc/net/unix (proc_net(5); unix_seq_show in net/unix/af_unix.c). */
import { readUtf8 } from '../procfs/read';

/** `0000: 00000002 00000000 00010000 0001 01 23456 /run/app.sock`: flags, type, state, inode, name. */
const LINE = /^[0-9a-f]+: [0-9A-F]+ [0-9A-F]+ ([0-9A-F]+) ([0-9A-F]{4}) ([0-9A-F]{2}) +(\d+)(?: (.+))?$/i;
/** include/linux/net.h: it listens. */
const SO_ACCEPTCON = 0x10000;
/** SOCK_DGRAM: whoever has bound one takes what comes. */
const DATAGRAM = '0002';
const SS_CONNECTED = '03';
const LIMIT = 16 << 20;

export interface UnixSocket {
  inode: string;
  listens: boolean;
  takesDatagrams: boolean;
  isConnected: boolean;
  /** As it was bound; that of an abstract one begins with `@`. */
  name?: string;
}

/** Returns the sockets of the table's text. */
export function* unixSockets(text: string): Iterable<UnixSocket> {
  for (const line of text.split('\n')) {
    const [, flags = '0', type, state, inode, name] = LINE.exec(line) ?? [];
    if (inode === undefined) continue;
    yield {
      inode,
      listens: (Number.parseInt(flags, 16) & SO_ACCEPTCON) !== 0,
      takesDatagrams: type === DATAGRAM,
      isConnected: state === SS_CONNECTED,
      ...(name === undefined ? {} : { name }),
    };
  }
}

export interface BoundSocket {
  inode: string;
  /** Without the zeros, printed as `@`, that some programs fill an abstract one up with. */
  name: string;
}

/** Returns those of the network namespace of a process that wait for someone; none where the list cannot be read. */
export function boundSockets(pid: number | 'self' = 'self'): BoundSocket[] {
  const text = readUtf8(`/proc/${pid}/net/unix`, LIMIT);
  return typeof text === 'string' ? parseUnixTable(text) : [];
}

/** Returns those of the table's text that wait for someone. */
export function parseUnixTable(text: string): BoundSocket[] {
  return [...unixSockets(text)].flatMap(({ inode, name, listens, takesDatagrams }) =>
    name !== undefined && (listens || takesDatagrams)
      ? [{ inode, name: name.replace(/^(@.*?)@+$/, '$1') }]
      : [],
  );
}
