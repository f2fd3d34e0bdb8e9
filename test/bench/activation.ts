/** How long a real VS Code waits for the extension when it starts, beside an extension that does nothing. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { ServerVersion } from '../harness/prepare';
import { startServer, type ServerOptions } from '../harness/server';
import { eventually } from '../harness/eventually';
import { launchBrowser, openWindow, type Window } from '../harness/window';
import { Stage } from '../fixtures/stage';
import { noPresets } from '../ui/setUp';
import { unpackedExtension } from './unpackedExtension';

/** Code loading and the call of `activate`, as VS Code itself reports them: ms, one for each start. */
export interface Activations {
  vscode: string;
  ours: number[];
  /** Of an extension that loads the `vscode` module and does nothing, in the same starts: what none can do without. */
  idle: number[];
}

const IDLE_NAME = 'Does Nothing';

/** `vsix`: of the extension; `base`: a folder for what is made. */
export async function measureActivations(
  vsix: string,
  version: ServerVersion,
  base: string,
  starts: number,
): Promise<Activations> {
  const figures: Omit<Activations, 'vscode'> = { ours: [], idle: [] };
  const options = { version, vsix: [vsix], unpacked: [idleExtension(base)] };
  const vscode = await eachStart(options, base, starts, async (window) => {
    // The slowest come first, and rows out of sight are not drawn.
    await window.page.setViewportSize({ width: 1280, height: 3000 });
    await window.runCommand('Developer: Show Running Extensions');
    figures.ours.push(await reported(window, 'Instance & Lock Monitor'));
    figures.idle.push(await reported(window, IDLE_NAME));
  });
  return { vscode, ...figures };
}

/** From the start of the extension host to the first snapshot that has the service, as another extension sees it: ms. */
export async function measureFirstRows(vsix: string, base: string, starts: number): Promise<number[]> {
  const seen = path.join(base, 'seen.txt');
  const figures: number[] = [];
  const options = { vsix: [vsix], unpacked: [onlooker(base)], env: { BENCH_SEEN: seen } };
  await eachStart({ version: 'newest', ...options }, base, starts, async () => {
    figures.push(Number(await seenIn(seen)));
    rmSync(seen);
  });
  return figures;
}

/**
 * Opens a folder with one service `starts` times, in a window of one server each; browser, server and host all start on
 * the same processors. Returns the version of VS Code.
 */
async function eachStart(
  options: ServerOptions,
  base: string,
  starts: number,
  look: (window: Window) => Promise<void>,
): Promise<string> {
  const stage = Stage.open(mkdtempSync(path.join(base, 'stage-')));
  const server = await startServer(options);
  const browser = await launchBrowser();
  try {
    stage.file(
      '.vscode/settings.json',
      JSON.stringify({
        'instanceMonitor.services': [
          { name: 'bot', process: { command: 'bystander.cjs', cwd: '${workspaceFolder}' } },
        ],
      }),
    );
    for (let start = 0; start < starts; start += 1) {
      const window = await openWindow(server, { browser, folder: stage.folder, settings: noPresets });
      await look(window);
      await window.close();
    }
    return server.vscode;
  } finally {
    await browser.close();
    await server.stop();
    await stage.close();
  }
}

/** The row says so when the extension is activated. */
async function reported(window: Window, name: string): Promise<number> {
  const row = window.page
    .locator('.runtime-extensions-editor .monaco-list-row')
    .filter({ hasText: name })
    .filter({ hasText: /Activation:\s*\d+\s*ms/ });
  const text = await row.innerText();
  return Number(/Activation:\s*(\d+)\s*ms/.exec(text)?.[1]);
}

function idleExtension(base: string): string {
  const main = "require('vscode');\nexports.activate = () => {};\n";
  return unpackedExtension(base, { name: 'does-nothing', displayName: IDLE_NAME, main });
}

/** An extension that asks for the API, and writes down when it first hears of the service. */
function onlooker(base: string): string {
  const main = `const vscode = require('vscode');
exports.activate = async () => {
  const api = await vscode.extensions.getExtension('instance-monitor.instance-monitor').activate();
  let isWritten = false;
  const look = () => {
    if (isWritten || api.getSnapshot().services.length === 0) return;
    isWritten = true;
    const { performance } = require('node:perf_hooks');
    require('node:fs').writeFileSync(process.env.BENCH_SEEN, String(Math.round(performance.now())));
  };
  api.onDidChangeSnapshot(look);
  look();
};
`;
  return unpackedExtension(base, { name: 'onlooker', main });
}

const seenIn = (file: string): Promise<string> =>
  eventually(
    'a first snapshot',
    () => (existsSync(file) ? readFileSync(file, 'utf8') : ''),
    (text) => text !== '',
  );
