/** The TCP ports that a process listens on, by its own descriptors and the sockets of its network namespace. */
import { drain } from '../../../common/steps';
import { listeningSockets } from './listening';
import { socketsOf } from './socketHolders';

/** Empty where its descriptors may not be listed. */
export function portsOf(pid: number): number[] {
  const inodes = drain(socketsOf(pid));
  const sockets = inodes.size === 0 ? [] : listeningSockets(pid);
  if ('code' in sockets) return [];
  const ports = sockets.filter(({ inode }) => inodes.has(inode)).map(({ port }) => port);
  return [...new Set(ports)].sort((a, b) => a - b);
}
