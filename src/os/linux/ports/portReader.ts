/** Who listens on the watched ports. What was found once is only checked as long as nothing new can have come. */
import { defined } from '../../../common/defined';
import type { SystemFailure } from '../../../common/errors';
import type { ListeningSocket } from '../../platform';
import type { PortListener, PortReader, PortView, ProcessChange } from '../../readers';
import { readLink } from '../procfs/read';
import { Slices } from '../slices';
import { socketCount, surelyListening } from './listening';
import { holdersOfSockets, holdsSocket, type SocketHolder } from './socketHolders';

interface KnownSocket {
  socket: ListeningSocket;
  /** One for each process that has it; undefined: not looked for yet. */
  holders: readonly SocketHolder[] | undefined;
}

/** The counts can stay the same by chance, where one socket came as another went: the table is read at least so often, ms. */
const READ_EVERY_MS = 30_000;

/** Scans of all processes may take one part of so many of the time, reckoned over this long, ms. */
const SCAN_SHARE = 20;
const SCAN_BURST_MS = 10_000;

const NO_CHANGE: ProcessChange = { added: [], removed: [], changed: [] };

export class LinuxPortReader implements PortReader {
  #ports: ReadonlySet<number> = new Set();
  /** By inode, which no other socket of the machine has. */
  #known = new Map<string, KnownSocket>();
  #problem: SystemFailure | undefined;
  /** Ports of which nothing has been read yet. */
  readonly #new = new Set<number>();
  #count: string | undefined;
  /** Monotonic ms. */
  #readAt = -Infinity;
  /** When the time that the scans have taken will be made up for. */
  #madeUpAt = -Infinity;

  watch(ports: ReadonlySet<number>): void {
    for (const port of ports) if (!this.#ports.has(port)) this.#new.add(port);
    for (const port of this.#new) if (!ports.has(port)) this.#new.delete(port);
    for (const [inode, { socket }] of this.#known) if (!ports.has(socket.port)) this.#known.delete(inode);
    this.#ports = new Set(ports);
  }

  async update({ added }: ProcessChange): Promise<readonly number[]> {
    if (this.#ports.size === 0) return [];
    const count = socketCount();
    const isDue =
      this.#new.size > 0 ||
      this.#problem !== undefined ||
      added.length > 0 ||
      count === undefined ||
      count !== this.#count ||
      performance.now() - this.#readAt > READ_EVERY_MS;
    this.#count = count;
    const hasLost = [...this.#known.values()].some(({ holders }) => !isStillHeld(holders));
    return isDue || hasLost ? this.#read() : [];
  }

  async refresh(ports: ReadonlySet<number>): Promise<readonly number[]> {
    for (const known of this.#known.values()) if (ports.has(known.socket.port)) known.holders = undefined;
    this.#madeUpAt = -Infinity;
    this.#readAt = -Infinity;
    return this.update(NO_CHANGE);
  }

  view(port: number): PortView {
    if (this.#problem !== undefined) return { listeners: [], unknown: this.#problem };
    if (this.#new.has(port) || !this.#ports.has(port)) return { listeners: [], unknown: 'pending' };
    const known = [...this.#known.values()].filter(({ socket }) => socket.port === port);
    const listeners = known.map(({ socket, holders = [] }): PortListener => ({
      address: socket.address,
      ...defined({ uid: socket.uid }),
      pids: holders.map(({ pid }) => pid),
    }));
    return known.some(({ holders }) => holders === undefined)
      ? { listeners, unknown: 'pending' }
      : { listeners };
  }

  isInThisNetwork(pid: number): boolean {
    const own = readLink('/proc/self/ns/net');
    return own !== undefined && readLink(`/proc/${pid}/ns/net`) === own;
  }

  async #read(): Promise<readonly number[]> {
    const before = new Map([...this.#ports].map((port) => [port, JSON.stringify(this.view(port))]));
    this.#readAt = performance.now();
    const sockets = surelyListening(
      ({ port }) => this.#ports.has(port),
      (found) => [...this.#known.keys()].some((known) => !found.some(({ inode }) => inode === known)),
    );
    if ('code' in sockets) {
      this.#problem = sockets;
    } else {
      this.#problem = undefined;
      this.#new.clear();
      this.#takeIn(sockets);
      await this.#lookForHolders();
    }
    return [...this.#ports].filter((port) => JSON.stringify(this.view(port)) !== before.get(port));
  }

  #takeIn(sockets: readonly ListeningSocket[]): void {
    const known = new Map<string, KnownSocket>();
    for (const socket of sockets) {
      const holders = this.#known.get(socket.inode)?.holders;
      known.set(socket.inode, { socket, holders: isStillHeld(holders) ? holders : undefined });
    }
    this.#known = known;
  }

  /** Scans all processes if a socket has come, or has lost the one that was known to have it. */
  async #lookForHolders(): Promise<void> {
    const wanted = [...this.#known.values()].filter(({ holders }) => holders === undefined);
    const began = performance.now();
    if (wanted.length === 0 || this.#madeUpAt > began + SCAN_BURST_MS) return;
    const inodes = new Set(wanted.map(({ socket }) => socket.inode));
    const { holders } = await new Slices().run(holdersOfSockets(inodes));
    for (const known of wanted) {
      known.holders = holders.filter(({ inode }) => inode === known.socket.inode);
    }
    const now = performance.now();
    this.#madeUpAt = Math.max(this.#madeUpAt, now) + (now - began) * SCAN_SHARE;
  }
}

/** Asks the first that was found: as long as it has the socket, the others need not be asked. */
function isStillHeld(holders: readonly SocketHolder[] | undefined): boolean {
  const [first] = holders ?? [];
  return holders !== undefined && (first === undefined || holdsSocket(first));
}
