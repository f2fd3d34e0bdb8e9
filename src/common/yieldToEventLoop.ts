/** The turns of the event loop, shared by all that has long work to do in pieces. */

/** ms of such work in one turn: what a turn has besides stays with it below a millisecond. */
const TURN_MS = 0.4;

/** What waits for a turn. */
const waiting: (() => void)[] = [];
/** When the time for such work ends in this turn; undefined: it has not begun. */
let end: number | undefined;

function begin(now: number): number {
  setImmediate(() => (end = undefined));
  return (end = now + TURN_MS);
}

function next(): void {
  const resolve = waiting.shift();
  if (waiting.length > 0) setImmediate(next);
  begin(performance.now());
  resolve?.();
}

/**
 * Lets everything that waits run first: timers, input, other promises. Each that calls it gets a turn of its own, since what
 * several do in one turn adds up to one block.
 */
export const yieldToEventLoop = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(next);
  });

/** Reports whether this turn still has time for more of such work, whoever did the rest; asked first, its time begins. */
export function hasTime(): boolean {
  const now = performance.now();
  return now < (end ?? begin(now));
}
