/**
 * The paths of a service are patterns: `*`, `?`, `[…]`, `{…}`, `(…)` mean something there, and a backslash before one
 * takes its meaning away. Not on Windows, where the backslash parts folders: there a name is what it looks like.
 */
const SPECIAL = /[*?[\]{}()!+@\\]/g;
const ESCAPED = /\\([*?[\]{}()!+@\\])/g;

const isWindowsPath = (path: string): boolean => /^(?:[A-Za-z]:)?\\/.test(path);

/** A name as a pattern that matches just this name. */
export function escapeGlob(path: string): string {
  return isWindowsPath(path) ? path : path.replace(SPECIAL, '\\$&');
}

/** What a pattern without wildcards names. */
export function unescapeGlob(pattern: string): string {
  return isWindowsPath(pattern) ? pattern : pattern.replace(ESCAPED, '$1');
}
