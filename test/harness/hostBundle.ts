import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { projectRoot, testOutDir } from './paths';

/**
 * Bundles `test/vscode/suite/*.test.ts` with their runner into one CommonJS module that exports `run()`, in a folder of
 * its own under the clone (so that it finds mocha in node_modules). Returns its path; the caller removes its folder.
 */
export async function bundleHostSuites(): Promise<string> {
  const tests = path.join(projectRoot, 'test', 'vscode');
  const suites = readdirSync(path.join(tests, 'suite')).filter((name) => name.endsWith('.test.ts'));
  if (suites.length === 0) throw new Error('no suite in test/vscode/suite');
  const loaders = suites.map(
    (name) => `${JSON.stringify(name)}: () => require(${JSON.stringify(`./suite/${name}`)}),`,
  );
  return bundleForHost(
    `import { runner } from '../vscode/runner';\nexport const run = runner({\n${loaders.join('\n')}\n});\n`,
    tests,
  );
}

/** The same for any module that exports `run()`; absolute path. */
export async function bundleHostModule(file: string): Promise<string> {
  return bundleForHost(`export { run } from ${JSON.stringify(file)};\n`, path.dirname(file));
}

async function bundleForHost(contents: string, resolveDir: string): Promise<string> {
  const file = path.join(newFolder(), 'host.cjs');
  await build({
    stdin: { contents, resolveDir, sourcefile: 'host.ts', loader: 'ts' },
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  return file;
}

/**
 * A module beside the bundle that sets environment variables for it and then is it: the only way to hand something to
 * an extension host that is already running.
 */
export function withEnvironment(bundle: string, env: Readonly<Record<string, string>>): string {
  const file = path.join(path.dirname(bundle), `entry-${Object.keys(env).length}-${process.pid}.cjs`);
  writeFileSync(
    file,
    `'use strict';\nObject.assign(process.env, ${JSON.stringify(env)});\nmodule.exports = require(${JSON.stringify(bundle)});\n`,
  );
  return file;
}

function newFolder(): string {
  const folder = path.join(testOutDir, `host-${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
