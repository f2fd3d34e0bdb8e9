/** Who listens on a TCP port of macOS, by the descriptors of every process that shows them. */
import type { Listener, Listeners } from './calls';
import type { Libproc } from './libproc';

export function listenersOn(ports: ReadonlySet<number>, libproc: Libproc): Listeners {
  const listeners: Listener[] = [];
  let hidden = 0;
  for (const pid of libproc.pids()) {
    const identity = libproc.identityOf(pid);
    if ('code' in identity) continue; // it has ended
    const fds = libproc.descriptors(pid, 'socket');
    if ('code' in fds) {
      if (fds.code !== 'ESRCH') hidden += 1;
      continue;
    }
    const { uniqueId } = identity;
    const found = new Map<string, Listener>();
    for (const fd of fds) {
      const listening = libproc.listeningSocketOf(pid, fd);
      if (listening === undefined || !ports.has(listening.port)) continue;
      found.set(listening.socket, { pid, uniqueId, ...listening });
    }
    if (found.size > 0 && libproc.isStill(pid, uniqueId)) listeners.push(...found.values());
  }
  return { listeners, hidden };
}
