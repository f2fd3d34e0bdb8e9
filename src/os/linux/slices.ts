/** Long synchronous work in steps, so that messages get in between. */
import type { Steps } from '../../common/steps';
import { yieldToEventLoop } from '../../common/yieldToEventLoop';

/** Longest stretch without letting messages in, ms. */
const SLICE_MS = 8;

/** Lets the event loop run whenever a slice of time is used up. */
export class Slices {
  #end = performance.now() + SLICE_MS;

  async run<T>(steps: Steps<T>): Promise<T> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      await this.pause();
    }
  }

  /** Resolves at once while there is time left. */
  async pause(): Promise<void> {
    if (performance.now() <= this.#end) return;
    await yieldToEventLoop();
    this.#end = performance.now() + SLICE_MS;
  }
}
