import { describe, expect, it } from 'vitest';
import { names, tellingName } from '../../../src/model/processes/naming';
import { compileCommand } from '../../../src/model/processes/processMatch';
import { programOf } from '../../../src/model/processes/program';
import { regexEngine } from '../../../src/os/regex';
import { namedBy, proc } from './build';

const text = (part: string) => compileCommand({ kind: 'substring', text: part });
const pattern = (source: string) => compileCommand({ kind: 'regex', source, flags: '' }, regexEngine);
const words = (line: string) => ({ argv: line.split(' ') });

describe('what a text names', () => {
  it.each([
    ['bot.py', 'python3 bot.py'],
    ['bot.py', '/usr/bin/python3.11 -u /srv/bot/bot.py --loop'],
    ['bot', 'python3 bot.py'],
    ['bot', 'node bot.js'],
    ['telegram_bot', 'python3 -u telegram_bot.py'],
    ['python3 bot.py', 'python3 bot.py --loop'],
    ['bot.py --queue a', 'python3 bot.py --queue a'],
    ['app.worker', 'python3 -m app.worker --queue a'],
    ['-m app.worker', 'python3 -m app.worker'],
    ['redis-server', '/usr/bin/redis-server 127.0.0.1:6379'],
    ['openclaw', 'node /usr/lib/node_modules/openclaw/dist/index.js gateway'],
    ['@acme/bot', 'node /app/node_modules/@acme/bot/lib/cli.js'],
    ['com.foo.Bot', 'java -Xmx1g -cp x.jar com.foo.Bot'],
    ['bot.jar', 'java -jar /opt/bot.jar'],
    ['bd daemon', '/root/go/bin/bd daemon start'],
    ['bot.py', 'timeout 10m python3 bot.py'],
    ['bot.py', 'sudo -u bot python3 bot.py'],
    ['bot.py', 'uv run bot.py'],
    ['bot.py', 'flock -n /run/bot.lock python3 bot.py'],
    ['node', '/usr/bin/node server.js'],
    // In a folder of the same name.
    ['bot', 'python3 /srv/bot/bot.py'],
    ['nuxt', 'node /ws/nuxt/node_modules/.bin/nuxt dev'],
    ['bot', 'sudo -u ann python3 /srv/bot/bot.py'],
  ])('%s in: %s', (part, line) => {
    expect(text(part)(words(line))).toBe(true);
  });

  it.each([
    ['nginx: master process', ['nginx: master process /usr/sbin/nginx -g daemon on;']],
    ['bot.py', ['gunicorn: worker [bot.py]']],
    ['bot.py', ['sh', '-c', 'cd /srv && exec python3 bot.py']],
    ['bot.py', ['sh', '-c', 'while true; do python3 bot.py; done']],
    ['bot.py', ['sh', '-c', '"$0" "$@"', 'python3', 'bot.py']],
  ])('%s in the arguments %j', (part, argv) => {
    expect(text(part)({ argv })).toBe(true);
  });
});

describe('the part of a path that tells a program from others', () => {
  it.each([
    ['/srv/bot.py', 'bot.py'],
    ['bot.py', 'bot.py'],
    ['index.js', 'index.js'],
    ['/srv/bot/index.js', 'bot/index.js'],
    ['/srv/bot/dist/index.js', 'bot/dist/index.js'],
    ['/srv/bot/src/cmd/main.go', 'bot/src/cmd/main.go'],
    ['/srv/bot/dist/bot.js', 'bot.js'],
    ['dist/index.js', 'dist/index.js'],
    ['/dist/index.js', 'dist/index.js'],
    ['/usr/lib/node_modules/openclaw/bin/x.js', 'openclaw/bin/x.js'],
    ['node_modules/openclaw/bin/x.js', 'openclaw/bin/x.js'],
    ['/app/node_modules/@acme/bot/lib/x.js', '@acme/bot/lib/x.js'],
    ['/app/my_node_modules/bot/lib/x.js', 'x.js'],
    ['/app/node_modules/x.js', 'x.js'],
    ['C:\\srv\\bot\\main.py', 'bot\\main.py'],
  ])('of %s is %s', (path, expected) => {
    expect(tellingName(path)).toBe(expected);
  });
});

describe('what names a process', () => {
  it('is looked for in wrappers, as deep as anyone nests them', () => {
    const nested = (deep: number) => ({
      argv: [...Array.from({ length: deep }, () => 'setsid'), 'python3', 'bot.py'],
    });
    expect([1, 6, 7, 9].map((deep) => text('bot.py')(nested(deep)))).toEqual([true, true, false, false]);
  });

  it('is the whole of a title, where it is in it at all', () => {
    const titled = proc(7, ['gunicorn: worker [bot]']);
    const has = (part: string) => names((line) => line.includes(part), 'text', titled, programOf(titled));
    expect([has('bot'), has('other')]).toEqual([true, false]);
  });

  it('is an interpreter, by its name or its file as they are written', () => {
    const node = { argv: ['/usr/bin/node', 'server.js'] };
    expect(['/usr/bin/node', 'node', 'nod'].map((part) => text(part)(node))).toEqual([true, true, false]);
    const inside = { argv: ['node', '/opt/node/x.js'] };
    expect(text('/opt/node')({ ...inside, exe: '/opt/node' })).toBe(true);
    expect(text('/opt/node')(inside)).toBe(false);
    expect(text('/opt/node')({ argv: ['node', 'server.js'], exe: '/opt/node' })).toBe(false);
  });
});

describe('what only mentions it', () => {
  // No list of such programs is behind this: any other name in their place gives the same answer.
  it.each([
    'python3 -m pylint --from-stdin /ws/bot.py',
    'ruff check bot.py',
    'mypy bot.py',
    'black bot.py',
    'python3 -m pytest tests/test_bot.py',
    'pytest bot.py',
    'gdb --args python3 bot.py',
    'python3 -m debugpy --listen 5678 bot.py',
    'watchmedo auto-restart -p *.py -- python3 bot.py',
    'python3 /venv/bin/watchmedo auto-restart -- python3 bot.py',
    'ffmpeg -i bot.py',
    'python3 robot.py',
    'python3 my-bot.py',
    'python3 bot.pyc',
    'python3 bot.py.bak',
    'python3 bot.py~',
    'python3 bot.py.bak bot.py',
    'timeout 10m python3 /srv/bot.py.1',
    'python3 bot.py.d/other.py',
    'aider bot.py --no-auto-commits',
    'python3 /venv/bin/aider bot.py',
    'node /usr/lib/node_modules/eslint/bin/eslint.js bot.py',
    'some-brand-new-agent bot.py',
    'code --wait bot.py',
    'rsync -a bot.py host:/srv/bot.py',
    'hermes logs -f bot.py',
    'bash deploy.sh bot.py',
  ])('bot.py in: %s', (line) => {
    expect(text('bot.py')(words(line))).toBe(false);
  });

  it('nor an agent whose prompt names it, wrapped or not', () => {
    const prompt = 'restart bot.py and look at python3 bot.py';
    for (const argv of [
      ['claude', '-p', prompt],
      ['node', '/usr/lib/node_modules/@anthropic-ai/claude-code/cli.js', '-p', prompt],
      ['timeout', '600', 'claude', '-p', prompt],
      ['sh', '-c', `claude -p '${prompt}'`],
    ]) {
      expect(text('bot.py')({ argv }), argv.join(' ')).toBe(false);
    }
  });

  it('nor a tool that lives in a folder of that name', () => {
    expect(text('bot')(words('python3 /srv/bot/venv/bin/pylint x.py'))).toBe(false);
    expect(text('bot')(words('/srv/bot/tool --x'))).toBe(false);
    expect(text('nuxt')(words('node /ws/nuxt/node_modules/.bin/vite dev'))).toBe(false);
    // A pattern of this shape matches any program.
    expect(pattern('[a-z]+')(words('python3 /srv/bot/bot.py'))).toBe(false);
  });

  it('nor does an interpreter’s text stand for what it runs', () => {
    expect(text('python3 -m')(words('python3 -m pylint x.py'))).toBe(false);
  });
});

describe('what a pattern names', () => {
  it.each([
    ['bot\\.py', 'python3 /srv/bot.py'],
    ['python.*bot\\.py', 'python3 bot.py --name bot.py'],
    ['manage\\.py runserver', 'python3 manage.py runserver 0:8000'],
    ['^nginx: master', 'nginx: master process'],
  ])('%s in: %s', (source, line) => {
    const process = source.startsWith('^nginx') ? { argv: [line] } : words(line);
    expect(pattern(source)(process)).toBe(true);
  });

  it.each([
    ['bot\\.py', 'python3 -m pylint bot.py'],
    ['python.*bot\\.py', 'python3 -m pylint bot.py'],
    ['bot', 'claude -p bot.py'],
    ['/srv/bot/', 'python3 /srv/bot/venv/bin/pylint x.py'],
    ['.*', 'python3 bot.py'],
  ])('%s is only mentioned in: %s', (source, line) => {
    expect(pattern(source)(words(line))).toBe(false);
  });
});

it('compares folders by path, the one that was removed meanwhile included', () => {
  const matches = namedBy({
    kind: 'commandAndCwd',
    command: { kind: 'substring', text: 'bot.py' },
    cwd: '/link',
  });
  const bot = { argv: ['python3', 'bot.py'], cwd: '/data/real' };
  expect(matches(bot)).toBe(false);
  expect(matches({ ...bot, cwd: '/link', cwdDeleted: true })).toBe(true);
});
