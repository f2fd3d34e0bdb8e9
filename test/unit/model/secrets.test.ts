import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hideSecrets, hideSecretsInArgv, hideSecretsInJson } from '../../../src/model/secrets/index';
import { secrecyOf } from '../../../src/model/secrets/names';
import { shellQuote } from '../../../src/model/shell';
import { survivors } from './secretsSurvivors';
import { innocent } from './innocentCorpus';
import { leaks } from './secretsCorpus';

const quoted = (argv: readonly string[]): string => argv.map(shellQuote).join(' ');

/** Every way in which a command line becomes text before it is hidden. */
const FORMS: Readonly<Record<string, (argv: readonly string[]) => string>> = {
  'as arguments': (argv) => hideSecretsInArgv(argv).join(' '),
  'as a line of a log': (argv) => hideSecrets(argv.join(' ')),
  'as a shell would be given it': (argv) => hideSecrets(quoted(argv)),
  'inside sh -c': (argv) => hideSecretsInArgv(['sh', '-c', quoted(argv)]).join(' '),
  'inside a command on another machine': (argv) =>
    hideSecretsInArgv(['ssh', 'h', `sh -c ${shellQuote(quoted(argv))}`]).join(' '),
  'as JSON in a log': (argv) => hideSecrets(`running ${JSON.stringify({ argv })} now`),
  'as Python prints it': (argv) =>
    hideSecrets(`Command '[${argv.map((word) => `'${word.replace(/['\\]/g, '\\$&')}'`).join(', ')}]' failed`),
  'as arguments in a record': (argv) => JSON.stringify(hideSecretsInJson({ pid: 1, argv })),
  'as one text in a record': (argv) => JSON.stringify(hideSecretsInJson({ pid: 1, command: argv.join(' ') })),
};

describe('the corpus of command lines', () => {
  it('is large, and each line has a secret that says something', () => {
    expect(leaks.length).toBeGreaterThan(150);
    expect(innocent.length).toBeGreaterThan(80);
    for (const { argv, secrets } of leaks) {
      expect(secrets.length, argv.join(' ')).toBeGreaterThan(0);
      expect(secrets.filter((secret) => secret.length < 5)).toEqual([]);
      // The check itself would notice.
      expect(survivors(argv.join(' '), secrets)).toEqual(secrets);
    }
  });

  for (const [form, hide] of Object.entries(FORMS)) {
    it(`lets no secret through ${form}`, () => {
      const through = leaks.flatMap(({ argv, secrets }) => {
        const shown = hide(argv);
        return survivors(shown, secrets).map((secret) => `${secret} in ${shown}`);
      });
      expect(through).toEqual([]);
    });
  }

  it('lets what is hidden already stay as it is', () => {
    for (const { argv } of leaks) {
      const once = hideSecretsInArgv(argv);
      expect(hideSecretsInArgv(once)).toEqual(once);
    }
  });

  it('still names the program and what stands before the secret', () => {
    for (const { argv, secrets } of leaks) {
      const shown = hideSecretsInArgv(argv);
      if (secrets.every((secret) => argv[0]?.includes(secret) === false)) expect(shown[0]).toBe(argv[0]);
      expect(shown.join(' ')).toContain('***');
    }
  });

  it('leaves innocent arguments as they are', () => {
    expect(innocent.map((argv) => hideSecretsInArgv(argv))).toEqual(innocent);
  });

  it('leaves innocent lines as they are, quoted and in JSON', () => {
    const lines = innocent.flatMap((argv) => [quoted(argv), JSON.stringify(argv)]);
    expect(lines.map((line) => hideSecrets(line))).toEqual(lines);
    for (const argv of innocent) expect(hideSecretsInJson({ argv })).toEqual({ argv });
  });
});

describe('arguments', () => {
  it.each([
    [
      ['sshpass', '-p', 'x1x1x1', 'ssh', '-p', '22', 'h'],
      ['sshpass', '-p', '***', 'ssh', '-p', '22', 'h'],
    ],
    [['PASSWORD=hunter2 bot run'], ['PASSWORD=*** bot run']],
    [
      ['sh', '-c', 'PASSWORD=hunter2 exec bot'],
      ['sh', '-c', 'PASSWORD=*** exec bot'],
    ],
    [
      ['env', 'PASSWORD=hunter2 and more', 'bot'],
      ['env', 'PASSWORD=***', 'bot'],
    ],
    [
      ['bot', '--token', '--port', '80'],
      ['bot', '--token', '--port', '80'],
    ],
    [
      ['curl', '-u', 'ann:', '-b', 'jar.txt', 'h'],
      ['curl', '-u', '***', '-b', 'jar.txt', 'h'],
    ],
  ])('lose exactly the secret: %j', (argv, shown) => {
    expect(hideSecretsInArgv(argv)).toEqual(shown);
  });
});

describe('lines of logs', () => {
  it.each([
    '2026-01-31 09:05:07,123 ERROR telegram.error.Conflict: Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    '2026-01-31T09:05:07Z INFO module.auth: starting',
    "it's not a key; don't use the token",
    'auth: failed for ann',
    'Traceback: File "/app/auth/token.py", line 12, in login',
    'at run (/app/src/auth/token.ts:12:5)',
    'std::auth::login failed',
    'listening on http://127.0.0.1:8080/ and https://[::1]:8443/@x',
    'key: value',
    'running ["bot","--token","--verbose","x',
    'where token>5 </a>',
    'Session started for user 42',
    '{"level":30,"time":1706691907,"pid":4242,"msg":"bot started","key":null}',
  ])('stay readable: %s', (line) => {
    expect(hideSecrets(line)).toBe(line);
  });

  it.each([
    [
      `GET https://api.telegram.org/bot987654321:${'x'.repeat(35)}/getMe`,
      'GET https://api.telegram.org/bot***/getMe',
    ],
    ['postgres://ann:pw@db/x  Bearer abc', 'postgres://***@db/x  Bearer ***'],
    ['{"authToken": "abc", "pid": 1}', '{"authToken": "***", "pid": 1}'],
    ['{"tokens":["abcdef1"],"token":["a","b"]}', '{"tokens":["abcdef1"],"token":[***]}'],
    ['login with password=hunter2, user=ann', 'login with password=***, user=ann'],
    ['login (password=hunter2) failed', 'login (password=***) failed'],
    ['set token: abc, user: ann', 'set token: ***, user: ann'],
    ['> Authorization: Bearer abc\n> Accept: *', '> Authorization: Bearer ***\n> Accept: *'],
    ['headers={"Cookie": "a=b; c=d", "Accept": "x"}', 'headers={"Cookie": "***", "Accept": "x"}'],
    ["mysql -p'hunter 2' db", "mysql '-p***' db"],
    ['password = hunter2', 'password = ***'],
    ['{"msg":"run --token abc', '{"msg":"run --token ***'],
    ['["bot","a\\nb","--token","c"]', '["bot", "a\\nb", "--token", "***"]'],
    ['running ["bot","--token","abcdef', 'running ["bot","--token","***'],
    ['next=%2Fa%3Ftoken%3Dabc%26b%3D1', 'next=%2Fa%3Ftoken%3D***%26b%3D1'],
    ['mnemonic: zebra lunch ocean', 'mnemonic: ***'],
    ['PASSWORD=hunter2 && run --port 1', 'PASSWORD=*** && run --port 1'],
    ['x "a=1 token=abc" --port 1', 'x "a=1 token=***" --port 1'],
  ])('lose exactly the secret: %s', (line, shown) => {
    expect(hideSecrets(line)).toBe(shown);
  });
});

describe('names', () => {
  it.each(
    `token authToken --api-key TELEGRAM_BOT_TOKEN db_password secret key client-secret aws_secret_access_key private-key
    auth-key credential credentials PGPASSWORD apikey passphrase pwd auth bearer signing-key SECRET_KEY_BASE x-api-key
    Authorization Cookie openaiKey APIKey dbPass`.split(/\s+/),
  )('%s announces a secret', (name) => {
    expect(secrecyOf(name)).toMatch(/^(?!perhaps$)/);
  });

  it.each(
    `tokens max-tokens token-file keyboard monkey author passive pass-through compass KEYMAP keyfile key-file key-id
    public-key ssh-pubkey sort-key partition_key no-auth auth-type token-count password-policy authority sessionName
    secretary tokenizer cookie-jar PASSWORD_FILE`.split(/\s+/),
  )('%s does not', (name) => {
    expect(secrecyOf(name) ?? 'perhaps').toBe('perhaps');
  });

  it('says how sure it is', () => {
    expect(secrecyOf('password')).toBe('password');
    expect(secrecyOf('api-key')).toBe('token');
    expect(secrecyOf('key')).toBe('ambiguous');
    expect(secrecyOf('session')).toBe('perhaps');
    expect(secrecyOf('password-something')).toBe('perhaps');
    expect(secrecyOf('name')).toBeUndefined();
    // The same name lets somebody in when it stands in the query of a URL.
    expect([secrecyOf('code'), secrecyOf('code', true)]).toEqual(['perhaps', 'token']);
    expect(secrecyOf(`${'a'.repeat(128)}token`)).toBeUndefined();
  });
});

describe('JSON', () => {
  it('keeps its shape', () => {
    expect(
      hideSecretsInJson({
        pid: 4242,
        token: 'hunter2',
        key: null,
        auth: false,
        secret: { a: 1 },
        tokens: 5,
        argv: ['bot', '--token', 'hunter2'],
        nested: [{ password: 1234 }, 'Bearer abc', 7],
      }),
    ).toEqual({
      pid: 4242,
      token: '***',
      key: null,
      auth: false,
      secret: '***',
      tokens: 5,
      argv: ['bot', '--token', '***'],
      nested: [{ password: '***' }, 'Bearer ***', 7],
    });
  });

  it('is not followed without end', () => {
    const deep = JSON.parse(`${'['.repeat(5000)}"--token"${']'.repeat(5000)}`) as unknown;
    expect(JSON.stringify(hideSecretsInJson(deep))).toContain('…');
  });
});

describe('hiding', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9_+-]{8,40}$/).filter((text) => !/^-{1,2}[a-z-]+$/.test(text));
  const option = fc.constantFrom(
    '--token',
    '--api-key',
    '--db-password',
    '-password',
    '--client_secret',
    '--openaiKey',
    '--passphrase',
  );
  const other = fc.constantFrom(
    'bot',
    '--verbose',
    '--port',
    '80',
    'run',
    'a=b',
    '--name=x',
    '"',
    "'",
    '{',
    'x y',
  );

  it('finds a secret behind its option, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.array(other), option, secret, fc.array(other), (before, name, value, after) => {
        const plain = `z${value}`;
        for (const argv of [
          [...before, name, value, ...after],
          [...before, `${name}=${plain}`, ...after],
        ]) {
          expect(survivors(hideSecretsInArgv(argv).join(' '), [value])).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never makes more arguments than there were, and never throws', () => {
    const word = fc.oneof(
      other,
      option,
      fc.string({ unit: 'binary' }),
      fc.constantFrom('mysql', 'curl', '-p', '-u'),
    );
    fc.assert(
      fc.property(fc.array(word), (argv) => {
        expect(hideSecretsInArgv(argv)).toHaveLength(argv.length);
      }),
      { numRuns: 500 },
    );
  });
});
