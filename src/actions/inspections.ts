import type { ActionDeps, InspectedService } from './deps';

/**
 * Fresh looks at services, one at a time. Two callers that ask while a look is under way share the next one: it starts
 * after both asked, so it is fresh for both.
 */
export class Inspections {
  readonly #inspect: ActionDeps['inspect'];
  readonly #waiting = new Map<string, Promise<InspectedService | undefined>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(inspect: ActionDeps['inspect']) {
    this.#inspect = inspect;
  }

  /** A look that starts after this call. */
  fresh(serviceId: string): Promise<InspectedService | undefined> {
    const waiting = this.#waiting.get(serviceId);
    if (waiting !== undefined) {
      return waiting;
    }
    const next = this.#last.then(() => {
      this.#waiting.delete(serviceId);
      return this.#inspect(serviceId);
    });
    this.#waiting.set(serviceId, next);
    this.#last = next.catch(() => undefined);
    return next;
  }
}
