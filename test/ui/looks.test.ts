/**
 * How it looks, in every theme: measured here, and as pictures for people. `npm run screenshots` puts the pictures into
 * media/screenshots; otherwise they go to a temporary folder.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../demo/demo';
import { actorsFolder } from '../fixtures/actors';
import { hasGit } from '../fixtures/gitRepository';
import { Recording } from '../harness/recording';
import { eventually } from '../harness/eventually';
import { projectRoot } from '../harness/paths';
import type { Theme, View, Window } from '../harness/window';
import { canRun, CONTAINER, setUp, STATUS_ITEM, type Ui } from './setUp';

const THEMES: readonly { theme: Theme; name: string }[] = [
  { theme: 'light', name: 'light' },
  { theme: 'dark', name: 'dark' },
  { theme: 'highContrast', name: 'high-contrast' },
  { theme: 'highContrastLight', name: 'high-contrast-light' },
];
const SIDE_BAR = 600;

describe.runIf(canRun)('how it looks', () => {
  let ui: Ui;
  let demo: Demo;
  let base: string;
  let pictures: string;
  let window: Window;
  let services: View;

  beforeAll(async () => {
    const named = process.env['INSTANCE_MONITOR_SCREENSHOTS'];
    // Pictures show its path: a short one, always the same.
    base =
      named === undefined
        ? fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'looks-')))
        : path.join(fs.realpathSync(os.tmpdir()), 'workshop');
    fs.mkdirSync(path.join(base, 'bots'), { recursive: true });
    pictures = named === undefined ? path.join(base, 'pictures') : path.resolve(projectRoot, named);
    ui = await setUp();
    // The programs run from a copy beside the demo, so that command lines show no path of this machine.
    const programs = path.join(base, 'bin');
    fs.cpSync(actorsFolder(), programs, { recursive: true });
    process.env['INSTANCE_MONITOR_ACTORS'] = programs;
    process.env['NODE_PATH'] = path.join(projectRoot, 'node_modules');
    demo = await startDemo(path.join(base, 'bots'));
    window = await ui.open({
      folder: demo.folder,
      viewport: { width: 1400, height: 760 },
      scale: named === undefined ? 1 : 2,
      settings: { 'instanceMonitor.notifyOnConflict': false, 'instanceMonitor.presets': { '*': false } },
    });
    await window.openContainer(CONTAINER);
    await window.widenSideBar(SIDE_BAR);
    services = window.view('Services');
    await services.rowsWhen('the demo', (all) => all.length === demo.services.length, 60_000);
    await services.row(/remote\), conflict/);
  });

  afterAll(async () => {
    delete process.env['INSTANCE_MONITOR_ACTORS'];
    delete process.env['NODE_PATH'];
    await window.close();
    await demo.stop();
    await ui.close();
    fs.rmSync(base, { recursive: true, force: true });
  });

  /** `sharp`: with every pixel the window has. */
  const picture = async (name: string, sharp = false): Promise<void> => {
    await window.page.mouse.move(1000, 745);
    await window.page.locator('.workbench-hover').first().waitFor({ state: 'detached' });
    await window.page.screenshot({
      path: path.join(pictures, `${name}.png`),
      scale: sharp ? 'device' : 'css',
      caret: 'hide',
      animations: 'disabled',
    });
  };

  const markdown = (): FrameLocator =>
    window.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');

  const showEvidence = async (row: RegExp): Promise<void> => {
    await services.pressInlineAction(row, 'Show Evidence');
    await markdown().locator('h1').waitFor();
  };

  it.each(THEMES)('the Services view can be read in $name', async ({ theme, name }) => {
    await window.setTheme(theme);
    await services.collapse(/^telegram \(old guard\)/);
    await services.expand(/^telegram \(old guard\)/);
    const rows = await services.rows();
    expect(rows.find(({ label }) => label.startsWith('telegram (old guard)'))?.expanded).toBe(true);
    await showEvidence(/^telegram \(old guard\), conflict/);
    await picture(`demo-${name}`, true);
    await window.editor.closeAll();
    for (const { text, contrast } of await contrasts(services)) {
      expect.soft({ text, readable: contrast >= 4.5 }).toEqual({ text, readable: true });
    }
    for (const { text, contrast } of await contrasts(services, '.custom-view-tree-node-item-icon')) {
      if (/, (conflict|stale|unverified|held)/.test(text)) {
        expect.soft({ text, seen: contrast >= 3 }).toEqual({ text, seen: true });
      }
    }
    const item = await window.statusBar.itemWhen(
      STATUS_ITEM,
      'the conflicts',
      ({ kind }) => kind === 'warning',
    );
    expect(item.text).toMatch(/^\d+ conflicts$/);
  });

  it('a description fits its row when the side bar is as wide as in the pictures', async () => {
    const cut = await services.pane.locator('.monaco-list-row[aria-level="1"]').evaluateAll((rows) =>
      rows
        .map((row) => row.querySelector<HTMLElement>('.monaco-icon-label-container'))
        .filter((text) => text !== null && text.scrollWidth > text.clientWidth + 1)
        .map((text) => text?.textContent),
    );
    expect(cut).toEqual([]);
  });

  it.runIf(hasGit)(
    'a left-over lock of git is held by someone unknown in its row, and left over on its page',
    async () => {
      await showEvidence(/^shop \(killed commit\), held, pid unknown/);
      expect(await markdown().locator('body').innerText()).toMatch(/index\.lock is probably left over/);
      await window.editor.closeAll();
    },
  );

  it.each(THEMES)(
    'evidence, history, questions, held locks and the walkthrough in $name',
    async ({ theme, name }) => {
      await window.setTheme(theme);
      await showEvidence(/^hermes \(split brain\), conflict/);
      await picture(`evidence-${name}`);
      await window.editor.closeAll();

      await window.runCommand('Instance Monitor: Show History');
      await markdown().locator('table').first().waitFor();
      await picture(`history-${name}`);
      await window.editor.closeAll();

      await services.pressInlineAction(/^telegram \(old guard\), conflict/, 'Kill Duplicate Instance…');
      await window.quickInput.rowsWhen('two instances', (all) => all.length === 2);
      await picture(`kill-pick-${name}`);
      await window.quickInput.accept();
      await window.dialog.read();
      await picture(`kill-${name}`);
      await window.dialog.dismiss();

      const held = window.view('Held Locks');
      await held.toggle();
      await held.rowsWhen('the locks of the demo', (all) => all.length > 5);
      await services.toggle();
      await picture(`held-locks-${name}`);
      for (const { text, contrast } of await contrasts(held)) {
        expect.soft({ text, readable: contrast >= 4.5 }).toEqual({ text, readable: true });
      }
      await services.toggle();
      await held.toggle();

      // A narrow editor hides the walkthrough's pictures.
      await window.widenSideBar(300);
      await window.runCommand('Instance Monitor: Get Started');
      const steps = window.page.locator('.gettingStartedContainer .getting-started-step');
      await eventually(
        'the steps of the walkthrough',
        () => steps.count(),
        (count) => count === 4,
      );
      const media = window.page.frameLocator('.gettingStartedContainer iframe.webview.ready');
      await media.frameLocator('iframe#active-frame').locator('svg').first().waitFor();
      await picture(`walkthrough-${name}`);
      await window.editor.closeAll();
      await window.widenSideBar(SIDE_BAR);
    },
  );

  it.runIf(process.env['INSTANCE_MONITOR_SCREENSHOTS'] !== undefined)(
    'the hero scene is recorded: a conflict, its evidence, the duplicate ended',
    async () => {
      await window.setTheme('dark');
      const recording = new Recording(window.page);
      const conflict = /^telegram \(old guard\), conflict/;
      await services.collapse(conflict);
      await services.expand(conflict);
      await recording.take(2500);
      await showEvidence(conflict);
      await recording.take(3500);
      await services.pressInlineAction(conflict, 'Kill Duplicate Instance…');
      await window.quickInput.rowsWhen('two instances', (all) => all.length === 2);
      await recording.take(2500);
      await window.quickInput.accept();
      await window.dialog.read();
      await recording.take(3000);
      await window.dialog.press('Terminate');
      await window.notifications.waitFor(/exited/);
      await services.row(/^telegram \(old guard\), held/);
      await recording.take(4000);
      recording.save(path.join(pictures, 'hero.gif'));
    },
  );
});

/** Contrast, as WCAG defines it, of each row's name (or what the selector finds in it) with what is behind it. */
async function contrasts(
  view: View,
  selector = '.label-name',
): Promise<{ text: string; contrast: number }[]> {
  return view.pane.locator('.monaco-list-row').evaluateAll((rows, wanted) => {
    const parse = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (rgb: readonly number[]): number => {
      const [r = 0, g = 0, b = 0] = rgb.map((value) => {
        const share = value / 255;
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const background = (start: Element): number[] => {
      for (let element: Element | null = start; element !== null; element = element.parentElement) {
        const colour = parse(getComputedStyle(element).backgroundColor);
        if (colour[3] === undefined || colour[3] === 1) return colour.slice(0, 3);
      }
      return [255, 255, 255];
    };
    return rows.flatMap((row) => {
      const element = row.querySelector(wanted);
      if (element === null) return [];
      const [r = 0, g = 0, b = 0, alpha = 1] = parse(getComputedStyle(element).color);
      const behind = background(row);
      const shown = [r, g, b].map((value, index) => value * alpha + (behind[index] ?? 0) * (1 - alpha));
      const [light, dark] = [luminance(shown), luminance(behind)].sort((x, y) => y - x);
      return [
        {
          text: row.getAttribute('aria-label') ?? '',
          contrast: ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05),
        },
      ];
    });
  }, selector);
}
