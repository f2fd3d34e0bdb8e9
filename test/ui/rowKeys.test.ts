/** Keys, clicks and menus of rows, the same in both views. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually';
import type { Row, View, Window } from '../harness/window';
import { backOut, canRun, CONTAINER, noPresets, setUp, writeFolderSettings, type Ui } from './setUp';

describe.runIf(canRun)('rows of both views', () => {
  let ui: Ui;
  let window: Window;
  let services: View;
  let held: View;
  let bot: number;
  let two: number;

  beforeAll(async () => {
    ui = await setUp();
    const folder = ui.stage.folder;
    bot = (await ui.stage.start('holder', ['--file', ui.stage.file('bot.lock', 'bot\n')])).pid;
    ui.stage.subfolder('farm');
    const farm = ['--dir', ui.stage.path('farm'), '--first', '0', '--count', '2'];
    two = (await ui.stage.start('lock_farm', farm, { cwd: 'farm' })).pid;
    ui.stage.file('gone.pid', '4194301');
    writeFolderSettings(folder, {
      ...noPresets,
      'instanceMonitor.pollInterval': 500,
      'instanceMonitor.services': ['bot.lock', 'gone.pid'],
    });
    window = await ui.open({ folder, viewport: { width: 1280, height: 1000 } });
    await window.openContainer(CONTAINER);
    services = window.view('Services');
    held = window.view('Held Locks');
    await services.row(/^bot\.lock, held/, 60_000);
    await held.open();
    await held.row(new RegExp(`^pid ${two} lock_farm\\.cjs holds 2 locks`));
  });

  afterEach(() => backOut(window));

  afterAll(async () => {
    await window.close();
    await ui.close();
  });

  const BOT = / holds bot\.lock/;
  const TWO = /holds 2 locks/;
  const press = (key: string): Promise<void> => window.page.keyboard.press(key);
  const opened = (title: RegExp): Promise<unknown> => window.editor.waitForTab(title);

  it('open their evidence on Enter and on a double click, and a file its text', async () => {
    await services.select(/^bot\.lock, held/);
    await press('Enter');
    await opened(/bot\.lock/);
    await window.editor.closeAll();
    await held.select(BOT);
    await press('Enter');
    await opened(/bot\.lock\.md/);
    await window.editor.closeAll();

    await held.doubleClick(BOT);
    await opened(/bot\.lock\.md/);
    await window.editor.closeAll();

    await held.pressTitleAction('Group Held Locks by File');
    await held.select(/^bot\.lock is held by/);
    await press('Enter');
    // VS Code shows a file's name and its extension apart.
    await opened(/^bot(?:\.lock)?$/);
    await window.editor.closeAll();
    await held.pressTitleAction('Group Held Locks by Process');
  });

  it('open and close by one click', async () => {
    await held.select(TWO);
    const from = Date.now();
    await held.rowsWhen('the files below', (all) => all.filter(({ level }) => level === 2).length === 2);
    await eventually(
      'too late for a double click',
      () => Date.now() - from,
      (passed) => passed > 600,
    );
    await held.select(TWO);
    await held.rowsWhen('closed again', (all) => all.every(({ level }) => level === 1));
  });

  it('copy the pid or the path', async () => {
    await held.select(BOT);
    await press('Control+c');
    await window.clipboard('the pid', (text) => text === String(bot));
    await held.expand(TWO);
    await held.select(/^farm\/service-0\.lock is held by/);
    await press('Control+c');
    await window.clipboard('the path', (text) => text === ui.stage.path('farm', 'service-0.lock'));
    await held.collapse(TWO);
    await services.select(/^bot\.lock, held/);
    await press('Control+c');
    await window.clipboard('the pid of the service', (text) => text === String(bot));
  });

  it('clean up or terminate on Delete, never without a question', async () => {
    await services.select(/^gone\.pid, stale/);
    await press('Delete');
    expect((await window.dialog.read()).message).toBe('Remove this stale record?');
    await window.dialog.dismiss();

    await held.select(TWO);
    await press('Delete');
    const [candidate] = await window.quickInput.rowsWhen('the holder', (all) => all.length === 1);
    expect(candidate?.label).toContain(String(two));
    await window.quickInput.accept();
    expect((await window.dialog.read()).detail).toContain(
      'Other locks that are released with it: farm/service-1.lock.',
    );
    await backOut(window);
    expect(ui.stage.owns(two)).toBe(true);
    await held.row(TWO);
  });

  it('offer one process the same in both views', async () => {
    const ofProcess = [
      'Show Evidence',
      'Show What Else This Process Holds',
      'Copy PID',
      'Terminate Lock Holder…',
    ];
    expect(await held.contextMenu(TWO)).toEqual(ofProcess);
    await services.expand(/^bot\.lock, held/);
    const instance = (row: Row): boolean => row.level === 2 && row.name.startsWith(`pid ${bot}`);
    // Of an instance all is terminated, not the holder alone.
    expect(await services.contextMenu(instance)).toEqual([...ofProcess.slice(0, 3), 'Terminate Instance…']);
    await services.expand((row) => row.level === 2 && row.label.startsWith('lock file bot.lock'));
    expect(await services.contextMenu((row) => row.level === 3)).toEqual(ofProcess);
    // Where the row names a file as well, there is what files can.
    expect(await held.contextMenu(BOT)).toEqual([
      'Show Evidence',
      'Open File',
      'Reveal in Explorer',
      'Show What Else This Process Holds',
      'Copy PID',
      'Copy Path',
      'Terminate Lock Holder…',
    ]);
  });

  it('show what else a process holds, wherever that lies', async () => {
    await services.chooseFromContextMenu(
      (row) => row.level === 2 && row.name.startsWith(`pid ${bot}`),
      'Show What Else This Process Holds',
    );
    const rows = await held.rowsWhen('its one lock', (all) => all.length === 1);
    expect(rows[0]?.name).toBe(`pid ${bot} holder.cjs`);
    expect(await held.headerDescription()).toBe(`1 lock, 1 process · by process · all · only pid ${bot}`);
    await held.pressTitleAction('Clear Held Locks Filter');
    await held.row(TWO);
  });

  it('are what a command of the palette means', async () => {
    await held.select(BOT);
    await window.runCommand('Instance Monitor: Copy Path');
    await window.clipboard('its path', (text) => text === ui.stage.path('bot.lock'));
    await held.select(TWO);
    await window.runCommand('Instance Monitor: Copy PID');
    await window.clipboard('its pid', (text) => text === String(two));
    await window.runCommand('Instance Monitor: Terminate Lock Holder…');
    await window.quickInput.rowsWhen(
      'the holder',
      (all) => all.length === 1 && all[0]?.label.includes(String(two)) === true,
    );
  });

  it('are asked for where none is selected, with what Held Locks has', async () => {
    const other = await ui.open({ folder: ui.stage.subfolder('empty'), settings: noPresets });
    await other.openContainer(CONTAINER);
    await other.runCommand('Instance Monitor: Terminate Lock Holder…');
    // Of everything that is held on this machine.
    await other.quickInput.type(String(bot));
    await other.quickInput.rowsWhen(
      'the holders that can be seen',
      (all) => all.some(({ label }) => label === `pid ${bot} holder.cjs`),
      60_000,
    );
    await other.quickInput.dismiss();
    await other.runCommand('Instance Monitor: Show Evidence');
    await other.quickInput.type(String(bot));
    await other.quickInput.rowsWhen('the locked files', (all) =>
      all.some(({ label, description }) => `${label} ${description}`.includes(`pid ${bot} holder.cjs`)),
    );
    await other.quickInput.dismiss();
    await other.runCommand('Instance Monitor: Copy PID');
    await other.quickInput.type(String(bot));
    await other.quickInput.click(({ label }) => label === `pid ${bot} holder.cjs`);
    await other.clipboard('the pid', (text) => text === String(bot));
    await other.close();
  });
});
