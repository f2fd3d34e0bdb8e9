import { expect, it } from 'vitest';
import {
  foldersAbove,
  hasPatternFor,
  namesPath,
  namesPid,
  pathsEndingIn,
  spellings,
} from '../../../src/model/records/pathNaming';

const PATH = '/srv/shop/run/web.pid';

it.each([
  ['the path itself', PATH],
  ['an option with the path', `--pidfile=${PATH}`],
  ['an option with the path right behind it', `-P${PATH}`],
  ['an option with the path right behind it, and more', `-P${PATH} -d`],
  ['a variable', `PIDFILE=${PATH}`],
  ['a text for a shell', `exec gunicorn --pid '${PATH}'; rm -f web.log`],
  ['the end of a sentence', `removes ${PATH}.`],
  ['an address', `file://${PATH}`],
  ['a name from its folder', 'run/web.pid'],
  ['a name from a folder beside it', '--pid=./tmp/../run/web.pid'],
  ['a home that only a shell knows', 'echo $$ > ~/run/web.pid'],
  ['a variable that only a shell knows', 'start --pid "$BASE/run/web.pid"'],
  ['the second of two', `cp web.pid.bak ${PATH}`],
  ['another root, as outside of a container', `/proc/77/root${PATH}`],
])('%s names the file', (_, text) => {
  expect(namesPath(text, PATH, ['/srv/shop'])).toBe(true);
});

it.each([
  ['nothing of it', 'python3 web.py'],
  ['a name that goes on', `${PATH}.bak`],
  ['a name that goes on with a digit', `${PATH}2`],
  ['a folder of that name', `${PATH}/lock`],
  ['the same name in another folder', '/srv/blog/run/web.pid'],
  ['the same name from another folder', 'tmp/web.pid'],
  ['the bare name, which is in the folder above', 'web.pid'],
  ['a longer name', 'my-web.pid'],
  ['another folder of a home', '~/other/web.pid'],
])('%s does not name it', (_, text) => {
  expect(namesPath(text, PATH, ['/srv/shop'])).toBe(false);
});

it('takes a relative name for the file where it is not known where it starts from', () => {
  expect(namesPath('run/web.pid', PATH, [])).toBe(true);
  expect(namesPath('../run/web.pid', PATH, [])).toBe(true);
  expect(namesPath('run/./web.pid', PATH, [])).toBe(true);
  expect(namesPath('shop/../run/web.pid', PATH, [])).toBe(true);
  expect(namesPath('-Prun/web.pid', PATH, [])).toBe(true);
  expect(namesPath('-Pmy-web.pid', PATH, [])).toBe(false);
  expect(namesPath('./../run/web.pid', PATH, [])).toBe(true);
  expect(namesPath('/srv/shop/tmp/../run/web.pid', PATH, [])).toBe(true);
  expect(namesPath('run./web.pid', '/srv/shop/run./web.pid', [])).toBe(true);
  expect(namesPath('tmp/web.pid', PATH, [])).toBe(false);
  expect(namesPath('un/web.pid', PATH, [])).toBe(false);
  expect(namesPath('/web.pid', PATH, [])).toBe(false);
  expect(namesPath('xxrun/we-b.pid', '/srv/shop/run/we-b.pid', [])).toBe(false);
  expect(namesPath('web.pid', PATH, ['/srv/blog', '/srv/shop/run'])).toBe(true);
});

it('takes a folder for no file that could be named', () => {
  expect(namesPath('/srv/shop/', '/srv/shop/', ['/srv/shop'])).toBe(false);
});

it.each([
  ['a shell', String.raw`/srv/my\ shop/bot.pid`, '/srv/my shop/bot.pid'],
  ['a URL', 'file:///srv/my%20shop/bot.pid', 'file:///srv/my shop/bot.pid'],
  ['JSON of PHP', String.raw`{"pid":"\/srv\/bot.pid"}`, '{"pid":"/srv/bot.pid"}'],
])('what %s writes before characters is read both ways', (_, text, plain) => {
  expect(spellings(text)).toEqual([text, plain]);
});

it('a text that has nothing of that kind is read once, and arguments are not run together', () => {
  expect(spellings('--pidfile=/srv/bot.pid')).toHaveLength(1);
  expect(spellings('a\\\0b')).toEqual(['a\\\0b']);
});

it('the paths are told that may lead to the file through a link', () => {
  const text = `serve -P/srv/current/web.pid --pid=tmp/web.pid 'x/web.pid.bak' -web.pid`;
  expect(pathsEndingIn(text, 'web.pid', ['/a', '/b'])).toEqual([
    '/srv/current/web.pid',
    '/a/tmp/web.pid',
    '/b/tmp/web.pid',
    '/a/-web.pid',
    '/b/-web.pid',
  ]);
  expect(pathsEndingIn('-Prun/web.pid', 'web.pid', ['/a'])).toEqual([
    '/web.pid',
    '/a/-Prun/web.pid',
    '/a/run/web.pid',
  ]);
  expect(pathsEndingIn('/srv/run/web.pid', 'web.pid', ['/a'])).toEqual(['/srv/run/web.pid']);
  expect(pathsEndingIn('x-b/web.pid', 'web.pid', ['/a'])).toEqual(['/a/x-b/web.pid']);
  expect(pathsEndingIn('-Pweb.pid', 'web.pid', ['/a'])).toEqual(['/a/-Pweb.pid', '/a/web.pid']);
});

it('a folder above the file is told from others', () => {
  const text = 'nginx -p /srv/shop// --log=/srv/shop/log -C/srv -g "pid run/web.pid;" / /srv/sho';
  expect(foldersAbove(text, PATH)).toEqual(['/srv/shop', '/srv']);
});

it.each([
  ['celery', '--pidfile=/srv/shop/run/%n.pid', true],
  ['a shell pattern', 'rm -f /srv/shop/run/*.pid', true],
  ['one of several names', '/srv/shop/run/{web,job}.pid', true],
  ['a variable', '/srv/shop/run/$NAME.pid', true],
  ['the beginning of the name', 'rm -f /srv/shop/run/web*', true],
  ['one character of the name', 'rm -f /srv/shop/run/w?b.pid', true],
  ['everything in the folder', 'watch /srv/shop/run/*', false],
  ['everything with an ending', 'rm -f /srv/shop/run/*.*', false],
  ['other names', '/srv/shop/run/*.log', false],
  ['another folder', '/srv/blog/run/*.pid', false],
  ['a folder whose name is shorter by one', '/srv/blog/in/*.pid', false],
  ['a folder below', '/srv/shop/run/x/*.pid', false],
  ['no pattern', '/srv/shop/run/web.pid', false],
])('a pattern of %s', (_, text, fits) => {
  expect(hasPatternFor(text, PATH)).toBe(fits);
});

it('a name with a percent sign that stands for nothing is no pattern', () => {
  expect(hasPatternFor('/srv/shop/run/web%.pid', '/srv/shop/run/web%.pid')).toBe(false);
  expect(hasPatternFor('/srv/shop/run/%n%.pid', '/srv/shop/run/web%.pid')).toBe(true);
});

it.each([
  ['worker\0--parent-pid=4242\0', true],
  ['worker\0--ppid\x004242\0-v', true],
  ['worker\0--clientProcessId=4242', true],
  ['sh\0-c\0worker --pid 4242 &', true],
  ['worker\0--pid=42420', false],
  ['worker\0--port=4242', false],
  ['worker\x004242', false],
  ['worker\0--pid=host', false],
])('the pid 4242 is that of an option in %j: %s', (texts, is) => {
  expect(namesPid(texts, 4242)).toBe(is);
});
