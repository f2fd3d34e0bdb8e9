/** Long work as a generator that stops wherever it may be interrupted: at once, or a step in each turn of the event loop. */
import { hasTime, yieldToEventLoop } from './yieldToEventLoop';

/** Yields wherever it may be interrupted. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does it all at once. */
export function drain<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Does as many steps in each turn of the event loop as have time in it. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  // The first step is done at once, and takes of the time.
  for (hasTime(); ;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (!hasTime()) await yieldToEventLoop();
  }
}

/** Calls `then` with what the steps make: before it returns if that takes one step, else in a later turn. */
export function whenMade<T>(steps: Steps<T>, then: (made: T) => void): void {
  const step = steps.next();
  if (step.done === true) {
    then(step.value);
  } else {
    void yieldToEventLoop()
      .then(() => inTurns(steps))
      .then(then);
  }
}

/** Items that are sorted in one go. */
const RUN = 64;
/** Comparisons between two interruptions, about: names are compared in a microsecond. */
const COMPARED = 128;

type Compare<T> = (a: T, b: T) => number;

/** Returns the list in order, equals as they came, and interrupts itself before it has compared for a millisecond. */
export function* sortSteps<T extends object>(list: readonly T[], compare: Compare<T>): Steps<T[]> {
  let compared = 0;
  const counted: Compare<T> = (a, b) => {
    compared += 1;
    return compare(a, b);
  };
  let runs: T[][] = [];
  for (let from = 0; from < list.length; from += RUN) {
    runs.push(list.slice(from, from + RUN).sort(counted));
    if (compared >= COMPARED) {
      compared = 0;
      yield;
    }
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      for (const merging = merge(runs[at] ?? [], runs[at + 1] ?? [], counted); ;) {
        const step = merging.next();
        if (step.done === true) {
          merged.push(step.value);
          break;
        }
        if (compared >= COMPARED) {
          compared = 0;
          yield;
        }
      }
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

/** Stops after each comparison. */
function* merge<T extends object>(a: readonly T[], b: readonly T[], compare: Compare<T>): Steps<T[]> {
  const [first, last] = [b[0], a.at(-1)];
  // Of a list that was in order already, one comparison says so.
  if (first === undefined || last === undefined || compare(last, first) <= 0) return [...a, ...b];
  const merged: T[] = [];
  let [i, j] = [0, 0];
  for (;;) {
    const [x, y] = [a[i], b[j]];
    if (x === undefined || y === undefined) return [...merged, ...a.slice(i), ...b.slice(j)];
    if (compare(x, y) <= 0) {
      merged.push(x);
      i += 1;
    } else {
      merged.push(y);
      j += 1;
    }
    yield;
  }
}
