/** Makes untrusted text (command lines, log lines, host names) safe to display, and formats times as shells do. */

/** Control characters, and marks that reorder or hide what follows them. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** One printable line of at most `max` UTF-16 units. */
export function oneLine(text: string, max = 400): string {
  const line = text
    .slice(0, max * 2)
    .replace(UNPRINTABLE, (c) => (c === '\t' || c === '\n' || c === '\r' ? ' ' : '\ufffd'));
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** `2026-01-31 09:05:07`, local time: what `ps -o lstart` and `stat -c %y` can be compared with. `ms` since the epoch. */
export function localTime(ms: number): string {
  const t = new Date(ms);
  if (Number.isNaN(t.getTime())) {
    return '?';
  }
  const day = `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}`;
  return `${day} ${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
}

/** Returns the line in a list, or an empty list. */
export const lineOf = (line: string | undefined): string[] => (line === undefined ? [] : [line]);
