import { describe, expect, it } from 'vitest';
import { hideAssigned, hideWhole } from '../../../src/model/secrets/assignments';

/** Text with its secrets in guillemets, as it is given and as it is to be shown. */
const given = (text: string): string => text.replace(/[«»]/g, '');
const hidden = (text: string): string => text.replace(/«[^»]*»/g, '***');
const exactly = (texts: readonly string[]): void => {
  expect(texts.map((text) => hideAssigned(given(text)))).toEqual(texts.map(hidden));
};

describe('a value without quotes', () => {
  it('ends where the next name begins, or what stands around it', () => {
    exactly([
      // A command of a shell, a query in prose.
      'TOKEN=«abc»& x',
      'TOKEN=«abc»&& x',
      'TOKEN=«abc»&',
      'TOKEN=«a&b» x',
      'TOKEN=«abc»&user=ann',
      'TOKEN=«abc»&user: ann',
      'TOKEN=«abc»; x',
      'TOKEN=«abc»;user=ann',
      'TOKEN=«a;b» x',
      'TOKEN=«abc», x',
      'TOKEN=«abc»,user=ann',
      'TOKEN=«abc»,"user":1',
      'TOKEN=«a,b» x',
      'TOKEN=«abc»,',
      'TOKEN=«abc»| x',
      'TOKEN=«abc»|| x',
      'TOKEN=«a|b» x',
      'TOKEN=«a|)b» x',
      // Brackets close behind it, and belong to it in its middle.
      '(TOKEN=«abc») x',
      '(TOKEN=«abc»)',
      '(TOKEN=«abc»), x',
      '[TOKEN=«abc»] x',
      '{token=«abc»} x',
      '{a: {token=«abc»}}',
      'TOKEN=«a)b]c}d» x',
      'f(TOKEN=«abc»).x',
      '<a>TOKEN=«abc»</a>',
      'TOKEN=«a<b» x',
      // Quotes of what stands around it close there, and those of a shell are part of it.
      '"TOKEN=«abc»" x',
      "'TOKEN=«abc»', x",
      '`TOKEN=«abc»` x',
      'TOKEN=«a"b»',
      String.raw`"x \"TOKEN=«abc»\" y"`,
      String.raw`TOKEN=«a\b» x`,
      'TOKEN=«${A}b» x',
      'TOKEN=«a» ${B}c x',
      'TOKEN=«abc»\nx',
      'TOKEN=«abc»',
    ]);
  });

  it('ends in the query of a URL at its next part, but not in a form that only looks like one', () => {
    exactly([
      'h/?token=«abc»&x h/?a=1&token=«abc»#b h/#token=«abc»&x',
      'h/?next=%2Fa%3Ftoken%3D«abc»%26x',
      'h/?token=«abc»%26x',
      'token=«a#b» token=«a%26b» token=«a&b»',
      'h/?sig=«abc»&x sig=abc',
      'sig%3D«abc»%26b',
    ]);
  });
});

describe('a value in quotes', () => {
  it('ends at the quote that closes it', () => {
    exactly(
      [
        'token="«a b»" x',
        `token='«a "b»' x`,
        'token: `«a b»` x',
        String.raw`token="«a \" b»" x`,
        String.raw`token='«a\»' x 'y'`,
        String.raw`"{\"token\":\"«a b»\",\"x\":1}"`,
        String.raw`{\"token\":\"«a b c»`,
        'token="«a b',
        'token="" x',
        'password="«--port»" x',
        'token="$TOKEN" x',
        'password="«/etc/x»" token="/etc/x"',
      ].map((text) => (text.includes('«') && !text.includes('»') ? `${text}»` : text)),
    );
  });

  it('is hidden in a pair only where a list or a call is meant', () => {
    exactly([
      '"--token", "«abc»", "x"',
      `'--token', '«abc»'`,
      '"--token", "--port", "80"',
      'setenv("TOKEN", "«abc»")',
      'f(a, "TOKEN", "abc")',
      '["token", "secret", "name"]',
      'token, "abc"',
      'the "token, "abc"',
      'the "--token, "abc"',
      'the --token", "abc"',
      '(token, "abc"',
    ]);
  });
});

describe('a header', () => {
  it('has a value up to the end of its line, or of the quotes around it', () => {
    exactly([
      'Authorization: Bearer «a b; c=d»\nAccept: x',
      'Authorization: «a b c»',
      '"Cookie: «a=b; c=d»" x',
      `'Cookie: «a=b; c=d»' x`,
      'Cookie: "«a=b; c=d»", Accept: x',
      '\nCookie: «a b»\nx',
      'cookie=«a» b',
      'Authorization=«abc» x',
      '{"Cookie":"«a b»","x":1}',
      '"Cookie": "«a b»", x',
      '"x\nAuthorization: «a b»\ny" z',
      'seed-phrase: «zebra lunch ocean»\nx',
      '"seed-phrase: «zebra lunch ocean»" x',
    ]);
  });
});

describe('what is no secret', () => {
  it('stays: prose, a place in a file, the version of an image', () => {
    exactly([
      'auth: failed. auth: denied! auth: x',
      'auth: «failed1» auth:«hunter2» auth=«failed»',
      'token: «abc»',
      '"auth": "«failed»" auth": failed',
      'auth: «abcdefghijklmnop»',
      'auth: «foo.bar» auth: «foo?»',
      'src/token:12 src/token:12:5 src/token:12:5: token:1) token:12345 token:12:5: token:12:34',
      'token:«123456» token:«12x» token:«1:123456» token:«x12» token=«12» "token":«12»',
      'h/auth:v2 h/token:latest h/token:«q7Zk3Vx9Lm2Wc8» xtoken:«latest»',
    ]);
  });

  it('is not asked where the value has names of its own', () => {
    exactly([
      'token: {user: ann}',
      'token={ "a": 1 }',
      "token={'a'}",
      'token={}',
      'token={{x}}',
      'token={',
      String.raw`token={\"a\":1}`,
      'token={a = 1}',
      'token=«{abc» x',
      'token=«{a.b»} x',
      'token=«x{a:1»} x',
      'token=[«"a","b"»] x',
      'tokens=["a","b"] x',
      'tokens=[«q7Zk3Vx9Lm2Wc8»] x',
      'tokens=[abcdefghijkl] 1',
      'tokens=[abcdefghi1] x',
    ]);
  });

  it('stays where a tag is no tag', () => {
    exactly([
      '<token>«abc»</token>',
      '<password>«a b»</password> x',
      '</token>abc</x>',
      'token>abc</x>',
      '<tokens>ab</tokens> <code>a b</code> <code>«q7Zk3Vx9Lm2Wc8»</code> <token>$TOKEN</token>',
      '<token>abc',
    ]);
  });
});

describe('an argument of its own', () => {
  it.each<[string, string | undefined]>([
    ['--password=a b;c', '--password=***'],
    ['API_KEY=a b', 'API_KEY=***'],
    ['-Dkey=x', '-Dkey=***'],
    ['-Pdb.password=x', '-Pdb.password=***'],
    ['x-Dkey=x', undefined],
    ['Dkey=x', undefined],
    ['--Dkey=x', undefined],
    ['/password:x', '/password:***'],
    ['pass:hunter2', 'pass:***'],
    ['dbpass:hunter2', 'dbpass:***'],
    ['token:x', undefined],
    ['key:x', undefined],
    ['pass: hunter2', undefined],
    ['token=', undefined],
    ['token=/etc/x', undefined],
    ['password=/etc/x', 'password=***'],
    ['name=x', undefined],
    ['x', undefined],
    ['', undefined],
    [`${'a'.repeat(122)}_token=x`, `${'a'.repeat(122)}_token=***`],
    [`${'a'.repeat(123)}_token=x`, undefined],
  ])('%s', (argument, shown) => {
    expect(hideWhole(argument)).toBe(shown);
  });
});
