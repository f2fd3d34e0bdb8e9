/**
 * The services whose records look left behind. Before a row says so, the processes are asked for what shows that the
 * service lives on; and again now and then, since that reads each of them.
 */
import type { FileFacts, ServiceFacts, SignsOfLife } from '../model/facts';
import type { Service } from '../model/service';
import { apartBy, staleRecords, withSigns, type LooksForLife } from './signsOfLife';

/** ms after which all of them are looked for once more: what starts to name a record is noticed so late. */
const AGAIN_MS = 30_000;

/** Records of one look; a clean-up looks for its own, however many there are. */
const MOST = 200;

export class StaleRecords {
  readonly #looks: LooksForLife;
  /** Monotonic, ms. */
  readonly #now: () => number;
  readonly #stale = new Map<string, ServiceFacts>();
  /** By path: the record that was looked for, by the time of its last change. */
  #asked = new Map<string, bigint | undefined>();
  #found = new Map<string, SignsOfLife>();
  #askedAt = -Infinity;

  constructor(looks: LooksForLife, now: () => number) {
    this.#looks = looks;
    this.#now = now;
  }

  /** Forgets those of other services. */
  retain(services: readonly Service[]): void {
    const kept = new Set(services.map(({ id }) => id));
    for (const id of this.#stale.keys()) if (!kept.has(id)) this.#stale.delete(id);
  }

  /**
   * Takes in what a tick has found; `looksStale`: by what the tick alone has seen. Returns the facts of services, with the
   * signs of life of their records, that may mean something else than before.
   */
  async update(
    changed: readonly ServiceFacts[],
    looksStale: (facts: ServiceFacts) => boolean,
  ): Promise<readonly ServiceFacts[]> {
    const stale = changed.filter(looksStale);
    for (const { service } of changed) this.#stale.delete(service.id);
    for (const facts of stale) this.#stale.set(facts.service.id, facts);
    const isDue = this.#stale.size > 0 && this.#now() - this.#askedAt >= AGAIN_MS;
    if (!isDue && stale.length === 0) return [];
    if (isDue) this.#forget();
    const asked = isDue ? [...this.#stale.values()] : stale;
    await this.#ask(asked);
    return asked.map((facts) => withSigns(facts, this.#found));
  }

  #forget(): void {
    this.#askedAt = this.#now();
    this.#asked = new Map();
    this.#found = new Map();
  }

  /** Those that have not been looked for since they were written. */
  async #ask(services: readonly ServiceFacts[]): Promise<void> {
    const { signsOfLife, apart } = this.#looks;
    const isNew = ({ path, mtimeNs }: FileFacts): boolean =>
      !this.#asked.has(path) || this.#asked.get(path) !== mtimeNs;
    const records = services.flatMap((facts) => staleRecords(facts, apart)).filter(isNew);
    const [first] = services;
    if (signsOfLife === undefined || first === undefined || records.length === 0) return;
    const now = records.slice(0, MOST);
    for (const { path, mtimeNs } of now) {
      this.#asked.set(path, mtimeNs);
      this.#found.delete(path);
    }
    const found = await signsOfLife(
      now.map(({ path }) => path),
      first.host,
      apartBy(apart),
    );
    for (const [path, signs] of found) this.#found.set(path, signs);
  }
}
