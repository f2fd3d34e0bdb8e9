/**
 * `npm run test:electron [-- report.json]`: the suites of `test/vscode` inside the desktop VS Code: the installed one where
 * `code` is on PATH (or `VSCODE_PATH` names its executable), else the floor and the newest release, downloaded.
 * Where neither can be had it says so and exits with code 77, the convention for a skipped test.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { bundleHostSuites, withEnvironment } from '../harness/hostBundle';
import { cacheDir, projectRoot, temporaryFolder } from '../harness/paths';
import { contextVariable, type Count, type HostContext } from '../vscode/runner';

const skippedCode = 77;
const releasesUrl = 'https://update.code.visualstudio.com/api/releases/stable';

interface Desktop {
  readonly name: string;
  readonly executable: string;
}

async function main(): Promise<number> {
  const report = process.argv.slice(2).find((arg) => arg.endsWith('.json'));
  const total: Count = { passed: 0, failed: [], skipped: [] };
  const found = await desktops();
  if (typeof found === 'string') {
    total.skipped.push(`the suite in the desktop VS Code: ${found}`);
  } else if (needsDisplay()) {
    return underVirtualDisplay();
  } else {
    execFileSync(process.execPath, ['esbuild.mjs'], { cwd: projectRoot, stdio: 'inherit' });
    const bundle = await bundleHostSuites();
    try {
      for (const desktop of found) {
        console.log(desktop.name);
        const count = await runIn(desktop, bundle);
        console.log(`${desktop.name}: ${count.passed} passed, ${count.failed.length} failed`);
        total.passed += count.passed;
        total.failed.push(...count.failed);
        total.skipped.push(...count.skipped);
      }
    } finally {
      rmSync(path.dirname(bundle), { recursive: true, force: true });
    }
  }
  if (report !== undefined) writeFileSync(report, JSON.stringify(total));
  for (const name of total.skipped) console.log(`skipped: ${name}`);
  if (total.failed.length > 0) return 1;
  return total.passed === 0 ? skippedCode : 0;
}

/** The desktop releases to run in, or the sentence that says why there is none. */
async function desktops(): Promise<Desktop[] | string> {
  const installed = installedExecutable();
  if (installed !== undefined) return [{ name: `VS Code at ${installed}`, executable: installed }];
  try {
    const answer = await fetch(releasesUrl, { signal: AbortSignal.timeout(5_000) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  } catch (error) {
    return `not installed (no \`code\` on PATH, no VSCODE_PATH) and not to be downloaded (${new URL(releasesUrl).host}: ${reasonOf(error)})`;
  }
  const manifest = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as {
    engines: { vscode: string };
  };
  const list: Desktop[] = [];
  for (const version of [manifest.engines.vscode.replace(/^\D+/, ''), 'stable']) {
    const executable = await downloadAndUnzipVSCode({ version, cachePath: cacheDir });
    list.push({ name: `VS Code ${version} (desktop)`, executable });
  }
  return list;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

/** The program itself: what is on PATH is a script beside it. */
function installedExecutable(): string | undefined {
  const named = process.env['VSCODE_PATH'];
  if (named !== undefined && named !== '') return named;
  const script = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, process.platform === 'win32' ? 'code.cmd' : 'code'))
    .find((file) => existsSync(file));
  if (script === undefined) return undefined;
  const bin = path.dirname(realpathSync(script));
  const candidates: Partial<Record<NodeJS.Platform, string[]>> = {
    linux: [path.join(bin, '..', 'code')],
    darwin: [path.join(bin, '../../../MacOS/Electron'), path.join(bin, '../../../MacOS/Code')],
    win32: [path.join(bin, '..', 'Code.exe')],
  };
  return candidates[process.platform]?.find((file) => existsSync(file));
}

function needsDisplay(): boolean {
  return process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY'];
}

/** The same again with a display that nobody sees, where xvfb is installed. */
function underVirtualDisplay(): number {
  const again = spawnSync(
    'xvfb-run',
    ['-a', process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    {
      stdio: 'inherit',
    },
  );
  if (again.error === undefined) return again.status ?? 1;
  console.log('skipped: the suite in the desktop VS Code: no display, and xvfb-run is not installed');
  return skippedCode;
}

async function runIn(desktop: Desktop, bundle: string): Promise<Count> {
  const scratch = temporaryFolder('desktop');
  try {
    const report = path.join(scratch, 'report.json');
    const contextFile = path.join(scratch, 'context.json');
    const context: HostContext = {
      host: 'desktop',
      report,
      projectRoot,
      ...(process.env['GREP'] === undefined ? {} : { grep: process.env['GREP'] }),
    };
    writeFileSync(contextFile, JSON.stringify(context));
    const workspace = path.join(scratch, 'workspace');
    mkdirSync(workspace);
    const code = await runTests({
      vscodeExecutablePath: desktop.executable,
      extensionDevelopmentPath: [projectRoot, path.join(projectRoot, 'test', 'fixtures', 'api-consumer')],
      extensionTestsPath: withEnvironment(bundle, { [contextVariable]: contextFile }),
      // A cache folder of the tests' own, for what a known tool keeps there.
      extensionTestsEnv: { XDG_CACHE_HOME: path.join(scratch, 'cases', 'home', '.cache') },
      launchArgs: [
        workspace,
        ...['--user-data-dir', path.join(scratch, 'user-data')],
        ...['--extensions-dir', path.join(scratch, 'extensions')],
        ...['--disable-workspace-trust', '--disable-updates', '--skip-welcome', '--skip-release-notes'],
      ],
    }).catch((error: unknown) => {
      console.error(reasonOf(error));
      return 1;
    });
    if (!existsSync(report)) throw new Error(`${desktop.name} ended with code ${code} and left no counts`);
    return JSON.parse(readFileSync(report, 'utf8')) as Count;
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
