import { describe, expect, it } from 'vitest';
import { parseServices } from '../../fixtures/parseServices';
import type { ConfigContext } from '../../../src/model/settings/configContext';
import { DEFAULT_CONFLICT_PATTERNS } from '../../../src/model/conflictPatterns';
import { regexEngine } from '../../../src/os/regex';

const bot = { name: 'bot', path: '/projects/bot' };
const web = { name: 'web', path: '/projects/web' };

const context: ConfigContext = {
  settingName: 'instanceMonitor.services',
  folder: bot,
  folders: [bot],
  home: '/home/ann',
  env: { XDG_RUNTIME_DIR: '/run/user/1000', EMPTY: '' },
  platform: 'posix',
};

const parse = (raw: unknown, more: Partial<ConfigContext> = {}) =>
  parseServices(raw, { ...context, ...more });
const lockFile = (path: string, more: Partial<ConfigContext> = {}) =>
  parse([path], more).services[0]?.lockFiles[0];

/** Settings of a workspace or user: of no folder in particular. */
function shared(raw: unknown, folders: ConfigContext['folders']) {
  const { settingName, home, env, platform } = context;
  return parseServices(raw, { settingName, home, env, platform, folders });
}

describe('paths in the setting', () => {
  it.each([
    ['.bot.lock', '/projects/bot/.bot.lock'],
    ['./run//../bot.lock', '/projects/bot/bot.lock'],
    ['/var/lock/bot.lock', '/var/lock/bot.lock'],
    ['~/.ccbot/ccbot.lock', '/home/ann/.ccbot/ccbot.lock'],
    ['${workspaceFolder}/bot.lock', '/projects/bot/bot.lock'],
    ['${workspaceFolder:bot}/bot.lock', '/projects/bot/bot.lock'],
    ['${userHome}/bot.lock', '/home/ann/bot.lock'],
    ['${env:XDG_RUNTIME_DIR}/bot.lock', '/run/user/1000/bot.lock'],
    ['${env:NOT_SET:-/tmp}/bot.lock', '/tmp/bot.lock'],
    ['${env:EMPTY:-/tmp}/bot.lock', '/tmp/bot.lock'],
    ['${env:NOT_SET:-${userHome}/run}/bot.lock', '/home/ann/run/bot.lock'],
    ['${env:NOT_SET:-~/run}/bot.lock', '/home/ann/run/bot.lock'],
    ['locks/*.lock', '/projects/bot/locks/*.lock'],
    ['**/bot.lock', '/projects/bot/**/bot.lock'],
  ])('reads %s as %s', (written, resolved) => {
    expect(parse([written]).problems).toEqual([]);
    expect(lockFile(written)).toBe(resolved);
  });

  it('keeps a folder whose name looks like a glob from becoming one', () => {
    const folder = { name: 'x', path: '/projects/[x]' };
    expect(lockFile('*.lock', { folder, folders: [folder] })).toBe('/projects/\\[x\\]/*.lock');
    expect(lockFile('a.lock', { folder, folders: [folder] })).toBe('/projects/\\[x\\]/a.lock');
  });

  it.each([
    ['C:\\run\\bot.lock', 'C:\\run\\bot.lock'],
    ['run/bot.lock', 'D:\\work\\run\\bot.lock'],
    ['~\\bot.lock', 'C:\\Users\\ann\\bot.lock'],
  ])('reads %s as %s on Windows', (written, resolved) => {
    const folder = { name: 'work', path: 'D:\\work' };
    expect(lockFile(written, { platform: 'win32', folder, folders: [folder], home: 'C:\\Users\\ann' })).toBe(
      resolved,
    );
  });

  it.each([
    ['${env:NOT_SET}/a.lock', /"NOT_SET" is not set; give a default with \$\{env:NOT_SET:-…\}/],
    ['${workspaceFolder:other}/a.lock', /no workspace folder is named "other"/],
    ['${nonsense}/a.lock', /the variable "nonsense" is unknown; use workspaceFolder/],
    ['/run/*a*a*a*b.lock', /too many wildcards/],
    ['/**/a/**/b/**/c/**/d.lock', /too many wildcards/],
    ['/run/{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}.lock', /too many wildcards/],
    ['${userHome/a.lock', /is not closed/],
    ['~bob/a.lock', /another user's home/],
    ['', /the path is empty/],
    ['a\u0000b', /control character/],
  ])('drops %s and says why', (written, reason) => {
    const { services, problems } = parse([written, '/ok.lock']);
    expect(services.map(({ lockFiles }) => lockFiles)).toEqual([['/ok.lock']]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ index: 0 });
    expect(problems[0]?.message).toMatch(reason);
    expect(problems[0]?.message).toMatch(/^instanceMonitor\.services\[0\] is ignored: /);
  });

  it('cannot resolve a relative path while no folder is open', () => {
    const { services, problems } = shared(['a.lock', '/b.lock'], []);
    expect(services).toHaveLength(1);
    expect(problems[0]?.message).toMatch(/relative and no folder is open; write an absolute path/);
  });

  it('makes one service per folder of a path that settings share', () => {
    const { services, problems } = shared(['bot.lock', '~/one.lock'], [bot, web]);
    expect(problems).toEqual([]);
    expect(services.map(({ name, lockFiles }) => [name, lockFiles[0]])).toEqual([
      ['bot.lock (bot)', '/projects/bot/bot.lock'],
      ['bot.lock (web)', '/projects/web/bot.lock'],
      ['one.lock', '/home/ann/one.lock'],
    ]);
    expect(new Set(services.map(({ id }) => id)).size).toBe(3);
  });
});

describe('entries of the setting', () => {
  it('reads every key', () => {
    const { services, problems } = parse([
      {
        name: 'telegram',
        lockFile: ['a.lock', 'b.lock'],
        pidFile: 'a.pid',
        process: { command: '/bot\\.py$/i', cwd: '${workspaceFolder}/run' },
        logFile: 'logs/*.log',
        conflictPattern: ['Conflict', '/409/'],
        maxInstances: 2,
      },
    ]);
    expect(problems).toEqual([]);
    expect(services).toEqual([
      {
        id: 'setting:/projects/bot:telegram',
        name: 'telegram',
        lockFiles: ['/projects/bot/a.lock', '/projects/bot/b.lock'],
        pidFiles: ['/projects/bot/a.pid'],
        process: {
          kind: 'commandAndCwd',
          command: { kind: 'regex', source: 'bot\\.py$', flags: 'i' },
          cwd: '/projects/bot/run',
        },
        log: { path: '/projects/bot/logs/*.log', patterns: ['Conflict', '/409/'] },
        maxInstances: 2,
        origin: { kind: 'setting', index: 0, folder: '/projects/bot' },
      },
    ]);
  });

  it.each([
    ['bot.pid', 'pid'],
    ['server.pid.json', 'pid'],
    ['run/*.pid', 'pid'],
    ['gateway_pid', 'pid'],
    ['pidfile', 'pid'],
    ['postmaster.pid', 'pid'],
    ['bot.lock', 'lock'],
    ['rapid.lock', 'lock'],
    ['SingletonLock', 'lock'],
    ['LOCK', 'lock'],
  ])('takes the path %s for a %s file', (path, kind) => {
    const [service] = parse([path]).services;
    expect([service?.lockFiles.length, service?.pidFiles.length]).toEqual(kind === 'pid' ? [0, 1] : [1, 0]);
  });

  it('lets one file be both lock and pid file', () => {
    const [service] = parse([{ lockFile: 'server.pid', pidFile: 'server.pid' }]).services;
    expect(service).toMatchObject({
      lockFiles: ['/projects/bot/server.pid'],
      pidFiles: ['/projects/bot/server.pid'],
    });
  });

  it.each([
    ['bot.py', { kind: 'substring', text: 'bot.py' }],
    ['/usr/bin/bot', { kind: 'substring', text: '/usr/bin/bot' }],
    ['/home/ann/bot/', { kind: 'substring', text: '/home/ann/bot/' }],
    ['/bot/', { kind: 'regex', source: 'bot', flags: '' }],
    ['/^python3? .*bot/', { kind: 'regex', source: '^python3? .*bot', flags: '' }],
    ['/a\\/b[/]c/is', { kind: 'regex', source: 'a\\/b[/]c', flags: 'is' }],
  ])('reads the process %s', (process, matcher) => {
    expect(parse([{ process }]).services[0]?.process).toEqual(matcher);
    // The same text as the command of an object.
    expect(parse([{ process: { command: process } }]).services[0]?.process).toMatchObject({
      command: matcher,
    });
  });

  it('names a service after its file, its process or its log', () => {
    const names = parse([{ pidFile: 'run/a.pid' }, { process: 'b.py' }, { logFile: 'c.log' }]).services.map(
      ({ name }) => name,
    );
    expect(names).toEqual(['a.pid', 'b.py', 'c.log']);
  });

  it('looks for the known conflict texts when a log has no pattern', () => {
    expect(parse([{ logFile: 'bot.log' }]).services[0]?.log?.patterns).toBe(DEFAULT_CONFLICT_PATTERNS);
  });

  it('tells of an unknown key and uses the rest of the entry', () => {
    const { services, problems } = parse([
      { lockfile: 'x', pidFile: 'a.pid', process: { command: 'x', dir: 1 } },
    ]);
    expect(services).toHaveLength(1);
    expect(problems.map(({ index, key }) => [index, key])).toEqual([
      [0, 'lockfile'],
      [0, 'process.dir'],
    ]);
    expect(problems[0]?.message).toMatch(
      /services\[0\] has an unknown key "lockfile", which is ignored; the keys are name/,
    );
  });

  it.each([
    [7, undefined, /must be a path or an object/],
    [null, undefined, /must be a path or an object/],
    [['a.lock'], undefined, /must be a path or an object/],
    [{}, undefined, /names nothing to watch/],
    [{ name: 'only' }, undefined, /names nothing to watch/],
    [{ lockFile: 7 }, 'lockFile', /"lockFile" must be a path or an array of paths/],
    [{ lockFile: ['a', 7] }, 'lockFile', /"lockFile" must be/],
    [{ pidFile: '' }, 'pidFile', /"pidFile" must be/],
    [{ pidFile: 'a', port: 0 }, 'port', /whole number from 1 to 65535, or an array/],
    [{ pidFile: 'a', port: [3000, 70000] }, 'port', /whole number from 1 to 65535/],
    [{ pidFile: 'a', port: '3000' }, 'port', /whole number from 1 to 65535/],
    [{ port: [] }, undefined, /names nothing to watch/],
    [{ pidFile: 'a', maxInstances: 0 }, 'maxInstances', /whole number, at least 1/],
    [{ pidFile: 'a', maxInstances: '2' }, 'maxInstances', /whole number, at least 1/],
    [{ pidFile: 'a', name: 7 }, 'name', /"name" must be a string/],
    [{ process: 7 }, 'process', /"process" must be/],
    [{ process: { cwd: '/' } }, 'process.command', /"process.command" must be/],
    [{ process: { command: 'x', cwd: 7 } }, 'process.cwd', /"process.cwd" must be a path/],
    [{ process: '/[/' }, 'process', /the pattern \/\[\/ is not supported/],
    [{ process: '/(a/' }, 'process', /is not supported/],
    [{ process: '/(a)\\1/' }, 'process', /not supported: \\1 \(/],
    [{ process: '/(?=a)b/' }, 'process', /look-around/],
    [{ process: '/a/g' }, 'process', /flags "g"/],
    [{ logFile: 'x', conflictPattern: '/*/' }, 'conflictPattern', /is not supported/],
    [{ logFile: ['x', 'y'] }, 'logFile', /one path/],
  ])('drops %j alone and says why', (entry, key, reason) => {
    for (const regex of [undefined, regexEngine]) {
      const { services, problems } = parse(
        ['/a.lock', entry, '/b.lock'],
        regex === undefined ? {} : { regex },
      );
      expect(services.map(({ name }) => name)).toEqual(['a.lock', 'b.lock']);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatchObject({ index: 1 });
      expect(problems[0]?.key).toBe(key);
      expect(problems[0]?.message).toMatch(/^instanceMonitor\.services\[1\] is ignored: .*\.$/);
      expect(problems[0]?.message).toMatch(reason);
    }
  });

  it.each(['/(?i)bot/', '/(?P<name>bot)+/', '/\\Abot\\z/', '/[[:alpha:]]+/'])(
    'accepts what only the linear-time engine knows: %s',
    (process) => {
      expect(parse([{ process }]).problems).toEqual([]);
      expect(parse([{ process }], { regex: regexEngine }).problems).toEqual([]);
    },
  );

  it('drops an entry that repeats an earlier one', () => {
    const { services, problems } = parse(['a.lock', { name: 'again', lockFile: './a.lock' }]);
    expect(services).toHaveLength(1);
    expect(problems[0]).toMatchObject({ index: 1 });
    expect(problems[0]?.message).toMatch(/services\[1\] is the same as instanceMonitor\.services\[0\]/);
  });

  it('gives services of one name different ids, and keeps an id when entries before it go', () => {
    const entries = [
      { name: 'x', lockFile: '/1' },
      { name: 'y', lockFile: '/2' },
      { name: 'x', lockFile: '/3' },
    ];
    const ids = parse(entries).services.map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(parse(entries.slice(1, 2)).services[0]?.id).toBe(ids[1]);
  });

  it.each([[{ lockFile: 'x' }], ['x.lock'], [7]])('tells when the setting is no list: %j', (raw) => {
    const { services, problems } = parse(raw);
    expect(services).toEqual([]);
    expect(problems[0]?.index).toBeUndefined();
    expect(problems[0]?.message).toMatch(/must be an array/);
  });

  it('takes no setting for an empty one', () => {
    expect(parse(undefined)).toEqual({ services: [], problems: [] });
  });
});

describe('the port of a service', () => {
  it('is one or several, each once, and may be all that is said of a service', () => {
    expect(parse([{ pidFile: 'a', port: 3000 }]).services[0]?.ports).toEqual([3000]);
    expect(parse([{ pidFile: 'a', port: [3000, 3001, 3000] }]).services[0]?.ports).toEqual([3000, 3001]);
    expect(parse([{ port: 65535 }]).services).toMatchObject([{ name: 'port 65535', ports: [65535] }]);
    expect(parse([{ pidFile: 'a', port: [] }]).services[0]).not.toHaveProperty('ports');
    expect(parse([{ pidFile: 'a', port: null }]).problems).toEqual([]);
  });

  it('tells two services apart that are alike in all else', () => {
    const { services, problems } = parse([{ port: 3000 }, { port: 3001 }, { port: 3000 }]);
    expect(services).toHaveLength(2);
    expect(problems[0]?.message).toMatch(/\[2\] is the same as/);
  });
});
