/** What a command line runs, as a whole: its role, its name, what tells it from others, and what it wraps. */
import { describe, expect, it } from 'vitest';
import {
  programOf,
  programOfArguments,
  sameProgram,
  type Program,
} from '../../../src/model/processes/program';
import {
  compareArguments,
  sameDirectory,
  sameScript,
  sameService,
  sameSubcommand,
} from '../../../src/model/processes/sameRun';
import { argumentsOf, isTitle } from '../../../src/model/processes/title';
import { proc, without } from './build';

const of = (line: string | readonly string[], cwd?: string) =>
  programOfArguments(typeof line === 'string' ? line.split(' ') : line, cwd);

const program = (name: string, key: string, more: Partial<Program> = {}): Program => ({
  role: 'program',
  name,
  key,
  scripted: false,
  at: 0,
  ...more,
});
const script = (name: string, key: string, at: number, more: Partial<Program> = {}): Program =>
  program(name, key, { scripted: true, at, ...more });
const launcher = (name: string): Program => ({ role: 'launcher', name, scripted: false, at: 0 });
const viewer = (name: string): Program => ({ role: 'viewer', name, scripted: false, at: 0 });

describe('what a program is', () => {
  it.each<[string, Program]>([
    ['/usr/bin/redis-server *:6379', program('redis-server', '/usr/bin/redis-server')],
    ['celery worker', program('celery', 'celery', { subcommand: 'worker' })],
    ['celery -A app worker', program('celery', 'celery', { subcommand: 'app' })],
    ['celery -A 7 worker', program('celery', 'celery')],
    ['celery -v', program('celery', 'celery')],
    ['celery a_b:c-d', program('celery', 'celery', { subcommand: 'a_b:c-d' })],
    ['celery a.b', program('celery', 'celery')],
    ['celery 9a', program('celery', 'celery')],
    ['/home/ann/.vscode-server/bin/code', launcher('code')],
    ['/home/ann/vscode-server/bin/code', program('code', '/home/ann/vscode-server/bin/code')],
    ['C:\\tools\\Bot.EXE', program('Bot', 'C:\\tools\\Bot.EXE')],
    ['bot.exe.bak', program('bot.exe.bak', 'bot.exe.bak')],
    ['tmux', launcher('tmux')],
    ['/usr/bin/Tmux', launcher('Tmux')],
    ['vim bot.py', viewer('vim')],
    // A word that many call their own means the system's only where the system keeps programs.
    ['tail -f x', viewer('tail')],
    ['/usr/bin/tail -f x', viewer('tail')],
    ['/srv/tail -f x', program('tail', '/srv/tail', { subcommand: 'x' })],
    ['/srv/vim x', viewer('vim')],
    ['/home/ann/.local/bin/go run', { ...of('go run'), key: '/home/ann/.local/bin/go\0run' }],
    ['/home/ann/local/bin/task run', program('task', '/home/ann/local/bin/task', { subcommand: 'run' })],
  ])('%s', (line, expected) => {
    expect(of(line)).toEqual(expected);
  });

  it('passes over words that are empty', () => {
    expect(of(['celery', '', 'worker'])).toEqual(program('celery', 'celery', { subcommand: 'worker' }));
  });

  it('is judged by the file that runs, not by what it calls itself', () => {
    expect(programOf(proc(7, 'tail -f x', { exe: '/srv/app/tail' })).role).toBe('program');
    expect(programOf(proc(7, 'tail -f x', { exe: '/usr/bin/tail' })).role).toBe('viewer');
    expect(programOf(proc(7, [], { comm: 'kthread', exe: '/x' }))).toEqual(program('kthread', '/x'));
    expect(programOfArguments([])).toEqual(program('', ''));
  });
});

describe('what an interpreter runs', () => {
  it.each<[string, Program, string?]>([
    ['python3.11 bot.py', script('bot.py', 'bot.py', 1)],
    ['/usr/bin/python3 -u bot.py --loop', script('bot.py', '/srv/bot.py', 2), '/srv'],
    ['python3 ../b/./bot.py run', script('bot.py', '/srv/b/bot.py', 1, { subcommand: 'run' }), '/srv/a'],
    ['python3 /a/../bot.py', script('bot.py', '/bot.py', 1)],
    ['python3 /../bot.py', script('bot.py', '/../bot.py', 1)],
    ['python3 a/../bot.py', script('bot.py', 'a/../bot.py', 1)],
    ['java com.foo.Bot', script('com.foo.Bot', 'com.foo.Bot', 1), '/srv'],
    ['python3 a//bot.py', script('bot.py', 'a/bot.py', 1)],
    ['python3 -m app.worker run', script('app.worker', '-m app.worker', 2, { subcommand: 'run' })],
    ['node -m bot.js', script('bot.js', 'bot.js', 2)],
    ['python3 -W ignore bot.py', script('bot.py', 'bot.py', 3)],
    ['node -r dotenv/config server.js', script('server.js', 'server.js', 3)],
    ['node --max-old-space-size=9 server.js', script('server.js', 'server.js', 2)],
    ['deno run server.ts', script('server.ts', 'server.ts', 2)],
    ['bun run server.ts', script('server.ts', 'server.ts', 2)],
    ['node run server.ts', script('run', 'run', 1)],
    ['java -Xmx1g -cp x.jar com.foo.Bot', script('com.foo.Bot', 'com.foo.Bot', 4)],
    ['deno run --config x.json server.ts', script('server.ts', 'server.ts', 4)],
    ['deno serve --port 9000 server.ts', script('server.ts', 'server.ts', 4)],
    ['python3 -d server.py', script('server.py', 'server.py', 2)],
    [
      'php -d memory_limit=512M artisan queue:work',
      { ...script('artisan', 'artisan', 3), subcommand: 'queue:work' },
    ],
    ['dotnet Bot.dll', script('Bot.dll', 'Bot.dll', 1)],
    ['dotnet Bot.exe', script('Bot', 'Bot.exe', 1)],
    ['dotnet Bot.dll.old Bot.dll', script('Bot.dll', 'Bot.dll', 2)],
    ['dotnet exec --runtimeconfig x.json Bot.dll', script('Bot.dll', 'Bot.dll', 4)],
    [
      'java --add-opens java.base/java.lang=ALL-UNNAMED -jar /opt/b/bot.jar',
      script('bot.jar', '/opt/b/bot.jar', 4),
    ],
    ['java -jar /opt/b/bot.jar', script('bot.jar', '/opt/b/bot.jar', 2)],
    ['ruby -jar bot.jar', script('bot.jar', 'bot.jar', 2)],
    ['python3', { role: 'program', name: 'python', scripted: false, at: 0 }],
    ['nodejs -i', { role: 'program', name: 'nodejs', scripted: false, at: 0 }],
    ['pythonw bot.py', script('bot.py', 'bot.py', 1)],
    ['python-build x', program('python-build', 'python-build', { subcommand: 'x' })],
    ['mypython x', program('mypython', 'mypython', { subcommand: 'x' })],
    ['-python3 bot.py', script('bot.py', 'bot.py', 1)],
    ['node /usr/lib/pm2', { ...launcher('pm2'), key: '/usr/lib/pm2', at: 1 }],
  ])('%s', (line, expected, cwd) => {
    expect(of(line, cwd)).toEqual(expected);
  });

  it.each(['-c', '-e', '-p', '-E', '-pe', '--eval', '--print'])('code given with %s', (option) => {
    const line = ['python3', option, 'import bot'];
    expect(of(line)).toEqual(script('python', line.join('\0'), 2));
  });
  it('no program that could be told from another, read from a pipe', () => {
    expect(of('python3 - x')).toEqual({ role: 'program', name: 'python', scripted: false, at: 0 });
    expect(sameScript(proc(1, 'python3 -'), proc(2, 'python3 -'))).toBe(false);
  });
  it.each(['/dev/stdin', '/dev/fd/63', '/proc/self/fd/12'])('no program that is read from %s', (file) => {
    expect(of(['python3', file])).toMatchObject({ scripted: false });
  });
  it.each(['/dev/fd/63x', '/srv/dev/stdin', '/srv/dev/fd/3', '/dev/fd/x', '/proc/self/fd/x', '/dev/stdin/x'])(
    'the program at %s, which is none of them',
    (file) => {
      expect(of(['python3', file])).toMatchObject({ scripted: true, key: file });
    },
  );
  it.each(['-cx', 'x-c', '--evaluate', '--'])('no code with %s', (option) => {
    expect(of(['python3', option, 'bot.py']).at).toBe(option === 'x-c' ? 1 : 2);
  });

  it('a word between that is empty', () => {
    expect(of(['python3', '', 'bot.py'])).toEqual(script('bot.py', 'bot.py', 2));
  });
});

describe('what a wrapper runs', () => {
  const inner = (line: string | readonly string[]) => of(line).inner?.map((words) => words.join(' '));

  it.each([
    ['sudo -u bot python3 bot.py', 'python3 bot.py'],
    ['sudo -u bot vim', undefined],
    ['nice -n 10 python3 bot.py', 'python3 bot.py'],
    ['timeout 10m python3 bot.py', 'python3 bot.py'],
    ['timeout 1.5 python3 bot.py', 'python3 bot.py'],
    ['timeout 10x python3 bot.py', '10x python3 bot.py'],
    ['env A=1 _B=2 python3 bot.py', 'python3 bot.py'],
    ['env 1A=1 python3', '1A=1 python3'],
    ['env a-b=1 python3', 'a-b=1 python3'],
    ['uv run bot.py', 'bot.py'],
    ['npm run', 'run'],
    ['npm run bot', 'bot'],
    ['flock -x /run/x.lock python3 bot.py', 'python3 bot.py'],
    ['flock -n /run/x.lock python3 bot.py', 'python3 bot.py'],
    ['flock -w 5 /run/x.lock python3 bot.py', 'python3 bot.py'],
    ['sudo -n -E python3 bot.py', 'python3 bot.py'],
    ['doas -n -u bot python3 bot.py', 'python3 bot.py'],
    ['env -u HOME python3 bot.py', 'python3 bot.py'],
    ['flock /run/x.lock', undefined],
    ['Flock /run/x.lock python3 bot.py', 'python3 bot.py'],
    ['setsid python3 bot.py', 'python3 bot.py'],
  ])('%s: %s', (line, expected) => {
    expect(inner(line)?.[0]).toBe(expected);
  });

  it.each([
    ['sudo python3 bot.py', true],
    ['make bot', undefined],
    ['Make bot', undefined],
    ['npm run bot', true],
    ['pnpm run bot', undefined],
  ])('%s runs one command: %s', (line, single) => {
    expect(of(line)).toEqual({
      role: 'wrapper',
      name: line.split(' ', 1)[0],
      key: line.split(' ').join('\0'),
      scripted: false,
      at: 0,
      inner: [line.endsWith('bot') ? ['bot'] : ['python3', 'bot.py']],
      ...(single ? { single } : {}),
    });
  });

  it('shows a file where what it runs shows it', () => {
    expect(of('sudo vim bot.py')).toEqual(viewer('vim'));
    expect(of('sudo -E vim bot.py')).toEqual(viewer('vim'));
    expect(of('flock -n /run/x.lock vim bot.py')).toEqual(viewer('vim'));
    expect(of('sudo /srv/tail bot.py').role).toBe('wrapper');
  });

  it('may be a script itself', () => {
    expect(of('node /usr/bin/npm-cli.js run bot')).toEqual({
      role: 'wrapper',
      name: 'npm-cli.js',
      key: '/usr/bin/npm-cli.js',
      scripted: false,
      at: 1,
      inner: [['bot']],
      single: true,
    });
    expect(of('node /usr/bin/pnpm.cjs run bot').single).toBeUndefined();
  });
});

describe('what a shell runs', () => {
  const text = (...words: string[]) => of(['sh', '-c', ...words]);
  const wrapped = (inner: string[][], words: readonly string[], more: Partial<Program> = {}): Program => ({
    role: 'wrapper',
    name: words[0] ?? '',
    key: words.join('\0'),
    scripted: false,
    at: 0,
    inner,
    ...more,
  });

  it.each<[string, string[][], boolean]>([
    ['python3 bot.py', [['python3', 'bot.py']], true],
    ['cd /srv && exec python3 bot.py', [['python3', 'bot.py']], false],
    ['cd /srv', [], true],
    ['A=1 B=2 python3 bot.py', [['python3', 'bot.py']], true],
    ['while true; do python3 bot.py; done', [['true'], ['python3', 'bot.py'], ['done']], false],
    ['a; b & c | d\ne (f)', [['a'], ['b'], ['c'], ['d'], ['e'], ['f']], false],
    [`'python3'   "bot.py"`, [['python3', 'bot.py']], true],
    [`it's x"y`, [["it's", 'x"y']], true],
  ])('%s', (line, inner, single) => {
    const words = ['sh', '-c', line];
    expect(of(words)).toEqual(wrapped(inner, words, single ? { single } : {}));
  });

  it('options before and after, and its own operands', () => {
    expect(of(['bash', '-lc', 'bot']).inner).toEqual([['bot']]);
    expect(of(['bash', '-e', '-c', '+x', 'bot']).inner).toEqual([['bot']]);
    expect(of(['bash', '-ce', 'bot']).inner).toEqual([['bot']]);
    expect(of(['bash', '-c']).inner).toEqual([]);
    expect(text('"$0" "$@"', 'python3', 'bot.py').inner?.at(-1)).toEqual(['python3', 'bot.py']);
    expect(text('x "$@"', 'name', 'python3', 'bot.py').inner?.at(-1)).toEqual(['python3', 'bot.py']);
    expect(text('x "$*"', 'name', 'a').inner?.at(-1)).toEqual(['a']);
    expect(text('x "$1"', 'name', 'a').inner).toEqual([['x', '$1']]);
    expect(text('x "$@"').inner).toEqual([['x', '$@']]);
  });

  it('a viewer, where that comes first', () => {
    expect(text('vim bot.py')).toEqual(viewer('vim'));
    expect(text('/srv/tail bot.py').role).toBe('wrapper');
    expect(text('bot | vim').role).toBe('wrapper');
  });

  it.each([
    [['bash'], launcher('bash')],
    [['-bash'], launcher('bash')],
    [['bash', '-i'], launcher('bash')],
    [['bash', '-s', 'x'], launcher('bash')],
    [['bash', '-i', 'x'], launcher('bash')],
    [['bash', '--rcfile', 'x'], launcher('bash')],
    [['bash', '--init-file', 'x'], launcher('bash')],
    [['bash', '-o', 'x'], launcher('bash')],
    [['bash', '-O', 'x'], launcher('bash')],
    [['bash', '+O', 'x'], launcher('bash')],
    [
      ['bash', 'run-it.sh'],
      { role: 'wrapper', name: 'run-it.sh', key: '/srv/run-it.sh', scripted: true, at: 1 },
    ],
    [
      ['bash', '-c-', 'run.sh'],
      { role: 'wrapper', name: 'run.sh', key: '/srv/run.sh', scripted: true, at: 2 },
    ],
    [['bash', '--login'], launcher('bash')],
    [
      ['bash', '-x', 'run.sh'],
      { role: 'wrapper', name: 'run.sh', key: '/srv/run.sh', scripted: true, at: 2 },
    ],
    [
      ['bash', '-o', 'x', './run.sh'],
      { role: 'wrapper', name: 'run.sh', key: '/srv/run.sh', scripted: true, at: 3 },
    ],
  ] as [string[], Program][])('%j', (words, expected) => {
    expect(of(words, '/srv')).toEqual(expected);
  });
});

describe('a title that a process gives itself', () => {
  it.each([
    [['nginx: master process /usr/sbin/nginx'], true, ['nginx', 'master', 'process', '/usr/sbin/nginx']],
    [['a:b: x y'], true, ['a:b', 'x', 'y']],
    [['npm  run bot', '', ''], true, ['npm', 'run', 'bot']],
    [['npm run bot', '', 'x'], false, ['npm run bot', '', 'x']],
    [['/opt/my tool/bot'], false, ['/opt/my tool/bot']],
    [['bot', ''], true, ['bot']],
    [['bot:', ''], true, ['bot']],
    [['/opt/bot', ''], true, ['/opt/bot']],
    [['bot', 'x'], false, ['bot', 'x']],
    [[], false, ['']],
  ] as [string[], boolean, string[]][])('%j: %s', (argv, title, words) => {
    expect(isTitle({ argv })).toBe(title);
    expect(argumentsOf({ argv })).toEqual(words);
  });

  it.each([
    ['a path with what it does', '/opt/redis-server 127.0.0.1:6379', '/opt/redis-server', true],
    ['a path with a blank', '/opt/My App/bot', '/opt/My App/bot', false],
    ['a link to a path with a blank', '/opt/My Link/bot', '/opt/My App/bot', false],
    ['a path with a blank and a version', '/opt/My App/python3.11', '/opt/My App/python3.11', false],
    ['a path with a blank, and what it does', '/opt/My App/bot: busy', '/opt/My App/bot', true],
    ['a path, and a word that is its name', '/usr/bin/bot runs bot', '/usr/bin/bot', true],
    ['an overwritten interpreter', '', '/usr/bin/python3.11', false],
    ['a word in place of an interpreter', 'shop-worker', '/usr/bin/python3.11', true],
    ['an interpreter', 'python3', '/usr/bin/python3.11', false],
    ['a login shell', '-bash', '/usr/bin/bash', false],
    ['a link to another file', 'bot', '/opt/bot-1.2', false],
    ['a word without a file', 'bot', undefined, false],
  ])('%s', (_, first, exe, title) => {
    expect(isTitle({ argv: [first], ...(exe === undefined ? {} : { exe }) })).toBe(title);
  });
});

describe('whether two processes', () => {
  const run = (line: string | readonly string[], more = {}) => proc(7, line, more);
  const [bot, other] = [run('python3 bot.py'), run('python3 other.py')];

  it.each([
    ['the same words', bot, run('python3 bot.py'), true],
    ['the same script', bot, run('python3 bot.py --worker'), true],
    ['another script', bot, other, false],
    ['no words at all', run([], { comm: 'a', exe: '/a' }), run([], { comm: 'b', exe: '/b' }), false],
    ['a wrapper', run('sudo bot'), run('sudo bot x'), false],
    ['two interpreters with no script', run('python3'), run('python3 -i'), false],
    ['one title', run(['gunicorn: master [a]']), run(['gunicorn: worker [a]']), true],
    ['two titles', run(['gunicorn: master'], { exe: '/a' }), run(['gunicorn2: x'], { exe: '/b' }), false],
    [
      'one title of two files',
      run(['gunicorn: master [a]'], { exe: '/a' }),
      run(['gunicorn: worker [a]'], { exe: '/b' }),
      true,
    ],
    ['one title of a wrapper', run(['sudo: a b'], { exe: '/a' }), run(['sudo: c d'], { exe: '/b' }), false],
    [
      'one title of a program and a wrapper',
      run(['task: a'], { exe: '/srv/task' }),
      run(['task: b'], { exe: '/usr/bin/task' }),
      false,
    ],
    [
      'one title of a wrapper and a program',
      run(['task: a'], { exe: '/usr/bin/task' }),
      run(['task: b'], { exe: '/srv/task' }),
      false,
    ],
    ['a title that begins with the mark', run([': a'], { exe: '/a' }), run([': b'], { exe: '/b' }), false],
    ['a viewer', run('vim a'), run('vim b'), false],
    ['a program and a viewer', run('x: a b', { exe: '/a' }), run('vim a'), false],
  ])('run one program: %s', (_, parent, child, same) => {
    expect(sameProgram(parent, child)).toBe(same);
  });

  it.each([
    ['python3 bot.py -p 80', 'python3 bot.py -p 80', 'same'],
    ['python3 bot.py -p 80', 'python3 bot.py -p 8080', 'alike'],
    ['python3 bot.py /tmp/a', 'python3 bot.py /tmp/b/c', 'alike'],
    ['python3 bot.py /var/folders/a', 'python3 bot.py /tmp/b', 'alike'],
    ['python3 bot.py /var/folders/ab/c', 'python3 bot.py /tmp/x', 'alike'],
    ['python3 bot.py a/tmp/x', 'python3 bot.py a', 'different'],
    ['python3 bot.py a1', 'python3 bot.py a', 'different'],
    ['python3 bot.py a12', 'python3 bot.py a3', 'alike'],
    ['python3 bot.py a', 'python3 bot.py b', 'different'],
    ['python3 bot.py a', 'python3 bot.py a b', 'different'],
    ['python3 bot.py a b', 'python3 bot.py a', 'different'],
    ['python3 bot.py a1 b', 'python3 bot.py a2 c', 'different'],
    ['python3 -u bot.py a', 'python3 bot.py a', 'different'],
    ['node --env-file=.prod s.js', 'node --env-file=.test s.js', 'different'],
    ['node -r ./prod.cjs s.js', 'node -r ./test.cjs s.js', 'different'],
    ['java -Dprofile=prod -jar a.jar', 'java -Dprofile=test -jar a.jar', 'different'],
    ['java -cp prod.jar App', 'java -cp test.jar App', 'different'],
    ['python3 a bot.py', 'python3 bot.py a', 'different'],
  ])('were given like arguments: %s, %s: %s', (a, b, alike) => {
    expect(compareArguments(run(a), run(b))).toBe(alike);
  });

  const at = (dev: string, ino: string, cwd = '/a') => ({ ...bot, cwd, cwdId: { dev, ino } });
  const nowhere = without(bot, 'cwd');
  it.each([
    ['by inode', at('1', '2'), at('1', '2', '/b'), true],
    ['by another inode', at('1', '2'), at('1', '3'), false],
    ['by another device', at('1', '2'), at('2', '2'), false],
    ['by path where one has no inode', at('1', '2', '/a'), { ...bot, cwd: '/a' }, true],
    ['by path where the other has none', { ...bot, cwd: '/a' }, at('1', '2', '/a'), true],
    ['by another path', at('1', '2', '/a'), { ...bot, cwd: '/b' }, false],
    ['where neither shows it', nowhere, nowhere, false],
  ])('work in one directory: %s', (_title, a, b, same) => {
    expect(sameDirectory(a, b)).toBe(same);
  });

  it('are one service: script, subcommand and directory', () => {
    expect(sameService(bot, run('python3 bot.py -v'))).toBe(true);
    expect(sameService(bot, run('python3 bot.py', { cwd: '/b' }))).toBe(false);
    expect(sameService(bot, other)).toBe(false);
    expect(sameService(run('python3 bot.py a'), run('python3 bot.py b'))).toBe(false);
    // Other programs: only the very same command line.
    expect(sameService(run('redis -p 1'), run('redis -p 1'))).toBe(true);
    expect(sameService(run('redis -p 1'), run('redis -p 2'))).toBe(false);
    expect(sameService(run('redis -p 1'), run('redis -p 1', { cwd: '/b' }))).toBe(false);
    expect(sameService(bot, run('/home/ann/bot/bot.py'))).toBe(false);
    expect(sameScript(run('/usr/bin/redis a'), run('/usr/bin/redis b'))).toBe(true);
    expect(sameScript(run('python3'), run('python3'))).toBe(false);
    expect(sameScript(bot, run('/home/ann/bot/bot.py'))).toBe(false);
    expect(sameSubcommand(run('celery worker'), run('celery beat'))).toBe(false);
    expect(sameSubcommand(run('celery worker'), run('celery worker -v'))).toBe(true);
  });
});
