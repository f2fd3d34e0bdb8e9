/**
 * koffi's binary for a target, as npm has it: from node_modules where npm has installed it for this machine, else
 * fetched, and refused unless it is what package-lock.json names.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmScript } from './npm.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const cache = path.join(root, 'node_modules', '.cache', 'koffi');

/** Where a package carries it. */
export const koffiIn = (target) => `prebuilds/${target}/koffi.node`;

/** The npm package and the path in it: one package has the binaries for both C libraries of Linux. */
function placeOf(target) {
  const [system, arch] = target.split('-');
  const platform = system === 'alpine' ? 'linux' : system;
  const folder = { alpine: 'musl' }[system] ?? system;
  return { name: `@koromix/koffi-${platform}-${arch}`, file: `${folder}_${arch}/koffi.node` };
}

/** Its bytes; undefined when it cannot be had, which `complain` hears of. */
export function koffiFor(target, complain = () => undefined) {
  const { name, file } = placeOf(target);
  const installed = path.join(root, 'node_modules', name, file);
  if (existsSync(installed)) return readFileSync(installed);
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const { version, integrity } = packages[`node_modules/${name}`];
  const kept = path.join(cache, version, target, 'koffi.node');
  try {
    if (!existsSync(kept)) fetchTo(kept, `${name}@${version}`, integrity, file);
    return readFileSync(kept);
  } catch (error) {
    complain(`${name}@${version}: ${error.message}`);
    return undefined;
  }
}

function fetchTo(kept, spec, integrity, file) {
  const npm = npmScript();
  if (npm === undefined) throw new Error('npm was not found');
  const staging = path.join(cache, `.${process.pid}-${path.basename(path.dirname(kept))}`);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  try {
    run(process.execPath, [npm, 'pack', spec, '--silent', '--ignore-scripts'], staging);
    const archive = readdirSync(staging).find((each) => each.endsWith('.tgz'));
    if (archive === undefined) throw new Error('npm pack left no archive');
    const hash = createHash('sha512')
      .update(readFileSync(path.join(staging, archive)))
      .digest('base64');
    if (`sha512-${hash}` !== integrity) throw new Error('it is not what package-lock.json names');
    run('tar', ['xzf', archive, `package/${file}`], staging);
    mkdirSync(path.dirname(kept), { recursive: true });
    renameSync(path.join(staging, 'package', file), kept);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function run(command, args, cwd) {
  const ran = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 120_000 });
  if (ran.status !== 0) {
    throw new Error(ran.error?.message ?? `${command}: ${ran.stderr.trim().slice(0, 300)}`);
  }
}
