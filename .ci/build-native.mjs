/**
 * Compiles fs-ext for the extension hosts the package is for: `prebuilds/<target>/abi-<NODE_MODULE_VERSION>.node`, and
 * puts koffi's binary beside it, which serves them all.
 *
 *   node .ci/build-native.mjs [--electron] [--arch=x64] [--strict] [--force]
 *
 * Without `--electron` the server ABIs only, against the headers inside npm's `node-<platform>-<arch>` packages.
 * Where nothing can be compiled the build goes on without: only the active probe is missing then, which the extension
 * says of itself. `--strict` (the release) fails instead.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { koffiFor, koffiIn } from './koffi.mjs';
import { electrons, nodes, thisTarget } from './node-abis.mjs';
import { npmScript } from './npm.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const cache = path.join(root, 'node_modules', '.cache', 'fs-ext');
const source = path.join(root, 'node_modules', 'fs-ext');

/** The oldest libraries that VS Code's own server runs on: https://aka.ms/vscode-remote/linux. */
const oldestGlibc = [2, 28];
const oldestGlibcxx = [3, 4, 25];

const { values: options } = parseArgs({
  options: {
    electron: { type: 'boolean', default: false },
    arch: { type: 'string', default: process.arch },
    strict: { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
  },
});

const target = thisTarget(options.arch);
const wanted = [
  ...nodes.map((release) => ({ ...release, runtime: 'node' })),
  ...(options.electron ? electrons.map((release) => ({ ...release, runtime: 'electron' })) : []),
];

/**
 * The environment without any npm setting. npm hands a `nodedir` of somebody's npmrc down as `npm_config_nodedir`,
 * and node-gyp takes that before its own `--nodedir` and `--target`, silently.
 */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(config|package)_/i.test(name)),
);

class Missing extends Error {}

function run(command, args, cwd, env = environment) {
  const ran = spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (ran.error !== undefined || ran.status !== 0) {
    const said = `${ran.stdout ?? ''}${ran.stderr ?? ''}`.trim().split('\n');
    const reason = ran.error?.message ?? `exit code ${ran.status ?? ran.signal}`;
    const lines = said.filter((line) => /\bERR!|error|not found/i.test(line));
    throw new Missing(
      [`${path.basename(command)} ${args[0]}: ${reason}`, ...lines.slice(0, 3)].join('\n    '),
    );
  }
  return ran.stdout;
}

function npm() {
  const found = npmScript();
  if (found === undefined) throw new Missing('npm was not found: run this as `npm run build:native`');
  return found;
}

/** The node-gyp that npm brings along. */
function nodeGyp() {
  return createRequire(npm()).resolve('node-gyp/bin/node-gyp.js');
}

/** The folder above `include/node` of exactly that Node release. */
function headers(version) {
  const folder = path.join(cache, `headers-${version}`);
  if (existsSync(path.join(folder, 'include', 'node', 'node_version.h'))) return folder;
  const staging = `${folder}.${process.pid}`;
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  try {
    const name = `node-${process.platform}-${process.arch}@${version}`;
    console.log(`  headers: ${name} from npm`);
    // npm's settings are wanted here: a registry, a proxy.
    run(process.execPath, [npm(), 'pack', name, '--silent', '--ignore-scripts'], staging, process.env);
    const archive = readdirSync(staging).find((file) => file.endsWith('.tgz'));
    if (archive === undefined) throw new Missing(`npm pack ${name} left no archive`);
    const entries = run('tar', ['tzf', archive], staging).split('\n');
    const [first] = entries[0].split('/');
    run('tar', ['xzf', archive, `${first}/include`], staging);
    mkdirSync(folder, { recursive: true });
    rmSync(path.join(folder, 'include'), { recursive: true, force: true });
    renameSync(path.join(staging, first, 'include'), path.join(folder, 'include'));
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return folder;
}

function whichHeaders(release) {
  if (release.runtime === 'electron') {
    return [
      `--target=${release.version}`,
      '--dist-url=https://electronjs.org/headers',
      `--devdir=${path.join(cache, 'electron')}`,
    ];
  }
  return [`--nodedir=${headers(release.version)}`];
}

/** The highest version of one symbol-version family that a Linux binary asks for. */
function highest(text, family) {
  const versions = [...text.matchAll(new RegExp(`${family}_(\\d+(?:\\.\\d+)*)\\0`, 'g'))].map((match) =>
    match[1].split('.').map(Number),
  );
  return versions.sort((a, b) => newer(b, a)).at(0);
}

const newer = (a, b) => a[0] - b[0] || (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0);

/** What a wrong `nodedir`, a wrong compiler or a cache could get wrong, read from the binary itself. */
function check(file, release) {
  const text = readFileSync(file, 'latin1');
  // node.h, NODE_MODULE_INITIALIZER_BASE: `node_register_module_v` and the NODE_MODULE_VERSION of the headers.
  const abis = [
    ...new Set([...text.matchAll(/node_register_module_v(\d+)/g)].map((match) => Number(match[1]))),
  ];
  if (abis.length !== 1 || abis[0] !== release.abi) {
    throw new Error(`${file} was compiled for ABI ${abis.join(', ') || 'none'}, not ${release.abi}`);
  }
  const glibc = highest(text, 'GLIBC');
  const glibcxx = highest(text, 'GLIBCXX');
  for (const [name, needs, oldest] of [
    ['glibc', glibc, oldestGlibc],
    ['libstdc++', glibcxx, oldestGlibcxx],
  ]) {
    if (needs !== undefined && newer(needs, oldest) > 0) {
      const complaint = `needs ${name} ${needs.join('.')}, and VS Code's server runs from ${oldest.join('.')} on`;
      if (options.strict) throw new Error(`${file} ${complaint}`);
      console.log(`  abi-${release.abi}.node ${complaint}: fine on this machine, not for a release`);
    }
  }
}

function build(release, gyp, stamp) {
  const final = path.join(root, 'prebuilds', target, `abi-${release.abi}.node`);
  const stampFile = path.join(cache, `${target}-abi-${release.abi}.json`);
  if (
    !options.force &&
    existsSync(final) &&
    existsSync(stampFile) &&
    readFileSync(stampFile, 'utf8') === stamp
  ) {
    check(final, release);
    return `abi-${release.abi}.node is up to date`;
  }
  // Beside node_modules/nan, which binding.gyp looks up, and never inside the package's own folder.
  const work = path.join(cache, `build-${target}-${release.abi}-${process.pid}`);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    for (const file of ['binding.gyp', 'fs-ext.cc', 'package.json']) {
      copyFileSync(path.join(source, file), path.join(work, file));
    }
    const args = [gyp, 'rebuild', '--release', `--arch=${options.arch}`, ...whichHeaders(release)];
    const started = performance.now();
    run(process.execPath, args, work, {
      ...environment,
      // No symbols, no path of this machine: the same input gives the same bytes.
      ...(process.platform === 'linux' ? { LDFLAGS: '-s', CXXFLAGS: `-ffile-prefix-map=${work}=.` } : {}),
    });
    const built = path.join(work, 'build', 'Release', 'fs_ext.node');
    check(built, release);
    mkdirSync(path.dirname(final), { recursive: true });
    // Renamed into place: a binary that some process has loaded is never written over.
    copyFileSync(built, `${final}.${process.pid}`);
    renameSync(`${final}.${process.pid}`, final);
    writeFileSync(stampFile, stamp);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    return `abi-${release.abi}.node for ${release.runtime} ${release.version}, ${readFileSync(final).length} bytes, ${seconds} s`;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const koffi = koffiFor(target, (why) =>
  console.log(`  koffi is missing, and with it the native helper: ${why}`),
);
if (koffi !== undefined) {
  const final = path.join(root, koffiIn(target));
  mkdirSync(path.dirname(final), { recursive: true });
  if (!existsSync(final) || !readFileSync(final).equals(koffi)) {
    writeFileSync(`${final}.${process.pid}`, koffi);
    renameSync(`${final}.${process.pid}`, final);
  }
  console.log(`koffi for ${target}: ${koffi.length} bytes`);
} else if (options.strict) {
  process.exitCode = 1;
}
if (process.platform === 'win32') {
  console.log('fs-ext is not built: on Windows a probe would get in the way of the program it watches');
  process.exit();
}
console.log(`fs-ext for ${target}`);
let missing = 0;
try {
  if (!existsSync(path.join(source, 'fs-ext.cc'))) {
    throw new Missing(
      'node_modules/fs-ext is not installed (an optional dependency: npm 10 drops it where nothing compiles)',
    );
  }
  const fsExt = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8'));
  const gyp = nodeGyp();
  mkdirSync(cache, { recursive: true });
  for (const release of wanted) {
    const stamp = JSON.stringify({ fsExt: fsExt.version, target, ...release });
    try {
      console.log(`  ${build(release, gyp, stamp)}`);
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      missing += 1;
      console.log(
        `  abi-${release.abi}.node (${release.runtime} ${release.version}) was not built: ${error.message}`,
      );
    }
  }
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  missing = wanted.length;
  console.log(`  nothing was built: ${error.message}`);
}
if (missing > 0) {
  console.log(
    `${missing} of ${wanted.length} binaries are missing. Only the active probe is affected: Instance & Lock Monitor ` +
      'works without it and says so. It takes a C++ compiler, make, python3 and the headers; then npm run build:native.',
  );
  process.exitCode ||= options.strict ? 1 : 0;
}
