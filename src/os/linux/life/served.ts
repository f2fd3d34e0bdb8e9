/** The sockets that wait for someone, and which of them a record names. */
import { portsIn, socketsIn } from '../../../model/records/recordAddresses';
import { listeningSockets } from '../ports/listening';
import { parseUdpTable } from '../ports/tcpTable';
import { boundSockets } from '../ports/unixSockets';
import { readText } from '../procfs/read';

const LIMIT = 16 << 20;

/** Of this network namespace; none where the kernel's lists cannot be read. */
export class Served {
  readonly #ports = portsOf('self');
  readonly #bound = boundSockets().map(({ name }) => name);

  namedIn(text: string, fileName: string): string[] {
    const ports = portsIn(text, fileName);
    const addresses = this.#ports
      .filter(({ port }) => ports.has(port))
      .map(({ address, port }) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`));
    return [...new Set([...addresses, ...socketsIn(text, this.#bound)])];
  }
}

function portsOf(pid: number | 'self'): { address: string; port: number }[] {
  const tcp = listeningSockets(pid);
  const udp = ['udp', 'udp6'].flatMap((name) => {
    const text = readText(`/proc/${pid}/net/${name}`, LIMIT);
    return typeof text === 'string' ? parseUdpTable(text) : [];
  });
  return [...('code' in tcp ? [] : tcp), ...udp];
}
