import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFLICT_PATTERNS } from '../../../src/model/conflictPatterns';
import { compileLinePatterns, compileMatcher, needsRegex } from '../../../src/model/processMatch';
import { regexEngine } from '../../../src/os/regex';

const bot = { argv: ['python3', 'bot.py', '--loop'], cwd: '/home/ann/bot' };

describe('which processes are the service', () => {
  it('matches a part of the command line across arguments', () => {
    expect(compileMatcher({ kind: 'substring', text: 'python3 bot.py' })(bot)).toBe(true);
    expect(compileMatcher({ kind: 'substring', text: 'Bot.py' })(bot)).toBe(false);
  });

  it('matches a regular expression with its flags', () => {
    const matches = compileMatcher({ kind: 'regex', source: '^PYTHON\\d .*loop$', flags: 'i' }, regexEngine);
    expect(matches(bot)).toBe(true);
    expect(matches({ argv: ['bash'] })).toBe(false);
  });

  it('tells instances in other working directories apart', () => {
    const matches = compileMatcher({
      kind: 'commandAndCwd',
      command: { kind: 'substring', text: 'bot.py' },
      cwd: '/home/ann/bot/',
    });
    expect(matches(bot)).toBe(true);
    expect(matches({ ...bot, cwd: '/home/ann/bot2' })).toBe(false);
    expect(matches({ ...bot, cwd: '/home/ann/bot/worktree' })).toBe(false);
    expect(matches({ argv: bot.argv })).toBe(false);
  });

  it('never matches what has no arguments', () => {
    expect(compileMatcher({ kind: 'regex', source: '', flags: '' }, regexEngine)({ argv: [] })).toBe(false);
  });

  it('takes linear time for a pattern that makes backtracking engines hang', () => {
    const matches = compileMatcher({ kind: 'regex', source: '^(a+)+$', flags: '' }, regexEngine);
    expect(matches({ argv: [`${'a'.repeat(50_000)}b`] })).toBe(false);
  });

  it('says what is wrong with a broken pattern', () => {
    expect(() => compileMatcher({ kind: 'regex', source: '(', flags: '' }, regexEngine)).toThrow(
      /missing closing \)/,
    );
  });

  it('asks for the engine only where a pattern is used', () => {
    expect(needsRegex({ process: { kind: 'substring', text: 'x' } })).toBe(false);
    expect(needsRegex({ log: { path: '/x', patterns: DEFAULT_CONFLICT_PATTERNS } })).toBe(false);
    expect(needsRegex({ log: { path: '/x', patterns: ['/x/'] } })).toBe(true);
    const command = { kind: 'regex', source: 'x', flags: '' } as const;
    expect(needsRegex({ process: { kind: 'commandAndCwd', command, cwd: undefined } })).toBe(true);
  });
});

describe('which log lines tell of a conflict', () => {
  const conflict = compileLinePatterns(DEFAULT_CONFLICT_PATTERNS);

  it.each([
    'telegram.error.Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    'Conflict: terminated by other getUpdates request',
    'ETELEGRAM: 409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    'ERROR Another gateway instance is already running (PID 4242, started …)',
    'PID file race lost to another gateway instance. Exiting.',
    'Gateway runtime lock is already held by another instance. Exiting.',
    '[Telegram] Telegram bot token already in use (PID 4242).',
    '[Telegram] polling conflict (1/3), will retry in 10s',
  ])('knows: %s', (line) => {
    expect(conflict(line)).toBe(true);
  });

  it.each(['HTTP/1.1 200 OK getUpdates', 'merge conflict in bot.py', '409 Conflict', ''])(
    'passes over: %s',
    (line) => {
      expect(conflict(line)).toBe(false);
    },
  );

  it('takes texts and patterns', () => {
    const test = compileLinePatterns(['plain.', '/^E\\d+/'], regexEngine);
    expect(['a plain. text', 'E409 x', 'a plainx', 'xE4'].map(test)).toEqual([true, true, false, false]);
  });
});
