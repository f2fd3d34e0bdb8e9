import fc from 'fast-check';
import { parseServices } from '../fixtures/parseServices';
import { PathProblem, needsFolder, resolvePath } from '../../src/model/settings/paths';
import { regexLiteral, regexProblem } from '../../src/model/settings/regex';
import { isGlob } from '../../src/model/settings/globText';
import { regexEngine } from '../../src/os/regex';
import { must, type Target } from './fuzz';

const folders = [
  { name: 'one', path: '/srv/one' },
  { name: 'two', path: '/srv/t{w}o' },
];
const context = { folders, home: '/home/user', env: { XDG_RUNTIME_DIR: '/run/user/1000', EMPTY: '' } };

function checkServices(raw: unknown): void {
  const { services, problems } = parseServices(raw, {
    ...context,
    settingName: 'instanceMonitor.services',
    platform: 'linux',
    regex: regexEngine,
  });
  must(new Set(services.map(({ id }) => id)).size === services.length, 'two services with one id');
  for (const { name, lockFiles, pidFiles, maxInstances } of services) {
    must(name.trim() !== '', 'a service without a name');
    must(
      [...lockFiles, ...pidFiles].every((path) => path.startsWith('/')),
      'a relative path',
    );
    must(Number.isInteger(maxInstances) && maxInstances > 0, `maxInstances ${maxInstances}`);
  }
  for (const { message } of problems) must(message.length > 0, 'a problem without words');
  if (Array.isArray(raw)) {
    const told = new Set(problems.map(({ index }) => index));
    const used = new Set(services.map(({ origin }) => (origin.kind === 'setting' ? origin.index : -1)));
    for (const index of raw.keys()) must(told.has(index) || used.has(index), `entry ${index} vanished`);
  }
}

/** What the settings file says; what is no JSON is taken for a list of paths, a line each. */
function readSettings(input: string): void {
  let raw: unknown;
  try {
    raw = JSON.parse(input);
  } catch {
    raw = input.split('\n');
  }
  checkServices(raw);
}

const pathText = fc
  .array(
    fc.constantFrom(
      '/',
      'a.lock',
      '..',
      '~',
      '${workspaceFolder}',
      '${workspaceFolder:two}',
      '${userHome}',
      '${env:XDG_RUNTIME_DIR}',
      '${env:NONE:-x}',
      '${env:',
      '${',
      '}',
      '*',
      '**',
      '{a,b}',
      '[0-9]',
      '!(x)',
      '\\',
      ' ',
    ),
  )
  .map((parts) => parts.join(''));

const someText = fc.oneof(
  pathText,
  fc.constantFrom('/a+/', '/(?=a)/', '/(a+)+$/i', '/[/', 'bot', ''),
  fc.string(),
);
const entry = fc.oneof(
  pathText,
  fc.record(
    {
      name: fc.oneof(fc.string(), fc.integer()),
      lockFile: fc.oneof(someText, fc.array(someText, { maxLength: 4 }), fc.integer()),
      pidFile: fc.oneof(someText, fc.array(someText, { maxLength: 4 })),
      process: fc.oneof(someText, fc.record({ command: someText, cwd: someText }), fc.boolean()),
      logFile: someText,
      conflictPattern: fc.oneof(someText, fc.array(someText, { maxLength: 3 })),
      maxInstances: fc.oneof(fc.integer(), fc.double()),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Each hangs an engine that backtracks. */
const EVIL = ['(a+)+b', '(a|a)*c', '(.*)(.*)(.*)x$', '^(\\d+)*$', '(?:a?){40}a{40}'].map((source) =>
  regexEngine(source, ''),
);

export const settingsTargets: readonly Target[] = [
  {
    name: 'settings',
    run: readSettings,
    lookalikes: fc.array(entry, { maxLength: 6 }).map((entries) => JSON.stringify(entries)),
    pumps: ['a.lock\n', '/x/a.lock', '${', '}', '\n', '*', '{a,b}', '[', '~', '../', '${env:A:-'],
    encoding: 'utf8',
  },
  {
    name: 'path-pattern',
    run: (input) => {
      for (const windows of [false, true]) {
        try {
          const path = resolvePath(input, { ...context, folder: folders[1], windows });
          must(windows || path.startsWith('/'), `not absolute: ${path}`);
          must(!path.split(windows ? '\\' : '/').includes('..'), `goes up: ${path}`);
          isGlob(path);
        } catch (error) {
          if (!(error instanceof PathProblem)) throw error;
        }
        needsFolder(input, windows);
      }
    },
    lookalikes: pathText,
    pumps: [
      '${',
      '${env:A:-',
      '${userHome}',
      '}',
      '/',
      '../',
      '*',
      '**/',
      '{a,',
      '{a,b}',
      '[',
      '!(',
      '\\',
      'a',
    ],
    encoding: 'utf8',
  },
  {
    name: 'regex-text',
    run: (input) => {
      for (const pattern of EVIL) pattern.test(input);
      // As a pattern of a setting it is used or refused in words; patterns are as long as a person writes them.
      const literal = regexLiteral(`/${input.slice(0, 200)}/i`);
      if (literal !== undefined) {
        regexProblem(literal);
        if (regexProblem(literal, regexEngine) === undefined) {
          regexEngine(literal.source, literal.flags).test('a'.repeat(50));
        }
      }
    },
    lookalikes: fc.oneof(
      fc
        .array(
          fc.constantFrom(
            '(a+)+',
            '[a-z]',
            '(?=',
            '(?<n>',
            '\\1',
            '\\b',
            '.*',
            '|',
            '{2,}',
            '(',
            ')',
            '[',
            ']',
          ),
        )
        .map((all) => all.join('')),
      fc.string(),
    ),
    pumps: ['a', 'ab', '1', ' ', '/', '\n', '('],
    encoding: 'utf8',
  },
];
