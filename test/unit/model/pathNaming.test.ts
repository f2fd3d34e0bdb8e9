import { expect, it } from 'vitest';
import { namesPath } from '../../../src/model/records/pathNaming';

const PATH = '/srv/shop/run/web.pid';

it.each([
  ['the path itself', PATH],
  ['an option with the path', `--pidfile=${PATH}`],
  ['an option with the path right behind it', `-P${PATH}`],
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
  expect(namesPath('tmp/web.pid', PATH, [])).toBe(false);
  expect(namesPath('web.pid', PATH, ['/srv/blog', '/srv/shop/run'])).toBe(true);
});
