import { describe, expect, it } from 'vitest';
import { shellWords, type ShellWord } from '../../../src/model/secrets/shellWords';

const wordsOf = (text: string): ShellWord[] => [...shellWords(text)];
const valuesOf = (text: string): string[] => wordsOf(text).map(({ value }) => value);
const quotedOf = (text: string): string[] =>
  wordsOf(text)
    .filter(({ isQuoted }) => isQuoted)
    .map(({ value }) => value);

describe('the words of a shell', () => {
  it.each<[string, string[]]>([
    // What stands in quotes is one word, without them.
    [`a "b c" 'd e' f`, ['a', 'b c', 'd e', 'f']],
    [`--name="b c" x=/'d e'/f`, ['--name=b c', 'x=/d e/f']],
    [`-p'b c'd"e f"`, ['-pb cde f']],
    [`"" ''`, ['', '']],
    [`  a\t b\n`, ['a', 'b']],
    // Inside double quotes a backslash takes the meaning of four characters away, and stays before any other.
    [String.raw`"a \"b\" c" d`, ['a "b" c', 'd']],
    [String.raw`"a\\" "\$b" "${'\\`'}c"`, ['a\\', '$b', '`c']],
    [String.raw`"a\nb" "c\'d"`, [String.raw`a\nb`, String.raw`c\'d`]],
    // Inside single quotes it takes none away.
    [String.raw`'a\' b '\"' c`, ['a\\', 'b', '\\"', 'c']],
    // A quote that is escaped closes nothing: what it would close goes on to the end.
    [String.raw`"a b\"`, [String.raw`a b"`]],
    // Outside of quotes a blank or a quote behind a backslash is a letter like any other.
    [String.raw`a\ b c`, ['a b', 'c']],
    [String.raw`\"a b\"`, ['"a', 'b"']],
    [String.raw`it\'s \-p`, [`it's`, '-p']],
    // Before a letter it is a path of Windows; at the end it stands for itself.
    [String.raw`C:\bin\bot.exe x`, [String.raw`C:\bin\bot.exe`, 'x']],
    ['a b\\', ['a', 'b\\']],
    ['\\', ['\\']],
  ])('of %j are %j', (text, values) => {
    expect(valuesOf(text)).toEqual(values);
  });

  it.each<[string, string[]]>([
    [`it isn't what you don't see`, ['it', `isn't`, 'what', 'you', `don't`, 'see']],
    [`done.'a b' x)"c d"`, [`done.'a`, `b'`, `x)"c`, `d"`]],
    [`it isn't 'a b`, ['it', `isn't`, `'a`, 'b']],
    [`a "b c`, ['a', '"b', 'c']],
    [`a 'b "c d`, ['a', `'b`, '"c', 'd']],
    ['a `b c` d', ['a', '`b', 'c`', 'd']],
  ])('of prose are not put together by what is no quote: %j', (text, values) => {
    expect(valuesOf(text)).toEqual(values);
    expect(quotedOf(text)).toEqual([]);
  });

  it('say from which quotes or backslashes were taken off', () => {
    expect(quotedOf(String.raw`a "b" 'c' -d"e" f\ g h\-i C:\bin\x it's j`)).toEqual([
      'b',
      'c',
      '-de',
      'f g',
      'h-i',
    ]);
    expect(quotedOf('a b\\')).toEqual([]);
  });

  it('say where they stand, and none reaches behind the text', () => {
    for (const text of [` a "b c"  d\\ e `, String.raw`"a b\"`, 'a\\', `'a'`]) {
      const words = wordsOf(text);
      const between = words.map(({ end }, at) => text.slice(end, words[at + 1]?.start));
      expect(text.slice(0, words[0]?.start) + between.join('')).toMatch(/^\s*$/);
      expect(words.every(({ start, end }) => start < end && end <= text.length)).toBe(true);
    }
  });

  it.each<[string, string[]]>([
    ['mysql db', ['mysql']],
    ['mysql db; ssh h', ['mysql', 'ssh']],
    ['mysql db\nssh h\n\nls x', ['mysql', 'ssh', 'ls']],
    ['x $(mysql db) `ssh h`', ['x', '$(mysql', '`ssh']],
    // Behind a letter these signs begin no command, and a semicolon ends none in quotes or inside a word.
    ["x a$(b c) d` e ';' f", ['x']],
    ['x "a;" b a;b c', ['x']],
  ])('say which of them begin a command: %j', (text, values) => {
    expect(
      wordsOf(text)
        .filter(({ begins }) => begins)
        .map(({ value }) => value),
    ).toEqual(values);
  });
});
