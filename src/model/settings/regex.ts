/** Regular expressions of settings. The engine is passed in, so that its 150 kB are loaded only where one is used. */
import { messageOf } from '../../common/errors';

/**
 * Compiles a pattern for an engine whose matching time is linear in the text: a setting must never be able to hang the
 * monitor. Throws an Error whose message says what is wrong with the pattern. Flags: `i`, `m`, `s`.
 */
export type RegexEngine = (source: string, flags: string) => { test(text: string): boolean };

export interface RegexLiteral {
  source: string;
  flags: string;
}

/** The slash that ends `/…/flags`: unescaped and outside a class. 0: none. */
function closingSlash(text: string): number {
  let inClass = false;
  for (let i = 1; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') {
      i++;
    } else if (c === '[') {
      inClass = true;
    } else if (c === ']') {
      inClass = false;
    } else if (c === '/' && !inClass) {
      return i;
    }
  }
  // `/[/`: a class that never ends; still meant as a pattern, and told to be a bad one.
  return inClass ? text.lastIndexOf('/') : 0;
}

/** `/source/flags`, as JavaScript writes it; undefined for plain text, a path like `/usr/bin/bot` included. */
export function regexLiteral(text: string): RegexLiteral | undefined {
  if (!text.startsWith('/')) {
    return undefined;
  }
  const end = closingSlash(text);
  const flags = text.slice(end + 1);
  return end > 1 && /^[a-z]{0,8}$/.test(flags) ? { source: text.slice(1, end), flags } : undefined;
}

const LOOK_AROUND = ['(?=', '(?!', '(?<=', '(?<!'];

/** Syntax that only an engine with backtracking has. */
function backtrackingSyntax(source: string): string | undefined {
  let inClass = false;
  for (let i = 0; i < source.length; i++) {
    const c = source[i];
    if (c === '\\') {
      const next = source[i + 1] ?? '';
      if (!inClass && /[1-9k]/.test(next)) {
        return `\\${next}`;
      }
      i++;
    } else if (c === '[') {
      inClass = true;
    } else if (c === ']') {
      inClass = false;
    } else if (!inClass) {
      const group = LOOK_AROUND.find((each) => source.startsWith(each, i));
      if (group !== undefined) {
        return group;
      }
    }
  }
  return undefined;
}

/** A JavaScript pattern of the same structure, RE2's own notations replaced: good enough to find unbalanced brackets. */
const asJavaScript = (source: string): string =>
  source
    .replace(/\(\?(?:P<[A-Za-z_]\w*>|[a-zA-Z]+(?:-[a-zA-Z]+)?:)/g, '(?:')
    .replace(/\(\?[a-zA-Z]+(?:-[a-zA-Z]+)?\)/g, '');

/**
 * What is wrong with a pattern, in the engine's words; undefined: nothing. Without an engine (the main thread does not
 * load one) only its structure is checked.
 */
export function regexProblem({ source, flags }: RegexLiteral, engine?: RegexEngine): string | undefined {
  if (/[^ims]|(.).*\1/.test(flags)) {
    return `flags "${flags}"`;
  }
  const backtracking = backtrackingSyntax(source);
  if (backtracking !== undefined) {
    return backtracking;
  }
  try {
    if (engine === undefined) {
      new RegExp(asJavaScript(source));
    } else {
      engine(source, flags);
    }
    return undefined;
  } catch (error) {
    const message = messageOf(error);
    return message.split(': ').at(-1) || message;
  }
}
