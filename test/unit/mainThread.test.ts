import * as path from 'node:path';
import { build, type Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/**
 * All that the extension host's main thread may use of Node. Nothing that opens, stats, lists or watches a file, and
 * nothing that starts a program: a file system that does not answer would stop every extension.
 */
const ALLOWED = new Set([
  'vscode',
  'node:os',
  'node:path',
  'node:url',
  'node:util',
  // A worker of ours, and a bundle of ours.
  'node:worker_threads',
  'node:module',
]);
/** The texts of this very extension, read asynchronously. */
const EXCEPTIONS = new Set(['src/ui/session.ts: node:fs/promises']);

describe('what the main thread of the extension host runs', () => {
  let inputs: Metafile['inputs'];
  const inputsOf = async (entry: string): Promise<Metafile['inputs']> => {
    const { metafile } = await build({
      entryPoints: [path.join(root, entry)],
      absWorkingDir: root,
      bundle: true,
      platform: 'node',
      format: 'esm',
      splitting: true,
      outdir: path.join(root, 'out'),
      external: ['vscode'],
      metafile: true,
      write: false,
      logLevel: 'silent',
    });
    return metafile.inputs;
  };
  beforeAll(async () => {
    inputs = await inputsOf('src/extension.ts');
  });

  const ours = (): [string, Metafile['inputs'][string]][] =>
    Object.entries(inputs).filter(([file]) => file.startsWith('src/'));

  it('is found through every import, also those on demand', () => {
    const files = ours().map(([file]) => file);
    expect(files).toEqual(
      expect.arrayContaining(['src/extension.ts', 'src/monitor/client.ts', 'src/ui/commands/handlers.ts']),
    );
  });

  it('loads nothing in the turn in which VS Code activates it, not even the API', () => {
    const loaded = inputs['src/extension.ts']?.imports.filter(({ kind }) => kind === 'import-statement');
    expect(loaded).toEqual([]);
  });

  it('is waited for by VS Code only as far as names go', () => {
    const waitedFor = new Set(['src/extension.ts', 'src/ui/start.ts']);
    for (const file of waitedFor) {
      for (const { path: next, kind, external } of inputs[file]?.imports ?? []) {
        if (kind === 'import-statement' && external !== true) waitedFor.add(next);
      }
    }
    expect([...waitedFor].sort()).toEqual([
      'src/common/errors.ts',
      'src/contributions.ts',
      'src/extension.ts',
      'src/monitor/emitter.ts',
      'src/ui/languageModelTool.ts',
      'src/ui/links/waitTask.ts',
      'src/ui/names.ts',
      'src/ui/start.ts',
      'src/ui/text/words/sanitize.ts',
    ]);
  });

  it('has nothing that calls native code, nor has the thread that observes', async () => {
    const callsIt = (files: Metafile['inputs']): string[] =>
      Object.keys(files).filter((file) => /\/koffi|\/native\/\w+\/(?!calls|layouts)/.test(file));
    expect(callsIt(await inputsOf('src/native.ts'))).toContain('src/os/native/koffi.ts');
    expect(callsIt(inputs)).toEqual([]);
    expect(callsIt(await inputsOf('src/observer.ts'))).toEqual([]);
  });

  it('touches no file system and starts no program', () => {
    const used = ours().flatMap(([file, { imports }]) =>
      imports
        .filter(({ external, path: name }) => external === true && !ALLOWED.has(name))
        .map(({ path: name }) => `${file}: ${name}`),
    );
    expect(used.filter((use) => !EXCEPTIONS.has(use))).toEqual([]);
  });
});
