/** Bundles the harness's programs, so that they run as plain Node without a loader beside them. */
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const out = join(root, 'out/torture');

const names = ['removal', 'starter', 'wrongProcess', 'swapper', 'refusedStarts', 'daemon'] as const;
export type Program = (typeof names)[number] | 'native';

export const programPath = (name: Program): string =>
  name === 'native' ? join(out, 'dist', 'native.js') : join(out, `${name}.mjs`);

export async function buildPrograms(): Promise<void> {
  mkdirSync(out, { recursive: true });
  await build({
    entryPoints: names.map((name) => join(here, `${name}.ts`)),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  // The native helper as it ships, with this checkout's binaries where it looks for them.
  execFileSync(process.execPath, ['esbuild.mjs', `--outdir=${join(out, 'dist')}`], { cwd: root });
  rmSync(join(out, 'prebuilds'), { force: true });
  symlinkSync(join(root, 'prebuilds'), join(out, 'prebuilds'), 'dir');
}
