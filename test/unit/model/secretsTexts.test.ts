import { describe, expect, it } from 'vitest';
import { hideSecrets, hideSecretsInArgv, hideSecretsInJson } from '../../../src/model/secrets/index';

/** Text with its secrets in guillemets, as it is given and as it is to be shown. */
const given = (text: string): string => text.replace(/[«»]/g, '');
const hidden = (text: string): string => text.replace(/«[^»]*»/g, '***');

describe('a text', () => {
  it.each([
    // Brackets and quotes around a word are none of it.
    'run (--token «abc») now',
    'run [--token «abc»] now',
    'run <--token «abc»> now',
    'run --token { «abc» } now',
    'run $(mysql -p«hunter2») now',
    'run `mysql -p«hunter2»` now',
    'x `` y (( z )) "" \'\' <> {}',
    'run --token $API_KEY --port 1',
    'run --token ${API_KEY}, --port 1',
    'run --token ${API_KEY} (--token ${API_KEY}) now',
    'run --token «${API_KEY}abc» now',
    'run --token «$abc» now',
    'mysql (-p«hunter${A}2») now',
    // What is piped to a program that asks for a password, unless a shell fills it in.
    'echo «hunter2» | sudo -S ls',
    'echo -n «hunter2 and more» | sudo -S ls',
    'printf «hunter2» | chpasswd',
    'echo $PASSWORD | sudo -S ls',
    'echo "${PASSWORD}"       | sudo -S ls',
    'echo «x$PASSWORD» | sudo -S ls',
    'echo «$USER:hunter2» | sudo -S ls',
    'echo hunter2 | grep -s x',
    'echo hunter2 > x; sudo -S ls',
    // The arguments of a list, in either kind of quotes.
    `running ["bot", "--token", "«abc»", "x"] now`,
    `running ['bot', '--token', '«abc»', 'x'] now`,
    String.raw`running ["C:\\bin\\bot", "a\"b", "--token", "«c»"] now`,
    String.raw`running ['C:\\bin\\bot', 'a\'b', '--token', '«c»'] now`,
    `running ["bot","--port","80"] and ['a','b'] now`,
    `["a","b"] ["\ue0001"]`,
    `["\ue0000"]`,
  ])('loses exactly the secret: %j', (text) => {
    expect(hideSecrets(given(text))).toBe(hidden(text));
  });
});

describe('an argument', () => {
  it.each<[string[], string[]]>([
    // One value up to its end, but for the text of a shell.
    [
      ['bash', '-lc', 'PASSWORD=hunter2 exec bot'],
      ['bash', '-lc', 'PASSWORD=*** exec bot'],
    ],
    [
      ['bot', '-config', 'PASSWORD=hunter2 x'],
      ['bot', '-config', 'PASSWORD=***'],
    ],
    [
      ['bot', 'x-c', 'PASSWORD=hunter2 x'],
      ['bot', 'x-c', 'PASSWORD=***'],
    ],
    [
      ['PASSWORD=hunter2 x', '-c'],
      ['PASSWORD=***', '-c'],
    ],
    // A key that a shell has split in the middle of its words.
    [
      [
        'bot',
        '-----BEGIN EC',
        'PRIVATE KEY-----',
        'q7Zk3Vx9Lm2Wc8Rt5Yb1',
        '-----END EC PRIVATE KEY-----',
        'x',
      ],
      ['bot', '***', 'x'],
    ],
    [
      ['bot', '-----BEGIN CERTIFICATE-----', 'x'],
      ['bot', '-----BEGIN CERTIFICATE-----', 'x'],
    ],
  ])('of %j', (argv, shown) => {
    expect(hideSecretsInArgv(argv)).toEqual(shown);
  });
});

describe('a value of JSON', () => {
  it.each<[unknown, unknown]>([
    [
      { key: 80, pin: 123456 },
      { key: 80, pin: '***' },
    ],
    [{ key: 'basic' }, { key: 'basic' }],
    [{ key: 'hunter2' }, { key: '***' }],
    [{ password: 80 }, { password: '***' }],
    [{ session: 'work' }, { session: 'work' }],
    [{ session: 'hunter2hunter2' }, { session: '***' }],
    // What only perhaps is one is read for what it holds.
    [{ session: { a: 1, password: 'x1' } }, { session: { a: 1, password: '***' } }],
    [{ tokens: ['a', 'b'] }, { tokens: ['a', 'b'] }],
    [{ token: ['a', 'b'] }, { token: '***' }],
    [{ auth: { type: 'x' } }, { auth: '***' }],
    [
      { key: null, token: true },
      { key: null, token: true },
    ],
  ])('%j', (value, shown) => {
    expect(hideSecretsInJson(value)).toEqual(shown);
  });

  it.each(['a', 'session'])('is not followed without end, in objects either: %s', (name) => {
    const deep = JSON.parse(`${`{"${name}":`.repeat(3000)}1${'}'.repeat(3000)}`) as unknown;
    expect(JSON.stringify(hideSecretsInJson(deep))).toContain('…');
  });
});
