/**
 * Who listens on a TCP port of macOS: by the descriptors of every process that shows them, and by the kernel's own list
 * of sockets, which has those of the others too.
 */
import { defined } from '../../../common/defined';
import type { HiddenListener, Listener, Listeners } from './calls';
import type { Libproc } from './libproc';
import type { SocketList } from './socketList';

/** Sockets come and go while the processes are inspected. */
const ATTEMPTS = 3;

export function listenersOn(ports: ReadonlySet<number>, libproc: Libproc, sockets: SocketList): Listeners {
  for (let attempt = 1; ; attempt += 1) {
    const before = sockets.listening(ports);
    const shown = shownBy(ports, libproc);
    const after = before && sockets.listening(ports);
    if (before === undefined || after === undefined) return shown;
    const { others, isSure } = othersAmong(shown.listeners, before, after);
    if (isSure || attempt === ATTEMPTS) return { ...shown, ...defined({ others }) };
  }
}

function shownBy(ports: ReadonlySet<number>, libproc: Libproc): Listeners {
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

/** `isSure`: another look would find nothing else. */
function othersAmong(
  listeners: readonly Listener[],
  before: readonly HiddenListener[],
  after: readonly HiddenListener[],
): { others?: HiddenListener[]; isSure: boolean } {
  const [first, last, shown] = [before, after, listeners].map(
    (all) => new Set(all.map(({ socket }) => socket)),
  ) as [Set<string>, Set<string>, Set<string>];
  // The two do not name sockets alike, or one was there for a moment only.
  if ([...shown].some((socket) => !first.has(socket) && !last.has(socket))) return { isSure: false };
  const others = after.filter(({ socket }) => !shown.has(socket));
  // It may be of a process that was inspected before it had it.
  if (others.some(({ socket }) => !first.has(socket))) return { isSure: false };
  // A process that has just been started may have it, and its parent no longer.
  const isOwn = ({ uid }: HiddenListener): boolean => uid === process.getuid?.();
  return { others, isSure: !others.some(isOwn) };
}
