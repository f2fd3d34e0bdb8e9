/** The ports on which a process listens in this network namespace. Asked once, when the user begins to watch it. */
import { drain } from '../../../common/steps';
import type { OpenPort } from '../../platform';
import { readText } from '../procfs/read';
import { listeningSockets } from './listening';
import { socketsOf } from './socketHolders';

/** From here the kernel takes a number for who asks for none: ip(7), ip_local_port_range. */
const RANGE = '/proc/sys/net/ipv4/ip_local_port_range';

/** Empty where its descriptors may not be listed. A port of another network namespace cannot be watched from here. */
export function openPortsOf(pid: number): OpenPort[] {
  const inodes = drain(socketsOf(pid));
  const sockets = inodes.size === 0 ? [] : listeningSockets();
  if ('code' in sockets) return [];
  const ports = sockets.filter(({ inode }) => inodes.has(inode)).map(({ port }) => port);
  const mayBeHandedOut = handedOut();
  return [...new Set(ports)]
    .sort((a, b) => a - b)
    .map((port) => ({ port, mayBeHandedOut: mayBeHandedOut(port) }));
}

/** Where the range cannot be read, any number may come from the kernel. */
function handedOut(): (port: number) => boolean {
  const text = readText(RANGE);
  const [, first, last] = (typeof text === 'string' ? /^(\d+)\s+(\d+)/.exec(text) : undefined) ?? [];
  return (port) =>
    first === undefined || last === undefined || (port >= Number(first) && port <= Number(last));
}
