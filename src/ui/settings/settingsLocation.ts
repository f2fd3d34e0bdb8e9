/**
 * Finds an entry of an array setting in the text of a settings.json or .code-workspace file (JSON with comments and
 * trailing commas), to put the cursor on it. Reads only as much structure as that needs.
 */

export interface TextRange {
  /** UTF-16 offsets. */
  start: number;
  end: number;
}

/** `index` undefined: the whole value of the setting. undefined: not found in this text. */
export function locateSetting(text: string, name: string, index: number | undefined): TextRange | undefined {
  const tokens = tokenize(text);
  for (let at = 0; at + 2 < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind === 'string' && tokens[at + 1]?.kind === ':' && unquote(text, token) === name) {
      const value = valueAt(tokens, at + 2);
      if (value === undefined) {
        return undefined;
      }
      return index === undefined ? value.range : elementRange(tokens, at + 2, index);
    }
  }
  return undefined;
}

interface Token extends TextRange {
  kind: '{' | '}' | '[' | ']' | ':' | ',' | 'string' | 'other';
}

const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"\\\n]|\\.)*"?|[{}[\]:,]|[^\s{}[\]:,"/]+|\//g;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const [piece] = match;
    if (piece.startsWith('//') || piece.startsWith('/*')) {
      continue;
    }
    tokens.push({ kind: kindOf(piece), start: match.index, end: match.index + piece.length });
  }
  return tokens;
}

function kindOf(piece: string): Token['kind'] {
  if (piece.startsWith('"')) {
    return 'string';
  }
  switch (piece) {
    case '{':
    case '}':
    case '[':
    case ']':
    case ':':
    case ',':
      return piece;
    default:
      return 'other';
  }
}

function unquote(text: string, token: Token): string {
  try {
    return String(JSON.parse(text.slice(token.start, token.end)));
  } catch {
    return '';
  }
}

interface Value {
  range: TextRange;
  /** Index of the token after the value. */
  next: number;
}

function valueAt(tokens: readonly Token[], at: number): Value | undefined {
  const first = tokens[at];
  if (first === undefined || first.kind === ',' || first.kind === ']' || first.kind === '}') {
    return undefined;
  }
  let depth = 0;
  for (let next = at; next < tokens.length; next += 1) {
    const token = tokens[next];
    if (token?.kind === '{' || token?.kind === '[') {
      depth += 1;
    } else if (token?.kind === '}' || token?.kind === ']') {
      depth -= 1;
    }
    if (token !== undefined && depth === 0) {
      return { range: { start: first.start, end: token.end }, next: next + 1 };
    }
  }
  return undefined;
}

function elementRange(tokens: readonly Token[], at: number, index: number): TextRange | undefined {
  if (tokens[at]?.kind !== '[') {
    return undefined;
  }
  let element = valueAt(tokens, at + 1);
  for (let count = 0; element !== undefined; count += 1) {
    if (count === index) {
      return element.range;
    }
    element = tokens[element.next]?.kind === ',' ? valueAt(tokens, element.next + 1) : undefined;
  }
  return undefined;
}
