/**
 * The paths of a service are patterns: `*`, `**`, `?`, `[…]`, `{…,…}` mean something there, and a backslash before one
 * takes its meaning away. Not on Windows, where the backslash parts folders: there a name is what it looks like.
 */
const SPECIAL = /[*?[\]{}()!+@|\\]/g;
const ESCAPED = /\\([*?[\]{}()!+@|\\])/g;

/** Matching tries every way to share a name among its wildcards: with three of them in 255 bytes, some ms at most. */
const WILDCARDS_IN_A_NAME = 3;
const FOLDER_WILDCARDS = 3;
const ALTERNATIVES = 4;

const isWindowsPath = (path: string): boolean => /^(?:[A-Za-z]:)?\\/.test(path);

const withoutEscapes = (path: string): string => (isWindowsPath(path) ? path : path.replace(/\\./g, ''));

/** Does it stand for other names than its own? */
export function isGlob(path: string): boolean {
  return /[*?[{]/.test(withoutEscapes(path));
}

/** Could matching it take so long that nothing else would be watched meanwhile? */
export function isTooComplex(path: string): boolean {
  const bare = withoutEscapes(path);
  const count = (text: string, what: string): number => text.split(what).length - 1;
  const names = bare.split(/[\\/]/);
  return (
    names.filter((name) => name === '**').length > FOLDER_WILDCARDS ||
    names.some((name) => count(name, '*') > WILDCARDS_IN_A_NAME) ||
    count(bare, '{') > ALTERNATIVES
  );
}

/** The same for a library that knows more than these: groups, quantifiers and negations (but of `[!…]`) mean themselves. */
export function withoutExtras(pattern: string): string {
  return pattern.replace(/\\.|\[[^\]/]*\]|[()!+@|]/g, (found) => (found.length === 1 ? `\\${found}` : found));
}

/** A name as a pattern that matches just this name. */
export function escapeGlob(path: string): string {
  return isWindowsPath(path) ? path : path.replace(SPECIAL, '\\$&');
}

/** What a pattern without wildcards names. */
export function unescapeGlob(pattern: string): string {
  return isWindowsPath(pattern) ? pattern : pattern.replace(ESCAPED, '$1');
}

/** Returns the patterns that `a{b,c}d` stands for: `abd` and `acd`. */
export function withoutBraces(pattern: string): string[] {
  const braces = (isWindowsPath(pattern) ? /\{([^{}]*)\}/ : /(?<!\\)\{([^{}]*)\}/).exec(pattern);
  if (braces?.[1] === undefined) {
    return [pattern];
  }
  const [before, after] = [pattern.slice(0, braces.index), pattern.slice(braces.index + braces[0].length)];
  return braces[1].split(',').flatMap((part) => withoutBraces(before + part + after));
}
