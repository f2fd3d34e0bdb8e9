import type { Event, ServiceSnapshot, Snapshot } from '../api';
import { remember, transitions, type HistoryEvent } from '../model/history';
import { Emitter } from './emitter';

/** VS Code's `Memento`, as much of it as is needed: survives reloads, one per workspace. */
export interface HistoryStore {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

const KEY = 'history.1';
/** Writing the store at every transition would be churn; what a crash loses is at most this much. */
const SAVE_AFTER_MS = 2000;
/** Services kept in the store, those that changed last. */
const SERVICES_LIMIT = 500;

interface Entry {
  events: HistoryEvent[];
  /** What was last known: the next sight, even after a reload, is compared with this. */
  last?: ServiceSnapshot;
}

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && 'events' in value && Array.isArray(value.events);

/** Per service, what changed and when; bounded and kept across reloads. */
export class History {
  readonly #store: HistoryStore;
  readonly #entries = new Map<string, Entry>();
  readonly #changes: Emitter<string>;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  /** Fires the id of a service whose history grew. */
  readonly onDidChange: Event<string>;

  constructor(store: HistoryStore, onError: (error: unknown) => void) {
    this.#store = store;
    this.#changes = new Emitter(onError);
    this.onDidChange = this.#changes.event;
    const stored = store.get(KEY);
    for (const [id, entry] of Object.entries(typeof stored === 'object' && stored !== null ? stored : {})) {
      if (isEntry(entry)) {
        this.#entries.set(id, entry);
      }
    }
  }

  of(serviceId: string): readonly HistoryEvent[] {
    return this.#entries.get(serviceId)?.events ?? [];
  }

  /** Every service that has a history, by id; the events oldest first. */
  all(): ReadonlyMap<string, { name: string; events: readonly HistoryEvent[] }> {
    return new Map(
      [...this.#entries].map(([id, { events, last }]) => [id, { name: last?.name ?? id, events }]),
    );
  }

  /** Takes in a new snapshot; `changed`: ids of the services to look at. */
  update(snapshot: Snapshot, changed: readonly string[]): void {
    const ids = new Set(changed);
    for (const service of snapshot.services) {
      if (ids.has(service.id)) {
        const last = this.#entries.get(service.id)?.last;
        this.#add(service.id, transitions(last, service, snapshot.takenAt), service);
      }
    }
  }

  /** Records one of our own actions. `at`: ms since the epoch. */
  action(serviceId: string, text: string, at: number): void {
    this.#add(serviceId, [{ at, kind: 'action', text }], this.#entries.get(serviceId)?.last);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    await this.#store.update(KEY, Object.fromEntries([...this.#entries].slice(-SERVICES_LIMIT)));
  }

  async dispose(): Promise<void> {
    this.#changes.dispose();
    if (this.#saveTimer !== undefined) {
      await this.flush();
    }
  }

  #add(id: string, events: readonly HistoryEvent[], last: ServiceSnapshot | undefined): void {
    const entry: Entry = { events: remember(this.of(id), events), ...(last === undefined ? {} : { last }) };
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    this.#saveTimer ??= setTimeout(() => {
      void this.flush();
    }, SAVE_AFTER_MS);
    if (events.length > 0) {
      this.#changes.fire(id);
    }
  }
}
