/** The rows of the services in their order, made a few in each turn of the loop: hundreds in one go would hold up the window. */
import { inTurns, sortSteps, type Steps } from '../../common/steps';
import type { ServiceSnapshot, Snapshot } from '../../api';
import type { Monitor } from '../../monitor/monitor';
import { diffRows, type RowChanges } from '../text/rows/rowDiff';
import { bySeverityThenName, hasProblem, serviceRow, type Row, type RowContext } from '../text/rows/rows';
import { ServiceNodes, type ServiceNode } from './serviceNodes';

/** New rows that are made, and services that are put in order, before others may have the thread: far below a millisecond. */
const AT_ONCE = 6;
const SORTED_AT_ONCE = 100;

/** A row, and what it was made from. */
interface Shown {
  service: ServiceSnapshot;
  row: Row;
}

export class ServiceList {
  readonly #monitor: Pick<Monitor, 'snapshot'>;
  readonly #context: () => RowContext;
  readonly nodes = new ServiceNodes();
  roots: readonly ServiceNode[] = [];
  isProblemsOnly = false;
  #shown = new Map<string, Shown>();
  /** Rows that are made and not shown yet. */
  readonly #prepared = new Map<ServiceSnapshot, Row>();
  /** The newest making of all rows; what overtook an older one stands for it as well. */
  #making: Promise<RowChanges> | undefined;
  /** How often what rows say beside the snapshot has changed. */
  #remakes = 0;

  constructor(monitor: Pick<Monitor, 'snapshot'>, context: () => RowContext) {
    this.#monitor = monitor;
    this.#context = context;
  }

  /** Ids of the services that are shown. */
  get ids(): readonly string[] {
    return [...this.#shown.keys()];
  }

  /** Believes no row any more: what they say beside the snapshot has changed. */
  forget(): void {
    this.#remakes += 1;
    this.#shown = new Map();
    this.#prepared.clear();
  }

  /** Makes the service's row, to be shown with all others. */
  prepare(service: ServiceSnapshot): void {
    this.#prepared.set(service, serviceRow(service, this.#context()));
  }

  /** Reports whether its row comes, goes or changes places. */
  moves(service: ServiceSnapshot): boolean {
    const old = this.#shown.get(service.id)?.service;
    return (
      old === undefined ||
      old.state !== service.state ||
      old.name !== service.name ||
      hasProblem(old) !== hasProblem(service)
    );
  }

  /** Shows a service that keeps its place. Returns the ids of the rows that look different. */
  update(service: ServiceSnapshot): readonly string[] {
    const old = this.#shown.get(service.id);
    if (old === undefined) {
      return []; // filtered out
    }
    const row = serviceRow(service, this.#context());
    const { ids } = diffRows([old.row], [row], this.nodes.isOpened);
    this.#shown.set(service.id, { service, row });
    this.nodes.put(row, undefined);
    return ids;
  }

  /** Only time has passed. Returns the ids of the rows that look different. */
  growOlder(id: string): readonly string[] {
    const shown = this.#shown.get(id);
    return shown === undefined ? [] : this.update(shown.service);
  }

  /**
   * Sorts and filters all services. Returns what looks different: at once where few rows are new, else when they, or what
   * came meanwhile, are on their nodes.
   */
  rebuild(): RowChanges | Promise<RowChanges> {
    const { snapshot } = this.#monitor;
    const remakes = this.#remakes;
    const isCurrent = (): boolean => snapshot === this.#monitor.snapshot && remakes === this.#remakes;
    const steps = this.#rows(snapshot);
    const first = steps.next();
    if (first.done === true) {
      this.#making = undefined;
      return this.#put(first.value);
    }
    const making: Promise<RowChanges> = inTurns(steps).then((shown) => {
      if (this.#making !== undefined && this.#making !== making) {
        return this.#making;
      }
      return isCurrent() ? this.#put(shown) : this.rebuild();
    });
    return (this.#making = making);
  }

  *#rows({ services }: Snapshot): Steps<Map<string, Shown>> {
    if (services.length > SORTED_AT_ONCE) yield;
    const wanted = inFormerOrder(services, this.ids).filter(
      (service) => !this.isProblemsOnly || hasProblem(service),
    );
    const shown = new Map<string, Shown>();
    let made = 0;
    for (const service of yield* sortSteps(wanted, bySeverityThenName)) {
      const old = this.#shown.get(service.id);
      if (old?.service === service) {
        shown.set(service.id, old);
        continue;
      }
      if (!this.#prepared.has(service)) {
        if (++made > AT_ONCE) yield;
        this.prepare(service);
      }
      const row = this.#prepared.get(service);
      if (row !== undefined) shown.set(service.id, { service, row });
    }
    return shown;
  }

  #put(shown: Map<string, Shown>): RowChanges {
    const before = [...this.#shown.values()].map(({ row }) => row);
    const after = [...shown.values()].map(({ row }) => row);
    const changes = diffRows(before, after, this.nodes.isOpened);
    this.#shown = shown;
    this.roots = after.map((row) => this.nodes.put(row, undefined));
    for (const { id } of before) {
      if (!shown.has(id)) {
        this.nodes.forget(id);
      }
    }
    this.#prepared.clear();
    return changes;
  }
}

/** Almost sorted already, which makes sorting again cheap. */
function inFormerOrder(services: readonly ServiceSnapshot[], former: readonly string[]): ServiceSnapshot[] {
  const byId = new Map(services.map((service) => [service.id, service]));
  const known = new Set(former);
  return [...former.flatMap((id) => byId.get(id) ?? []), ...services.filter(({ id }) => !known.has(id))];
}
