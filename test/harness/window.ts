/**
 * A real VS Code window, driven as a person would: by what it shows. Everything waits for a condition, never for a time.
 *
 * ```ts
 * const server = await startServer({ version: 'newest', vsix: [file] });
 * const window = await openWindow(server, { folder });
 * await window.openContainer('Instances & Locks');
 * const row = await window.view('Services').row('telegram-bot, conflict');
 * await window.close();
 * await server.stop();
 * ```
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { eventually } from './eventually';
import { Dialog } from './parts/dialog';
import { Editor } from './parts/editor';
import { Notifications } from './parts/notifications';
import { QuickInput, type QuickRow } from './parts/quickInput';
import { StatusBar } from './parts/statusBar';
import { View } from './parts/view';
import { prepareBrowser } from './prepare';
import type { VsCodeServer } from './server';

export type { DialogText } from './parts/dialog';
export type { Notification } from './parts/notifications';
export type { QuickRow } from './parts/quickInput';
export type { StatusItem } from './parts/statusBar';
export type { Row, View } from './parts/view';

export type Theme = 'light' | 'dark' | 'highContrast' | 'highContrastLight';

export interface WindowOptions {
  /** Folder to open, an absolute path. */
  readonly folder?: string;
  /** Or a `.code-workspace` file. */
  readonly workspaceFile?: string;
  /** Default light. */
  readonly theme?: Theme;
  /** CSS pixels; default 1280 by 800. */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Image pixels per CSS pixel; 2 makes sharp screenshots. Default 1. */
  readonly scale?: number;
  /**
   * Display language, such as `de`. VS Code's own words come from a language pack, which is not there; an extension's
   * come from its own translation.
   */
  readonly language?: string;
  /** User settings, on top of the quiet ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** A browser to share among windows; without it each window has its own. */
  readonly browser?: Browser;
}

const themeNames: Readonly<Record<Theme, { newest: string; floor: string; uiClass: string }>> = {
  light: { newest: 'Light 2026', floor: 'Default Light Modern', uiClass: 'vs' },
  dark: { newest: 'Dark 2026', floor: 'Default Dark Modern', uiClass: 'vs-dark' },
  highContrast: { newest: 'Default High Contrast', floor: 'Default High Contrast', uiClass: 'hc-black' },
  highContrastLight: {
    newest: 'Default High Contrast Light',
    floor: 'Default High Contrast Light',
    uiClass: 'hc-light',
  },
};

/** Starts the browser the window tests use. The caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const browser = await prepareBrowser();
  const launch = (chromiumSandbox: boolean): Promise<Browser> =>
    chromium.launch({
      executablePath: browser.executable,
      env: { ...(process.env as Record<string, string>), ...browser.env },
      chromiumSandbox,
      args: ['--font-render-hinting=none', '--disable-gpu'],
    });
  // Root has no sandbox; others have one unless the system forbids user namespaces. The page is our own server's.
  if (process.getuid?.() === 0) return launch(false);
  return launch(true).catch(() => launch(false));
}

/** Opens a window on the server and resolves when its status bar is there. Extensions may still be starting. */
export async function openWindow(server: VsCodeServer, options: WindowOptions = {}): Promise<Window> {
  const theme = options.theme ?? 'light';
  server.writeSettings({ ...options.settings, 'workbench.colorTheme': themeNames[theme][server.version] });
  const browser = options.browser ?? (await launchBrowser());
  try {
    const context = await browser.newContext({
      viewport: options.viewport ?? { width: 1280, height: 800 },
      deviceScaleFactor: options.scale ?? 1,
      colorScheme: theme === 'light' || theme === 'highContrastLight' ? 'light' : 'dark',
      // Nothing that is tested moves, and drawing what moves takes a sixth of the time.
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    // The loader that runs these files wraps named functions in this helper, also those that are sent to the page.
    await context.addInitScript('globalThis.__name = (named) => named;');
    if (options.language !== undefined) {
      // What the server writes into the page when a language pack is there; nothing else may set it.
      await context.addInitScript((language) => {
        Object.defineProperty(globalThis, '_VSCODE_NLS_LANGUAGE', {
          get: () => language,
          set: () => {
            // It stays as it is.
          },
        });
      }, options.language);
    }
    const page = await context.newPage();
    const window = new Window(page, server, options.settings ?? {}, async () => {
      await context.close();
      if (options.browser === undefined) await browser.close();
    });
    await page.goto(address(server, options));
    await workbench(page);
    for (let again = 0; options.workspaceFile !== undefined && !(await hasFolders(page)); again += 1) {
      if (again === 5) throw new Error(`VS Code opens ${options.workspaceFile} without its folders`);
      await page.reload();
      await workbench(page);
    }
    await window.waitForTheme(theme);
    return window;
  } catch (error) {
    if (options.browser === undefined) await browser.close();
    throw error;
  }
}

/** Within this time a loaded machine shows what a click did, ms. */
const CLICK_MS = 10_000;

async function workbench(page: Page): Promise<void> {
  await page.locator('.part.statusbar .statusbar-item').first().waitFor({ timeout: 60_000 });
}

/**
 * Did VS Code see the folders of the workspace file? In a browser it misses them now and then, for good: its own Explorer says “No Folder Opened” then.
 */
async function hasFolders(page: Page): Promise<boolean> {
  const explorer = page.locator('.explorer-folders-view .monaco-list-row');
  const without = page.locator('.pane-header').filter({ hasText: 'No Folder Opened' });
  await explorer.or(without).first().waitFor();
  return (await explorer.count()) > 0;
}

function address(server: VsCodeServer, options: WindowOptions): string {
  const query = new URLSearchParams();
  if (options.folder !== undefined) query.set('folder', options.folder);
  if (options.workspaceFile !== undefined) query.set('workspace', options.workspaceFile);
  return `${server.url}/?${query.toString()}`;
}

export class Window {
  readonly statusBar: StatusBar;
  readonly notifications: Notifications;
  readonly dialog: Dialog;
  readonly quickInput: QuickInput;
  readonly editor: Editor;
  /** What the page wrote to the browser's console as an error, and exceptions nobody caught. */
  readonly errors: string[] = [];
  private settings: Readonly<Record<string, unknown>>;

  constructor(
    /** For what has no helper here. */
    readonly page: Page,
    readonly server: VsCodeServer,
    settings: Readonly<Record<string, unknown>>,
    readonly close: () => Promise<void>,
  ) {
    this.settings = settings;
    this.statusBar = new StatusBar(page);
    this.notifications = new Notifications(page);
    this.dialog = new Dialog(page);
    this.quickInput = new QuickInput(page);
    this.editor = new Editor(page);
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
    page.on('pageerror', (error) => this.errors.push(String(error)));
  }

  /** Opens the same folder in another window of the same user. */
  async another(): Promise<Window> {
    const page = await this.page.context().newPage();
    const window = new Window(page, this.server, this.settings, () => page.close());
    await page.goto(this.page.url());
    await workbench(page);
    return window;
  }

  /** A view of the open container, by the name in its header. */
  view(name: string): View {
    return new View(this.page, name);
  }

  /** Shows a view container by the title of its icon in the activity bar. */
  async openContainer(title: string): Promise<void> {
    const icon = this.containerIcon(title);
    await icon.waitFor();
    const header = this.page.locator('.part.sidebar .composite.title').filter({ hasText: title });
    const isChecked = async (): Promise<boolean> =>
      ((await icon.getAttribute('class')) ?? '').split(' ').includes('checked');
    let clickedAt = -Infinity;
    await eventually(
      `${title} is open`,
      async () => {
        // A second click on the open one would hide it. After a reload the workbench opens it by itself, perhaps
        // between the look and the click: then it is hidden now, and opened by the next, once this one has surely
        // been taken in.
        if (!(await isChecked()) && performance.now() - clickedAt > CLICK_MS) {
          await icon.click();
          clickedAt = performance.now();
        }
        return (await isChecked()) && (await header.isVisible());
      },
      (isOpen) => isOpen,
      60_000,
    );
  }

  /** The number on the container's icon, or undefined. */
  async badge(title: string): Promise<string | undefined> {
    const content = this.containerIcon(title).locator('.badge-content');
    return (await content.count()) === 0 || !(await content.isVisible()) ? undefined : content.innerText();
  }

  private containerIcon(title: string) {
    return this.page
      .locator('.activitybar li.action-item')
      .filter({ has: this.page.locator(`.action-label[aria-label^="${title}"]`) });
  }

  /** Runs a command through the palette, by its whole title: `Instance Monitor: Refresh`. */
  async runCommand(title: string): Promise<void> {
    const isIt = (row: QuickRow): boolean => row.label === title;
    await eventually(
      `the command “${title}” in the palette`,
      async () => {
        await this.openPalette(title);
        // What is enabled a moment later (trust) is not added to a palette that is open.
        const rows = await this.quickInput.rowsWhen(title, (all) => all.some(isIt), 3000).catch(() => []);
        if (rows.length === 0) await this.quickInput.dismiss();
        return rows.length > 0;
      },
      (isThere) => isThere,
    );
    await this.quickInput.click(isIt);
  }

  /** Titles the palette offers for that text. */
  async paletteEntries(text: string): Promise<string[]> {
    await this.openPalette(text);
    const rows = await this.quickInput.rowsWhen('entries', (all) => all.length > 0);
    await this.quickInput.dismiss();
    return rows.map((row) => row.label);
  }

  private async openPalette(text: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.quickInput.type(`>${text}`);
  }

  /** Replaces the user settings given at opening, by editing the file in the window; the theme stays. */
  async changeSettings(settings: Readonly<Record<string, unknown>>): Promise<void> {
    this.settings = settings;
    await this.editSettings(this.server.readSettings()?.['workbench.colorTheme']);
  }

  async setTheme(theme: Theme): Promise<void> {
    await this.editSettings(themeNames[theme][this.server.version]);
    await this.waitForTheme(theme);
  }

  /**
   * Edits the user settings as a person does, in an editor: this server does not notice when that file changes on disk
   * (a folder's `.vscode/settings.json` it does notice).
   */
  private async editSettings(theme: unknown): Promise<void> {
    const text = this.server.settingsText({ ...this.settings, 'workbench.colorTheme': theme });
    await this.runCommand('Preferences: Open User Settings (JSON)');
    await this.editor.waitForTab(/^settings/);
    await this.editor.replaceText(text);
    await this.page.keyboard.press('ControlOrMeta+s');
    await eventually(
      'the user settings saved',
      () => this.server.readSettings(),
      (saved) => JSON.stringify(saved) === JSON.stringify(JSON.parse(text)),
    );
    // What was there already is on disk at once, while the editor still counts as changed.
    await this.page.locator('.part.editor .tab.active.dirty').waitFor({ state: 'detached' });
    await this.editor.closeActive();
  }

  async waitForTheme(theme: Theme): Promise<void> {
    await this.page.locator(`.monaco-workbench.${themeNames[theme].uiClass}`).waitFor();
  }

  /** Drags the side bar's edge until it is that wide; CSS pixels. */
  async widenSideBar(width: number): Promise<void> {
    const bar = this.page.locator('.part.sidebar');
    const edge = await bar.boundingBox();
    if (edge === null) throw new Error('the side bar is hidden');
    const y = edge.y + edge.height / 2;
    await this.page.mouse.move(edge.x + edge.width, y);
    await this.page.mouse.down();
    await this.page.mouse.move(edge.x + width, y, { steps: 5 });
    await this.page.mouse.up();
    await eventually(
      'the width of the side bar',
      async () => (await bar.boundingBox())?.width ?? 0,
      (now) => Math.abs(now - width) < 10,
    );
  }

  /** Saves what the window shows as a PNG, without a blinking cursor. */
  async screenshot(file: string): Promise<void> {
    mkdirSync(path.dirname(file), { recursive: true });
    await this.page.screenshot({ path: file, caret: 'hide', animations: 'disabled' });
  }

  /** The side bar as the accessibility tree has it, for a failing test to print. */
  async sideBarSnapshot(): Promise<string> {
    return this.page.locator('.part.sidebar').ariaSnapshot();
  }

  /** What is on the clipboard, once it satisfies the condition. */
  async clipboard(what: string, accept: (text: string) => boolean): Promise<string> {
    return eventually(
      `clipboard: ${what}`,
      () => this.page.evaluate(() => navigator.clipboard.readText()),
      accept,
    );
  }
}
