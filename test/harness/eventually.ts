import { setTimeout as delay } from 'node:timers/promises';

/** How long a condition may take to come true. Generous: it only matters when a test is about to fail. */
export const patienceMs = 30_000;

/**
 * Reads until `accept` says yes, and returns that value. On time-out the error tells what was awaited and what was last
 * read, so that a failing test shows what the window really showed.
 */
export async function eventually<T>(
  what: string,
  read: () => T | Promise<T>,
  accept: (value: T) => boolean,
  timeoutMs = patienceMs,
): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (accept(value)) return value;
    if (Date.now() > until) {
      throw new Error(
        `${what}: not within ${timeoutMs} ms; last seen: ${JSON.stringify(value, undefined, 2)}`,
      );
    }
    await delay(50);
  }
}

/** How a test names one of several things: part of its text, an expression, or any condition. */
export type Match<T> = string | RegExp | ((thing: T) => boolean);

export function matches<T>(match: Match<T>, thing: T, text: string): boolean {
  if (typeof match === 'string') return text.includes(match);
  return match instanceof RegExp ? match.test(text) : match(thing);
}

/** As shown: icon characters dropped (they live in the private use area), white space made single spaces. */
export function plain(text: string | null | undefined): string {
  return (text ?? '')
    .replace(/[\uE000-\uF8FF]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
