/** Who listens on a TCP port of macOS, with the exact process, by the native helper. */
import type { PortListeners } from '../platform';
import { factsOf, type Native } from './native';

/** As text of an error names it. */
export const SOCKETS_CALL = 'proc_pidfdinfo';

/** `hidden`, with no socket: one of another user may listen, since the kernel's list could not be read. */
export async function darwinListeners(native: Native, port: number): Promise<PortListeners> {
  const failed = (code: string): PortListeners => ({
    sockets: [],
    processes: [],
    hidden: 0,
    problem: { syscall: SOCKETS_CALL, code },
  });
  const asked = await native.ask('listeners', [port]);
  if (!('answer' in asked)) return failed(asked.why);
  const { listeners, hidden, others } = asked.answer;
  // After the question: they are in it, unless they have ended.
  const listed = listeners.length === 0 ? undefined : await native.ask('processes');
  const all = listed !== undefined && 'answer' in listed ? listed.answer : [];
  const wanted = new Map(listeners.map(({ pid, uniqueId }) => [pid, uniqueId]));
  const sockets = new Map(
    listeners.map(({ socket, address }) => [socket, { port, address, inode: socket }] as const),
  );
  const unshown = (others ?? []).map(({ socket, address, uid }) => ({ port, address, uid, inode: socket }));
  return {
    sockets: [...sockets.values(), ...unshown],
    processes: all
      .filter(({ pid, uniqueId }) => wanted.get(pid) === uniqueId)
      .map((process) => factsOf(process)),
    hidden: others === undefined || others.length > 0 ? hidden : 0,
  };
}
