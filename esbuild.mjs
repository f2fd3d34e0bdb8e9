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

/** What VS Code waits for, a file for each turn: whatever they have in common with others they have twice, and read those later. */
const FIRST = { extension: 'src/extension.ts', start: 'src/ui/start.ts' };

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
 * Requires files in their order, in turns of the loop that do nothing else: a part and what it shares take ms together, and
 * what is done with it takes its own.
 */
const LOAD_IN_TURNS = `const loadInTurns = async (files) => {
  let loaded, until = -Infinity;
  for (const file of files) {
    if (performance.now() > until) {
      await new Promise((resolve) => setImmediate(resolve));
      until = performance.now() + 0.4;
    }
    loaded = require(file);
  }
  if (performance.now() > until) await new Promise((resolve) => setImmediate(resolve));
  return loaded;
};`;

/**
 * What each part and each file that parts share imports, by the file's name.
 * @type {Map<string, string[]>}
 */
const imported = new Map();

/**
 * Returns a file and all that is loaded with it, what is needed first.
 * @param {string} file
 * @returns {Set<string>}
 */
function withNeeded(file, found = new Set(), met = new Set()) {
  if (!met.has(file)) {
    met.add(file);
    for (const needed of imported.get(file) ?? []) withNeeded(needed, found, met);
    found.add(file);
  }
  return found;
}

/**
 * Loads each part that is read later in turns of the loop.
 * @param {string} text
 */
function loadingInTurns(text) {
  /** @type {Map<string, string>} */
  const lists = new Map();
  const later = text.replace(/\bimport\("\.\/([\w-]+\.js)"\)/g, (_, file) => {
    const files = JSON.stringify([...withNeeded(file)].map((name) => `./${name}`));
    if (!lists.has(files)) lists.set(files, `neededFor${lists.size}`);
    return `loadInTurns(${lists.get(files)})`;
  });
  if (lists.size === 0) return text;
  return [LOAD_IN_TURNS, ...[...lists].map(([files, name]) => `const ${name} = ${files};`), later].join('\n');
}

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
  const { code } = await transform(loadingInTurns(required), {
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
      imported.clear();
      for (const [name, { imports }] of Object.entries(metafile.outputs)) {
        const needed = imports.filter(
          ({ kind, external }) => kind === 'import-statement' && external !== true,
        );
        imported.set(
          parse(name).base,
          needed.map(({ path }) => parse(path).base),
        );
      }
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
 * Leaves out what the first files read later: those are parts of their own.
 * @type {import('esbuild').Plugin}
 */
const leaveLaterPartsOut = {
  name: 'leave-later-parts-out',
  setup({ onResolve, onEnd }) {
    onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const file = relative('.', `${resolve(resolveDir, path)}.ts`);
      const [name] = Object.entries({ ...FIRST, ...parts }).find(([, entry]) => entry === file) ?? [];
      return name === undefined
        ? { errors: [{ text: `${file} is read later, and has no name in esbuild.mjs` }] }
        : { path: `./${name}.js`, external: true };
    });
    onEnd(async ({ outputFiles = [] }) => {
      for (const { path, text } of outputFiles) {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, await toCommonJs(text));
      }
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

/**
 * Cut out of the parts that import them, so that the main thread compiles no large file in one turn: V8 takes about 0.1 ms
 * for each kB. Each costs about 2 kB more, for what it shares with the others.
 */
const pieces = {
  asking: 'src/ui/links/ask.ts',
  heldLocks: 'src/ui/views/heldLocksView.ts',
  terminating: 'src/ui/commands/terminateCommands.ts',
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
const first = { ...common, entryPoints: FIRST, plugins: [leaveLaterPartsOut] };

/** @type {import('esbuild').BuildOptions} */
const rest = {
  ...common,
  entryPoints: { ...parts, ...pieces },
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
  for (const options of [rest, first]) {
    const watcher = await context(options);
    await watcher.watch();
  }
} else {
  const { metafile: ofRest } = await build(rest);
  const { metafile: ofFirst } = await build(first); // it names what the others need
  if (process.argv.includes('--metafile')) {
    const outputs = { ...ofFirst.outputs, ...ofRest.outputs };
    await writeFile(`${outdir}/meta.json`, JSON.stringify({ outputs }));
  }
}
