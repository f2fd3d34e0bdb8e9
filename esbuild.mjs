/**
 * Bundles the extension: `dist/extension.js` (main thread), `dist/observer.js` (worker thread), `dist/probe.js`,
 * `dist/apart.js` and `dist/native.js` (processes of their own), and beside them what they share and what is read only when it is needed.
 * `--watch` rebuilds on change, `--dev` keeps names and source maps, `--metafile` writes dist/meta.json, `--outdir=` is
 * another folder than dist, `--for=linux` (darwin, win32) leaves out what only other systems need.
 */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, parse, relative, resolve } from 'node:path';
import { build, context, transform } from 'esbuild';

/** @param {string} name */
const option = (name) => process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const outdir = option('outdir') ?? 'dist';
const system = option('for');
const dev = process.argv.includes('--dev') || process.argv.includes('--watch');

/** What VS Code waits for is one file: whatever it has in common with others it has twice, and it reads them later. */
const FIRST = 'src/extension.ts';

/** What VS Code, the extension or a setting names; everything else is imported by one of them. */
const STARTS = new Set([
  'apart',
  'native',
  'observer',
  'probe',
  'regex',
  'session',
  'onDemand',
  'toolAnswer',
]);

/**
 * esbuild splits ECMAScript modules only, and extension hosts have loaded CommonJS longest: each part is turned into
 * CommonJS once it is cut. What the host provides is required plainly, and once: `import *` would make a copy of its
 * namespace for each file that says so, and twenty copies of `vscode` took longer than all the rest of loading.
 * @param {string} text
 */
async function toCommonJs(text) {
  /** @type {Map<string, string>} */
  const known = new Map();
  const required = text.replace(
    /^import \* as ([\w$]+) from ("vscode"|"node:[\w/]+");$/gm,
    (_, name, module) => {
      const first = known.get(module);
      if (first === undefined) known.set(module, name);
      return `const ${name} = ${first ?? `require(${module})`};`;
    },
  );
  const { code } = await transform(required, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    supported: { 'dynamic-import': false },
    minify: !dev,
    sourcemap: dev ? 'inline' : false,
    legalComments: 'none',
    charset: 'utf8',
    ...(text.includes('import.meta.url')
      ? {
          define: { 'import.meta.url': 'importMetaUrl' },
          banner: 'const importMetaUrl=require("node:url").pathToFileURL(__filename).href;',
        }
      : {}),
  });
  return code;
}

/**
 * The outputs that are reached from a start: esbuild also makes those that only another system's code would import.
 * @param {import('esbuild').Metafile} metafile
 */
function reached({ outputs }) {
  const names = new Set(Object.keys(outputs).filter((name) => STARTS.has(parse(name).name)));
  for (const name of names) {
    for (const { path, external } of outputs[name].imports) if (external !== true) names.add(path);
  }
  return Object.fromEntries([...names].map((name) => [name, outputs[name]]));
}

/** @type {import('esbuild').Plugin} */
const writeCommonJs = {
  name: 'write-common-js',
  setup({ onEnd }) {
    onEnd(async ({ outputFiles = [], metafile }) => {
      if (metafile === undefined) return; // it failed, and esbuild has said why
      metafile.outputs = reached(metafile);
      for (const name of Object.keys(metafile.outputs)) {
        const file = resolve(name);
        const text = outputFiles.find(({ path }) => path === file)?.text ?? '';
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, await toCommonJs(text));
      }
    });
  },
};

/**
 * Leaves out what the first file reads later: those are parts of their own.
 * @type {import('esbuild').Plugin}
 */
const leaveLaterPartsOut = {
  name: 'leave-later-parts-out',
  setup({ onResolve, onEnd }) {
    onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const file = relative('.', `${resolve(resolveDir, path)}.ts`);
      const [name] = Object.entries(parts).find(([, entry]) => entry === file) ?? [];
      return name === undefined
        ? { errors: [{ text: `${file} is read later, and has no name in esbuild.mjs` }] }
        : { path: `./${name}.js`, external: true };
    });
    onEnd(async ({ outputFiles: [output] = [] }) => {
      if (output === undefined) return;
      await mkdir(dirname(output.path), { recursive: true });
      await writeFile(output.path, await toCommonJs(output.text));
    });
  },
};

/** By the name of their file; all but the starts are read when they are needed. */
const parts = {
  observer: 'src/observer.ts',
  apart: 'src/apart.ts',
  native: 'src/native.ts',
  probe: 'src/probe.ts',
  session: 'src/ui/session.ts',
  ui: 'src/ui/index.ts',
  observing: 'src/monitor/observing.ts',
  actions: 'src/actions/index.ts',
  globs: 'tinyglobby',
  onDemand: 'src/ui/onDemand.ts',
  pages: 'src/ui/documents/pages.ts',
  processes: 'ps-list',
  regex: 'src/os/regex.ts',
  toolAnswer: 'src/ui/languageModelAnswer.ts',
};

/** @type {import('esbuild').BuildOptions} */
const common = {
  outdir,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: ['vscode'],
  minifyIdentifiers: !dev,
  minifySyntax: !dev,
  sourcemap: dev ? 'inline' : false,
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
  metafile: true,
  write: false,
  ...(system === undefined ? {} : { define: { 'process.platform': JSON.stringify(system) } }),
};

/** @type {import('esbuild').BuildOptions} */
const first = { ...common, entryPoints: { extension: FIRST }, plugins: [leaveLaterPartsOut] };

/** @type {import('esbuild').BuildOptions} */
const rest = {
  ...common,
  entryPoints: parts,
  chunkNames: 'shared-[hash]',
  splitting: true,
  plugins: [writeCommonJs],
};

await rm(outdir, { recursive: true, force: true });
if (process.platform === 'win32') {
  // ps-list runs its own executable, which it looks for beside the code.
  await cp('node_modules/ps-list/vendor', `${outdir}/vendor`, { recursive: true });
}
if (process.argv.includes('--watch')) {
  for (const options of [first, rest]) {
    const watcher = await context(options);
    await watcher.watch();
  }
} else {
  const [{ metafile: ofFirst }, { metafile: ofRest }] = await Promise.all([build(first), build(rest)]);
  if (process.argv.includes('--metafile')) {
    const outputs = { ...ofFirst.outputs, ...ofRest.outputs };
    await writeFile(`${outdir}/meta.json`, JSON.stringify({ outputs }));
  }
}
