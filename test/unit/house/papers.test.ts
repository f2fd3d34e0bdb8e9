/** What the README and the pages of docs/ say, held to what there is: files, links, settings, commands, presets. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ServiceState } from '../../../src/api';
import { PRESETS } from '../../../src/model/presets/index';
import { stateWord } from '../../../src/model/stateWord';
import { anchorsOf, calledIn, cellsOf, linksOf, namedIn, rowOf, spokenWords, tablesOf } from './markdown';
import { readTexts, ROOT, type SourceFile } from './source';

const read = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');
const exists = (file: string): boolean => fs.existsSync(path.join(ROOT, file));

const DOCS = fs
  .readdirSync(path.join(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const PAPERS = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'SUPPORT.md', ...DOCS];

interface Setting {
  default?: unknown;
  enum?: string[];
  items?: { anyOf?: { properties?: Record<string, unknown> }[] };
}
interface Manifest {
  contributes: {
    commands: { title: string }[];
    configuration: { properties: Record<string, Setting> }[];
  };
}
const { contributes } = JSON.parse(read('package.json')) as Manifest;
const words = JSON.parse(read('package.nls.json')) as Record<string, string>;
const settings = Object.entries(
  Object.assign({}, ...contributes.configuration.map(({ properties }) => properties)) as Record<
    string,
    Setting
  >,
);

describe('the README', () => {
  const readme = read('README.md');

  it('has at most 100 lines', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(100);
  });

  it('is read aloud in two minutes: at most 340 words', () => {
    expect(spokenWords(readme).length).toBeGreaterThan(200);
    expect(spokenWords(readme).length).toBeLessThanOrEqual(340);
    const page =
      '# A & B\n\n1. **One** [link words](docs/a b.md#c).\n\n   ```sh\n   not this\n   ```\n\n' +
      '![nor this](x.png)\n<picture><img alt="nor this" src="x"></picture>\n\n' +
      '| `a.b` | what |\n| ----- | ---- |\n| –     | 3 s  |\n';
    expect(spokenWords(page)).toEqual(['A', 'B', '1', 'One', 'link', 'words', 'a.b', 'what', '3', 's']);
  });

  it('gives the two commands that start it and that test it, the latter as the gate runs it', () => {
    expect(readme).toMatch(/^npm ci && npm start( |$)/m);
    expect(readme).toMatch(/^npm ci && npm test( |$)/m);
    expect(read('.ci/run').trimEnd().split('\n').at(-1)).toBe('npm ci && npm test');
  });

  it('shows a conflict before its first heading', () => {
    const [top = ''] = readme.split('\n## ');
    expect(linksOf(top).filter(({ isPicture }) => isPicture)).toHaveLength(1);
    expect(top).toMatch(/^!\[[^\]]*conflict[^\]]*\]\(/im);
  });

  it('leads to every page of docs/', () => {
    const led = linksOf(readme).map(({ file }) => file);
    expect(DOCS.filter((page) => !led.includes(page))).toEqual([]);
  });

  it('says a state exactly once for each that a service can have, in the word of its row', () => {
    const [states] = tablesOf(readme).filter(([head]) => cellsOf(head ?? '')[0] === 'state');
    const union = /export type ServiceState =([^;]+);/.exec(read('src/api.ts'))?.[1] ?? '';
    const known = [...union.matchAll(/'(\w+)'/g)].map(
      ([, state]) => `**${stateWord(state as ServiceState)}**`,
    );
    expect(known.length).toBeGreaterThan(3);
    expect(
      states
        ?.slice(2)
        .map((row) => cellsOf(row)[0] ?? '')
        .sort(),
    ).toEqual(known.sort());
  });
});

describe.each(PAPERS)('%s', (paper) => {
  const text = read(paper);

  it('begins with one title', () => {
    expect(text).toMatch(/^# \S/);
    expect(text.replace(/^```[\s\S]*?^```/gm, '').match(/^# /gm)).toHaveLength(1);
  });

  it('leads only to files, headings and pictures that exist', () => {
    const dead = linksOf(text).filter(({ file, anchor }) => {
      const at = file === '' ? paper : path.posix.join(path.posix.dirname(paper), file);
      if (!exists(at)) return true;
      return anchor !== undefined && !anchorsOf(read(at)).includes(anchor);
    });
    expect(dead.map(({ target }) => target)).toEqual([]);
  });
});

describe('the settings', () => {
  const reference = read('docs/reference.md');
  const settingsIn = (text: string): string[] =>
    tablesOf(text)
      .filter(([head]) => cellsOf(head ?? '')[0] === 'setting')
      .flatMap((rows) => rows.slice(2).map((row) => cellsOf(row)[0] ?? ''));

  it('stand in the table of the reference, each once, with defaults and choices', () => {
    expect(settings.length).toBeGreaterThan(3);
    for (const [name, { default: value, enum: choices }] of settings) {
      const [, inTable, meaning = ''] = rowOf(reference, `\`${name}\``) ?? [];
      const shown = typeof value === 'boolean' ? (value ? 'on' : 'off') : JSON.stringify(value);
      expect.soft(inTable?.replace(/[`"]| ms$/g, ''), name).toBe(shown.replaceAll('"', ''));
      for (const choice of choices ?? []) expect.soft(meaning, name).toContain(`\`${choice}\``);
    }
    expect(settingsIn(reference).sort()).toEqual(settings.map(([name]) => `\`${name}\``).sort());
  });

  it('that the README names exist, and its table leads to the others', () => {
    const named = settingsIn(read('README.md'));
    expect(named.slice(0, -1)).toContain('`instanceMonitor.services`');
    const known = settings.map(([name]) => `\`${name}\``);
    expect(named.filter((name) => !known.includes(name))).toEqual(['…']);
    expect(rowOf(read('README.md'), '…')?.[1]).toMatch(/\(docs\/reference\.md#settings\)/);
  });

  it('have each key of a service in the reference', () => {
    const services = settings.find(([name]) => name === 'instanceMonitor.services')?.[1];
    const keys = services?.items?.anyOf?.flatMap(({ properties }) => Object.keys(properties ?? {})) ?? [];
    expect(keys.length).toBeGreaterThan(5);
    const written = tablesOf(reference)
      .filter(([head]) => cellsOf(head ?? '')[0] === 'key')
      .flatMap((rows) => rows.slice(2).flatMap((row) => (cellsOf(row)[0] ?? '').split(', ')));
    expect(written.sort()).toEqual(keys.map((key) => `\`${key}\``).sort());
  });

  it('have each command in the reference, and no other', () => {
    const titles = contributes.commands.map(({ title }) =>
      (words[title.replaceAll('%', '')] ?? title).replace(/…$/, ''),
    );
    expect(titles.length).toBeGreaterThan(20);
    const written = tablesOf(reference)
      .filter(([head]) => cellsOf(head ?? '')[0] === 'command')
      .flatMap((rows) => rows.slice(2).flatMap((row) => (cellsOf(row)[0] ?? '').split(', ')));
    expect(written.sort()).toEqual(titles.sort());
  });
});

describe('what is called by its name in the window', () => {
  const bare = (title: string): string => title.replace(/^\$\([\w-]+\) |^Instance Monitor: |…$/g, '');
  const sentences = JSON.parse(read('l10n/bundle.l10n.de.json')) as Record<string, string>;
  const called = new Set(['Instance Monitor', ...Object.values(words), ...Object.keys(sentences)].map(bare));
  /** Emphasis, and no name. */
  const NO_NAMES = new Set(['C', 'S', 'H', 'Sie', 'Untested', 'Proven', 'Plausible', 'Guessed']);

  it.each(PAPERS)('is called so in %s', (paper) => {
    const names = calledIn(read(paper)).filter((name) => !NO_NAMES.has(name));
    expect(names.filter((name) => !called.has(bare(name)))).toEqual([]);
  });

  it('is found wherever a paper puts it', () => {
    expect(PAPERS.flatMap((paper) => calledIn(read(paper))).length).toBeGreaterThan(60);
    expect(called.has(bare('Instance Monitor: Watch a Lock File…'))).toBe(true);
    expect(called.has(bare('Watch a Lockfile'))).toBe(false);
    expect(calledIn('Run _Show Log_, **_Undo_**; `_No_`, _not this_, a_Name_b.')).toEqual([
      'Show Log',
      'Undo',
    ]);
  });
});

it('docs/presets.md has a row for each preset, in their order, and no other', () => {
  const [table = []] = tablesOf(read('docs/presets.md')).filter(
    ([head]) => cellsOf(head ?? '')[0] === 'tool',
  );
  const wanted = PRESETS.map(({ id, tool, files: [first, ...more] }) => [
    tool,
    `\`${id}\``,
    `\`${first?.path ?? ''}\`${more.length > 0 ? ' …' : ''}`,
  ]);
  expect(table.slice(2).map(cellsOf)).toEqual(wanted);
});

describe('what is named of the source', () => {
  const source = readTexts('src');
  const all = [...source, ...readTexts('test')];
  const places = all.map(({ file }) => file);
  const isPlace = (name: string): boolean => {
    const file = name.replace(/\/$/, '');
    if (!file.includes('*')) return exists(file);
    const pattern = new RegExp(`^${file.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
    return places.some((place) => pattern.test(place));
  };

  it('exists, in docs/architecture.md', () => {
    const named = namedIn(read('docs/architecture.md'));
    const files = named.filter(({ name }) => /\.ts$|\//.test(name));
    expect(files.length).toBeGreaterThan(50);
    // From the root, from src/, from the folder that the list is about, or beside a file named before it in its line.
    const missing = files.filter(
      ({ name, folder, before }) =>
        !['', 'src/', folder, ...before].some((start) => isPlace(`${start}${name}`)),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
    const identifiers = named.map(({ name }) => name).filter((name) => /^[A-Za-z]+(\.[a-z]+)?$/.test(name));
    expect(identifiers.length).toBeGreaterThan(2);
    expect(identifiers.filter((name) => !isCode(name, source))).toEqual([]);
  });

  it('exists, in CONTRIBUTING.md', () => {
    const named = namedIn(read('CONTRIBUTING.md')).map(({ name }) => name);
    const files = named.filter((name) => /^(?:src|test|docs|l10n|\.ci)\/[^<>]+$/.test(name));
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((name) => !isPlace(name))).toEqual([]);
    // The folder of these stands earlier in the sentence.
    const bare = named.filter((name) => /^[\w.]+\.ts$/.test(name));
    expect(bare.length).toBeGreaterThan(5);
    expect(bare.filter((name) => !places.some((place) => place.endsWith(`/${name}`)))).toEqual([]);
    const identifiers = named.filter((name) => /^[A-Z][A-Za-z_]+$/.test(name));
    expect(identifiers.length).toBeGreaterThan(4);
    expect(identifiers.filter((name) => !isCode(name, all))).toEqual([]);
  });

  function isCode(name: string, among: readonly Pick<SourceFile, 'text'>[]): boolean {
    return name
      .split('.')
      .map((part) => new RegExp(`\\b${part}\\b`))
      .every((part) => among.some(({ text }) => part.test(text)));
  }
});
