import { MultiMap } from '../common/multiMap';
import { yieldToEventLoop } from '../common/yieldToEventLoop';
import type { Event, ServiceSnapshot, Snapshot } from '../api';
import { HISTORY_LIMIT, knownOf, remember, transitions, type HistoryEvent } from '../model/history';
import { Emitter } from './emitter';
import { entryFromOld, entryText, parseEntry, type Entry } from './historyEntry';
import type { HistoryStore } from './historyFiles';

/** VS Code's `Memento`, as much of it as is needed: up to version 0.1.0 it held all histories under one key. */
export interface OldStore {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

const OLD_KEY = 'history.1';
/**
 * A change is written this soon, since a window that is reloaded may read before the one that it replaces has ended …
 */
const SAVE_SOON_MS = 1_000;
/** … but the same service's at most this often: what a crash loses is no more. */
const SAVE_EVERY_MS = 30_000;
/** Services kept in the store, those that changed last. */
const SERVICES_LIMIT = 500;
/** Services beyond those that are visible whose histories stay in memory. */
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
  /** When each that is not written yet is to be written, and when it was written last: monotonic, ms. */
  readonly #unsaved = new Map<string, number>();
  readonly #savedAt = new Map<string, number>();
  /** One read or write at a time, each in a turn of the loop of its own. */
  #turn: Promise<unknown> = Promise.resolve();
  #migration: Promise<void> | undefined;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #nextSave = Infinity;
  #isPruned = false;
  #isDisposed = false;
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
    return this.#inTurn(async () => {
      const kept = await this.#read(serviceId);
      return together(kept, this.#entries.get(serviceId)) ?? nothingOf(serviceId);
    });
  }

  /** Returns the newest `limit` events of all services, by service, and how many events there are in all. */
  all(limit: number): Promise<{ histories: readonly ServiceHistory[]; total: number }> {
    return this.#inTurn(async () => {
      const newest = new Newest(limit);
      const onlyHere = new Map(this.#entries);
      for (const name of await this.#store.historyNames()) {
        const text = await this.#store.readNamedHistory(name);
        const kept = text === undefined ? undefined : parseEntry(text);
        if (kept !== undefined) {
          const { id } = kept;
          const entry = together(kept, onlyHere.get(id)) ?? kept;
          onlyHere.delete(id);
          newest.add(entry.name, entry.events);
        }
      }
      let taken = 0;
      for (const { name, events } of onlyHere.values()) {
        newest.add(name, events);
        if (++taken % PORTION === 0) {
          await yieldToEventLoop();
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
          this.#savedAt.delete(id);
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
    return this.#saveDue(Infinity);
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.flush();
    this.#changes.dispose();
  }

  #saveDue(until: number): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#nextSave = Infinity;
    return this.#inTurn(async () => {
      const due = [...this.#unsaved].filter(([, at]) => at <= until).map(([id]) => id);
      try {
        for (const id of due) {
          await this.#save(id);
        }
        if (due.length > 0 && !this.#isPruned) {
          this.#isPruned = true;
          await this.#store.pruneHistories(SERVICES_LIMIT);
        }
      } catch (error) {
        this.#onError(error);
        const later = performance.now() + SAVE_EVERY_MS;
        due.filter((id) => this.#unsaved.has(id)).forEach((id) => this.#unsaved.set(id, later));
      }
      this.#schedule();
    });
  }

  /** Another window may have written meanwhile: what it knows stays. */
  async #save(id: string): Promise<void> {
    const text = await this.#store.readHistory(id);
    const kept = text === undefined ? undefined : parseEntry(text);
    const entry = together(kept?.id === id ? kept : undefined, this.#entries.get(id));
    if (entry === undefined) {
      return;
    }
    this.#entries.set(id, entry);
    const at = this.#unsaved.get(id) ?? 0;
    this.#unsaved.delete(id);
    try {
      await this.#store.writeHistory(id, entryText(id, entry));
    } catch (error) {
      this.#unsaved.set(id, at);
      throw error;
    }
    this.#savedAt.set(id, performance.now());
  }

  /** `due`: when the next is to be written. */
  #schedule(due = Math.min(...this.#unsaved.values())): void {
    if (due >= this.#nextSave || this.#isDisposed) {
      return;
    }
    clearTimeout(this.#saveTimer);
    this.#nextSave = due;
    this.#saveTimer = setTimeout(() => void this.#saveDue(due), Math.max(0, due - performance.now()));
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
        this.#entries.set(id, (await this.#read(id)) ?? nothingOf(id));
        this.#waiting.delete(id);
        for (const each of steps) {
          each();
        }
      }).catch(this.#onError);
    }
  }

  async #read(id: string): Promise<Entry | undefined> {
    try {
      const text = await this.#store.readHistory(id);
      const kept = text === undefined ? undefined : parseEntry(text);
      return kept?.id === id ? kept : undefined;
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }

  #add(id: string, events: readonly HistoryEvent[], service: ServiceSnapshot | undefined): void {
    const entry = this.#entries.get(id) ?? nothingOf(id);
    this.#entries.set(id, {
      ...entry,
      events: remember(entry.events, events),
      ...(service === undefined ? {} : { name: service.name, known: knownOf(service) }),
    });
    if (!this.#unsaved.has(id)) {
      const again = (this.#savedAt.get(id) ?? -Infinity) + SAVE_EVERY_MS;
      const due = Math.max(performance.now() + SAVE_SOON_MS, again);
      this.#unsaved.set(id, due);
      this.#schedule(due);
    }
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
      if (entry !== undefined && (await this.#store.readHistory(id)) === undefined) {
        await this.#store.writeHistory(id, entryText(id, entry));
      }
    }
    await this.#old.update(OLD_KEY, undefined);
  }
}

/** Two windows see one event some seconds apart. */
const SAME_EVENT_MS = 5_000;

/** What the store has and what is known here; undefined: neither has anything. */
function together(kept: Entry | undefined, here: Entry | undefined): Entry | undefined {
  if (kept === undefined || here === undefined) {
    return here ?? kept;
  }
  const known = new MultiMap<string, number>();
  for (const { at, kind, text } of here.events) {
    known.add(`${kind} ${text}`, at);
  }
  const missing = kept.events.filter(
    ({ at, kind, text }) =>
      ![...known.get(`${kind} ${text}`)].some((other) => Math.abs(other - at) < SAME_EVENT_MS),
  );
  if (missing.length === 0) {
    return here;
  }
  const events = [...missing, ...here.events].sort((a, b) => a.at - b.at);
  return { ...here, events: events.slice(-HISTORY_LIMIT) };
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
