/** Lets everything that waits run first: timers, input, other promises. */
export const yieldToEventLoop = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
