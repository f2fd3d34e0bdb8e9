/**
 * Packages the extension: `out/vsix/instance-monitor-<version>[-<target>].vsix`.
 *
 *   node .ci/package.mjs                  for this machine
 *   node .ci/package.mjs --target=T …     for those targets; `universal` carries nothing native
 *   node .ci/package.mjs --all            for every target, and universal
 *   … [--out-dir=DIR] [--require-native]
 *
 * Two runs from one commit give the same bytes: every file has the time of the last commit, fixed modes and order.
 * What goes in is the list in .vscodeignore, less what is not for the target; the manifest loses what only developers use.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { globSync } from 'tinyglobby';
import { koffiFor, koffiIn } from './koffi.mjs';
import { electrons, nodes, targets, thisTarget } from './node-abis.mjs';
import { asPage, sourceOf, withLinks } from './page.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

const { values: options } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    all: { type: 'boolean', default: false },
    'out-dir': { type: 'string', default: path.join(root, 'out', 'vsix') },
    'require-native': { type: 'boolean', default: false },
  },
});
const outDir = path.resolve(options['out-dir']);
const wanted = options.all ? [...targets, 'universal'] : (options.target ?? [thisTarget()]);
for (const target of wanted) {
  if (target !== 'universal' && !targets.includes(target)) {
    throw new Error(`unknown target ${target}: ${targets.join(', ')}`);
  }
}

/** Shown by themselves, outside the source. */
const PAGES = ['README.md', 'CHANGELOG.md', 'SUPPORT.md'];

/** Only while developing; the host reads none of it. */
const developersOnly = [
  'private',
  'scripts',
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'allowScripts',
];

/** s since the epoch of the last commit, or what the caller says: https://reproducible-builds.org/specs/source-date-epoch/ */
function sourceDate() {
  if (process.env.SOURCE_DATE_EPOCH) return process.env.SOURCE_DATE_EPOCH;
  const said = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' });
  // Without git: the earliest time a zip archive can hold.
  return said.status === 0 && said.stdout.trim() !== '' ? said.stdout.trim() : '315532800';
}

/** zip times are local times, and vsce sorts by the locale's order. */
const environment = { ...process.env, SOURCE_DATE_EPOCH: sourceDate(), TZ: 'UTC', LC_ALL: 'C' };

function run(args) {
  const ran = spawnSync(process.execPath, args, { cwd: root, env: environment, encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`node ${args.join(' ')}:\n${ran.stdout}${ran.stderr}`);
}

/** How the files of one target differ from those of another. */
function belongs(file, target) {
  const [top, folder] = file.split('/');
  // koffi's binary is put in by itself, for targets that nothing was built for as well.
  if (top === 'prebuilds') return folder === target && file !== koffiIn(target);
  return true;
}

/** Alpine is a Linux to Node. */
function builtFor(target) {
  const [system] = target.replace('alpine', 'linux').split('-');
  return system === 'universal' ? [] : [`--for=${system}`];
}

/** ps-list runs this beside the bundle on Windows; it has none for arm64. */
function vendored(target) {
  return target === 'win32-x64' ? ['fastlist-0.3.0-x64.exe'] : [];
}

/** The licences of everything that is bundled, compiled or copied in: they ask to go along. */
function notices(metafile, target, hasKoffi) {
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  // A package may have brought its own copy of another along.
  const bundled = files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const hasFsExt = expectedAbis(target).some((abi) =>
    existsSync(path.join(root, 'prebuilds', target, `abi-${abi}.node`)),
  );
  const native = [...(hasFsExt ? ['fs-ext', 'nan'] : []), ...(hasKoffi ? ['koffi'] : [])];
  const folders = [...bundled, ...native.map((name) => `node_modules/${name}`)];
  return [...new Set(folders)].map(notice).sort().join('\n\n');
}

function notice(place) {
  const folder = path.join(root, place);
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? `License: ${license}` : readFileSync(path.join(folder, file), 'utf8');
  return `${name} ${version}\n${'-'.repeat(60)}\n${text.replaceAll('\r\n', '\n').trim()}\n`;
}

function put(file, content) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, 0o644);
}

function pack(target, files, manifest) {
  const stage = path.join(outDir, `.stage-${target}-${process.pid}`);
  rmSync(stage, { recursive: true, force: true });
  try {
    for (const file of files) {
      if (!belongs(file, target)) continue;
      const content = readFileSync(path.join(root, file));
      put(
        path.join(stage, file),
        PAGES.includes(file) ? asPage(content.toString('utf8'), sourceOf(manifest)) : content,
      );
    }
    run(['esbuild.mjs', `--outdir=${path.join(stage, 'dist')}`, '--metafile', ...builtFor(target)]);
    const koffi = target === 'universal' ? undefined : koffiOf(target);
    if (koffi !== undefined) put(path.join(stage, koffiIn(target)), koffi);
    const meta = path.join(stage, 'dist', 'meta.json');
    put(
      path.join(stage, 'THIRD-PARTY-NOTICES.txt'),
      notices(JSON.parse(readFileSync(meta, 'utf8')), target, koffi !== undefined),
    );
    rmSync(meta);
    rmSync(path.join(stage, 'dist', 'vendor'), { recursive: true, force: true });
    for (const exe of vendored(target)) {
      put(
        path.join(stage, 'dist', 'vendor', exe),
        readFileSync(path.join(path.dirname(require.resolve('ps-list')), 'vendor', exe)),
      );
    }
    put(path.join(stage, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);

    // Made by esbuild under this person's umask.
    for (const file of readdirSync(path.join(stage, 'dist'))) {
      if (file.endsWith('.js')) chmodSync(path.join(stage, 'dist', file), 0o644);
    }

    const suffix = target === 'universal' ? '' : `-${target}`;
    const vsix = path.join(outDir, `${manifest.name}-${manifest.version}${suffix}.vsix`);
    const made = `${vsix}.${process.pid}`;
    const flags = [
      '--no-dependencies',
      '--allow-missing-repository',
      '--no-rewrite-relative-links',
      '--out',
      made,
    ];
    const cli = path.join(path.dirname(require.resolve('@vscode/vsce/package.json')), 'vsce');
    const packed = spawnSync(
      process.execPath,
      [cli, 'package', ...flags, ...(target === 'universal' ? [] : ['--target', target])],
      { cwd: stage, env: environment, encoding: 'utf8' },
    );
    if (packed.status !== 0) throw new Error(`vsce package for ${target}:\n${packed.stdout}${packed.stderr}`);
    copyFileSync(made, vsix);
    rmSync(made);
    report(stage, vsix, target);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

function koffiOf(target) {
  return koffiFor(target, (why) => {
    const hint = `no koffi in it, and so no native helper: ${why}`;
    if (options['require-native']) throw new Error(`${target}: ${hint}`);
    console.log(`${target}: ${hint}`);
  });
}

function report(stage, vsix, target) {
  const sizes = readdirSync(stage, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(stage, file).split(path.sep).join('/'), statSync(file).size];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const bundle = sizes
    .filter(([file]) => /^dist\/[^/]+\.js$/.test(file))
    .reduce((sum, [, size]) => sum + size, 0);
  console.log(
    `${path.relative(root, vsix)}: ${statSync(vsix).size} bytes; bundle ${bundle} bytes without native parts`,
  );
  for (const [file, size] of sizes) console.log(`  ${String(size).padStart(8)}  ${file}`);
  const missing = expectedAbis(target).filter(
    (abi) => !sizes.some(([file]) => file.endsWith(`/abi-${abi}.node`)),
  );
  if (missing.length > 0) {
    const hint = `without fs-ext for module versions ${missing.join(', ')}: there the native helper probes`;
    if (options['require-native']) throw new Error(`${target}: ${hint}`);
    console.log(`  ${hint}`);
  }
}

/** Extension hosts that may run on the target: no desktop VS Code on Alpine, and no probe on Windows. */
function expectedAbis(target) {
  if (target === 'universal' || target.startsWith('win32')) return [];
  const hosts = target.startsWith('alpine') ? nodes : [...nodes, ...electrons];
  return hosts.map(({ abi }) => abi);
}

mkdirSync(outDir, { recursive: true });
const source = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const manifest = withLinks(
  Object.fromEntries(Object.entries(source).filter(([key]) => !developersOnly.includes(key))),
);
const [first, ...allowed] = readFileSync(path.join(root, '.vscodeignore'), 'utf8').trim().split('\n');
if (first !== '**' || !allowed.every((line) => line.startsWith('!'))) {
  throw new Error('.vscodeignore must deny all, then allow');
}
// vsce itself would walk through all of node_modules and the test cache first.
const files = globSync(
  allowed.map((line) => line.slice(1)),
  { cwd: root, dot: true },
)
  // The bundle is built fresh for each package, and this package's manifest is written.
  .filter((file) => !file.startsWith('dist/') && file !== 'package.json')
  .sort();
for (const target of wanted) pack(target, files, manifest);
