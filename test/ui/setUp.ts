import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Browser } from 'playwright-core';
import { Stage } from '../fixtures/stage';
import { serverUnavailable } from '../harness/prepare';
import { startServer, type ServerOptions, type VsCodeServer } from '../harness/server';
import { packagedExtension } from '../harness/vsix';
import { launchBrowser, openWindow, type Window, type WindowOptions } from '../harness/window';

export const CONTAINER = 'Instances & Locks';
export const STATUS_ITEM = 'instance-monitor.instance-monitor.instanceMonitor.status';

/** Whether a real window can be had here. */
export const canRun = serverUnavailable() === undefined;

/** A server with the packaged extension, a browser, and a stage for processes: shared by the tests of one file. */
export interface Ui {
  readonly server: VsCodeServer;
  readonly browser: Browser;
  readonly stage: Stage;
  /** The home folder of everything that the server starts: empty, so that presets find only what a test puts there. */
  readonly home: string;
  /** Opens a window in this browser; closed at the latest by `close`. */
  open(options: WindowOptions): Promise<Window>;
  /** Starts another server of the same extension; stopped by `close`. */
  startServer(options: Partial<ServerOptions>): Promise<VsCodeServer>;
  openOn(server: VsCodeServer, options: WindowOptions): Promise<Window>;
  /** Ends and removes everything. */
  close(): Promise<void>;
}

export interface UiOptions {
  readonly server?: Partial<ServerOptions>;
  /** Default: a new temporary folder. */
  readonly stage?: string;
}

/** What the tests of one file have in common. `close` undoes it, also after a failure in the middle of it. */
export async function setUp({ server: options = {}, stage: folder }: UiOptions = {}): Promise<Ui> {
  const base = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'instance-monitor-ui-')));
  const undo: (() => unknown)[] = [() => fs.rmSync(base, { recursive: true, force: true, maxRetries: 5 })];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const home = path.join(base, 'home');
    const temporary = path.join(base, 'tmp');
    fs.mkdirSync(home);
    fs.mkdirSync(temporary);
    const stage = Stage.open(folder);
    undo.push(() => stage.close());
    const vsix = await packagedExtension(base);
    const start = async (more: Partial<ServerOptions>): Promise<VsCodeServer> => {
      const env = { HOME: home, XDG_RUNTIME_DIR: temporary, ...more.env };
      const started = await startServer({ version: 'newest', vsix: [vsix], ...more, env });
      undo.push(() => started.stop());
      return started;
    };
    const server = await start(options);
    const browser = await launchBrowser();
    undo.push(() => browser.close());
    const openOn = (on: VsCodeServer, window: WindowOptions): Promise<Window> =>
      openWindow(on, { browser, ...window });
    return {
      server,
      browser,
      stage,
      home,
      open: (window) => openOn(server, window),
      startServer: start,
      openOn,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** `.vscode/settings.json` of a folder, replaced at once as an editor would. */
export function writeFolderSettings(folder: string, settings: Readonly<Record<string, unknown>>): void {
  const file = path.join(folder, '.vscode', 'settings.json');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.new`, `${JSON.stringify(settings, undefined, 2)}\n`);
  fs.renameSync(`${file}.new`, file);
}

export function readFolderSettings(folder: string): Record<string, unknown> {
  return JSON.parse(fs.readFileSync(path.join(folder, '.vscode', 'settings.json'), 'utf8')) as Record<
    string,
    unknown
  >;
}

/** Nothing but what the test configures. */
export const noPresets = { 'instanceMonitor.presets': { '*': false } };

/** Matches the pid as a whole number. */
export function aPid(pid: number): RegExp {
  return new RegExp(`(?<!\\d)${pid}(?!\\d)`);
}

/** Answers whatever is still being asked with Escape. */
export async function backOut(window: Window): Promise<void> {
  while ((await window.dialog.isOpen()) || (await window.quickInput.isOpen())) {
    await window.page.keyboard.press('Escape');
    await window.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
}
