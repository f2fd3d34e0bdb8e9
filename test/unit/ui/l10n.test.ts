import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { messagesIn } from './messages';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (name: string): Record<string, string> =>
  JSON.parse(readFileSync(`${root}/${name}`, 'utf8')) as Record<string, string>;
const messages = messagesIn(`${root}/src`);
const placeholders = (text: string): string[] => [...new Set(text.match(/\{\d+\}/g) ?? [])].sort();
const commandLinks = (text: string): string[] =>
  [...text.matchAll(/\]\((command:[\w.]+)\)/g)].map(([, link]) => link ?? '');

test('writes every message as a literal, so that it can be translated', () => {
  expect(messages.filter(({ text }) => text === undefined).map(({ place }) => place)).toEqual([]);
  expect(messages.length).toBeGreaterThan(200);
});

for (const bundle of readdirSync(`${root}/l10n`).filter((name) => name.endsWith('.json'))) {
  test(`${bundle} has every message, and none that nobody says`, () => {
    const translated = read(`l10n/${bundle}`);
    const said = new Map(messages.map(({ text, place }) => [text, place]));
    expect([...said].filter(([text]) => !(String(text) in translated))).toEqual([]);
    expect(Object.keys(translated).filter((text) => !said.has(text))).toEqual([]);
  });

  test(`${bundle} keeps every placeholder`, () => {
    const changed = Object.entries(read(`l10n/${bundle}`)).filter(
      ([text, translation]) => placeholders(text).join() !== placeholders(translation).join(),
    );
    expect(changed).toEqual([]);
  });
}

for (const manifest of readdirSync(root).filter((name) => /^package\.nls\.\w+\.json$/.test(name))) {
  test(`${manifest} has every text of the manifest, with the same links`, () => {
    const english = read('package.nls.json');
    const translated = read(manifest);
    expect(Object.keys(translated).sort()).toEqual(Object.keys(english).sort());
    for (const [key, text] of Object.entries(english)) {
      expect(commandLinks(translated[key] ?? ''), key).toEqual(commandLinks(text));
    }
  });
}
