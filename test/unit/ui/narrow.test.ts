import { describe, expect, it, test } from 'vitest';
import { fileBefore, nameBefore, programsBeside } from '../../../src/ui/text/rows/narrow';

const WHO = 'pid 4242 bot.py';

describe('the file before its holder', () => {
  it.each([
    ['whole, where it fits', 'run/bot.lock', false, 'run/bot.lock', ''],
    [
      'by its name, where the path does not fit',
      'var/run/services/bot.lock',
      false,
      'bot.lock',
      'var/run/services',
    ],
    ['by its name outside the workspace', '/srv/bot.lock', true, 'bot.lock', '/srv'],
    ['without a folder', 'bot.lock', false, 'bot.lock', ''],
    [
      'with its beginning and more of its end, where the name does not fit',
      'run/telegram-bot-of-the-team-4711.lock',
      false,
      'te…eam-4711.lock',
      'run/telegram-bot-of-the-team-4711.lock',
    ],
  ])('is named %s', (_, path, isElsewhere, label, rest) => {
    expect(fileBefore(path, isElsewhere, WHO)).toMatchObject({ label, rest });
  });

  it('is the shorter, the longer its holder is named, and never too short to be known', () => {
    const lengthBeside = (who: string): number =>
      fileBefore(`${'a'.repeat(60)}.lock`, false, who).label.length;
    expect(lengthBeside('pid 1 sh')).toBeGreaterThan(lengthBeside(WHO));
    expect(lengthBeside(WHO)).toBeGreaterThan(lengthBeside('pid 4194303 telegram_bot.cjs'));
    expect(lengthBeside('pid 4194303 a_program_of_the_longest_name_of_all')).toBeGreaterThan(5);
  });

  it('tells files apart that differ in their numbers', () => {
    const names = Array.from({ length: 2000 }, (_, index) => `service-${index}.lock`);
    const labels = names.map((name) => fileBefore(name, false, 'pid 26500 lock_farm').label);
    expect(new Set(labels).size).toBe(names.length);
  });

  it('cuts no character in two, and knows that some are wide', () => {
    const { label } = fileBefore(`${'電報🤖'.repeat(20)}.lock`, false, WHO);
    expect(label).toMatch(/^電.*….*🤖\.lock$/u);
    expect(Array.from(label).length).toBeLessThan(12);
    expect(label).not.toMatch(/\p{Surrogate}/u);
  });
});

describe('the name of a service before its state', () => {
  it.each([
    ['whole, where it fits', 'telegram-bot (old guard)', 'conflict', 'telegram-bot (old guard)'.length],
    [
      'whole, where nothing must be in sight behind it',
      'telegram-bot of the team',
      '',
      'telegram-bot of the team'.length,
    ],
  ])('is %s', (_, name, lead, length) => {
    expect(nameBefore(name, lead)).toHaveLength(length);
  });

  it('is shortened in its middle, the more the longer that is which must be in sight', () => {
    const name = 'memtomem server (contender)';
    const label = nameBefore(name, 'conflict');
    expect(label).toMatch(/^memtom.*….*tender\)$/);
    expect(nameBefore(name, 'unverified · stopped').length).toBeLessThan(label.length);
  });
});

test.each([
  ['bot.py', ['bot.py', 'bot']],
  ['redis-server', ['redis-server']],
  ['.hidden', ['.hidden']],
  ['memtomem_server.cjs', ['memtomem_server.cjs', 'memtomem_server', 'memtomem…']],
])('the program %s may be called beside a file %s', (name, names) => {
  expect(programsBeside(name)).toEqual(names);
});
