/**
 * Bundles the extension: `dist/extension.js` (main thread), `dist/observer.js` (worker thread) and `dist/regex.js`,
 * the linear-time regular-expression engine, read only when a setting uses a /regex/.
 * `--watch` rebuilds on change, `--dev` keeps names and source maps, `--metafile` writes dist/meta.json, `--outdir=` is
 * another folder than dist, `--for=linux` (darwin, win32) leaves out what only other systems need.
 */
import { cp, rm, writeFile } from 'node:fs/promises';
import { build, context } from 'esbuild';

/** @param {string} name */
const option = (name) => process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const outdir = option('outdir') ?? 'dist';
const system = option('for');
const dev = process.argv.includes('--dev') || process.argv.includes('--watch');

/** @type {import('esbuild').BuildOptions} */
const options = {
  entryPoints: { extension: 'src/extension.ts', observer: 'src/observer.ts', regex: 'src/os/regex.ts' },
  outdir,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode', './regex.js'],
  minify: !dev,
  keepNames: false,
  sourcemap: dev ? 'linked' : false,
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
  metafile: true,
  // ps-list is ESM and asks for import.meta.url when it loads.
  define: {
    'import.meta.url': 'importMetaUrl',
    ...(system === undefined ? {} : { 'process.platform': JSON.stringify(system) }),
  },
  banner: { js: "'use strict';const importMetaUrl=require('node:url').pathToFileURL(__filename).href;" },
};

await rm(outdir, { recursive: true, force: true });
if (process.platform === 'win32') {
  // ps-list runs its own executable, which it looks for beside the code.
  await cp('node_modules/ps-list/vendor', `${outdir}/vendor`, { recursive: true });
}
if (process.argv.includes('--watch')) {
  const watcher = await context(options);
  await watcher.watch();
} else {
  const result = await build(options);
  if (process.argv.includes('--metafile')) {
    await writeFile(`${outdir}/meta.json`, JSON.stringify(result.metafile));
  }
}
