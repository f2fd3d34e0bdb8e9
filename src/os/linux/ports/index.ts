/** Who listens on a TCP port: the table of sockets, then every process that has such a socket open. */
import type { ProcessFacts } from '../../../model/facts';
import type { PortListeners, ProcessControl } from '../../platform';
import { Slices } from '../slices';
import { holdersOfSockets, holdsSocket, type SocketHolder } from './socketHolders';
import { surelyListening } from './listening';

/** On demand, never each tick: a scan of every process takes some 50 ms, in slices. */
export async function listenersOn(port: number, processes: ProcessControl): Promise<PortListeners> {
  const sockets = surelyListening(
    (socket) => socket.port === port,
    (found) => found.length === 0,
  );
  if ('code' in sockets) return { sockets: [], processes: [], hidden: 0, problem: sockets };
  if (sockets.length === 0) return { sockets, processes: [], hidden: 0 };
  const { holders, hidden } = await new Slices().run(
    holdersOfSockets(new Set(sockets.map(({ inode }) => inode))),
  );
  const byPid = new Map<number, ProcessFacts>();
  for (const holder of holders) {
    const facts = byPid.has(holder.pid) ? undefined : identified(holder, processes);
    if (facts !== undefined) byPid.set(holder.pid, facts);
  }
  return { sockets, processes: [...byPid.values()], hidden };
}

/** The process is there before and after its descriptor was read once more: what is said of it is said of this holder. */
function identified(holder: SocketHolder, processes: ProcessControl): ProcessFacts | undefined {
  const handle = processes.open(holder.pid);
  try {
    return handle !== undefined && holdsSocket(holder) ? handle.read() : undefined;
  } finally {
    handle?.close();
  }
}
