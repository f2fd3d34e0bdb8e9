/** The README of a package: no relative link and no relative picture, whether the source is on the web or not. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { linksOf } from './markdown';
import { ROOT } from './source';

const { asPage, sourceOf, withLinks } = (await import(
  pathToFileURL(path.join(ROOT, '.ci/page.mjs')).href
)) as {
  asPage: (text: string, source?: string) => string;
  sourceOf: (manifest: { repository?: string | { url?: string } }) => string | undefined;
  withLinks: (manifest: object) => object;
};

const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
const relative = (text: string): string[] =>
  linksOf(text)
    .map(({ target }) => target)
    .filter((target) => !target.startsWith('#'));

describe('a page of the package', () => {
  it('names files instead of linking to them, and has no picture, while the source is nowhere on the web', () => {
    expect(relative(readme).length).toBeGreaterThan(10);
    const page = asPage(readme);
    expect(relative(page)).toEqual([]);
    expect(page).not.toContain('![');
    expect(page).toContain('Limits (`docs/limits.md`)');
    expect(asPage('See [SECURITY](SECURITY.md) and [why](docs/a.md#why).\n')).toBe(
      'See `SECURITY.md` and why (`docs/a.md`).\n',
    );
    expect(asPage('- one\n\n  ![two](three.png)\n\n- four\n')).toBe('- one\n\n- four\n');
  });

  it('links to the source once the manifest says where it is', () => {
    const source = 'https://github.com/owner/name';
    const page = asPage(readme, source);
    expect(relative(page)).toEqual([]);
    expect(page).toContain(`](${source}/raw/HEAD/media/screenshots/hero.gif)`);
    expect(page).toContain(`](${source}/raw/HEAD/media/screenshots/evidence-light.png)`);
    expect(page).toContain(`](${source}/blob/HEAD/docs/how-it-works.md#the-demo)`);
  });

  it('shows pictures that are there, light and dark', () => {
    const pictures = [...readme.matchAll(/media\/screenshots\/[\w-]+\.\w+/g)].map(([file]) => file);
    expect(pictures).toHaveLength(7);
    expect(pictures.filter((file) => !fs.existsSync(path.join(ROOT, file)))).toEqual([]);
    for (const page of [asPage(readme), asPage(readme, 'https://github.com/owner/name')]) {
      expect(page).not.toMatch(/<picture>|<img/);
    }
  });

  it('leaves alone what leads somewhere by itself', () => {
    const kept =
      '[a](https://example.org/b.md) [c](#d) [e](mailto:f@example.org) ![g](https://example.org/h.png)\n';
    expect(asPage(kept)).toBe(kept);
    expect(asPage(kept, 'https://github.com/owner/name')).toBe(kept);
  });

  it.each([
    [{}, undefined],
    [{ repository: 'https://github.com/owner/name' }, 'https://github.com/owner/name'],
    [{ repository: { url: 'git+https://github.com/owner/name.git' } }, 'https://github.com/owner/name'],
    [{ repository: 'github:owner/name' }, 'https://github.com/owner/name'],
    [{ repository: 'owner/name' }, 'https://github.com/owner/name'],
    [{ repository: 'gitlab:owner/name' }, undefined],
    [{ repository: { url: 'git@github.com:owner/name.git' } }, undefined],
  ])('takes from %j the address %s', (manifest, address) => {
    expect(sourceOf(manifest)).toBe(address);
  });

  it('finds the issues and the home page from the repository alone, unless the manifest names others', () => {
    const repository = 'https://github.com/owner/name';
    expect(withLinks({ repository })).toEqual({
      repository,
      homepage: `${repository}#readme`,
      bugs: { url: `${repository}/issues` },
    });
    expect(withLinks({ repository, homepage: 'https://example.org' })).toMatchObject({
      homepage: 'https://example.org',
    });
    expect(withLinks({ name: 'x' })).toEqual({ name: 'x' });
  });
});

describe('the marketplace entry', () => {
  const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
    keywords: string[];
    categories: string[];
  };
  const lock = JSON.parse(fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    version: string;
    packages: Record<string, { version?: string }>;
  };

  it('has one version, and the change log begins with it', () => {
    expect([lock.version, lock.packages['']?.version]).toEqual([manifest.version, manifest.version]);
    const [, first] = /^## (.*)$/m.exec(fs.readFileSync(path.join(ROOT, 'CHANGELOG.md'), 'utf8')) ?? [];
    expect(['Unreleased', manifest.version]).toContain(first);
  });

  it('has at most five keywords, two categories, and no badge', () => {
    expect(new Set(manifest.keywords).size).toBe(manifest.keywords.length);
    expect(manifest.keywords.length).toBeLessThanOrEqual(5);
    expect(manifest.categories.length).toBeLessThanOrEqual(2);
    expect(readme).not.toMatch(/shields\.io|badge/i);
  });
});
