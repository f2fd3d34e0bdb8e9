/** One entry of a list in the settings, taken out and put back: whoever edits the list meanwhile loses nothing. */

/** Where it stood, and what stood there, as JSON. */
export interface ListedEntry {
  index: number;
  written: string;
}

/** Returns the list without the entry; undefined: another stands there now. */
export function withoutEntry(
  list: readonly unknown[],
  { index, written }: ListedEntry,
): unknown[] | undefined {
  return JSON.stringify(list[index]) === written ? list.toSpliced(index, 1) : undefined;
}

/** Returns the list with the entry at its place again, or at its end where it has become shorter. */
export const withEntryAgain = (list: readonly unknown[], { index, written }: ListedEntry): unknown[] =>
  list.toSpliced(index, 0, JSON.parse(written));
