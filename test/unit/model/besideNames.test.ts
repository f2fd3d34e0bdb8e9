import { expect, it } from 'vitest';
import { besideNames, isCalledBy } from '../../../src/model/records/besideNames';

it.each([
  [
    'bot.pid',
    ['bot.pid.lock', 'bot.lock', 'bot', 'bot.worker.pid', 'bot-worker.pid', 'bot_2.pid', 'bot.sock'],
  ],
  ['unicorn.pid', ['unicorn.pid.oldbin']],
  ['pid', ['pid.lock']],
  ['.pid', ['.pid.lock']],
  ['bot.worker.pid', ['bot.worker.lock', 'bot.worker']],
])('beside %s its like are those that go on behind its stem', (name, beside) => {
  expect(besideNames(name, [name, ...beside, 'bottle.pid', 'bot2.pid', 'robot.pid', 'other'])).toEqual(
    beside,
  );
});

it('no more are named than can be read in a moment', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `bot.${index}`);
  expect(besideNames('bot.pid', names)).toHaveLength(64);
});

it.each([
  ['/run/bot-4242.sock', 4242, true],
  ['@bot/4242', 4242, true],
  ['@bot-4242', 4242, true],
  ['/run/4242/bot.sock', 4242, false],
  ['/run/bot-42420.sock', 4242, false],
  ['/run/dbus-17', 17, false],
  ['/run/dbus-299', 299, false],
  ['/run/dbus-300', 300, true],
  ['/run/b-42177c86ee-50a9-4038-9ebc-a3780888a78742.sock', 4242, false],
  ['/run/b-177c86ee-4242-4038-9ebc-a3780888a787.sock', 4242, false],
  ['/run/b-177c86ee-50a9-4038-9ebc-a3780888a787.4242.sock', 4242, true],
])('a socket called %s is called by %i: %s', (name, pid, is) => {
  expect(isCalledBy(name, pid)).toBe(is);
});
