/** The TCP ports of the watched services: which service is told when who listens there changes. */
import { MultiMap } from '../../common/multiMap';
import { defined } from '../../common/defined';
import type { ListenerFacts, LockFileFacts, PidFileFacts, PortFacts } from '../../model/facts';
import { ancestorsOf } from '../../model/processes/treeWalk';
import type { ProcessChange, Readers } from '../readers';
import type { ProcessIndex } from './processIndex';
import type { WatchedService } from './watchedService';

const NO_CHANGE: ProcessChange = { added: [], removed: [], changed: [] };

/** Records of one service whose ports are watched: a pattern may stand for thousands of files. */
const PORTS_OF_ONE = 64;

export class ServicePorts {
  readonly #readers: Readers;
  readonly #index: ProcessIndex;
  readonly #markDirty: (watch: WatchedService) => void;
  readonly #byPort = new MultiMap<number, WatchedService>();
  readonly #ofService = new Map<WatchedService, ReadonlySet<number>>();
  /** The reader does not know yet which ports are of interest now. */
  #isNew = false;

  constructor(readers: Readers, index: ProcessIndex, markDirty: (watch: WatchedService) => void) {
    this.#readers = readers;
    this.#index = index;
    this.#markDirty = markDirty;
  }

  forget(watch: WatchedService): void {
    this.#set(watch, []);
  }

  /** One tick's look; `fresh`: a service of whose ports nothing known is trusted. */
  async look(change: ProcessChange, fresh: WatchedService | undefined): Promise<void> {
    const { ports } = this.#readers;
    if (ports === undefined) return;
    this.#tellReader();
    this.#announce(await ports.update(change));
    const own = fresh === undefined ? undefined : this.#ofService.get(fresh);
    if (own !== undefined) this.#announce(await ports.refresh(own));
  }

  /** Looks at ports that an assembly has met. Returns whether there were any. */
  async lookAtNew(): Promise<boolean> {
    const { ports } = this.#readers;
    if (ports === undefined || !this.#isNew) return false;
    this.#tellReader();
    this.#announce(await ports.update(NO_CHANGE));
    return true;
  }

  /** Returns the facts of the ports that the settings and the service's records name, and takes over which these are. */
  factsOf(
    watch: WatchedService,
    lockFiles: readonly LockFileFacts[],
    pidFiles: readonly PidFileFacts[],
  ): PortFacts[] {
    const configured = watch.service.ports ?? [];
    const recorded = [...lockFiles.map(({ record }) => record), ...pidFiles.map(({ content }) => content)];
    const ports = [...configured, ...recorded.flatMap((record) => record?.record.port ?? [])];
    this.#set(watch, ports);
    return [...(this.#ofService.get(watch) ?? [])].map((port) => this.#portOf(port, watch));
  }

  /** Marks the services whose ports the process of this one may listen on: its owner is another now. */
  noteOwners(watch: WatchedService, owners: ReadonlySet<number>): void {
    const before = watch.owners;
    watch.owners = owners;
    if (before.size === owners.size && [...owners].every((pid) => before.has(pid))) return;
    for (const port of this.#ofService.get(watch) ?? []) this.#mark(port, watch);
  }

  /** Returns those of the service's processes whose ports may be others than those of this network namespace. */
  inOtherNetwork(pids: Iterable<number>): number[] {
    const { ports } = this.#readers;
    return ports === undefined ? [] : [...pids].filter((pid) => !ports.isInThisNetwork(pid));
  }

  #portOf(port: number, watch: WatchedService): PortFacts {
    const { ports, processes } = this.#readers;
    const { listeners, unknown } = ports?.view(port) ?? { listeners: [], unknown: 'system' as const };
    const sharedWith = [...this.#byPort.get(port)]
      .filter((other) => other !== watch && other.service.ports?.includes(port) === true)
      .map(({ service }) => service.name)
      .sort();
    const known = listeners.map(({ address, uid, pids }): ListenerFacts => ({
      address,
      ...defined({ uid }),
      processes: pids.flatMap((pid) => processes.get(pid) ?? []),
    }));
    // One that has just ended: the next look finds out whether its socket has too.
    const isStale = listeners.some(
      ({ pids }, index) => pids.length > 0 && known[index]?.processes.length === 0,
    );
    const owners = this.#ownersAmong(known, watch);
    return {
      port,
      isConfigured: watch.service.ports?.includes(port) === true,
      listeners: known,
      ...defined({
        unknown: unknown ?? (isStale ? ('pending' as const) : undefined),
        owners: owners.size === 0 ? undefined : owners,
        sharedWith: sharedWith.length === 0 ? undefined : sharedWith,
      }),
    };
  }

  /** Listeners and what is above them that own a file of another service, with its name. */
  #ownersAmong(listeners: readonly ListenerFacts[], watch: WatchedService): Map<number, string> {
    const owners = new Map<number, string>();
    for (const { pid } of listeners.flatMap(({ processes }) => processes)) {
      for (const at of [pid, ...ancestorsOf(pid, (child) => this.#readers.processes.parentOf(child))]) {
        for (const other of this.#index.of(at)) {
          if (other !== watch && other.owners.has(at)) owners.set(at, other.service.name);
        }
      }
    }
    return owners;
  }

  #set(watch: WatchedService, wanted: readonly number[]): void {
    const before = this.#ofService.get(watch);
    const ports = new Set(wanted.slice(0, PORTS_OF_ONE));
    if (ports.size === (before?.size ?? 0) && [...ports].every((port) => before?.has(port))) return;
    this.#isNew = true;
    for (const port of before ?? []) {
      if (ports.has(port)) continue;
      this.#byPort.delete(port, watch);
      this.#mark(port, watch);
    }
    for (const port of ports) {
      this.#byPort.add(port, watch);
      if (before?.has(port) !== true) this.#mark(port, watch);
    }
    if (ports.size === 0) this.#ofService.delete(watch);
    else this.#ofService.set(watch, ports);
  }

  #tellReader(): void {
    if (!this.#isNew) return;
    this.#isNew = false;
    this.#readers.ports?.watch(new Set([...this.#ofService.values()].flatMap((ports) => [...ports])));
  }

  #announce(ports: readonly number[]): void {
    for (const port of ports) this.#mark(port, undefined);
  }

  #mark(port: number, except: WatchedService | undefined): void {
    for (const watch of this.#byPort.get(port)) if (watch !== except) this.#markDirty(watch);
  }
}
