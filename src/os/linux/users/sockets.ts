/** The TCP ports that a process listens on, by its own descriptors and the sockets of its network namespace. */
import * as fs from 'node:fs';
import { parseTcpTable } from '../ports/tcpTable';
import { readLink, readText } from '../procfs/read';

/** Empty where its descriptors may not be listed. */
export function portsOf(pid: number): number[] {
  const sockets = socketsOf(pid);
  if (sockets.size === 0) return [];
  const ports = ['tcp', 'tcp6'].flatMap((name) => {
    const text = readText(`/proc/${pid}/net/${name}`, 4 << 20);
    return parseTcpTable(typeof text === 'string' ? text : '')
      .filter(({ inode }) => sockets.has(inode))
      .map(({ port }) => port);
  });
  return [...new Set(ports)].sort((a, b) => a - b);
}

function socketsOf(pid: number): Set<string> {
  const found = new Set<string>();
  let names: string[] = [];
  try {
    names = fs.readdirSync(`/proc/${pid}/fd`);
  } catch {
    // It has ended, or does not show them.
  }
  for (const fd of names) {
    const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`) ?? '')?.[1];
    if (inode !== undefined) found.add(inode);
  }
  return found;
}
