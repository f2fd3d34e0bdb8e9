/** Bundles the harness's programs, so that they run as plain Node without a loader beside them. */
import { build } from 'esbuild';
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(here, '../../out/torture');

const names = ['removal', 'starter', 'wrongProcess', 'swapper', 'refusedStarts', 'daemon'] as const;
export type Program = (typeof names)[number];

export const programPath = (name: Program): string => join(out, `${name}.mjs`);

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
}
