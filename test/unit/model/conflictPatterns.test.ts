import { describe, expect, it } from 'vitest';
import {
  CONFLICT_PATTERNS,
  conflictLineTest,
  DEFAULT_CONFLICT_PATTERNS,
  isRefusal,
  writtenAt,
} from '../../../src/model/conflictPatterns';
import { regexEngine } from '../../../src/os/regex';

describe('which log lines tell of a conflict', () => {
  const conflict = conflictLineTest(DEFAULT_CONFLICT_PATTERNS, undefined);

  it.each([
    'telegram.error.Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    'Conflict: terminated by other getUpdates request',
    'ETELEGRAM: 409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    '[Telegram] Telegram polling conflict (1/3), will retry in 10s. Error: Conflict: terminated by other getUpdates request',
    '[Telegram] polling conflict (2/3), will retry in 20s',
    '{"level":30,"class":"baileys","trace":"Error: Stream Errored (conflict)\\n at x","msg":"connection errored"}',
  ])('knows: %s', (line) => {
    expect(conflict(line)).toBe(true);
  });

  it.each([
    'HTTP/1.1 200 OK getUpdates',
    'merge conflict in bot.py',
    '409 Conflict',
    'Error: Stream Errored (restart required)',
    '',
  ])('passes over: %s', (line) => {
    expect(conflict(line)).toBe(false);
  });

  const quoted = 'telegram.error.Conflict: terminated by other getUpdates request';

  it.each([
    `INFO message from @joe: "why do I get ${quoted}?"`,
    `2026-01-31 12:00:00,123 - bot - DEBUG - reply to ann: 'I see ${quoted}'`,
    `[info] user asks “${quoted}”`,
    `info: searching for \`${quoted}\``,
    `level=debug text from a chat "${quoted}"`,
    `INFO said "ERROR: ${quoted}"`,
    `INFO {a} said "${quoted}"`,
    `INFO "${quoted}" Conflict: terminated by other “x”getUpdates request`,
  ])('passes over what is only quoted: %s', (line) => {
    expect(conflict(line)).toBe(false);
  });

  it.each([
    `ERROR polling failed: "${quoted}"`,
    `WARNING message "${quoted}"`,
    `got "${quoted}"`,
    `INFO "retry" ${quoted}`,
    `INFO don't wait: ${quoted}, it's over`,
    `level=info msg="${quoted}"`,
    `time=12:00 level=info error='${quoted}'`,
    `{"level":"info","msg":"${quoted}"}`,
    `INFO {"msg":"${quoted}"}`,
    `{"level":"INFO", "msg": "${quoted}"}`,
    `  {"level":"INFO", "msg": "${quoted}"}`,
    `INFO ${quoted}`,
    `ERROR in handler INFO: "${quoted}"`,
  ])('knows, though it is quoted, or the level is low: %s', (line) => {
    expect(conflict(line)).toBe(true);
  });

  it('names the patterns of a program, for presets', () => {
    const hermes = conflictLineTest([...CONFLICT_PATTERNS.hermes, ...CONFLICT_PATTERNS.telegram], undefined);
    expect(hermes('polling conflict (1/3)')).toBe(true);
    expect(hermes('Stream Errored (conflict)')).toBe(false);
  });
});

describe('a refused start', () => {
  const refusals = [
    'ERROR Another gateway instance is already running (PID 4242, started …)',
    'PID file race lost to another gateway instance. Exiting.',
    'Gateway runtime lock is already held by another instance. Exiting.',
    '[Telegram] Telegram bot token already in use (PID 4242).',
    "Discord bot token already in use by the 'default' profile gateway (PID 7). Stop that gateway first",
    'Another instance holds the lock. Exiting.',
  ];

  it.each(refusals)('is no conflict: %s', (line) => {
    expect(isRefusal(line)).toBe(true);
    expect(conflictLineTest(DEFAULT_CONFLICT_PATTERNS, undefined)(line)).toBe(false);
    // Also where a wide pattern would take it for one.
    expect(conflictLineTest(['/already|another/i', '/holds|held/i'], regexEngine)(line)).toBe(false);
  });

  it.each([
    'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    'polling conflict (1/3)',
    'another instance is already polling',
  ])('is not: %s', (line) => {
    expect(isRefusal(line)).toBe(false);
  });

  it('is told where a pattern asks for it by its own words', () => {
    const test = conflictLineTest(
      ['/conflict/i', 'Another gateway instance is already running (PID'],
      regexEngine,
    );
    expect(test('Another gateway instance is already running (PID 4242)')).toBe(true);
    expect(test('conflict: PID file race lost to another gateway instance')).toBe(false);
  });
});

describe('patterns of settings', () => {
  it('match on, though one of them is broken', () => {
    const test = conflictLineTest(['/(/', 'Conflict'], regexEngine);
    expect(test('Conflict')).toBe(true);
    expect(test('(')).toBe(false);
  });
});

describe('when a line was written', () => {
  it('is what it says itself, and never later than it was seen', () => {
    expect(writtenAt({ text: '', seenAt: 10 })).toBe(10);
    expect(writtenAt({ text: '', seenAt: 10, ownTime: 4 })).toBe(4);
    expect(writtenAt({ text: '', seenAt: 10, ownTime: 40 })).toBe(10);
  });
});
