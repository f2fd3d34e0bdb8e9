import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTwoPollers } from '../demo/cases';
import { eventually } from '../harness/eventually';
import { readHover } from '../harness/parts/hover';
import type { Row, View, Window } from '../harness/window';
import {
  aPid,
  backOut,
  canRun,
  CONTAINER,
  noPresets,
  readFolderSettings,
  setUp,
  STATUS_ITEM,
  writeFolderSettings,
  type Ui,
} from './setUp';

const NEVER = 3_600_000;
/** Of one pattern. */
const FILES_WATCHED = 2000;

describe.runIf(canRun)('everyday use, in a window', () => {
  let ui: Ui;

  beforeAll(async () => {
    ui = await setUp();
  });

  afterAll(async () => {
    await ui.close();
  });

  describe('on a folder', () => {
    let folder: string;
    let window: Window;
    let services: View;
    let holder: number;

    const configure = (entries: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): void =>
      writeFolderSettings(folder, {
        'instanceMonitor.pollInterval': 500,
        'instanceMonitor.services': entries,
        ...more,
      });

    beforeAll(async () => {
      folder = ui.stage.subfolder('everyday');
      ui.stage.file('everyday/notes.txt', 'nothing\n');
      ui.stage.file('everyday/yarn.lock', '# dependencies\n');
      const lockFile = ui.stage.file('everyday/bot.lock', 'a line\n');
      holder = (await ui.stage.start('holder', ['--file', lockFile], { cwd: 'everyday' })).pid;
      window = await ui.open({ folder, settings: noPresets });
      await window.openContainer(CONTAINER);
      services = window.view('Services');
    });

    afterEach(() => backOut(window));

    afterAll(async () => {
      await window.close();
    });

    it('Watch a Lock File offers the lock files there are, writes the setting, and shows the row', async () => {
      await services.row(/^bot\.lock is held by/, 60_000);
      expect(await window.statusBar.item(STATUS_ITEM)).toBeUndefined();
      await services.pressTitleAction('Watch a Lock File');
      const rows = await window.quickInput.rowsWhen('the lock file', (all) => all.length > 1);
      expect(rows.map(({ label }) => label)).toEqual(['bot.lock', 'Browse…']);
      await window.quickInput.click('bot.lock');
      await window.dialog.press('Watch the File Only');
      const [row] = await services.rowsWhen('the row selected', (all) =>
        all.some(({ label, selected }) => label.startsWith('bot.lock, held') && selected),
      );
      expect(row?.description).toMatch(aPid(holder));
      expect(readFolderSettings(folder)).toEqual({ 'instanceMonitor.services': ['bot.lock'] });
      const item = await window.statusBar.itemWhen(STATUS_ITEM, 'one held', ({ text }) => text === '1 held');
      expect(item).toMatchObject({ label: '1 of 1 services held', kind: 'normal', icon: 'lock' });
    });

    it('warns once of all bad entries together, and shows the others', async () => {
      configure(['bot.lock', { name: 'five', lockFile: 5 }, { name: 'pattern', process: '/(/' }]);
      const five = /^2 settings are wrong\. The first: instanceMonitor\.services\[1\]/;
      const told = await window.notifications.waitFor(five);
      expect(told).toMatchObject({ severity: 'warning', buttons: ['Open Settings', 'Show Log'] });
      expect(told.message).toContain('"lockFile" must be a path or an array of paths');
      await services.row(/^bot\.lock, held/);
      const wrong = (await window.notifications.shown()).filter(({ message }) =>
        message.includes('instanceMonitor.services'),
      );
      expect(wrong).toHaveLength(1);

      await window.notifications.press(five, 'Open Settings');
      await window.editor.waitForTab(/^settings/);
      const selected = await eventually(
        'the bad entry in sight',
        () => window.editor.visibleText(),
        (text) => text.includes('"five"'),
      );
      expect(selected).toContain('"lockFile": 5');
      await window.editor.closeActive();
      expect((await window.notifications.all()).filter(({ message }) => five.test(message))).toEqual([]);
      configure(['bot.lock']);
    });

    it('says what a row is about in its tooltip', async () => {
      const tooltip = await services.tooltip(/^bot\.lock, held/);
      expect(tooltip).toContain('bot.lock · held');
      expect(tooltip).toContain(path.join(folder, 'bot.lock'));
      expect(tooltip).toMatch(
        new RegExp(`pid ${holder} · started \\d{4}-\\d\\d-\\d\\d .* · parent ${process.pid}`),
      );
      expect(tooltip).toContain(`holder.cjs --file ${path.join(folder, 'bot.lock')}`);
    });

    it('copies the pid, and a report that can be pasted', async () => {
      await services.chooseFromContextMenu(/^bot\.lock, held/, 'Copy PID');
      await window.clipboard('the pid', (text) => text === String(holder));
      await services.chooseFromContextMenu(/^bot\.lock, held/, 'Copy Report');
      const report = await window.clipboard('the report', (text) => text.startsWith('# Instances & Locks'));
      expect(report).toContain('## bot.lock: held');
      expect(report).toMatch(aPid(holder));
      // The time of the copy, not of the last change.
      const [, copied = ''] = /^# Instances & Locks, (\S+ \S+)/.exec(report) ?? [];
      expect(Math.abs(Date.parse(copied) - Date.now())).toBeLessThan(30_000);
    });

    it('opens the file', async () => {
      await services.chooseFromContextMenu(/^bot\.lock, held/, 'Open File');
      await window.editor.waitForTab(/^bot/);
      await eventually(
        'its text',
        () => window.editor.visibleText(),
        (text) => text.includes('a line'),
      );
      await window.editor.closeActive();
    });

    it('shows the evidence: facts, the rule, and commands to check them with', async () => {
      const record = ui.stage.file('everyday/gone.pid', '4194301');
      configure(['bot.lock', record]);
      await services.expand(/^gone\.pid, stale/);
      const finding = await services.row(({ level, name }) => level === 2 && name.startsWith('Stale record'));
      expect(finding.description).toMatch(/^gone\.pid names pid 4194301/);
      await services.pressInlineAction(/^gone\.pid, stale/, 'Show Evidence');
      await window.editor.waitForTab('gone.pid');
      const page = preview(window);
      await page.locator('h1').waitFor();
      const text = await page.locator('body').innerText();
      expect(text).toContain('stale · pid 4194301 is gone');
      // In sentences the path is short; whole it stands once among the pid files, and in the commands.
      expect(text).toContain('stale · gone.pid names pid 4194301, which is gone.');
      expect(text.split(/\s+/).filter((word) => word === `${record}:`)).toHaveLength(1);
      const prose = await page.locator('p, li').allInnerTexts();
      expect(prose.filter((line) => line.includes(record))).toEqual([expect.stringContaining(`${record}: `)]);
      expect(text).toContain('Stale record: process no longer exists');
      expect(text).toMatch(/What to do\s+Run “Clean Up Stale PID Files”/);
      expect(text).toMatch(/Rule\s+The recorded process does not exist/);
      const commands = (await page.locator('pre code').allInnerTexts()).join('\n').split('\n');
      expect(commands).toContain('ps -o pid,ppid,user,stat,lstart,args -p 4194301');
      expect(commands).toContain(`head -c 4096 ${record}`);
      expect(text).toContain('Watched because of instanceMonitor.services[1].');
      expect(text).toContain('History');

      // It follows what happens.
      fs.rmSync(record);
      await eventually(
        'the document of a record that is gone',
        () => page.locator('body').innerText(),
        (now) => now.includes('absent'),
      );
      await window.editor.closeActive();
    });

    it('marks watched files in the Explorer, explains the pid of an open record, and links from the status bar', async () => {
      const { page } = window;
      ui.stage.file('everyday/own.pid', `${holder}\nport ${holder + 1}\n`);
      ui.stage.file('everyday/old.pid', '4194301');
      const entries = ['bot.lock', 'own.pid', 'old.pid'];
      configure(entries);
      await services.row(/^old\.pid, stale/);
      await window.runCommand('View: Show Explorer');
      const file = (name: string) =>
        page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: name });
      const letter = (name: string): Promise<string> =>
        file(name)
          .locator('.monaco-icon-label')
          .first()
          .evaluate((label) => getComputedStyle(label, '::after').content);
      const letters = (): Promise<string[]> =>
        Promise.all(['bot.lock', 'own.pid', 'old.pid', 'notes.txt'].map(letter));
      const marked = ['"H"', '"H"', '"S"', 'none'];
      await eventually('the letters', letters, (all) => all.join() === marked.join());
      expect(await readHover(page, file('bot.lock'))).toMatch(
        new RegExp(`Held by process ${holder} \\(.*holder\\.cjs.*\\), which started \\d{4}-`),
      );

      await file('own.pid').dblclick();
      await window.editor.waitForTab(/^own/);
      const hover = page.locator('.monaco-editor .monaco-hover:visible');
      await eventually(
        'the hover',
        async () => {
          await page.mouse.move(0, 0);
          const number = page
            .locator('.part.editor .view-line span span')
            .filter({ hasText: String(holder) });
          await number.first().hover();
          // It comes after a while; a pointer that moves on has none.
          await hover
            .first()
            .waitFor({ timeout: 3000 })
            .catch(() => undefined);
          return (await hover.allInnerTexts()).join('\n');
        },
        (text) => text.includes('alive') && text.includes(`pid ${holder} · started`),
      );
      await window.editor.closeActive();

      configure(entries, { 'instanceMonitor.fileDecorations': false });
      await eventually('no letters', letters, (all) => all.every((one) => one === 'none'));
      configure(['bot.lock']);
      await window.openContainer(CONTAINER);
      await window.statusBar.itemWhen(STATUS_ITEM, 'one held', ({ text }) => text === '1 held');
      await page.mouse.move(0, 0);
      await page.locator('.workbench-hover').first().waitFor({ state: 'detached' });
      await window.statusBar.element(STATUS_ITEM).hover();
      await page.locator('.workbench-hover a').filter({ hasText: 'bot.lock' }).first().click();
      await window.editor.waitForTab(/bot/);
      expect(await window.dialog.isOpen()).toBe(false);
      await window.editor.closeActive();
    });

    it('Pause keeps what was seen and says so; Resume goes on', async () => {
      await services.pressTitleAction('Pause');
      await eventually(
        'the message',
        () => services.message(),
        (message) => message?.startsWith('Paused. Showing the state as of ') === true,
      );
      await window.statusBar.itemWhen(STATUS_ITEM, 'paused', ({ icon }) => icon === 'debug-pause');
      await services.row(/^bot\.lock, held/);
      expect(await services.titleActions()).not.toContain('Pause');
      await services.pressTitleAction('Resume');
      await eventually(
        'no message',
        () => services.message(),
        (message) => message === undefined || message === '',
      );
    });

    it('Refresh looks at once', async () => {
      const lockFile = ui.stage.file('everyday/late.lock');
      configure(['bot.lock', 'late.lock'], { 'instanceMonitor.pollInterval': NEVER });
      await services.row(/^late\.lock, free/);
      const late = await ui.stage.start('holder', ['--file', lockFile], { cwd: 'everyday' });
      await services.pressTitleAction('Refresh');
      const row = await services.row(/^late\.lock, held/);
      expect(row.description).toMatch(aPid(late.pid));
    });

    it('shows the log', async () => {
      await window.runCommand('Instance Monitor: Show Log');
      await eventually(
        'the log',
        () => window.editor.outputText(),
        (text) => text.includes('instanceMonitor.services[1] is ignored'),
      );
      await window.runCommand('View: Hide Panel');
    });

    it('exports the snapshot as a file that can be read', async () => {
      await window.runCommand('Instance Monitor: Export Snapshot…');
      const suggested = path.join(folder, 'instance-monitor-snapshot.json');
      await eventually(
        'where to',
        () => window.quickInput.describe(),
        ({ title, value }) => title === 'Export snapshot' && value === suggested,
      );
      await window.quickInput.accept();
      await window.editor.waitForTab('instance-monitor-snapshot');
      const exported = JSON.parse(fs.readFileSync(suggested, 'utf8')) as Record<string, unknown>;
      expect(exported).toMatchObject({
        platform: `linux-${process.arch}`,
        snapshot: { lockSource: 'procfs', services: [{ name: 'bot.lock', state: 'held' }, {}] },
      });
      await window.editor.closeActive();
    });

    it('shows the history of a service, and of all, also after the window was reloaded', async () => {
      const gone = new RegExp(`\\d\\d:\\d\\d:\\d\\d\\s+stale .*gone\\.pid names pid 4194301, which is gone`);
      const record = ui.stage.file('everyday/gone.pid', '4194301');
      configure(['bot.lock', record]);
      await services.row(/^gone\.pid, stale/);
      fs.rmSync(record);
      await services.chooseFromContextMenu(/^gone\.pid, absent/, 'Show History');
      await window.editor.waitForTab('History of gone.pid');
      const page = preview(window);
      await page.locator('h1').waitFor();
      const own = await page.locator('body').innerText();
      expect(own).toMatch(gone);
      expect(own).toContain('The stale record is gone');
      expect(own).not.toContain('bot.lock');

      // It follows what happens.
      ui.stage.file('everyday/gone.pid', '4194302');
      await eventually(
        'the page to tell of the new record',
        () => page.locator('body').innerText(),
        (now) => now.includes('4194302'),
      );
      fs.rmSync(ui.stage.path('everyday/gone.pid'));
      await services.row(/^gone\.pid, absent/);
      await window.editor.closeActive();

      await window.page.reload();
      await window.openContainer(CONTAINER);
      await services.row(/^bot\.lock, held/);
      await window.runCommand('Instance Monitor: Show History');
      await window.editor.waitForTab('History');
      const all = await eventually(
        'the page of all services',
        () => preview(window).locator('body').innerText(),
        (text) => text.startsWith('History\n'),
      );
      expect(all).toMatch(/\d\d:\d\d:\d\d\s+gone\.pid\s+stale .*4194301/);
      expect(all).toMatch(/bot\.lock\s+Held: pid \d+ \(.*node/);
      expect(all).not.toContain(`Released: pid ${holder}`);
      await window.editor.closeActive();
    });

    it('shows names and command lines made to deceive as they are', async () => {
      // What the row, the tooltip, the notification and the status bar must show of it.
      const inert = '**b** [go](command:workbench.action.quit) $(error) \\u{202e}kcol␇␊<b>x';
      const hostile = '**b** [go](command:workbench.action.quit) $(error) \u202Ekcol\u0007\n<b>x';
      const file = ui.stage.file(`everyday/hostile/${hostile.replaceAll('/', '')}.lock`);
      await ui.stage.start('holder', ['--file', file, '--note', '`` [cmd](command:x) \u001b[31m\u202E'], {
        cwd: 'everyday/hostile',
      });
      await startTwoPollers(ui.stage, 'everyday/hostile-pollers');
      configure([
        { name: `held ${hostile}`, lockFile: 'hostile/*.lock' },
        {
          name: hostile,
          pidFile: 'hostile-pollers/.telegram-bot.pid',
          process: { command: 'telegram_bot', cwd: '${workspaceFolder}/hostile-pollers' },
        },
      ]);
      const held = await services.row((row) => row.level === 1 && row.name.startsWith('held **b**'));
      expect(held.name).toBe(`held ${inert}`);
      expect(held.label).toContain(inert);

      const tooltip = await services.tooltip((row) => row.name === `held ${inert}`);
      expect(tooltip).toContain(`held ${inert} · held`);
      expect(tooltip).toContain('`` [cmd](command:x) \ufffd[31m\ufffd');

      const told = await window.notifications.waitFor(/2 instances are running at once/);
      // Icons are made of $(name) and links of [text](target), so what makes them stands apart.
      expect(told.message).toContain(
        '**b** [go] (command:workbench.action.quit) $ (error) \\u{202e}kcol␇␊<b',
      );
      const item = await window.statusBar.itemWhen(
        STATUS_ITEM,
        'the conflict',
        ({ kind }) => kind === 'warning',
      );
      expect(item.text).toContain('**b** [go]');
      expect(item.text).not.toMatch(/\u202e|\n/);
      expect(await window.page.locator('.notification-list-item-message a').count()).toBe(0);
      await window.notifications.close(/2 instances are running at once/);
    });

    describe('the notifications of conflicts', () => {
      const entryOf = (name: string): object => ({
        name,
        pidFile: `${name}/.telegram-bot.pid`,
        process: { command: 'telegram_bot', cwd: `\${workspaceFolder}/${name}` },
      });
      const four = ['many-1', 'many-2', 'many-3', 'many-4'];

      it('are one for many at once, and are not repeated after a reload', async () => {
        for (const name of [...four, 'single']) await startTwoPollers(ui.stage, `everyday/${name}`);
        const inConflict = (): Promise<unknown> =>
          services.rowsWhen(
            'all four in conflict',
            (all) => four.every((name) => all.some(({ label }) => label.startsWith(`${name}, conflict`))),
            60_000,
          );
        const reload = async (): Promise<void> => {
          await window.page.reload();
          await window.openContainer(CONTAINER);
          await inConflict();
        };
        // Each comes into conflict in its own time; a window that is opened later sees them at once.
        configure(four.map(entryOf), { 'instanceMonitor.notifyOnConflict': false });
        await inConflict();
        configure(four.map(entryOf));
        await reload();
        const many = /^4 services are in conflict: many-1, many-2, many-3 and many-4\.$/;
        expect(await window.notifications.waitFor(many)).toMatchObject({ buttons: ['Show'] });
        const aboutMany = async (): Promise<string[]> =>
          (await window.notifications.shown())
            .map(({ message }) => message)
            .filter((message) => message.includes('many'));
        expect(await aboutMany()).toHaveLength(1);
        await window.notifications.press(many, 'Show');
        await window.notifications.waitUntilGone(many);

        await reload();
        // What comes now is told, and those before it would have been told before it or with it.
        configure([...four, 'single'].map(entryOf));
        await window.notifications.waitFor(/^single: 2 instances are running at once/);
        expect(await aboutMany()).toEqual([]);
      });

      it('act on nothing else when what they are about is no longer watched', async () => {
        const single = /^single: 2 instances are running at once/;
        await window.notifications.waitFor(single);
        configure(four.map(entryOf));
        await services.rowsWhen(
          'the four only',
          (all) => !all.some(({ label }) => label.startsWith('single')),
        );
        await window.notifications.press(single, 'Kill Duplicate…');
        await window.notifications.waitFor(/^single is no longer watched\.$/);
        expect(await window.quickInput.isOpen()).toBe(false);
        expect(await window.dialog.isOpen()).toBe(false);
      });
    });

    describe('the Held Locks view', () => {
      let held: View;

      beforeAll(async () => {
        ui.stage.file('outside/outside.lock');
        await ui.stage.start('holder', ['--file', ui.stage.path('outside', 'outside.lock')], {
          cwd: 'outside',
        });
        ui.stage.file('everyday/a-posix.lock');
        const posix = ['--file', path.join(folder, 'a-posix.lock'), '--kind', 'posix'];
        await ui.stage.start('holder', posix, { cwd: 'everyday' });
        configure(['bot.lock']);
        held = window.view('Held Locks');
        await held.open();
      });

      it('lists the locks on files of the workspace, with kind, access and holder', async () => {
        const rows = await held.rowsWhen(
          'the locks of the workspace',
          (all) => all.length === 4 && all.some(({ label }) => label.endsWith(', watched')),
        );
        const files = rows.map((row) => (row.label.includes(' holds hostile') ? 'hostile' : fileOf(row)));
        expect(files.sort()).toEqual(['a-posix.lock', 'bot.lock', 'hostile', 'late.lock']);
        const bot = rows.find((row) => fileOf(row) === 'bot.lock');
        expect(bot).toMatchObject({ icon: 'eye', name: `pid ${holder} holder.cjs` });
        expect(bot?.label).toMatch(
          new RegExp(`^pid ${holder} holder\\.cjs holds bot\\.lock, .*, flock exclusive, watched$`),
        );
        expect(rows.find((row) => fileOf(row) === 'a-posix.lock')?.description).toMatch(/POSIX exclusive$/);
        expect(await held.tooltip(/ holds bot\.lock/)).toContain(path.join(folder, 'bot.lock'));
      });

      it('sorts', async () => {
        await window.runCommand('Instance Monitor: Sort Held Locks…');
        await window.quickInput.click((row) => row.label === 'Kind of lock');
        await held.rowsWhen('the POSIX lock last', (all) => fileOf(all.at(-1)) === 'a-posix.lock');
        await window.runCommand('Instance Monitor: Sort Held Locks…');
        await window.quickInput.click((row) => row.label === 'File');
        await held.rowsWhen('the POSIX lock first', (all) => fileOf(all[0]) === 'a-posix.lock');
      });

      it('filters, and widens to every lock that can be seen', async () => {
        await held.pressTitleAction('Filter Held Locks');
        await window.quickInput.type(`outside.lock ${ui.stage.folder}`);
        await window.quickInput.accept();
        await eventually(
          'no match',
          () => held.welcome(),
          (welcome) => welcome?.text.startsWith('No held lock matches the filter') === true,
        );
        await held.pressTitleAction('Show All Visible Locks');
        const [row] = await held.rowsWhen('the lock outside', (all) => all.length === 1);
        expect(fileOf(row)).toBe('outside.lock');
        expect(row?.description).toContain(ui.stage.path('outside'));
        await held.pressTitleAction('Show Only Locks on Workspace Files');
        await held.pressTitleAction('Clear Held Locks Filter');
        await held.rowsWhen('the locks of the workspace', (all) => all.length === 4);
      });

      it('watches a row', async () => {
        await held.pressInlineAction(/ holds a-posix\.lock/, 'Watch a File in Use');
        await window.dialog.press('Watch the File Only');
        await services.row(/^a-posix\.lock, held/);
        expect(readFolderSettings(folder)['instanceMonitor.services']).toEqual(['bot.lock', 'a-posix.lock']);
        await held.row(/ holds a-posix\.lock, .*watched/);
        await held.toggle();
      });
    });

    it('shows 200 services as 200 lines, the worst first', async () => {
      const names = Array.from({ length: 198 }, (_, index) => `service-${String(index).padStart(3, '0')}`);
      const long = 'a service with a very long name that no side bar is wide enough for '.repeat(2).trim();
      for (const name of names) ui.stage.file(`everyday/many/${name}.lock`);
      configure([
        ...names.map((name) => ({ name, lockFile: `many/${name}.lock` })),
        { name: long, pidFile: ui.stage.file('everyday/many/long.pid', '4194301') },
        'bot.lock',
      ]);
      const rows = await services.rowsWhen('200 rows', (all) => all.length === 200, 60_000);
      expect(rows.slice(1).map(({ name }) => name)).toEqual(['bot.lock', ...names]);
      // Of the longest the state is in sight all the same; what is spoken names it whole.
      expect(rows[0]?.label.startsWith(`${long}, stale`)).toBe(true);
      expect(rows[0]?.name).toMatch(/^a service.*….*$/);
      expect(rows.map(({ label }) => /, (\w+)/.exec(label)?.[1])).toEqual([
        'stale',
        'held',
        ...names.map(() => 'free'),
      ]);
      expect(await rowHeights(services)).toEqual([22]);
      const item = await window.statusBar.itemWhen(STATUS_ITEM, 'one stale', ({ text }) =>
        /stale/.test(text),
      );
      expect(item).toMatchObject({ text: '1 held · 1 stale', kind: 'normal' });
    });

    it('completes the variables of a path where settings are written', async () => {
      await window.runCommand('Preferences: Open Workspace Settings (JSON)');
      await window.editor.waitForTab(/^settings/);
      const written = '{ "instanceMonitor.services": [""] }';
      await window.editor.replaceText(written);
      await eventually(
        'the text',
        () => window.editor.visibleText(),
        (text) => text === written,
      );
      for (let left = 0; left < '"] }'.length; left += 1) await window.page.keyboard.press('ArrowLeft');
      await window.page.keyboard.type('$');
      const offered = window.page.locator('.suggest-widget .monaco-list-row');
      await eventually(
        'the variables',
        async () => {
          // Asked for again: the first time the language may not have been ready.
          if ((await offered.count()) === 0) await window.page.keyboard.press('Control+Space');
          return offered.locator('.label-name').allTextContents();
        },
        (labels) =>
          ['${workspaceFolder}', '${userHome}', '${env:NAME}', '${env:NAME:-default}'].every((label) =>
            labels.includes(label),
          ),
      );
      await window.page.getByRole('option', { name: '${userHome}, Variable' }).click();
      await eventually(
        'the variable in the text',
        () => window.editor.visibleText(),
        (text) => text.includes('"instanceMonitor.services": ["${userHome}"]'),
      );
      // The name of a tool that is not known is a slip, and the others are none.
      await window.editor.replaceText('{ "instanceMonitor.presets": { "rails": false, "rials": false } }');
      const slips = window.page.locator('.part.editor .squiggly-warning');
      await eventually(
        'the one slip underlined',
        () => slips.count(),
        (count) => count === 1,
      );
      await window.runCommand('File: Revert File');
      await window.editor.closeActive();
    });

    it('says of a pattern that matches more files than are watched how many are left out', async () => {
      for (let index = 0; index <= FILES_WATCHED; index += 1) ui.stage.file(`everyday/pool/${index}.lock`);
      configure([{ name: 'pool', lockFile: 'pool/*.lock' }]);
      const row = await services.row(/^pool, free, files left out/, 60_000);
      expect(row.description).toBe('free · files left out');
      expect(await services.tooltip(/^pool, free/)).toContain(
        `${FILES_WATCHED + 1} files match pool/*.lock; the first ${FILES_WATCHED} by name are watched.`,
      );
      configure(['bot.lock']);
      await services.rowsWhen('one', (all) => !all.some(({ label }) => label.startsWith('pool')));
    });

    it('shows only what has a problem, on demand', async () => {
      const record = ui.stage.file('everyday/problem.pid', '4194301');
      configure([ui.stage.file('everyday/quiet.lock'), record]);
      await services.row(/^problem\.pid, stale/);
      await window.runCommand('Instance Monitor: Show Only Services with Problems');
      await services.rowsWhen(
        'the problem alone',
        (all) => all.length === 1 && /^problem/.test(all[0]?.label ?? ''),
      );
      await services.pressTitleAction('Show All Services');
      await services.row(/^quiet\.lock, free/);
      configure(['bot.lock']);
      await services.rowsWhen('one', (all) => !all.some(({ label }) => label.startsWith('problem')));
    });

    it('leaves no error of its own in the console', () => {
      // A reload cancels what the workbench itself reads at that moment, below folders of this test's name.
      const isReloads = (text: string): boolean => /\bCanceled: Canceled\b/.test(text);
      const ours = window.errors.filter((text) => text.includes('instance-monitor') && !isReloads(text));
      expect(ours).toEqual([]);
    });
  });

  it('shows the locks of known tools within five seconds, with nothing configured', async () => {
    const folder = ui.stage.subfolder('project');
    const rails = ui.stage.file('project/shop/tmp/pids/server.pid', '4194301\n');
    const next = ui.stage.file('project/web/.next/dev/lock', '');
    await ui.stage.start('holder', ['--file', next], { cwd: 'project/web' });
    ui.stage.file('project/jobs/celerybeat.pid', '4194302\n');
    ui.stage.file('project/db/postmaster.pid', `4194303\n${folder}/db\n1760000000\n5432\n/tmp\nlocalhost\n`);
    const home = path.join(ui.home, '.hermes');
    fs.mkdirSync(home, { recursive: true });
    const gateway = await ui.stage.start('hermes_gateway', ['--home', home], { cwd: 'project' });

    const window = await ui.open({ folder });
    try {
      const opened = Date.now();
      await window.openContainer(CONTAINER);
      const services = window.view('Services');
      const wanted = ['Rails server', 'Next.js dev server', 'Celery beat', 'PostgreSQL', 'hermes gateway'];
      const rows = await services.rowsWhen('a row per tool', (all) =>
        wanted.every((tool) => all.some(({ name }) => name.startsWith(tool))),
      );
      const took = Date.now() - opened;
      console.log(`rows of ${wanted.length} tools ${took} ms after the window was there`);
      // On a machine that has more to do than it has processors the figure says nothing.
      if ((os.loadavg()[0] ?? 0) < os.cpus().length) expect(took).toBeLessThan(5_000);
      const state = (tool: string): Row | undefined => rows.find(({ name }) => name.startsWith(tool));
      expect(state('Rails server')?.label).toContain('stale');
      expect(state('Next.js dev server')?.label).toContain('held');
      expect(state('Celery beat')?.label).toContain('stale');
      expect(state('PostgreSQL')?.label).toContain('stale');
      expect(state('hermes gateway')?.label).toMatch(aPid(gateway.pid));

      await services.expand(/^Rails server/);
      await services.row((row) => row.level === 2 && row.label.includes(path.relative(folder, rails)));

      // By itself the folder is searched again after a minute; who presses Refresh sees it now, and which one it is.
      ui.stage.file('project/blog/tmp/pids/server.pid', '4194300\n');
      await services.pressTitleAction('Refresh');
      const servers = await services.rowsWhen(
        'the second Rails server',
        (all) => all.filter(({ name }) => name.startsWith('Rails server')).length === 2,
      );
      const names = servers.map(({ name }) => name).filter((name) => name.startsWith('Rails server'));
      expect([...names].sort()).toEqual([expect.stringContaining('blog'), expect.stringContaining('shop')]);

      writeFolderSettings(folder, { 'instanceMonitor.presets': { rails: false } });
      await services.rowsWhen('no Rails server', (all) => !all.some(({ name }) => name.startsWith('Rails')));
    } finally {
      await window.close();
    }
  });

  it('reads each folder of a workspace for itself, and the workspace for the others', async () => {
    const roots = path.relative(ui.stage.path(), fs.mkdtempSync(ui.stage.path('roots-')));
    for (const name of ['one', 'two', 'three']) ui.stage.file(`${roots}/${name}/${name}.lock`);
    const api = { name: 'api', lockFile: 'api.lock' };
    writeFolderSettings(ui.stage.path(roots, 'one'), { 'instanceMonitor.services': ['one.lock', api] });
    writeFolderSettings(ui.stage.path(roots, 'two'), { 'instanceMonitor.services': ['two.lock', api] });
    const workspaceFile = ui.stage.file(
      `${roots}/all.code-workspace`,
      JSON.stringify({
        folders: [{ path: 'one' }, { path: 'two' }, { path: 'three' }],
        settings: { ...noPresets, 'instanceMonitor.services': ['three.lock'] },
      }),
    );
    const holder = await ui.stage.start('holder', ['--file', ui.stage.path(roots, 'two', 'two.lock')], {
      cwd: `${roots}/two`,
    });
    const window = await ui.open({ workspaceFile });
    try {
      await window.openContainer(CONTAINER);
      const services = window.view('Services');
      // VS Code reads the folders' settings while the window opens, and tells when it has.
      const rows = await services.rowsWhen(
        'three rows, one of each',
        (all) =>
          ['one', 'two', 'three'].every((one) => all.some(({ name }) => name.startsWith(`${one}.lock`))),
        60_000,
      );
      // What has the same name in two folders is told apart by them.
      await services.row(/^api \(one\), absent/);
      await services.row(/^api \(two\), absent/);
      const files = rows
        .map(({ label }) => label.replace(/,.*/, ''))
        .filter((name) => !name.startsWith('api'));
      expect(files).toEqual([
        expect.stringContaining('two.lock'),
        expect.stringContaining('one.lock'),
        expect.stringContaining('three.lock'),
      ]);
      expect(rows[0]?.description).toMatch(aPid(holder.pid));
    } finally {
      await window.close();
    }
  });

  it("reads the folder's own settings also where it is the only one of a workspace file", async () => {
    const roots = path.relative(ui.stage.path(), fs.mkdtempSync(ui.stage.path('roots-')));
    for (const name of ['own.lock', 'shared.lock']) ui.stage.file(`${roots}/one/${name}`);
    writeFolderSettings(ui.stage.path(roots, 'one'), { 'instanceMonitor.services': ['own.lock'] });
    const workspaceFile = ui.stage.file(
      `${roots}/one.code-workspace`,
      JSON.stringify({
        folders: [{ path: 'one' }],
        settings: { ...noPresets, 'instanceMonitor.services': ['shared.lock'] },
      }),
    );
    const window = await ui.open({ workspaceFile });
    try {
      await window.openContainer(CONTAINER);
      const rows = await window.view('Services').rowsWhen('a row', (all) => all.length > 0, 60_000);
      expect(rows.map(({ name }) => name)).toEqual([expect.stringContaining('own.lock')]);
    } finally {
      await window.close();
    }
  });
});

/** The file that a row of Held Locks names after its holder. */
function fileOf(row: Row | undefined): string {
  return row?.description.split(' · ')[0] ?? '';
}

/** The rendered Markdown of the active editor. */
function preview(window: Window): FrameLocator {
  return window.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
}

/** Distinct heights of the rows on screen, CSS pixels. */
async function rowHeights(view: View): Promise<number[]> {
  const heights = await view.pane
    .locator('.monaco-list-row')
    .evaluateAll((rows) => rows.map((row) => Math.round(row.getBoundingClientRect().height)));
  return [...new Set(heights)];
}
