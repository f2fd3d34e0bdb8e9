/** The sockets that listen, read with no more of the kernel's table than has listeners. */
import * as fs from 'node:fs';
import { failureOf, type SystemFailure } from '../../../common/errors';
import { closeQuietly } from '../../close';
import { touching } from '../../heartbeat';
import type { ListeningSocket } from '../../platform';
import { isGone, readText } from '../procfs/read';
import { parseTcpTable } from './tcpTable';

/**
 * Bytes asked for at once, a few lines of 150: for more than the listeners the kernel walks through its table of
 * connections, whose empty buckets alone take it a millisecond.
 */
const CHUNK = 600;

/** No machine has so many listeners. */
const LIMIT = 4 << 20;

/** A line that does not listen: state 0A is TCP_LISTEN, include/net/tcp_states.h. */
const CONNECTION = /^ *\d+: [0-9A-F]+:[0-9A-F]{4} [0-9A-F]+:[0-9A-F]{4} (?!0A)[0-9A-F]{2} /m;

const buffer = Buffer.allocUnsafe(CHUNK);

/** Returns the sockets that listen in the network namespace of a process, or what failed. */
export function listeningSockets(pid: number | 'self' = 'self'): ListeningSocket[] | SystemFailure {
  const found: ListeningSocket[] = [];
  for (const name of ['tcp', 'tcp6']) {
    const text = readListeners(`/proc/${pid}/net/${name}`);
    if (typeof text === 'string') {
      found.push(...parseTcpTable(text));
    } else if (name === 'tcp' || !isGone(text.code)) {
      // Without IPv6 there is no tcp6, and nothing that listens there.
      return text;
    }
  }
  return found;
}

/**
 * Returns those of this namespace that are wanted, or what failed. A read of several pages can miss a line while others
 * come and go: that one is missing is said after two.
 */
export function surelyListening(
  isWanted: (socket: ListeningSocket) => boolean,
  isMissing: (found: readonly ListeningSocket[]) => boolean,
): readonly ListeningSocket[] | SystemFailure {
  const first = listeningSockets();
  if ('code' in first) return first;
  const found = first.filter(isWanted);
  if (!isMissing(found)) return found;
  const second = listeningSockets();
  if ('code' in second) return second;
  return [
    ...new Map([...first, ...second].filter(isWanted).map((socket) => [socket.inode, socket])).values(),
  ];
}

function readListeners(path: string): string | SystemFailure {
  touching(path);
  let fd: number | undefined;
  try {
    fd = fs.openSync(path, fs.constants.O_RDONLY);
    let text = '';
    for (;;) {
      const got = fs.readSync(fd, buffer, 0, CHUNK, null);
      text += buffer.toString('latin1', 0, got);
      if (got === 0 || text.length > LIMIT || CONNECTION.test(text.slice(-2 * CHUNK))) return text;
    }
  } catch (error) {
    return failureOf(error, 'read');
  } finally {
    if (fd !== undefined) closeQuietly(fd);
  }
}

/**
 * Returns how many TCP sockets of this namespace listen or are connected (proc_net(5), sockstat: `TCP: inuse 7 …`). As
 * long as that stays the same, hardly any listener can have come. undefined: this kernel does not say.
 */
export function socketCount(): string | undefined {
  const [four, six] = ['sockstat', 'sockstat6'].map((name) => {
    const text = readText(`/proc/self/net/${name}`);
    return typeof text === 'string' ? /^TCP6?: inuse \d+/m.exec(text)?.[0] : undefined;
  });
  // Without IPv6 there is no sockstat6.
  return four === undefined ? undefined : `${four} ${six ?? ''}`;
}
