/** What the release is made with, and what may see its tokens. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../../.github/workflows/', import.meta.url);
const workflows = readdirSync(folder).map((name) => ({
  name,
  lines: readFileSync(new URL(name, folder), 'utf8').split('\n'),
}));
const everyLine = workflows.flatMap(({ name, lines }) => lines.map((line) => `${name}: ${line.trim()}`));

/** The lines of the step that has line `index`: from its dash on. */
function stepOf(lines: readonly string[], index: number): string {
  const isStart = (line: string | undefined): boolean => /^ {6}- /.test(line ?? '');
  let from = index;
  while (from >= 0 && !isStart(lines[from])) from -= 1;
  let to = index + 1;
  while (to < lines.length && !isStart(lines[to]) && !/^ {0,4}\S/.test(lines[to] ?? '')) to += 1;
  return from < 0 ? '' : lines.slice(from, to).join('\n');
}

test('a token is seen by the one step that publishes with it', () => {
  const uses = workflows.flatMap(({ lines }) =>
    lines.flatMap((line, index) => (line.includes('secrets.') ? [{ line, step: stepOf(lines, index) }] : [])),
  );
  expect(uses).toHaveLength(2);
  for (const { line, step } of uses) {
    // Ten spaces: below `env:` of a step; a job's are less deep.
    expect(line).toMatch(/^ {10}(VSCE|OVSX)_PAT: /);
    expect(step).toMatch(/\.ci\/publish\/node_modules\/\.bin\/(vsce|ovsx) publish/);
  }
});

test('the job that publishes installs the tools that publish, by their lockfile, and nothing else', () => {
  const release = workflows.find(({ name }) => name === 'release.yml')?.lines ?? [];
  const job = release.slice(release.indexOf('  publish:')).join('\n');
  expect(job.match(/npm (?:ci|install)\b.*|npx .*/g)).toEqual(['npm ci --ignore-scripts']);
  expect(job).toMatch(/npm ci --ignore-scripts\n\s+working-directory: \.ci\/publish\n/);
  const { packages } = JSON.parse(
    readFileSync(new URL('../../.ci/publish/package-lock.json', import.meta.url), 'utf8'),
  ) as { packages: Record<string, { version?: string; integrity?: string; dependencies?: object }> };
  const installed = Object.entries(packages).filter(([place]) => place !== '');
  expect(installed.length).toBeGreaterThan(2);
  expect(installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([]);
  expect(packages['']?.dependencies).toEqual({
    '@vscode/vsce': packages['node_modules/@vscode/vsce']?.version,
    ovsx: packages['node_modules/ovsx']?.version,
  });
});

test('what builds or publishes is named by its digest or commit', () => {
  const images = everyLine.filter(
    (line) => !line.includes(': #') && /docker run|\bimage:|\bcontainer:/.test(line),
  );
  expect(images.length).toBeGreaterThan(0);
  expect(images.filter((line) => !/@sha256:[0-9a-f]{64}\b/.test(line))).toEqual([]);
  const actions = everyLine.filter((line) => /\buses: /.test(line));
  expect(actions.filter((line) => !/@[0-9a-f]{40} # v/.test(line))).toEqual([]);
});
