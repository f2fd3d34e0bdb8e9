/** Who listens on a TCP port: the kernel's table has the pid, and the start is read while the table still has it. */
import type { Listener, WindowsError } from './calls';
import { growing } from '../growing';
import { ERROR, PROCESS, TCP_LISTENERS } from './layouts';
import type { Libraries } from './libraries';
import type { Processes } from './processes';

type Family = (typeof TCP_LISTENERS)['v4' | 'v6'];
type Row = Omit<Listener, 'start'>;

export function listenersOn(
  port: number,
  libraries: Libraries,
  processes: Processes,
): Listener[] | WindowsError {
  const rows = rowsOf(port, libraries);
  if ('error' in rows) return rows;
  const opened = new Map(
    [...new Set(rows.map(({ pid }) => pid))].map((pid) => [pid, processes.open(pid, PROCESS.known)]),
  );
  try {
    const now = rowsOf(port, libraries);
    if ('error' in now) return now;
    // A pid that was there before it was opened and is there after it belongs to what was opened.
    return rows
      .filter((row) => now.some(({ pid, address }) => pid === row.pid && address === row.address))
      .map((row) => {
        const one = opened.get(row.pid);
        return one === undefined || 'error' in one ? row : { ...row, start: one.start };
      });
  } finally {
    for (const one of opened.values()) if (!('error' in one)) processes.close(one.handle);
  }
}

function rowsOf(port: number, libraries: Libraries): Row[] | WindowsError {
  const all: Row[] = [];
  for (const family of [TCP_LISTENERS.v4, TCP_LISTENERS.v6]) {
    const rows = tableOf(family, libraries);
    if ('error' in rows) return rows;
    all.push(...rows.filter((row) => row.port === port));
  }
  return all;
}

function tableOf(of: Family, { network }: Libraries): Row[] | WindowsError {
  const { tableClass, count, first } = TCP_LISTENERS;
  const size = Buffer.alloc(4);
  const rows = growing<Row[] | WindowsError>(16 << 10, (buffer) => {
    size.writeUInt32LE(buffer.length);
    const error = network.GetExtendedTcpTable(buffer, size, 0, of.family, tableClass, 0);
    if (error === ERROR.insufficientBuffer) return { needed: size.readUInt32LE() };
    if (error !== ERROR.success) return { error };
    return Array.from({ length: buffer.readUInt32LE(count) }, (_, index) => {
      const at = first + index * of.size;
      return {
        pid: buffer.readUInt32LE(at + of.pid),
        port: buffer.readUInt16BE(at + of.port),
        address: addressAt(buffer, at + of.address, of),
      };
    });
  });
  return rows ?? { error: ERROR.insufficientBuffer };
}

function addressAt(buffer: Buffer, at: number, { family }: Family): string {
  if (family === TCP_LISTENERS.v4.family) return [...buffer.subarray(at, at + 4)].join('.');
  const groups = Array.from({ length: 8 }, (_, index) => buffer.readUInt16BE(at + index * 2).toString(16));
  return groups.join(':').replace(/(?:^|:)0(?::0)+(?::|$)/, '::');
}
