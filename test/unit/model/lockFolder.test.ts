import { expect, it } from 'vitest';
import { mayLock } from '../../../src/model/records/lockFolder';

it.each([
  ['/srv/lockdir', 'pid', true],
  ['/srv/.lock', 'pid', true],
  ['/srv/bot.mutex', 'pid', true],
  ['/srv/bot.running', 'bot.pid', true],
  ['/srv/bot.lock', 'bot.pid', true],
  ['/lockdir', 'bot.pid', true],
  ['/srv/pids/bot.lock', 'bot.pid', true],
  ['/srv/state', 'owner', true],
  ['/srv/state', 'info.json', true],
  ['C:\\srv\\bot.lock', 'bot.pid', true],
  ['/srv/bot', 'bot.pid', false],
  ['/srv/lock/bot', 'bot.pid', false],
  ['C:\\srv\\lock\\bot', 'bot.pid', false],
  ['/run', 'bot.pid', false],
  ['/var/lock', 'bot.pid', false],
  ['/run/lock', 'bot.pid', false],
  ['/srv/locks', 'bot.pid', false],
  ['/srv/blocks', 'bot.pid', false],
])('%s may be a lock with %s alone in it: %s', (folder, name, may) => {
  expect(mayLock(folder, name)).toBe(may);
});
