/** The sockets that wait for someone, in every network namespace, and which of them a record means. */
import * as path from 'node:path';
import type { Steps } from '../../../common/steps';
import { isCalledBy } from '../../../model/records/besideNames';
import { pathsIn, portsIn, socketsIn } from '../../../model/records/recordAddresses';
import { listeningSockets } from '../ports/listening';
import { networks, type Networks } from '../ports/networks';
import { parseUdpTable } from '../ports/tcpTable';
import { boundSockets } from '../ports/unixSockets';
import { readText } from '../procfs/read';
import type { Paths } from './paths';

const LIMIT = 16 << 20;

export class Served {
  readonly #paths: Paths;
  readonly #ports: readonly { address: string; port: number }[];
  /** As they were bound, which may be a relative name. */
  readonly #bound: readonly string[];
  /** By what each is called in its folder. */
  readonly #byBase = new Map<string, string[]>();
  /** The kernel does not show what listens, not even in this namespace; or there are more than are read. */
  readonly isBlind: boolean;

  constructor(paths: Paths, { of, isCut }: Networks) {
    this.#paths = paths;
    this.#ports = of.flatMap(portsOf);
    this.#bound = [...new Set(of.flatMap((pid) => boundSockets(pid).map(({ name }) => name)))];
    for (const name of this.#bound) {
      const base = path.basename(name);
      this.#byBase.set(base, [...(this.#byBase.get(base) ?? []), name]);
    }
    this.isBlind =
      isCut || of.length === 0 || ['tcp', 'unix'].some((name) => !isShown(`/proc/self/net/${name}`));
  }

  /** `pid`: the recorded one, by which some call their socket. */
  namedIn(text: string, file: string, pid: number | undefined): string[] {
    const ports = portsIn(text, path.basename(file));
    const addresses = this.#ports
      .filter(({ port }) => ports.has(port))
      .map(({ address, port }) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`));
    const folder = path.dirname(file);
    const named = pathsIn(text).filter((name) => this.isServed(path.resolve(folder, name)));
    const called = pid === undefined ? [] : this.#bound.filter((name) => isCalledBy(name, pid));
    return [...new Set([...addresses, ...socketsIn(text, this.#bound), ...named, ...called])];
  }

  /** Reports whether a socket is bound there, whatever links and dots it was bound through. `file`: absolute. */
  isServed(file: string): boolean {
    const same = this.#byBase.get(path.basename(file)) ?? [];
    if (same.length === 0) return false;
    const real = this.#paths.inRealFolder(file) ?? path.normalize(file);
    return same.some((name) =>
      name.startsWith('/')
        ? (this.#paths.inRealFolder(name) ?? path.normalize(name)) === real
        : !name.startsWith('@') && real.endsWith(`/${path.normalize(name).replace(/^(?:\.\.\/)+/, '')}`),
    );
  }
}

/** Of every network namespace that the processes are in. */
export function* served(paths: Paths, pids: readonly number[]): Steps<Served> {
  return new Served(paths, yield* networks(pids));
}

/** A table has a line with its columns even where it is empty. */
function isShown(table: string): boolean {
  const text = readText(table, LIMIT);
  return typeof text === 'string' && text !== '';
}

function portsOf(pid: number | 'self'): { address: string; port: number }[] {
  const tcp = listeningSockets(pid);
  const udp = ['udp', 'udp6'].flatMap((name) => {
    const text = readText(`/proc/${pid}/net/${name}`, LIMIT);
    return typeof text === 'string' ? parseUdpTable(text) : [];
  });
  return [...('code' in tcp ? [] : tcp), ...udp];
}
