import { describe, expect, it } from 'vitest';
import { isHeaderName, isPhraseName, secrecyOf } from '../../../src/model/secrets/names';

const list = (text: string): string[] => text.trim().split(/\s+/);
const all = (words: string, more: (word: string) => string): unknown[] =>
  list(words).map((word) => [more(word), secrecyOf(more(word))]);
const each = (words: string, more: (word: string) => string, secrecy: unknown): unknown[] =>
  list(words).map((word) => [more(word), secrecy]);

const alone = (word: string): string => word;

describe('what a name says about its value', () => {
  it.each<[string, unknown, (word: string) => string, string]>([
    [
      'a password',
      'password',
      alone,
      `password passwd passphrase passwort passcode pwd pswd pw psk kennwort mnemonic PGPASSWORD dbPassword dbpass userpass
      requirepass storepass password1`,
    ],
    [
      'a token',
      'token',
      alone,
      `token secret bearer cred creds credential credentials jwt cookie cookies authorization passkey macaroon apikey authkey
      accesskey secretkey privatekey masterkey signingkey encryptionkey bottoken clientsecret api-key openai_key x-api-key
      hmackey`,
    ],
    [
      'what depends on the value',
      'ambiguous',
      alone,
      'key pass auth authentication oauth signing otp totp pin puk basicauth',
    ],
    [
      'a secret if it looks random',
      'perhaps',
      alone,
      `session sessionid sessid sid sig signature nonce code tokens keys secrets passwords hash salt ticket pat csrf xsrf hmac
      license crumb`,
    ],
    [
      'a secret with what it is for',
      'token',
      (word) => `BOT_TOKEN_${word.toUpperCase()}`,
      `base value val data hash v prod production dev test staging live primary secondary old new current previous default string
      text raw hex json pem header headers`,
    ],
    ['a password with what it is for', 'password', (word) => `db-${word}`, 'pass password pwd passphrase'],
    [
      'a switch',
      'perhaps',
      (word) => `--${word}-password`,
      'no disable skip without enable use with require ask prompt show print list has need generate rotate check',
    ],
    [
      'another kind of key',
      'perhaps',
      (word) => `${word}Key`,
      `sort primary foreign partition group cache hot row short routing shard object lookup unique index map color field column
      hash message idempotency`,
    ],
    ['a public key', undefined, (word) => `${word}_key`, 'public pub host known trusted verify'],
    [
      'another kind of pass',
      undefined,
      (word) => `${word}-pass`,
      'low high band multi single two one first second num',
    ],
    [
      'no pass at all',
      undefined,
      alone,
      'bypass compass overpass trespass surpass underpass encompass multipass singlepass sshpass',
    ],
    [
      'another kind of token',
      'perhaps',
      (word) => `${word}_token`,
      `max min num stop pad eos bos unk mask next start special sep cls total input output prompt completion cached`,
    ],
    [
      'what only talks about a secret',
      undefined,
      (word) => `token-${word}`,
      `file files filename path paths dir directory folder location name names id ids url urls uri endpoint server host domain
      realm issuer audience version provider store storage label title prefix type format algorithm alg helper command cmd agent
      policy source socket browser jar template`,
    ],
    [
      'what nobody knows, behind a secret',
      'perhaps',
      (word) => `${word}-something`,
      'password token secret credential',
    ],
    [
      'what nobody knows, behind a word of many meanings',
      undefined,
      (word) => `${word}-something`,
      'key pass auth session',
    ],
    [
      'nothing',
      undefined,
      alone,
      `keyboard monkey author authority passive passthrough KEYMAP keyfile tokenizer secretary turkey
      hockey cryptography sessionless cookiecutter signal pinned coder name x`,
    ],
  ])('%s', (_, secrecy, more, words) => {
    expect(all(words, more)).toEqual(each(words, more, secrecy));
  });

  it('is more in the query of a URL', () => {
    const words =
      'sig signature code ticket sid session sessionid key auth pass hmac otp hash nonce jwt crumb X-Amz-Signature';
    expect(list(words).map((word) => [word, secrecyOf(word, true)])).toEqual(each(words, alone, 'token'));
    expect(secrecyOf('page', true)).toBeUndefined();
  });

  it('is said by its words, wherever in it they stand', () => {
    expect(list('token-foo-bar token-prod-foo foo-token-bar').map((name) => secrecyOf(name))).toEqual(
      Array(3).fill('perhaps'),
    );
    expect(list('use-token-prod no-password-test').map((name) => secrecyOf(name))).toEqual(
      Array(2).fill('perhaps'),
    );
    expect(list('foo-bar 123 -- use-test test no foo-prod').map((name) => secrecyOf(name))).toEqual(
      Array(7).fill(undefined),
    );
    expect(list('api2key API.Key HTTPToken myAPIToken').map((name) => secrecyOf(name))).toEqual(
      Array(4).fill('token'),
    );
  });

  it('is that of a header, whose value is all of its line', () => {
    const headers =
      'Authorization authorization Proxy-Authorization X-Authorization Cookie Set-Cookie HCookie -HAuthorization';
    expect(list(headers).filter(isHeaderName)).toEqual(list(headers));
    const others = 'Cookies Cookie-Policy preauthorization Authorizations X-Api-Key';
    expect(list(others).filter(isHeaderName)).toEqual([]);
  });

  it('is that of a phrase, whose words stand beside each other', () => {
    const phrases =
      'mnemonic wallet-mnemonic seedphrase seed-phrase SEED_PHRASE passphrase recoveryPhrase pass_phrase secret-phrase';
    expect(list(phrases).filter(isPhraseName)).toEqual(list(phrases));
    expect(list(phrases).map((name) => secrecyOf(name))).toEqual(list(phrases).map(() => 'password'));
    expect(list('phrase search-phrase foo_phrase phrases').map((name) => secrecyOf(name))).toEqual(
      Array(4).fill(undefined),
    );
    expect(
      list('mnemonics passphrase-file seed-phrases phrase seed seed.phrase').filter(isPhraseName),
    ).toEqual([]);
  });

  it('is nothing when it is too long for a name', () => {
    expect(secrecyOf(`${'a'.repeat(123)}token`)).toBe('token');
    expect(secrecyOf(`${'a'.repeat(124)}token`)).toBeUndefined();
    expect(secrecyOf(`${'a'.repeat(128)}token`)).toBeUndefined();
  });

  it('is forgotten and found again, however many names there are', () => {
    for (let index = 0; index < 5000; index += 1) {
      expect(secrecyOf(`token-x${'x'.repeat(index % 50)}-${index}`)).toBe('perhaps');
    }
    expect(secrecyOf('token')).toBe('token');
  });
});
