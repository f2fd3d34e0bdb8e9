/** With nothing configured: what is in use here is offered, and Held Locks shows itself once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually';
import type { View, Window } from '../harness/window';
import { aPid, canRun, CONTAINER, noPresets, readFolderSettings, setUp, STATUS_ITEM, type Ui } from './setUp';

const settings = { ...noPresets, 'instanceMonitor.pollInterval': 500 };

describe.runIf(canRun)('with nothing configured', () => {
  let ui: Ui;

  beforeAll(async () => {
    ui = await setUp();
  });

  afterAll(async () => {
    await ui.close();
  });

  describe('where nothing is held', () => {
    let folder: string;
    let window: Window;
    let services: View;

    beforeAll(async () => {
      folder = ui.stage.subfolder('nothing');
      ui.stage.file('nothing/gone.pid', '4194301');
      window = await ui.open({ folder, settings });
      await window.openContainer(CONTAINER);
      services = window.view('Services');
    });

    afterAll(async () => {
      await window.close();
    });

    it('welcomes with what to do next', async () => {
      const welcome = await eventually(
        'the welcome',
        () => services.welcome(),
        (shown) => shown?.text.startsWith('Nothing to watch yet') === true,
        60_000,
      );
      expect(welcome?.buttons).toEqual(['Watch a Lock File…', 'Watch a File in Use…']);
      expect(welcome?.links).toEqual(['settings', 'Get started']);
      expect(await window.statusBar.item(STATUS_ITEM)).toBeUndefined();
      expect(await window.view('Held Locks').isOpen()).toBe(false);
      expect(await window.view('Held Locks').title()).toBe('Held Locks');
    });

    it('says where the setting of the machine stands, which the first page of settings does not have', async () => {
      const editor = window.page.locator('.settings-editor');
      const search = async (text: string): Promise<void> => {
        await editor.locator('.search-container .monaco-editor').click();
        await window.page.keyboard.press('ControlOrMeta+a');
        await window.page.keyboard.type(text);
      };
      const shown = (what: string, accept: (text: string) => boolean): Promise<string> =>
        eventually(what, () => editor.locator('.settings-tree-container').innerText(), accept);
      await services.pressWelcome('settings');
      await editor.waitFor();
      await search('@ext:instance-monitor.instance-monitor active probe');
      // Found by its words: the setting that says where to look.
      const first = await shown('the first page', (text) => text.includes('Active Probe'));
      expect(first).toContain('in a remote window it stands under “Remote”');
      expect(first).not.toContain('Instance Monitor: Active Probe');
      await editor.locator('.settings-tabs-widget .action-label', { hasText: 'Remote' }).click();
      const there = await shown('the page of the machine', (text) =>
        /Instance Monitor:\s*Active Probe/.test(text),
      );
      expect(there).toContain('Whether the monitor may briefly try a lock');
      await window.editor.closeActive();
    });

    it('leads by its walkthrough to a watched service in less than a minute, without JSON', async () => {
      const from = performance.now();
      const seconds = (): string => ((performance.now() - from) / 1000).toFixed(1);
      await services.pressWelcome('Get started');
      const press = async (step: string, button: string): Promise<void> => {
        const shown = window.page.locator('.gettingStartedContainer .getting-started-step', {
          hasText: step,
        });
        await shown.waitFor();
        const wanted = shown.locator('.monaco-button', { hasText: button });
        if (!(await wanted.isVisible())) await shown.locator('.step-title').click();
        await wanted.click();
      };
      await press('See who holds what', 'Open the Services View');

      // "Start it, then pick its lock or pid file."
      const lockFile = ui.stage.file('nothing/bot.lock');
      const bot = await ui.stage.start('holder', ['--file', lockFile], { cwd: 'nothing' });
      await press('Watch your own service', 'Watch a Lock File…');
      await window.quickInput.rowsWhen('the lock file', (all) =>
        all.some(({ label }) => label === 'bot.lock'),
      );
      await window.quickInput.accept();
      expect((await window.dialog.read()).detail).toMatch(aPid(bot.pid));
      await window.page.keyboard.press('Enter');
      const isWatched = ({ label, selected }: { label: string; selected: boolean }): boolean =>
        /^holder, held/.test(label) && selected;
      const [row] = await services.rowsWhen('the row selected', (all) => all.some(isWatched));
      const watched = seconds();
      expect(row?.description).toMatch(aPid(bot.pid));

      await press('Check the evidence', 'Show Evidence');
      await window.editor.waitForTab('holder');
      console.log(
        `the walkthrough led to a watched service in ${watched} s, to its evidence in ${seconds()} s`,
      );
      expect(Number(watched)).toBeLessThan(60);
      expect(readFolderSettings(folder)['instanceMonitor.services']).toEqual([
        expect.objectContaining({ name: 'holder', lockFile: 'bot.lock' }),
      ]);
    });
  });

  describe('in Restricted Mode', () => {
    let window: Window;

    beforeAll(async () => {
      const server = await ui.startServer({ trusted: false });
      window = await ui.openOn(server, { folder: ui.stage.subfolder('restricted'), settings });
      await window.openContainer(CONTAINER);
    });

    afterAll(async () => {
      await window.close();
    });

    it('says what is not used here, and where to trust it', async () => {
      const welcome = await eventually(
        'the welcome',
        () => window.view('Services').welcome(),
        (shown) => shown?.text.startsWith('Nothing to watch yet') === true,
        60_000,
      );
      expect(welcome?.text).toContain('This workspace is not trusted, so the services and presets');
      expect(welcome?.buttons.at(-1)).toBe('Manage Workspace Trust');
    });
  });

  describe('where a lock is held and a live pid file lies', () => {
    let folder: string;
    let window: Window;
    let services: View;
    let held: View;
    let holder: number;
    let writer: number;

    beforeAll(async () => {
      folder = ui.stage.subfolder('busy');
      const lockFile = ui.stage.file('busy/bot.lock');
      const pidFile = ui.stage.file('busy/run/bot.pid');
      ui.stage.file('busy/run/gone.pid', '4194301');
      holder = (await ui.stage.start('holder', ['--file', lockFile], { cwd: 'busy' })).pid;
      const writes = ['--file', pidFile, '--kind', 'none', '--write', 'pid'];
      writer = (await ui.stage.start('holder', writes, { cwd: 'busy' })).pid;
      window = await ui.open({ folder, settings });
      await window.openContainer(CONTAINER);
      services = window.view('Services');
      held = window.view('Held Locks');
    });

    afterAll(async () => {
      await window.close();
    });

    it('lists both, and says what they are', async () => {
      const rows = await services.rowsWhen('both', (all) => all.length === 2, 60_000);
      expect(await services.message()).toBe(
        'Nothing is watched yet. The files below are in use here; “Watch” on a row adds that file.',
      );
      expect(rows.map(({ name, description, icon }) => `${icon} ${name}: ${description}`)).toEqual([
        expect.stringMatching(new RegExp(`^lock bot\\.lock: pid ${holder} holder\\.cjs · held lock · `)),
        expect.stringMatching(new RegExp(`^note run/bot\\.pid: pid ${writer} holder\\.cjs · pid file · `)),
      ]);
      expect(rows[0]?.label).toMatch(/^bot\.lock is held by pid \d+ .*, not watched yet$/);
      expect(await services.inlineActions(/^run\/bot\.pid/)).toContain('Watch a File in Use…');
    });

    it('opens Held Locks by itself, and leaves it closed once a user has closed it', async () => {
      await eventually(
        'Held Locks open',
        () => held.isOpen(),
        (isOpen) => isOpen,
      );
      await held.row(new RegExp(`^pid ${holder} holder\\.cjs holds bot\\.lock`));
      // The focus stays where it was.
      expect(await window.page.evaluate(() => document.activeElement?.closest('.pane') ?? null)).toBeNull();

      await held.toggle();
      await eventually(
        'the count in the title of the closed view',
        () => held.title(),
        (text) => text === 'Held Locks · 1 lock',
      );
      expect(await held.isOpen()).toBe(false);

      await window.page.reload();
      await window.openContainer(CONTAINER);
      // VS Code itself saves only every few seconds which views are closed.
      if (await held.isOpen()) await held.toggle();
      await eventually(
        'the count in the title after a reload',
        () => held.title(),
        (text) => text === 'Held Locks · 1 lock',
        60_000,
      );
      expect(await held.isOpen()).toBe(false);
    });

    it('counts in the title what comes while the view is closed', async () => {
      const more = await ui.stage.start('holder', ['--file', ui.stage.file('busy/more.lock')]);
      await eventually(
        'two',
        () => held.title(),
        (text) => text === 'Held Locks · 2 locks',
      );
      await services.row(/^more\.lock is held by/);
      await more.killHard();
      await eventually(
        'one',
        () => held.title(),
        (text) => text === 'Held Locks · 1 lock',
      );
    });

    it('watches one with one click and one answer', async () => {
      await services.pressInlineAction(/^run\/bot\.pid/, 'Watch a File in Use');
      await window.dialog.press('Watch the File Only');
      const rows = await services.rowsWhen('the service', (all) =>
        all.some(({ level, label }) => level === 1 && /^bot\.pid, held/.test(label)),
      );
      expect(rows.filter(({ level }) => level === 1)).toHaveLength(1);
      expect(readFolderSettings(folder)).toEqual({ 'instanceMonitor.services': ['run/bot.pid'] });
      await eventually(
        'no message any more',
        () => services.message(),
        (message) => message === undefined,
      );
    });
  });
});
