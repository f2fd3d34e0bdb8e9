/**
 * What services write into their logs about another instance. A conflict: two are at work now. A refusal: a guard kept
 * the second one from starting, which is what guards are for. Plain texts, as the programs write them.
 */
import type { LogLine } from './facts';
import { compileLinePatterns } from './processes/processMatch';
import type { RegexEngine } from './settings/regex';

/** By program, so that a preset can name those of its tool. */
export const CONFLICT_PATTERNS = {
  // The Telegram Bot API's answer 409 to a second getUpdates, as python-telegram-bot, aiogram, telegraf and others log it.
  telegram: [
    'Conflict: terminated by other getUpdates request',
    'make sure that only one bot instance is running',
  ],
  // `[Telegram] Telegram polling conflict (1/3), will retry in 10s.`
  hermes: ['polling conflict ('],
  // WhatsApp ended this session because another one took its place: WhiskeySockets/Baileys#963.
  baileys: ['Stream Errored (conflict)'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** What is looked for when a `logFile` has no `conflictPattern`. */
export const DEFAULT_CONFLICT_PATTERNS: readonly string[] = Object.values(CONFLICT_PATTERNS).flat();

export const REFUSAL_PATTERNS: readonly string[] = [
  // hermes gateway; the last two say which token or session, and since 2026-08-04 whose profile has it.
  'Another gateway instance is already running (PID',
  'PID file race lost to another gateway instance',
  'Gateway runtime lock is already held',
  'already in use (PID',
  "already in use by the '",
  // A bot that tries its lock, and ends.
  'Another instance holds the lock. Exiting.',
];

/** Reports whether the line tells of a start that was refused. */
export const isRefusal = (line: string): boolean => REFUSAL_PATTERNS.some((text) => line.includes(text));

/**
 * Returns a predicate over log lines: any of the texts or `/regex/` patterns, and no refusal, unless a pattern asks for
 * refusals by their own words. A pattern that cannot be compiled matches nothing; settings have told of it.
 */
export function conflictLineTest(
  patterns: readonly string[],
  engine: RegexEngine | undefined,
): (line: string) => boolean {
  const tests = patterns.flatMap((pattern) => {
    try {
      const matches = compileLinePatterns([pattern], engine);
      return isRefusal(pattern) ? [matches] : [(line: string) => matches(line) && !isRefusal(line)];
    } catch {
      return [];
    }
  });
  return (line) => tests.some((test) => test(line));
}

/**
 * How long a conflict line counts, ms. Pollers that meet a conflict try again after 30 s at most, so a conflict that
 * lasts writes a line at least twice in this time; one that is over clears by itself.
 */
export const CONFLICT_LINE_FRESH_MS = 60_000;

/** Returns when the line was written, as far as is known, ms since the epoch: never later than it was seen. */
export const writtenAt = ({ ownTime, seenAt }: LogLine): number => Math.min(ownTime ?? seenAt, seenAt);
