/**
 * File names, command lines and log lines are written by others: they may carry control characters, text direction
 * overrides, Markdown, links and icon syntax. Everything foreign passes through here before the user sees it.
 */

/** Longest foreign text in one place; a command line may have 128 kB. */
const DEFAULT_LIMIT = 300;

/**
 * Invisible or reordering characters: soft hyphen, zero-width and directional marks, overrides and isolates, line and
 * paragraph separators, byte order mark, interlinear annotation, tag characters, variation selectors.
 */
const INVISIBLE =
  // oxlint-disable-next-line no-misleading-character-class -- each is meant on its own, with the u flag
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

/** Nearly every text: nothing to replace. */
const PLAIN = /^[ -~]*$/;

/** One line of plain text that shows every control and invisible character instead of obeying it. */
export function inert(text: string, limit = DEFAULT_LIMIT): string {
  // Cut before the replacements: the work stays bounded by the limit, not by the input.
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  if (PLAIN.test(cut)) {
    return cut;
  }
  return cut
    .replace(/\p{Surrogate}/gu, '\ufffd') // lone halves of a pair
    .replace(/[\u0000-\u001f]/g, (char) => String.fromCharCode(0x2400 + char.charCodeAt(0)))
    .replace(/\u007f/g, '\u2421')
    .replace(/[\u0080-\u009f]/g, codePoint)
    .replace(INVISIBLE, codePoint);
}

function codePoint(char: string): string {
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

/**
 * For places that turn `$(name)` into an icon (the status bar, quick picks) and `[text](command:name)` into a link that
 * runs it (notifications).
 */
export function inertLabel(text: string, limit?: number): string {
  return inert(text, limit).replace(/[$\]](?=\()/g, '$& ');
}

/** Foreign text inside Markdown prose: shown as written, never a heading, a link, HTML or an icon. */
export function markdownText(text: string, limit?: number): string {
  return inert(text, limit)
    .replace(/[\\`*_{}[\]()<>#|~&!@$^=]/g, '\\$&')
    .replace(/:(?=\/)/g, '\\:')
    .replace(/(www)\./gi, '$1\\.')
    .replace(/^(\s*)([-+]|\d+(?=[.)]))/, (_whole, space: string, mark: string) =>
      /\d/.test(mark) ? `${space}${mark}\\` : `${space}\\${mark}`,
    );
}

/** Foreign text as a Markdown code span: nothing inside is parsed. */
export function codeSpan(text: string, limit?: number): string {
  const content = inert(text, limit);
  const fence = '`'.repeat(longestRun(content, '`') + 1);
  const pad = content.startsWith('`') || content.endsWith('`') || content.trim() === '' ? ' ' : '';
  return `${fence}${pad}${content}${pad}${fence}`;
}

/** Lines as a fenced Markdown code block. */
export function codeBlock(lines: readonly string[], language: string, limit = 4000): string {
  const content = lines.map((line) => inert(line, limit));
  // Not Math.max(...lines): so many arguments overflow the stack.
  const longest = content.reduce((most, line) => Math.max(most, longestRun(line, '`')), 2);
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...content, fence].join('\n');
}

function longestRun(text: string, char: string): number {
  let longest = 0;
  let run = 0;
  for (const each of text) {
    run = each === char ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}
