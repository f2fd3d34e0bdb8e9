import { describe, expect, it } from 'vitest';
import type { Secrecy } from '../../../src/model/secrets/names';
import { isHarmless, isOption, isPath, looksRandom } from '../../../src/model/secrets/values';

const GRADES: readonly Secrecy[] = ['password', 'token', 'ambiguous', 'perhaps'];
const list = (text: string): string[] => text.trim().split(/\s+/);

/** For which names the value needs no hiding. */
const harmlessAs = (value: string): Secrecy[] => GRADES.filter((grade) => isHarmless(value, grade));
/** Behind which names the word is an option, and not the secret. */
const optionBehind = (word: string): Secrecy[] => GRADES.filter((grade) => isOption(word, grade));

describe('a value', () => {
  it.each(
    list(`true FALSE yes no on off none null auto default prompt ask stdin optional enabled enable inherit [redacted]
      ** *** xxx ... … - | && ; > {} $TOKEN $_ \${TOKEN} \${TOKEN:-x} $(pass \`pass %TOKEN% {{token}} <token> file:/x env:X
      fd:0 op://x vault:x arn:aws:x projects/x`),
  )('is no secret of any name: %s', (value) => {
    expect(harmlessAs(value)).toEqual(GRADES);
  });

  it('of nothing is no secret of any name', () => {
    expect(harmlessAs('')).toEqual(GRADES);
  });

  it.each(
    list(`/etc/ssl/bot ~/token ./token ../token C:\\token \\\\h\\token ~ $HOME/x @/tmp/x server.pem a.json`),
  )('is a path, and so only a secret of a password: %s', (value) => {
    expect(isPath(value)).toBe(true);
    expect(harmlessAs(value)).toEqual(['token', 'ambiguous', 'perhaps']);
  });

  it.each(list('id=npm,src=/run/npm type=file source=x src=x env=TOKEN'))(
    'says where a token is, and is a password: %s',
    (value) => {
      expect(harmlessAs(value)).toEqual(expect.arrayContaining(['token']));
      expect(isHarmless(value, 'password')).toBe(false);
    },
  );

  it.each(list('basic Bearer oauth2 oauth scram-sha-1 publickey mtls tls 0 80 443 2,2n 1.2 10:30 1.'))(
    'is a method or a small number, and so a secret of a password and a token: %s',
    (value) => {
      expect(harmlessAs(value)).toEqual(['ambiguous', 'perhaps']);
    },
  );

  it.each(
    list('hunter2 truely 1234 12345x x80 80x $token token% idea=npm basically /Zm9vYmFy+8=/x a.pemx xx **x'),
  )('is a secret unless the name only perhaps means one: %s', (value) => {
    expect(harmlessAs(value)).toEqual(['perhaps']);
  });

  it.each(
    list('hunter2hunter2 abcdefghijk1 9f3a7c1e5b8d abcdef1.2xyz x2026-01-31abc 1x2.3abcdefgh ABCDEFGHIJK1'),
  )('looks random, and so is a secret of any name: %s', (value) => {
    expect(looksRandom(value)).toBe(true);
    expect(harmlessAs(value)).toEqual([]);
  });

  it.each([
    ...list(`abcdefghij1 abcdefghijkl 123456789012 2026-01-31T09:05:07Z 1.2.3-alpha45 v1.22.33-beta1 v12.3abcdefgh
      12.34.56-rc1x x/abcdefghijk1 x\\abcdefghijk1 abcdefghijk1.pem`),
    'abcdefg hijk1',
  ])('does not look random: %s', (value) => {
    expect(looksRandom(value)).toBe(false);
  });
});

describe('behind a name', () => {
  it.each(
    list('- -- -p -ab --name=x -name=x --a=x --a.b-c=x --port --log-level --token --no-auth --dry-run --ipv'),
  )('is an option, and never the secret: %s', (word) => {
    expect(optionBehind(word)).toEqual(GRADES);
  });

  it('is an option, however long its value is', () => {
    expect(optionBehind(`--name=${'x'.repeat(200)}`)).toEqual(GRADES);
  });

  it.each([...list('--anything --any-thing --x'), `--${'a'.repeat(78)}`])(
    'is an option where a switch may have that name, else the secret: %s',
    (word) => {
      expect(optionBehind(word)).toEqual(['ambiguous', 'perhaps']);
    },
  );

  it.each([
    ...list(`hunter2 port x--port x-p x--name=y p --- -abc -abcd --abc== --1a=x --=x --a!=x -+ -p! --Port --port! --port-
      --hunter2-hunter2 --port-hunter2 --9port --po_rt`),
    `--${'a'.repeat(79)}`,
    `--port-${'port-'.repeat(20)}port`,
  ])('is the secret: %s', (word) => {
    expect(optionBehind(word)).toEqual([]);
  });
});
