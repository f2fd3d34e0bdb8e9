import type { Event } from '../api';

/** An event source outside `vscode`: the same shape, so that an `Event` of ours is an `Event` of VS Code's. */
export class Emitter<T> {
  readonly #listeners = new Set<(event: T) => unknown>();

  readonly event: Event<T> = (listener, thisArgs, disposables) => {
    const call = (event: T): unknown => listener.call(thisArgs, event);
    this.#listeners.add(call);
    const subscription = { dispose: () => this.#listeners.delete(call) };
    disposables?.push(subscription);
    return subscription;
  };
  readonly #onError: (error: unknown) => void;

  /** A listener that throws does not keep the others from hearing; `onError` gets what it threw. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  fire(event: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
