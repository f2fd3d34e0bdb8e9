/** Entries of the setting that are nearly right, and those that are nearly wrong. */
import { describe, expect, it } from 'vitest';
import { parseServices } from '../../fixtures/parseServices';
import * as settings from '../../../src/model/settings/config';
import type { ConfigContext } from '../../../src/model/settings/configContext';

const bot = { name: 'bot', path: '/projects/bot' };
const web = { name: 'web', path: '/projects/web' };
const shared: ConfigContext = {
  settingName: 'services',
  folders: [bot, web],
  home: '/home/ann',
  env: {},
  platform: 'posix',
};
const ofBot: ConfigContext = { ...shared, folder: bot };

/** What is made of one entry of the folder `bot`. */
const parse = (entry: unknown, more: Partial<ConfigContext> = {}) =>
  parseServices([entry], { ...ofBot, ...more });
const name = (entry: unknown) => parse(entry).services[0]?.name;
const told = (entry: unknown, more: Partial<ConfigContext> = {}) => parse(entry, more).problems;
/** `key: reason` of an entry that is dropped. */
const dropped = (entry: unknown, more: Partial<ConfigContext> = {}): string => {
  const { services, problems } = parse(entry, more);
  expect(services).toEqual([]);
  expect(problems).toHaveLength(1);
  const [problem] = problems;
  return `${problem?.key}: ${/^services\[0\] is ignored: (.*)\.$/.exec(problem?.message ?? '')?.[1]}`;
};

describe('an entry and the folders', () => {
  it('belongs to the folder whose setting it is in, be there others', () => {
    const { services } = parseServices(['a.lock', '/b.lock'], ofBot);
    expect(services.map(({ id, lockFiles, origin }) => [id, lockFiles[0], origin])).toEqual([
      [
        'setting:/projects/bot:a.lock',
        '/projects/bot/a.lock',
        { kind: 'setting', index: 0, folder: bot.path },
      ],
      ['setting:/projects/bot:b.lock', '/b.lock', { kind: 'setting', index: 1, folder: bot.path }],
    ]);
  });

  it('is of no folder where it means the same in all', () => {
    const { services } = parseServices(['/b.lock'], shared);
    expect(services).toMatchObject([
      { id: 'setting::b.lock', name: 'b.lock', origin: { folder: undefined } },
    ]);
  });

  it('is told once of what is wrong with it in every folder', () => {
    const { services, problems } = parseServices([{ lockFile: 'a.lock', lockfile: 'b.lock' }], shared);
    expect(services).toHaveLength(2);
    expect(problems.map(({ key }) => key)).toEqual(['lockfile']);
  });

  it('is one service where it means the same file in both, and repeats nothing', () => {
    expect(parseServices(['../all.lock'], shared)).toMatchObject({
      services: [{ lockFiles: ['/projects/all.lock'] }],
      problems: [],
    });
  });

  it('has a drive only on Windows', () => {
    const names = (platform: string) =>
      parseServices(['C:\\run\\bot.lock'], { ...shared, platform }).services.map((service) => service.name);
    expect(names('win32')).toEqual(['bot.lock']);
    expect(names('posix')).toEqual(['bot.lock (bot)', 'bot.lock (web)']);
  });
});

describe('the list of entries', () => {
  it('is empty where it is null', () => {
    expect(parseServices(null, shared)).toEqual({ services: [], problems: [] });
  });

  it('gives every service an id of its own, by its name', () => {
    const named = (...names: string[]) =>
      parseServices(
        names.map((each, index) => ({ name: each, lockFile: `/${index}` })),
        shared,
      ).services.map(({ id }) => id.replace('setting::', ''));
    expect(named('x', 'x', 'x')).toEqual(['x', 'x #2', 'x #3']);
    expect(named('x #2', 'x', 'x', 'y')).toEqual(['x #2', 'x', 'x #3', 'y']);
  });

  it('lets others have the thread between entries, but for the first ones', () => {
    const turns = (count: number): number => {
      const entries = Array.from({ length: count }, (_, index) => `/${index}.lock`);
      return [...settings.parseServices(entries, shared)].length;
    };
    expect([30, 31, 130].map(turns)).toEqual([0, 1, 100]);
  });
});

describe('a key without a value', () => {
  it('is one that is not there', () => {
    const keys = ['name', 'lockFile', 'process', 'logFile', 'conflictPattern', 'port', 'maxInstances'];
    const nulls = Object.fromEntries(keys.map((key) => [key, null]));
    expect(parse({ pidFile: 'a.pid', ...nulls })).toEqual(parse({ pidFile: 'a.pid' }));
    const process = { command: 'bot.py' };
    expect(parse({ process: { ...process, cwd: null } })).toEqual(parse({ process }));
  });

  it('is no log to search', () => {
    const message = 'services[0] has a "conflictPattern" but no "logFile" to search; add one.';
    const problems = [{ index: 0, key: 'conflictPattern', message }];
    expect(told({ pidFile: 'a', conflictPattern: 'x' })).toEqual(problems);
    expect(told({ pidFile: 'a', conflictPattern: 'x', logFile: null })).toEqual(problems);
    expect(told({ pidFile: 'a', conflictPattern: 'x', logFile: 'y' })).toEqual([]);
    expect(told({ pidFile: 'a', logFile: 'y' })).toEqual([]);
  });
});

describe('an entry that is dropped', () => {
  const home = "refers to another user's home folder; use an absolute path";

  it.each([
    [{ lockFile: '~bob/a' }, `lockFile: in "lockFile" "~bob/a" ${home}`],
    ['~bob/a', `undefined: "~bob/a" ${home}`],
    [{ logFile: '~bob/a' }, `logFile: in "logFile" "~bob/a" ${home}`],
    [{ process: { command: 'x', cwd: '~bob/a' } }, `process.cwd: in "process.cwd" "~bob/a" ${home}`],
    [{ pidFile: '  ' }, 'pidFile: "pidFile" must be a path or an array of paths'],
    [
      { logFile: 'x', conflictPattern: ' ' },
      'conflictPattern: "conflictPattern" must be a string, a /regex/ or an array of them',
    ],
    [{ process: '' }, 'process: "process" must be part of the command line, or a /regex/'],
    [{ process: ' ' }, 'process: "process" must be part of the command line, or a /regex/'],
    [
      { process: { command: ' ' } },
      'process.command: "process.command" must be part of the command line, or a /regex/',
    ],
    [{ pidFile: 'a', maxInstances: 1.5 }, 'maxInstances: "maxInstances" must be a whole number, at least 1'],
    [{ pidFile: 'a', name: '' }, 'name: "name" must be a string'],
    [{ pidFile: 'a', name: ' ' }, 'name: "name" must be a string'],
    [
      { process: '/(?<a>x)(?<a>y)/' },
      'process: in "process", the pattern /(?<a>x)(?<a>y)/ is not supported: Duplicate capture group name (no look-around or back-references)',
    ],
  ])('%j says why', (entry, reason) => {
    expect(dropped(entry)).toBe(reason);
  });

  it('has a key only where one is to blame', () => {
    expect(told('~bob/a')[0]).not.toHaveProperty('key');
    expect(told({ lockFile: '~bob/a' })[0]).toHaveProperty('key', 'lockFile');
  });

  it('names the keys that there are', () => {
    expect(told({ pidFile: 'a', lockfile: 'b' })[0]?.message).toBe(
      'services[0] has an unknown key "lockfile", which is ignored; the keys are name, lockFile, pidFile, process, logFile, conflictPattern, port, maxInstances.',
    );
  });

  it('is none where the mistake is not the user’s', () => {
    const env = new Proxy(
      {},
      {
        get: () => {
          throw new TypeError('of the machine');
        },
      },
    );
    expect(() => parse('${env:A}/a.lock', { env })).toThrow(new TypeError('of the machine'));
  });
});

describe('the name of a service', () => {
  it.each([
    [{ lockFile: 'a', name: ' my bot ' }, 'my bot'],
    [{ lockFile: ' a.lock ' }, 'a.lock'],
    [{ process: ' bot.py ' }, 'bot.py'],
    [{ process: ' run/ ' }, 'run/'],
    [{ process: '/ /' }, 'services[0]'],
    [{ process: '/bot[.]py/' }, 'bot[.]py'],
    [{ pidFile: 'a', maxInstances: 1 }, 'a'],
  ])('of %j is %s', (entry, expected) => {
    expect(name(entry)).toBe(expected);
  });
});

describe('a path that is nearly none', () => {
  const path = (text: string, more: Partial<ConfigContext> = {}) =>
    parse(text, more).services[0]?.lockFiles[0];
  const nested = (depth: number): string => (depth === 0 ? '/x' : `\${env:NO:-${nested(depth - 1)}}`);

  it.each([
    ['~', '/home/ann'],
    [' /a.lock ', '/a.lock'],
    [nested(8), '/x'],
    ['/a/${env:NO:-b}/c', '/a/b/c'],
    ['/}${userHome}', '/}/home/ann'],
  ])('%s', (text, expected) => {
    expect(path(text)).toBe(expected);
  });

  it.each([
    ['  ', 'the path is empty; write one or remove it'],
    ['${env:NO:-}', 'the path is empty; write one or remove it'],
    ['${env:NO:- }', 'the path is empty; write one or remove it'],
    [nested(9), 'the variables are nested too deeply; simplify the path'],
    ['/${userHome', 'a "${" is not closed; add the "}"'],
    [
      '${x}/a',
      'the variable "x" is unknown; use workspaceFolder, workspaceFolder:name, userHome, env:NAME or env:NAME:-default',
    ],
  ])('%s is dropped', (text, reason) => {
    expect(dropped(text)).toBe(`undefined: ${reason}`);
  });

  it('is as long as a path may be', () => {
    const longest = `/${'x'.repeat(4095)}`;
    expect(path(longest)).toBe(longest);
    expect(dropped(`${longest}x`)).toBe('undefined: the path is longer than 4096 characters; shorten it');
  });

  it('is in no folder where none is open', () => {
    const { problems } = parseServices(['${workspaceFolder}/a.lock'], { ...shared, folders: [] });
    expect(problems[0]?.message).toBe(
      'services[0] is ignored: no folder is open for "${workspaceFolder}"; write an absolute path.',
    );
  });

  it.each([
    ['\\run\\c:x', '\\run\\c:x'],
    ['\\run\\\\nas\\share\\bot.lock', '\\run\\nas\\share\\bot.lock'],
    ['\\\\nas\\share\\..\\bot.lock', '\\\\nas\\share\\bot.lock'],
    ['c:\\..\\bot.lock', 'c:\\bot.lock'],
  ])('%s has on Windows the drive that it begins with', (text, expected) => {
    expect(path(text, { platform: 'win32' })).toBe(expected);
  });
});
