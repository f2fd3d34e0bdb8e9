/** How two runs are alike: the names that they were started by, and where their scripts may be. */
import { expect, it } from 'vitest';
import { haveOtherNames, scriptPaths } from '../../../src/model/processes/sameRun';
import { proc } from './build';

const run = (argv: string[]) => proc(1, argv, { cwd: '/srv/bot' });

it.each([
  [['python3', 'bot.py'], ['/usr/bin/python', 'bot.py'], false],
  [['python3', 'bot.py'], ['python3', 'bot.py'], false],
  [['/opt/a/botd'], ['/opt/b/botd'], false],
  [['botd'], ['botctl'], true],
  [['python3', 'bot.py'], ['botd'], true],
  [['botd'], ['python3', 'bot.py'], true],
  [[], ['botd'], true],
  [[], [], false],
])('%j and %j were started by other names: %s', (a, b, are) => {
  expect(haveOtherNames(run(a), run(b))).toBe(are);
});

it.each([
  [['python3', 'bot.py'], undefined, ['/srv/bot/bot.py']],
  [['python3', 'bot.py'], '/home/ann', ['/srv/bot/bot.py', '/home/ann/bot.py']],
  [['python3', '/opt/bot.py'], '/home/ann', ['/opt/bot.py', '/opt/bot.py']],
  [['python3', '-m', 'bot'], '/home/ann', []],
  [['python3'], '/home/ann', []],
  [['/opt/botd'], '/home/ann', []],
])('the script of %j, started in %s, may be %j', (argv, startedIn, paths) => {
  expect(scriptPaths(run(argv), startedIn)).toEqual(paths);
});
