/**
 * Who listens on the watched ports of macOS; a socket that no process shows is one of another user. No call says that a
 * socket has come or gone: the native helper inspects every process that shows its descriptors, every few seconds.
 */
import type { Listener, Listeners } from '../native/darwin/calls';
import type { PortListener, PortReader, PortView, ProcessChange, ProcessReader } from '../readers';
import type { Native } from './native';
import { SOCKETS_CALL } from './ports';

/** A look at every descriptor of every process of this user. */
const LOOK_EVERY_MS = 5000;

type Processes = Pick<ProcessReader, 'glance' | 'invalidate'>;

export class DarwinPortReader implements PortReader {
  readonly #native: Native;
  readonly #processes: Processes;
  readonly #now: () => number;
  #ports: ReadonlySet<number> = new Set();
  /** Ports that no look was for yet. */
  readonly #new = new Set<number>();
  #found: Listeners | { why: string } = { listeners: [], hidden: 0 };
  #lookedAt = -Infinity;
  /** What each port was last announced with. */
  #announced = new Map<number, string>();

  constructor(native: Native, processes: Processes, now: () => number = () => performance.now()) {
    this.#native = native;
    this.#processes = processes;
    this.#now = now;
  }

  watch(ports: ReadonlySet<number>): void {
    for (const port of ports) if (!this.#ports.has(port)) this.#new.add(port);
    for (const port of this.#announced.keys()) if (!ports.has(port)) this.#announced.delete(port);
    this.#ports = new Set(ports);
  }

  async update({ added, removed }: ProcessChange): Promise<readonly number[]> {
    if (this.#ports.size === 0) return [];
    if (this.#now() - this.#lookedAt >= LOOK_EVERY_MS) return this.#look();
    return added.length + removed.length > 0 ? this.#changed() : [];
  }

  async refresh(ports: ReadonlySet<number>): Promise<readonly number[]> {
    return [...ports].some((port) => this.#ports.has(port)) ? this.#look() : [];
  }

  view(port: number): PortView {
    if (!this.#ports.has(port) || this.#new.has(port)) return { listeners: [], unknown: 'pending' };
    if ('why' in this.#found) {
      return { listeners: [], unknown: { syscall: SOCKETS_CALL, code: this.#found.why } };
    }
    const { listeners, hidden, others } = this.#found;
    const all = listeners.filter((listener) => listener.port === port);
    if (all.length === 0 && others === undefined && hidden > 0) {
      return { listeners: [], unknown: 'otherUser' };
    }
    const known = all.filter((listener) => this.#isListed(listener));
    const unshown = (others ?? []).filter((other) => other.port === port);
    const sockets = [
      ...bySocket(known),
      ...unshown.map(({ address, uid }): PortListener => ({ address, uid, pids: [] })),
    ];
    return known.length < all.length ? { listeners: sockets, unknown: 'pending' } : { listeners: sockets };
  }

  /** There are no network namespaces. */
  isInThisNetwork(): boolean {
    return true;
  }

  async #look(): Promise<readonly number[]> {
    this.#lookedAt = this.#now();
    const ports = [...this.#ports];
    const asked = await this.#native.ask('listeners', ports);
    for (const port of ports) this.#new.delete(port);
    this.#found = 'answer' in asked ? asked.answer : { why: asked.why };
    const { listeners } = 'answer' in asked ? asked.answer : { listeners: [] };
    const unlisted = listeners.filter((listener) => !this.#isListed(listener));
    // They have started since the list was made: the next one has them.
    if (unlisted.length > 0) this.#processes.invalidate(unlisted.map(({ pid }) => pid));
    return this.#changed();
  }

  /** The number alone may mean another process, in the list or by now. */
  #isListed({ pid, uniqueId }: Listener): boolean {
    return this.#processes.glance(pid, false)?.uniqueId === uniqueId;
  }

  /** Returns the ports of which something else is said than before. */
  #changed(): readonly number[] {
    const before = this.#announced;
    this.#announced = this.#views();
    return [...this.#announced].filter(([port, view]) => before.get(port) !== view).map(([port]) => port);
  }

  #views(): Map<number, string> {
    return new Map([...this.#ports].map((port) => [port, JSON.stringify(this.view(port))]));
  }
}

/** Those who share a socket are listeners on one. */
function bySocket(listeners: readonly Listener[]): PortListener[] {
  const sockets = new Map<string, { address: string; pids: number[] }>();
  for (const { socket, address, pid } of listeners) {
    const known = sockets.get(socket);
    if (known === undefined) sockets.set(socket, { address, pids: [pid] });
    else known.pids.push(pid);
  }
  return [...sockets.values()];
}
