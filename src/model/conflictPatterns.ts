/**
 * Log lines with which a service says that another one does its work: what is looked for when a `logFile` has no
 * `conflictPattern`. Plain texts, as these programs write them.
 */
export const DEFAULT_CONFLICT_PATTERNS: readonly string[] = [
  // The Telegram Bot API's answer 409 to a second getUpdates, as python-telegram-bot, aiogram, telegraf and others log it.
  'Conflict: terminated by other getUpdates request',
  'make sure that only one bot instance is running',
  // hermes gateway
  'Another gateway instance is already running (PID',
  'PID file race lost to another gateway instance',
  'Gateway runtime lock is already held by another instance',
  'Telegram bot token already in use (PID',
  'polling conflict (',
];

/**
 * How long a conflict line counts, ms. Pollers that meet a conflict try again after 30 s at most, so a conflict that
 * lasts writes a line at least twice in this time; one that is over clears by itself.
 */
export const CONFLICT_LINE_FRESH_MS = 60_000;
