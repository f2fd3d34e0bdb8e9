/** What observes and diagnoses: loaded when the first service is watched, or the first question asked. */
import type { ServiceSnapshot } from '../api';
import type { diagnose } from '../model/diagnose';
import type { Service } from '../model/service';
import type { Observation, Observer, ObserverOptions, Platform } from '../os/platform';

export interface Observing {
  platform: Pick<Platform, 'createObserver' | 'ownerless' | 'apart'>;
  diagnose: typeof diagnose;
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
    } else if (services.length > 0) {
      await this.get();
    }
  }

  async get(): Promise<Loaded> {
    if (this.#loaded === undefined) {
      const { platform, diagnose } = await this.#deps.observing();
      const observer = platform.createObserver();
      observer.configure(this.#services, this.#options);
      this.#loaded = { platform, diagnose, observer };
    }
    return this.#loaded;
  }

  /** Runs one tick, and diagnoses what has changed. */
  async tick(): Promise<{ observation: Observation; snapshots: readonly ServiceSnapshot[] }> {
    const { nothingWatched } = this.#deps;
    if (this.#loaded === undefined && nothingWatched !== undefined) {
      return { observation: await nothingWatched(), snapshots: [] };
    }
    const { observer, diagnose } = await this.get();
    const observation = await observer.tick();
    return { observation, snapshots: observation.changed.map(diagnose) };
  }

  close(): void {
    this.#loaded?.observer.close();
  }
}
