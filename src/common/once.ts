/** Does something when it is first asked for, and that once. */
export interface Once<T> {
  readonly load: () => Promise<T>;
  /** undefined: no one has asked for it. */
  readonly loaded: Promise<T> | undefined;
}

export function once<T>(load: () => Promise<T>): Once<T> {
  let loaded: Promise<T> | undefined;
  return {
    load: () => (loaded ??= load()),
    get loaded() {
      return loaded;
    },
  };
}
