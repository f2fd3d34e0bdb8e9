/** What observes and diagnoses: loaded when the first service is watched, or the first question asked. */
import type { ServiceSnapshot } from '../api';
import type { diagnose } from '../model/diagnose';
import type { ServiceFacts } from '../model/facts';
import type { Service } from '../model/service';
import type { Observation, Observer, ObserverOptions, Platform } from '../os/platform';
import type { StaleRecords } from './staleRecords';

export interface Observing {
  platform: Pick<Platform, 'createObserver'>;
  diagnose: typeof diagnose;
  withEvidence(facts: ServiceFacts): Promise<ServiceFacts>;
  staleRecords: StaleRecords;
}

export interface LateObserverDeps {
  observing: () => Promise<Observing>;
  /** A tick until it is loaded; absent: the observer is needed for that, too. */
  nothingWatched?: (() => Promise<Observation>) | undefined;
}

interface Loaded extends Observing {
  observer: Observer;
}

export class LateObserver {
  readonly #deps: LateObserverDeps;
  #loaded: Loaded | undefined;
  #services: readonly Service[] = [];
  #options: ObserverOptions;

  constructor(deps: LateObserverDeps, options: ObserverOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  async configure(services: readonly Service[], options: ObserverOptions): Promise<void> {
    this.#services = services;
    this.#options = options;
    if (this.#loaded !== undefined) {
      this.#loaded.observer.configure(services, options);
      this.#loaded.staleRecords.retain(services);
    } else if (services.length > 0) {
      await this.get();
    }
  }

  async get(): Promise<Loaded> {
    if (this.#loaded === undefined) {
      const observing = await this.#deps.observing();
      const observer = observing.platform.createObserver();
      observer.configure(this.#services, this.#options);
      this.#loaded = { ...observing, observer };
    }
    return this.#loaded;
  }

  /** Runs one tick, and diagnoses what has changed. */
  async tick(): Promise<{ observation: Observation; snapshots: readonly ServiceSnapshot[] }> {
    const { nothingWatched } = this.#deps;
    if (this.#loaded === undefined && nothingWatched !== undefined) {
      return { observation: await nothingWatched(), snapshots: [] };
    }
    const { observer, diagnose, staleRecords } = await this.get();
    const observation = await observer.tick();
    const snapshots = new Map(observation.changed.map((facts) => [facts.service.id, diagnose(facts)]));
    const isStale = ({ service }: ServiceFacts): boolean =>
      snapshots.get(service.id)?.findings.some(({ severity }) => severity === 'stale') === true;
    for (const facts of await staleRecords.update(observation.changed, isStale)) {
      snapshots.set(facts.service.id, diagnose(facts));
    }
    return { observation, snapshots: [...snapshots.values()] };
  }

  close(): void {
    this.#loaded?.observer.close();
  }
}
