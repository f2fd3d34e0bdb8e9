/** Who listens on a TCP port of Windows, with the exact process, by the native helper. */
import type { PortListeners } from '../platform';
import type { Native } from './native';
import { listOf } from './users';

export async function windowsListeners(native: Native, port: number): Promise<PortListeners> {
  const failed = (code: string): PortListeners => ({
    sockets: [],
    processes: [],
    hidden: 0,
    problem: { syscall: 'GetExtendedTcpTable', code },
  });
  const asked = await native.ask('listeners', port);
  if (!('answer' in asked)) return failed(asked.why);
  if ('error' in asked.answer) return failed(String(asked.answer.error));
  const listeners = asked.answer;
  const list = listeners.length === 0 ? undefined : await listOf(native);
  const processes = [...new Set(listeners.map(({ pid }) => pid))].flatMap((pid) => {
    const process = list?.get(pid);
    const isSame = listeners.some((one) => one.pid === pid && one.start === process?.fileTime);
    return process === undefined || !isSame ? [] : [process];
  });
  return {
    sockets: listeners.map(({ address, pid }, index) => ({ port, address, inode: `${pid}:${index}` })),
    processes,
    hidden: 0,
  };
}
