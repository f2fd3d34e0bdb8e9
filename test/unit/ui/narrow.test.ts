import { describe, expect, it } from 'vitest';
import { fileFirst, holderFirst, nameBefore } from '../../../src/ui/text/rows/narrow';

const pid = (number: number, name: string) => ({ name, named: (one: string) => `pid ${number} ${one}` });
const BOT = pid(4242, 'bot.py');

describe('the file before its holder', () => {
  it.each([
    ['whole, where both fit', 'run/bot.lock', false, 'run/bot.lock', ''],
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
      'without what nearly all are called',
      'run/telegram-bot-4.lock',
      false,
      'telegram-bot-4',
      'run/telegram-bot-4.lock',
    ],
    [
      'with its beginning and more of its end, where the name does not fit',
      'run/telegram-bot-of-the-team-4711.lock',
      false,
      'tele…he-team-4711',
      'run/telegram-bot-of-the-team-4711.lock',
    ],
  ])('is named %s', (_, path, isElsewhere, label, rest) => {
    expect(fileFirst(path, isElsewhere, BOT)).toMatchObject({ label, rest });
  });

  it.each([
    ['whole', 'bot.lock', 'bot.lock', 'pid 4242 bot.py'],
    ['without its extension', 'gateway-abc.lock', 'gateway-abc.lock', 'pid 4242 bot'],
  ])('leaves of the program what fits: %s', (_, path, label, who) => {
    expect(fileFirst(path, false, BOT)).toMatchObject({ label, who });
  });

  it('shortens the program before the file', () => {
    expect(fileFirst('split/gateway.lock', false, pid(22479, 'hermes_gateway.cjs'))).toEqual({
      label: 'gateway',
      who: 'pid 22479 hermes_gat…',
      rest: 'split/gateway.lock',
    });
  });

  it('tells files apart that differ in their numbers', () => {
    const names = Array.from({ length: 2000 }, (_, index) => `service-${index}.lock`);
    const labels = names.map((name) => fileFirst(name, false, pid(26500, 'lock_farm.cjs')).label);
    expect(new Set(labels).size).toBe(names.length);
  });

  it('cuts no character in two, and knows that some are wide', () => {
    const { label } = fileFirst(`${'電報🤖'.repeat(20)}.lock`, false, BOT);
    expect(label).toMatch(/^電.*….*🤖$/u);
    expect(Array.from(label).length).toBeLessThan(10);
    expect(label).not.toMatch(/\p{Surrogate}/u);
  });
});

describe('the holder that stands first', () => {
  it.each([
    ['holder.cjs', 'pid 22479 holder.cjs'],
    ['hermes_gateway.cjs', 'pid 22479 hermes_gateway'],
    ['memtomem_server.cjs', 'pid 22479 memtomem_ser…'],
    ['', 'pid 22479 '],
  ])('of the program %j is %j', (name, shown) => {
    const { named } = pid(22479, name);
    expect(holderFirst(name, named)).toBe(shown);
  });
});

describe('the name of a service before its state', () => {
  it.each([
    ['where it fits', 'telegram-bot (agent)', 'conflict'],
    ['where nothing behind it must be in sight', 'the telegram-bot of the whole team', ''],
  ])('is whole %s', (_, name, lead) => {
    expect(nameBefore(name, lead)).toBe(name);
  });

  it('is shortened in its middle, the more the longer that is which must be in sight', () => {
    const name = 'memtomem server (contender)';
    const label = nameBefore(name, 'conflict');
    expect(label).toMatch(/^memto.*….*nder\)$/);
    expect(nameBefore(name, 'unverified · stopped').length).toBeLessThan(label.length);
    expect(nameBefore(name, 'unverified · stopped · with many words').length).toBeGreaterThan(4);
  });
});
