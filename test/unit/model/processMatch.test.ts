import { describe, expect, it } from 'vitest';
import { compileCommand, compileLinePatterns } from '../../../src/model/processes/processMatch';
import { regexEngine } from '../../../src/os/regex';
import { namedBy } from './build';

const bot = { argv: ['python3', 'bot.py', '--loop'], cwd: '/home/ann/bot' };

describe('which processes are the service', () => {
  it('matches a part of the command line across arguments', () => {
    expect(compileCommand({ kind: 'substring', text: 'python3 bot.py' })(bot)).toBe(true);
    expect(compileCommand({ kind: 'substring', text: 'Bot.py' })(bot)).toBe(false);
  });

  it('matches a regular expression with its flags', () => {
    const matches = compileCommand(
      { kind: 'regex', source: '^PYTHON\\d BOT\\.PY .*loop$', flags: 'i' },
      regexEngine,
    );
    expect(matches(bot)).toBe(true);
    expect(matches({ argv: ['bash'] })).toBe(false);
  });

  it('tells instances in other working directories apart', () => {
    const matches = namedBy({
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
    expect(compileCommand({ kind: 'regex', source: '', flags: '' }, regexEngine)({ argv: [] })).toBe(false);
  });

  it('takes linear time for a pattern that makes backtracking engines hang', () => {
    const matches = compileCommand({ kind: 'regex', source: '^(a+)+$', flags: '' }, regexEngine);
    expect(matches({ argv: [`${'a'.repeat(50_000)}b`] })).toBe(false);
  });

  it('says what is wrong with a broken pattern', () => {
    expect(() => compileCommand({ kind: 'regex', source: '(', flags: '' }, regexEngine)).toThrow(
      /missing closing \)/,
    );
  });
});

describe('line patterns', () => {
  it('takes texts and patterns', () => {
    const test = compileLinePatterns(['plain.', '/^E\\d+/'], regexEngine);
    expect(['a plain. text', 'E409 x', 'a plainx', 'xE4'].map(test)).toEqual([true, true, false, false]);
  });
});
