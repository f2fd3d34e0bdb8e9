import fc from 'fast-check';
import { hideSecrets, hideSecretsInArgv } from '../../src/model/secrets/index';
import { must, type Target } from './fuzz';

/** Stands for every secret in the corpus and in what is generated. */
const SECRET = 'T0PSECRET';

/** Whatever stands around these, the secret in them has to go. */
const CERTAIN = [
  `--token ${SECRET}`,
  `--password=${SECRET}`,
  `--api-key ${SECRET}`,
  `BOT_TOKEN=${SECRET}`,
  `"authToken":"${SECRET}"`,
  `https://u:${SECRET}@h/`,
  `mysql -p${SECRET}`,
  `?sig=${SECRET}&x`,
  `Bearer ${SECRET}`,
];

/** Between them: no quote, since a quote that opens before and closes behind makes something else of it all. */
const AROUND = [
  'bot',
  '--verbose',
  '-v',
  'a=b',
  '{}',
  '123456:x',
  '::',
  '80',
  '|',
  '&&',
  'run',
  '\n',
  '(x)',
  'ann@h',
];

const certainLine = new RegExp(
  `^(?:(?:${[...CERTAIN, ...AROUND].map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})(?: |$))+$`,
);

const certain = fc
  .array(fc.constantFrom(...CERTAIN, ...AROUND), { minLength: 1, maxLength: 12 })
  .map((words) => words.join(' '));

const odd = fc
  .array(
    fc.constantFrom(
      '--token',
      '"token":',
      "'--key'",
      SECRET,
      '["--token",',
      '"',
      "'",
      '\\"',
      '$(',
      '`',
      '-----BEGIN RSA PRIVATE KEY-----',
      'Authorization:',
      'Cookie: ',
      'eyJhbGci',
      'sk-',
      '<password>',
      'curl -u',
      'user[password]=',
      '%3Ftoken%3D',
      '{"auth":{',
      ',',
      ']',
    ),
  )
  .map((words) => words.join(' '));

export const secretsTargets: readonly Target[] = [
  {
    name: 'secrets',
    run: (input) => {
      const hidden = hideSecrets(input);
      if (certainLine.test(input)) must(!hidden.includes(SECRET), `a secret was kept: ${hidden}`);
      must(hidden.length <= 4 * input.length + 3, 'more than was there');
    },
    lookalikes: fc.oneof(certain, odd),
    pumps: [
      ' ',
      '--token ',
      'a',
      '"',
      "'",
      '=',
      '1',
      '1:',
      '://',
      '@',
      '://a',
      '://a:',
      'token',
      'token=',
      'token:',
      'token,',
      'a=&',
      ',a',
      '123456:',
      '-',
      'eyJ',
      'eyJ-',
      'sk-',
      'xoxb-',
      '\\',
      '\\n',
      '\\"',
      '["a",',
      "['",
      '["',
      '${',
      '$(',
      '`',
      '%3D',
      'Cookie: ',
      '"Cookie: ',
      'password=a"b',
      'password=a,b',
      'password: [',
      'mysql -p',
      'echo a|',
      'printf x',
      '-----BEGIN PRIVATE KEY-----',
      '-----BEGIN ',
      'PRIVATE KEY',
      '<password>',
      'M.',
      '(',
      '[[',
    ],
    encoding: 'utf8',
  },
  {
    name: 'secrets-argv',
    run: (input) => {
      // As /proc has them: NUL between the arguments.
      const argv = input.split('\0');
      const hidden = hideSecretsInArgv(argv);
      must(hidden.length <= argv.length, 'more arguments than there were');
      argv.forEach((word, index) => {
        if (/^--(?:token|password|api-key)$/.test(word) && argv[index + 1] === SECRET) {
          const before = argv[index - 1] ?? '';
          // Behind another name it may be a value itself; then what follows goes all the same.
          must(hidden[index + 1] !== SECRET || before.includes('BEGIN'), 'a secret was kept');
        }
      });
    },
    lookalikes: fc
      .array(
        fc.oneof(
          fc.constantFrom(
            '--token',
            '--password',
            '--api-key',
            SECRET,
            'curl',
            '-u',
            'a:b',
            'mysql',
            `-p${SECRET}`,
          ),
          fc.constantFrom(...CERTAIN, ...AROUND),
          fc.string({ maxLength: 8 }),
        ),
      )
      .map((words) => words.join('\0')),
    pumps: [
      '\0',
      '--token\0',
      'a\0',
      '-p\0',
      'mysql\0',
      '-----BEGIN\0',
      'curl\0-u\0',
      'a b\0',
      '"a b"',
      '=',
      ':',
    ],
    encoding: 'utf8',
  },
];
