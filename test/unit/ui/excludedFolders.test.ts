import { expect, test } from 'vitest';
import { excludedFolderNames } from '../../../src/ui/settings/excludedFolders';

test('takes the folder names that are excluded everywhere, each once', () => {
  expect(
    excludedFolderNames([
      { '**/.git': true, '**/node_modules': true, logs: true },
      { '**/node_modules/**': true },
    ]),
  ).toEqual(['.git', 'node_modules', 'logs']);
});

test('leaves out what is switched off, conditional or a pattern of its own', () => {
  expect(
    excludedFolderNames([
      { '**/a': false, '**/*.js': { when: '$(basename).ts' }, '**/b/c': true, '**/*.log': true },
    ]),
  ).toEqual([]);
});

test('makes nothing of values that are no object', () => {
  expect(excludedFolderNames([undefined, null, 'x'])).toEqual([]);
});
