/** Whole paths in a sentence push out of sight what it says: below a known folder the rest of the path is enough. */

export interface KnownFolder {
  path: string;
  /** What stands for it and the separator after it. */
  as: string;
}

/** Shortens the paths in a text. */
export type ShortenIn = (text: string) => string;

export const asItIs: ShortenIn = (text) => text;

/** Returns what shortens the paths in a text. What stands in brackets is a command line, and stays as it was typed. */
export function pathShortener(folders: readonly KnownFolder[]): ShortenIn {
  const known = [...folders]
    .filter(({ path }) => path.length > 1)
    .sort((a, b) => b.path.length - a.path.length);
  if (known.length === 0) {
    return asItIs;
  }
  const names = known.map(({ path }) => path.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('|');
  const pattern = new RegExp(String.raw`\([^()]*\)|(?<![\p{L}\p{N}_./\\~-])(${names})[/\\](?=\S)`, 'gu');
  return (text) =>
    text.replace(pattern, (whole, path: string | undefined) =>
      path === undefined ? whole : (known.find((folder) => folder.path === path)?.as ?? whole),
    );
}
