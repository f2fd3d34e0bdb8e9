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

/** The level that a line names, in the forms `INFO`, `[info]`, `info:` and `level=info`; the first of them is its own. */
const LEVEL =
  /\b(?:TRACE|DEBUG|VERBOSE|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|CRIT(?:ICAL)?|FATAL)\b|\[(?:trace|debug|verbose|info|notice|warn(?:ing)?|error|fatal)\]|\b(?:trace|debug|verbose|info|warn(?:ing)?|error|fatal):|\b(?:level|lvl|severity)=(?:trace|debug|info|warn(?:ing)?|error|fatal)\b/;
const LOW = /trace|debug|verbose|info|notice/i;

/** Words in quotation marks; those that are the value of a field (`msg="…"`, `"msg":"…"`) are the line's own. */
const QUOTED =
  /(?<![\w=:\\])(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'(?!\w)|“[^”]*”|„[^“”]*[“”]|«[^»]*»|`[^`]*`)/g;

/**
 * Returns what the line says itself: one that by its own level tells of no trouble may quote what someone has asked or
 * written. Not so a line of JSON, in which every message stands in quotation marks.
 */
function ownWords(line: string): string {
  if (/^\s*\{/.test(line)) return line;
  const said = line.replace(QUOTED, ' ');
  const [level] = LEVEL.exec(said) ?? [];
  return level !== undefined && LOW.test(level) ? said : line;
}

/**
 * Returns a predicate over log lines: any of the texts or `/regex/` patterns, not in a quotation, and no refusal, unless a
 * pattern asks for refusals by their own words. A pattern that cannot be compiled matches nothing; settings have told of it.
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
  return (line) => {
    if (!tests.some((test) => test(line))) return false;
    const own = ownWords(line);
    return own === line || tests.some((test) => test(own));
  };
}

/**
 * How long a conflict line counts, ms. Pollers that meet a conflict try again after 30 s at most, so a conflict that
 * lasts writes a line at least twice in this time; one that is over clears by itself.
 */
export const CONFLICT_LINE_FRESH_MS = 60_000;

/** Returns when the line was written, as far as is known, ms since the epoch: never later than it was seen. */
export const writtenAt = ({ ownTime, seenAt }: LogLine): number => Math.min(ownTime ?? seenAt, seenAt);
