import type { Event, ServiceSnapshot, Snapshot } from '../api';
import { knownOf, remember, transitions, type HistoryEvent } from '../model/history';
import { Emitter } from './emitter';
import { entryFromOld, entryText, parseEntry, type Entry } from './historyEntry';
import type { HistoryStore } from './historyFiles';

/** VS Code's `Memento`, as much of it as is needed: up to version 0.1.0 it held all histories under one key. */
export interface OldStore {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

const OLD_KEY = 'history.1';
/** What a crash loses is at most this much; closing and reloading a window lose nothing. */
const SAVE_AFTER_MS = 30_000;
/** Services kept in the store, those that changed last. */
const SERVICES_LIMIT = 500;
/** Services beyond those in sight whose histories stay in memory. */
const MEMORY_SLACK = 50;

export interface ServiceHistory {
  name: string;
  /** The oldest first. */
  events: readonly HistoryEvent[];
}

/** Services taken in at once before others may have the thread. */
const PORTION = 20;

/** Per service, what changed and when; bounded and kept across reloads. */
export class History {
  readonly #store: HistoryStore;
  readonly #old: OldStore;
  readonly #onError: (error: unknown) => void;
  readonly #changes: Emitter<string>;
  /** Read so far. */
  readonly #entries = new Map<string, Entry>();
  /** What waits for an entry to be read. */
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #unsaved = new Set<string>();
  /** The store failed when these were to be read: they must not be written over it. */
  readonly #unread = new Set<string>();
  /** One read or write at a time, each in a turn of the loop of its own. */
  #turn: Promise<unknown> = Promise.resolve();
  #migration: Promise<void> | undefined;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #isPruned = false;
  /** Fires the id of a service whose history grew. */
  readonly onDidChange: Event<string>;

  constructor(store: HistoryStore, old: OldStore, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onError = onError;
    this.#changes = new Emitter(onError);
    this.onDidChange = this.#changes.event;
    this.#old = old;
  }

  async of(serviceId: string): Promise<ServiceHistory> {
    // Asked again in its turn: it may have been read meanwhile.
    return this.#inTurn(async () => this.#entries.get(serviceId) ?? (await this.#read(serviceId)));
  }

  /** Returns the newest `limit` events of all services, by service, and how many events there are in all. */
  all(limit: number): Promise<{ histories: readonly ServiceHistory[]; total: number }> {
    return this.#inTurn(async () => {
      const newest = new Newest(limit);
      let taken = 0;
      for (const { name, events } of this.#entries.values()) {
        newest.add(name, events);
        if (++taken % PORTION === 0) {
          await new Promise<void>((resolve) => void setImmediate(resolve));
        }
      }
      for (const name of await this.#store.names()) {
        const text = await this.#store.readNamed(name);
        const kept = text === undefined ? undefined : parseEntry(text);
        if (kept !== undefined && !this.#entries.has(kept.id)) {
          newest.add(kept.name, kept.events);
        }
      }
      return newest.result();
    });
  }

  /** Takes in a new snapshot; `changed`: ids of the services to look at. */
  update({ services, takenAt }: Snapshot, changed: readonly string[]): void {
    const ids = new Set(changed);
    for (const service of services) {
      if (ids.has(service.id)) {
        this.#whenRead(service.id, () => {
          const before = this.#entries.get(service.id)?.known;
          this.#add(service.id, transitions(before, service, takenAt), service);
        });
      }
    }
    if (this.#entries.size > services.length + MEMORY_SLACK) {
      const inSight = new Set(services.map(({ id }) => id));
      for (const id of this.#entries.keys()) {
        if (!inSight.has(id) && !this.#unsaved.has(id)) {
          this.#entries.delete(id);
        }
      }
    }
  }

  /** Records one of our own actions. `at`: ms since the epoch. */
  action(serviceId: string, text: string, at: number): void {
    this.#whenRead(serviceId, () => this.#add(serviceId, [{ at, kind: 'action', text }], undefined));
  }

  /** Writes what is not written yet, a service in a turn. */
  flush(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    return this.#inTurn(async () => {
      const ids = [...this.#unsaved];
      for (const id of ids) {
        await this.#save(id);
      }
      if (ids.length > 0 && !this.#isPruned) {
        this.#isPruned = true;
        await this.#store.prune(SERVICES_LIMIT);
      }
    }).catch(this.#onError);
  }

  async dispose(): Promise<void> {
    await this.flush();
    this.#changes.dispose();
  }

  async #save(id: string): Promise<void> {
    if (this.#unread.has(id)) {
      const text = await this.#store.read(id);
      const kept = text === undefined ? undefined : parseEntry(text);
      const entry = this.#entries.get(id);
      if (kept?.id === id && entry !== undefined) {
        this.#entries.set(id, { ...entry, events: remember(kept.events, entry.events) });
      }
      this.#unread.delete(id);
    }
    this.#unsaved.delete(id);
    try {
      await this.#store.write(id, entryText(id, this.#entries.get(id) ?? nothingOf(id)));
    } catch (error) {
      this.#unsaved.add(id);
      throw error;
    }
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    // Not before the first turn: whoever asks has a store that can be reached.
    const turn = this.#turn.then(() => (this.#migration ??= this.#migrate().catch(this.#onError))).then(step);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #whenRead(id: string, step: () => void): void {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) {
      waiting.push(step);
    } else if (this.#entries.has(id)) {
      step();
    } else {
      const steps = [step];
      this.#waiting.set(id, steps);
      void this.#inTurn(async () => {
        this.#entries.set(id, await this.#read(id));
        this.#waiting.delete(id);
        for (const each of steps) {
          each();
        }
      }).catch(this.#onError);
    }
  }

  async #read(id: string): Promise<Entry> {
    let text: string | undefined;
    try {
      text = await this.#store.read(id);
    } catch (error) {
      this.#unread.add(id);
      this.#onError(error);
    }
    const kept = text === undefined ? undefined : parseEntry(text);
    return kept?.id === id ? kept : nothingOf(id);
  }

  #add(id: string, events: readonly HistoryEvent[], service: ServiceSnapshot | undefined): void {
    const entry = this.#entries.get(id) ?? nothingOf(id);
    this.#entries.set(id, {
      ...entry,
      events: remember(entry.events, events),
      ...(service === undefined ? {} : { name: service.name, known: knownOf(service) }),
    });
    this.#unsaved.add(id);
    this.#saveTimer ??= setTimeout(() => void this.flush(), SAVE_AFTER_MS);
    if (events.length > 0) {
      this.#changes.fire(id);
    }
  }

  /** Moves what version 0.1.0 kept, once. */
  async #migrate(): Promise<void> {
    const stored = this.#old.get(OLD_KEY);
    if (stored === undefined) {
      return;
    }
    const entries = Object.entries(typeof stored === 'object' && stored !== null ? stored : {});
    for (const [id, value] of entries.slice(-SERVICES_LIMIT)) {
      const entry = entryFromOld(id, value);
      if (entry !== undefined && (await this.#store.read(id)) === undefined) {
        await this.#store.write(id, entryText(id, entry));
      }
    }
    await this.#old.update(OLD_KEY, undefined);
  }
}

const nothingOf = (id: string): Entry => ({ name: id, events: [] });

/** The newest events of many services; in hand are never more than twice as many as asked for, and one service's. */
class Newest {
  readonly #limit: number;
  #events: { name: string; event: HistoryEvent }[] = [];
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(name: string, events: readonly HistoryEvent[]): void {
    this.#total += events.length;
    for (const event of events) {
      this.#events.push({ name, event });
    }
    if (this.#events.length > 2 * this.#limit) {
      this.#cut();
    }
  }

  #cut(): void {
    this.#events = this.#events.sort((a, b) => a.event.at - b.event.at).slice(-this.#limit);
  }

  result(): { histories: readonly ServiceHistory[]; total: number } {
    this.#cut();
    const byName = new Map<string, HistoryEvent[]>();
    for (const { name, event } of this.#events) {
      const events = byName.get(name) ?? [];
      events.push(event);
      byName.set(name, events);
    }
    return { histories: [...byName].map(([name, events]) => ({ name, events })), total: this.#total };
  }
}
