/** Small pieces of work that someone asks for all at once, done in later turns of the event loop, in their order. */
import { inTurns, type Steps } from './steps';
import { yieldToEventLoop } from './yieldToEventLoop';

export class Later {
  readonly #waiting: (() => void)[] = [];

  /** Resolves with what `work` returns. */
  do<T>(work: () => T | PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
      if (this.#waiting.length === 1) void yieldToEventLoop().then(() => inTurns(this.#steps()));
    });
  }

  *#steps(): Steps<void> {
    for (let work = this.#waiting[0]; work !== undefined; work = this.#waiting[0]) {
      work();
      this.#waiting.shift();
      yield;
    }
  }
}
