/** A map of sets: several values to one key. */

const NOTHING: ReadonlySet<never> = new Set();

export class MultiMap<K, V> {
  readonly #sets = new Map<K, Set<V>>();

  /** Returns the values of the key; none: an empty set. */
  get(key: K): ReadonlySet<V> {
    return this.#sets.get(key) ?? NOTHING;
  }

  has(key: K): boolean {
    return this.#sets.has(key);
  }

  values(): IterableIterator<ReadonlySet<V>> {
    return this.#sets.values();
  }

  /** Reports whether it is the key's first value. */
  add(key: K, value: V): boolean {
    const values = this.#sets.get(key);
    if (values === undefined) {
      this.#sets.set(key, new Set([value]));
      return true;
    }
    values.add(value);
    return false;
  }

  /** Reports whether it was the key's last value. */
  delete(key: K, value: V): boolean {
    const values = this.#sets.get(key);
    values?.delete(value);
    if (values?.size !== 0) {
      return false;
    }
    this.#sets.delete(key);
    return true;
  }

  clear(): void {
    this.#sets.clear();
  }
}
