/** The source that is measured: this clone's, or another revision's beside it in the same run. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { runToEnd } from '../harness/processes';

export interface Revision {
  name: string;
  /** Of its source. */
  root: string;
}

const root = resolve(import.meta.dirname, '../..');
const HERE = '../../src/';

export const thisRevision: Revision = { name: 'measured', root };

/** Takes the source of `name` out of the repository, with this clone's modules and native builds. */
export function checkOut(name: string, folder: string): Revision {
  const into = join(folder, 'revision');
  mkdirSync(into, { recursive: true });
  const archive = execFileSync('git', ['archive', name], { cwd: root, maxBuffer: 1 << 30 });
  execFileSync('tar', ['-x', '-C', into], { input: archive });
  for (const shared of ['node_modules', 'prebuilds']) {
    if (existsSync(join(root, shared))) symlinkSync(join(root, shared), join(into, shared));
  }
  return { name, root: into };
}

/**
 * Bundles a bench program with that revision's source, the way the extension is bundled. A revision without a module
 * that the program asks for has its own program of that name measured: what both print is the same.
 */
export async function bundle(entry: string, folder: string, revision: Revision): Promise<string> {
  const outfile = join(folder, `${entry}-${revision.name}`.replace(/\W+/g, '-') + '.mjs');
  const own = join(revision.root, 'test/bench', entry);
  await bundleProgram(join(import.meta.dirname, entry), outfile, revision).catch(async (error: unknown) => {
    if (revision === thisRevision || !existsSync(own)) throw error;
    await bundleProgram(own, outfile, revision);
  });
  return outfile;
}

async function bundleProgram(program: string, outfile: string, revision: Revision): Promise<void> {
  await build({
    entryPoints: [program],
    outfile,
    bundle: true,
    minify: process.env['NOMINIFY'] === undefined,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['koffi'],
    banner: {
      js: "import{createRequire as benchRequire}from'node:module';const require=benchRequire(import.meta.url);",
    },
    plugins: [
      {
        name: 'source-of-a-revision',
        setup: (building) =>
          building.onResolve({ filter: /^\.\.\/\.\.\/src\// }, ({ path }) => ({
            path: `${join(revision.root, 'src', path.slice(HERE.length))}.ts`,
          })),
      },
    ],
    logLevel: revision === thisRevision ? 'warning' : 'silent',
  });
}

/** Runs a program of the revision's own. */
export async function runOf(revision: Revision, script: string, ...args: string[]): Promise<void> {
  const { code, output } = await runToEnd(process.execPath, [join(revision.root, script), ...args], {
    cwd: revision.root,
  });
  if (code !== 0) throw new Error(`${script} of ${revision.name} failed (exit ${code}):\n${output}`);
}
