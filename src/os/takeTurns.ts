/** Slow rounds: a few at a time, each in its turn. */

/** Goes on with the next `count`, from the beginning again after the last. Returns where it stopped. */
export function takeTurns<T>(
  from: Iterator<T> | undefined,
  restart: () => Iterator<T>,
  count: number,
  each: (item: T) => void,
): Iterator<T> {
  let iterator = from ?? restart();
  for (let done = 0; done < count; done++) {
    let next = iterator.next();
    if (next.done === true) {
      iterator = restart();
      next = iterator.next();
      if (next.done === true) break;
    }
    each(next.value);
  }
  return iterator;
}
