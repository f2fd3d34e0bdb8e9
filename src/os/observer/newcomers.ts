/** A newcomer counts from a certain age on, and nothing but the clock announces that it has come to it. */
import type { ServiceFacts } from '../../model/facts';
import { STARTING_MS } from '../../model/instances/rivals';
import { listenersOf } from './assemble';
import type { WatchedService } from './watchedService';

export class Newcomers {
  /** ms since the epoch at which the first of a service's newcomers counts. */
  readonly #due = new Map<WatchedService, number>();

  /** Notes when the facts of this service are to be assembled again. */
  note(watch: WatchedService, facts: ServiceFacts): void {
    const at = nextOfAge(facts);
    if (at !== undefined) this.#due.set(watch, at);
  }

  /** Returns the services in which one has come of age since it was noted, once. */
  take(now: number): WatchedService[] {
    const due = [...this.#due].filter(([, at]) => now >= at).map(([watch]) => watch);
    for (const watch of due) this.#due.delete(watch);
    return due;
  }

  forget(watch: WatchedService): void {
    this.#due.delete(watch);
  }
}

function nextOfAge({ matched, processes, ports, takenAt }: ServiceFacts): number | undefined {
  const listeners = listenersOf(ports ?? []);
  if (matched.length < 2 && listeners.length === 0) return undefined;
  const ages = [...matched, ...listeners].map((pid) => (processes.get(pid)?.startTime ?? 0) + STARTING_MS);
  const next = Math.min(...ages.filter((at) => at > takenAt));
  return Number.isFinite(next) ? next : undefined;
}
