/** `NAME=value`, `name: value`, `"name": "value"`, `?name=value&…`, `user[name]=value`, `<name>value</name>`. */
import { isHeaderName, isPhraseName, secrecyOf, type Secrecy } from './names';
import { HIDDEN } from './shapes';
import { isHarmless, isOption, looksRandom } from './values';

/**
 * A name, the quotes around it (as they stand in a string of a string, with backslashes), and what joins it to a value.
 * A name starts where no word is under way, so that a long word is read once.
 */
const NAME =
  /(?:(?<![\w.-])|(?<=%26|%3F|%3f))(\\{0,4}["'`])?([A-Za-z_-][\w.-]{0,127})(\\{0,4}["'`])?\]?(\s{0,8}(?:=>|:=|={1,2}|:(?![:/]{1,2})|%3[Dd])\s{0,8}|,\s{0,8}(?=\\{0,4}["'`])|>(?=[^<>]{1,1000}<\/))/g;

const JOINT = /[=:,>]|%3D/i;

const NAME_FOLLOWS = /\s{0,8}\\{0,4}["'`]?[A-Za-z_-][\w.%[\]-]{0,63}\\{0,4}["'`]?\s{0,4}[=:]/y;

const SCHEME =
  /(?:Basic|Bearer|Token|Digest|Negotiate|NTLM|ApiKey|Api-Key|Key|GoogleLogin|AWS4-HMAC-SHA256) +/iy;

interface Join {
  name: string;
  secrecy: Secrecy;
  /** The quote that was opened before the name and is not closed by it: `"Authorization: …"`. */
  opened: string;
  isQuoted: boolean;
  joint: string;
  /** Of the whole match. */
  index: number;
}

function isDelimiter(text: string, at: number): boolean {
  const next = text[at + 1];
  const ends = next === undefined || /[\s"'`]/.test(next);
  switch (text[at]) {
    case '&':
      NAME_FOLLOWS.lastIndex = at + 1;
      return ends || next === '&' || NAME_FOLLOWS.test(text);
    case ';':
    case ',':
      NAME_FOLLOWS.lastIndex = at + 1;
      return ends || NAME_FOLLOWS.test(text);
    case '|':
      return ends || next === '|';
    case ')':
    case ']':
    case '}':
      return ends || /[),;\]}.&|]/.test(next);
    case '<':
      return next === '/';
    default:
      return false;
  }
}

/** Where a value without quotes ends. */
function bareEnd(text: string, from: number, isQuery: boolean): number {
  const variable = /^\$\{[\w:-]{1,100}\}/.exec(text.slice(from, from + 104))?.[0].length ?? 0;
  for (let at = from + variable; at < text.length; at++) {
    const char = text[at] ?? '';
    if (/\s/.test(char)) return at;
    if (char === '"' || char === "'" || char === '`') {
      // `a"b c"d` of a shell is one value; the quote of what stands around it is followed by something else.
      if (!/[\w$]/.test(text[at + 1] ?? '')) return at;
    } else if (char === '\\' && /["'`]/.test(text[at + 1] ?? '')) {
      return at;
    } else if (isQuery && (char === '&' || char === '#' || text.startsWith('%26', at))) {
      return at;
    } else if (isDelimiter(text, at)) {
      return at;
    }
  }
  return text.length;
}

/** Where the closing quote stands; where none does, or none was opened, the end. `from`: the first character inside. */
function quotedEnd(text: string, from: number, quote: string): number {
  if (quote.length > 1) {
    const end = text.indexOf(quote, from);
    return end < 0 ? text.length : end;
  }
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\' && quote !== "'") at++;
    else if (text[at] === quote) return at;
  }
  return text.length;
}

function lineEnd(text: string, from: number, opened: string): number {
  const newline = text.indexOf('\n', from);
  const line = newline < 0 ? text.length : newline;
  return from + quotedEnd(text.slice(from, line), 0, opened);
}

/** A word of prose after a name with a colon is no secret: `auth: failed`, `key: value`. */
const isProse = ({ secrecy, isQuoted, joint }: Join, value: string): boolean =>
  !isQuoted && joint.startsWith(':') && secrecy === 'ambiguous' && /^[A-Za-z]{1,15}[.,;!]?$/.test(value);

/** `src/token:12`, `example.org/auth:v2`: a place in a file, the version of an image. */
function isPlace(text: string, { joint, isQuoted, index }: Join, value: string): boolean {
  if (joint !== ':' || isQuoted) return false;
  return /^\d{1,5}(?:[:.,)]\d{0,5}){0,4}$/.test(value) || (text[index - 1] === '/' && !looksRandom(value));
}

/** From `from`, what is to be hidden; undefined: nothing is. */
function secretAt(text: string, from: number, join: Join): { start: number; end: number } | undefined {
  const quote = /^\\{0,4}["'`]/.exec(text.slice(from, from + 5))?.[0];
  if (isHeaderName(join.name) && join.joint.trim() === ':') {
    const start = from + (quote?.length ?? 0);
    SCHEME.lastIndex = start;
    const behind = SCHEME.test(text) ? SCHEME.lastIndex : start;
    return {
      start: behind,
      end: quote === undefined ? lineEnd(text, start, join.opened) : quotedEnd(text, start, quote),
    };
  }
  if (quote !== undefined) {
    const start = from + quote.length;
    const end = quotedEnd(text, start, quote);
    const value = text.slice(start, end);
    const isNext = join.joint.startsWith(',') && isOption(value, join.secrecy);
    return isNext || isHarmless(value, join.secrecy) ? undefined : { start, end };
  }
  // What is inside has names of its own; a list has none.
  if (/^\{\s*(?:["'{}]|\\|[\w-]{1,64}\s*[:=])/.test(text.slice(from, from + 80))) return undefined;
  if (text[from] === '[') {
    const end = quotedEnd(text, from, ']');
    return join.secrecy === 'perhaps' && !looksRandom(text.slice(from + 1, end))
      ? undefined
      : { start: from + 1, end };
  }
  const end =
    join.joint === '>'
      ? text.indexOf('<', from)
      : isPhraseName(join.name)
        ? lineEnd(text, from, join.opened)
        : bareEnd(text, from, /[?&#]/.test(text[join.index - 1] ?? '') || join.joint.startsWith('%'));
  const value = text.slice(from, end);
  return isHarmless(value, join.secrecy) || isProse(join, value) || isPlace(text, join, value)
    ? undefined
    : { start: from, end };
}

/** `"--token", "abc"` of a list that is cut, `setenv("TOKEN", "abc")`; the next of any list is no value. */
const isPair = (open: string, name: string, close: string, before: string): boolean =>
  open !== '' && close !== '' && (name.startsWith('-') || before === '(');

/** Hides the values of secret names in a text; linear. */
export function hideAssigned(text: string): string {
  if (!JOINT.test(text)) return text;
  let shown = '';
  let done = 0;
  NAME.lastIndex = 0;
  for (let match = NAME.exec(text); match !== null; match = NAME.exec(text)) {
    const [, open = '', name = '', close = '', joint = ''] = match;
    const from = NAME.lastIndex;
    const before = text[match.index - 1] ?? '';
    const secrecy = secrecyOf(name, /[?&#]/.test(before) || joint.startsWith('%'));
    const isTag = joint === '>';
    if (
      secrecy === undefined ||
      (isTag && before !== '<') ||
      (joint.startsWith(',') && !isPair(open, name, close, before))
    ) {
      continue;
    }
    const isQuoted = open !== '' && close !== '';
    const found = secretAt(text, from, {
      name,
      secrecy,
      opened: isQuoted ? '' : open,
      isQuoted,
      joint,
      index: match.index,
    });
    if (found !== undefined && found.end > found.start) {
      shown += text.slice(done, found.start) + HIDDEN;
      done = found.end;
      NAME.lastIndex = done;
    }
  }
  return shown + text.slice(done);
}

/** `--password=a b;c`, `API_KEY=…`: in an argument of its own the value is all the rest. */
export function hideWhole(argument: string): string | undefined {
  const match = /^(?:--?|\/)?([A-Za-z_][\w.-]{0,127})(=|:(?=\S))/.exec(argument.slice(0, 140));
  const [whole = '', name = '', joint = ''] = match ?? [];
  // `-Dkey=x`, `-Pkey=x`: a letter that is an option.
  const secrecy = secrecyOf(name) ?? (/^-[A-Za-z]/.test(argument) ? secrecyOf(name.slice(1)) : undefined);
  const value = argument.slice(whole.length);
  // `pass:hunter2`: openssl(1) is told a pass phrase so.
  const isMeant = joint === '=' || secrecy === 'password' || name === 'pass';
  if (secrecy === undefined || !isMeant || isHarmless(value, secrecy)) {
    return undefined;
  }
  return `${whole}${HIDDEN}`;
}
