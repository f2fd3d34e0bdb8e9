import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { messagesIn } from './messages';
import { changedParts, HABITS, leftOver, misnamed, titleOf } from './translations';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (name: string): Record<string, string> =>
  JSON.parse(readFileSync(`${root}/${name}`, 'utf8')) as Record<string, string>;
const messages = messagesIn(`${root}/src`);

const BUNDLE = /^bundle\.l10n\.([\w-]+)\.json$/;
const MANIFEST = /^package\.nls\.([\w-]+)\.json$/;
const languagesOf = (folder: string, name: RegExp): string[] =>
  readdirSync(folder)
    .flatMap((file) => name.exec(file)?.[1] ?? [])
    .sort();
const languages = languagesOf(`${root}/l10n`, BUNDLE);

test('writes every message as a literal, so that it can be translated', () => {
  expect(messages.filter(({ text }) => text === undefined).map(({ place }) => place)).toEqual([]);
  expect(messages.length).toBeGreaterThan(200);
});

test('has the same languages in the views and in the manifest, among them German and Chinese', () => {
  expect(languagesOf(root, MANIFEST)).toEqual(languages);
  expect(languages).toEqual(expect.arrayContaining(['de', 'zh-cn']));
});

describe.each(languages)('in %s', (language) => {
  const bundle = read(`l10n/bundle.l10n.${language}.json`);
  const english = read('package.nls.json');
  const manifest = read(`package.nls.${language}.json`);
  const pairs = [
    ...Object.entries(bundle),
    ...Object.entries(english).map(([key, text]) => [text, manifest[key] ?? ''] as const),
  ];

  test('there is every message, and none that no code says', () => {
    const said = new Map(messages.map(({ text, place }) => [text, place]));
    expect([...said].filter(([text]) => !(String(text) in bundle))).toEqual([]);
    expect(Object.keys(bundle).filter((text) => !said.has(text))).toEqual([]);
  });

  test('there is every text of the manifest, and no other', () => {
    expect(Object.keys(manifest).sort()).toEqual(Object.keys(english).sort());
  });

  test('placeholders, code, links and signals are those of the English', () => {
    const changed = pairs.map(([text, translation]) => [text, changedParts(text, translation)] as const);
    expect(changed.filter(([, parts]) => parts.length > 0)).toEqual([]);
  });

  /** What a sentence may name: commands, views, and what is short enough for a button. */
  const titled = [
    ...Object.keys(english)
      .filter((key) => /^(?:command|view|container)\./.test(key))
      .map((key) => [english[key] ?? '', manifest[key] ?? ''] as const),
    ...Object.entries(bundle).filter(([text]) => text.length < 40),
  ].map(([text, translation]) => [titleOf(text), titleOf(translation)] as const);
  const titles = new Map(titled);

  test('a title has one translation, and so it is named in sentences', () => {
    expect(titled.filter(([text, translation]) => titles.get(text) !== translation)).toEqual([]);
    const named = pairs.filter(([text]) => [...titles.keys()].some((title) => text.includes(`“${title}”`)));
    expect(named.length).toBeGreaterThan(20);
    const wrong = pairs.map(
      ([text, translation]) => [translation, misnamed(text, translation, titles)] as const,
    );
    expect(wrong.filter(([, names]) => names.length > 0)).toEqual([]);
  });

  test.each(HABITS[language] ?? [])('no text says what $pattern finds, but: $instead', (habit) => {
    expect(habit.bad).toMatch(habit.pattern);
    expect(habit.nearMiss).not.toMatch(habit.pattern);
    const bare = pairs.map(([, translation]) => translation.replace(/`[^`]*`|\]\([^)]*\)/g, '``'));
    expect(bare.filter((translation) => habit.pattern.test(translation))).toEqual([]);
  });

  test('no English is left over', () => {
    const left = pairs.map(([text, translation]) => [translation, leftOver(text, translation)] as const);
    expect(left.filter(([, words]) => words.length > 0)).toEqual([]);
  });
});

test('a check of translations finds what was left, lost and exchanged, and nothing else', () => {
  expect(leftOver('The file is held.', 'Die Datei is held.')).toEqual(['is', 'held']);
  expect(leftOver('stale', 'stale')).toEqual(['stale']);
  expect(leftOver('free', ' ')).toEqual(['nothing']);
  expect(changedParts('{0} holds {1}.', '{0} hält {0}.')).toEqual(['{0} {1} → {0}']);
  expect(changedParts('Needs `cwd`.', '需要 `cmd`。')).toEqual(['`cwd` → `cmd`']);
  expect(changedParts('SIGTERM was sent.', '已发送信号。')).toEqual(['SIGTERM']);
  const titles = new Map([['Show Log', 'Protokoll anzeigen']]);
  expect(misnamed('See “Show Log”.', 'Siehe „Protokoll zeigen“.', titles)).toEqual(['Show Log']);
  // Near misses.
  expect(misnamed('See “Show Log”.', 'Siehe „Protokoll anzeigen“.', titles)).toEqual([]);
  expect(misnamed('Needs “process”.', 'Braucht „process“.', titles)).toEqual([]);
  expect([titleOf('$(law) Beenden …'), titleOf('… and more')]).toEqual(['Beenden', '… and more']);
  expect(leftOver('{0} min', '{0} min')).toEqual([]);
  expect(leftOver('{0}.', '{0}.')).toEqual([]);
  expect(leftOver('Run "git status".', 'Führen Sie „git status the file“ aus.')).toEqual([]);
  expect(leftOver('Show log', 'Log des Prozesses 4 anzeigen, in dem er war')).toEqual([]);
  expect(changedParts('{0} and {1}', '{1} und {0}')).toEqual([]);
  expect(changedParts('a `/regular expression/`', 'ein `/regulärer Ausdruck/`')).toEqual([]);
  expect(changedParts('{0} was killed', '{0} wurde mit SIGKILL beendet')).toEqual([]);
});
