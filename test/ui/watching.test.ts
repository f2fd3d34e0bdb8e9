/** What is watched, and how a person adds and changes it without writing JSON. */
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { actorPath, type Actor } from '../fixtures/actors';
import { fixedPort } from '../fixtures/fixedPort';
import { isRunning } from '../fixtures/proc';
import { eventually } from '../harness/eventually';
import type { View, Window } from '../harness/window';
import {
  aPid,
  backOut,
  canRun,
  CONTAINER,
  noPresets,
  readFolderSettings,
  setUp,
  writeFolderSettings,
  type Ui,
} from './setUp';

/** A poller as people write them: a lock and a port that it takes if it can, a log that it keeps open. */
const poller = (port: number): string => `
const fs = require('node:fs');
const { tryLock } = require(${JSON.stringify(path.join(path.dirname(actorPath('holder')), 'lib/kernel.cjs'))});
fs.openSync('logs/bot.log', 'a');
tryLock('flock', fs.openSync('bot.lock', 'a+'), 'exclusive');
const ready = () => process.stdout.write('{"ready":true,"role":"poller"}\\n');
require('node:net').createServer().on('error', ready).listen(${port}, '127.0.0.1', ready);
process.stdin.resume();
`;

describe.runIf(canRun)('watching, in a window', () => {
  let ui: Ui;
  let folder: string;
  let window: Window;
  let services: View;
  let owner: Actor;
  let port: number;
  /** Listens on a port, and is no instance of anything watched. */
  let stranger: Actor;

  const startPoller = (): Promise<Actor> =>
    ui.stage.startCommand(process.execPath, ['telegram_bot.cjs'], { cwd: 'learned' });

  beforeAll(async () => {
    ui = await setUp();
    folder = ui.stage.subfolder('learned');
    ui.stage.subfolder('learned/logs');
    port = await fixedPort();
    ui.stage.file('learned/telegram_bot.cjs', poller(port));
    owner = await startPoller();
    stranger = await ui.stage.start('dev_server', [], { cwd: 'elsewhere' });
    window = await ui.open({
      folder,
      settings: {
        ...noPresets,
        'instanceMonitor.pollInterval': 500,
        'instanceMonitor.notifyOnConflict': false,
      },
    });
    await window.openContainer(CONTAINER);
    services = window.view('Services');
  });

  afterEach(() => backOut(window));

  afterAll(async () => {
    await window.close();
    await ui.close();
  });

  it('proposes name, process, folder, log and port of who uses the file, and writes them', async () => {
    await window.runCommand('Instance Monitor: Watch a Lock File…');
    const typed = path.join(folder, 'bot.lock');
    await window.quickInput.type(typed);
    await window.quickInput.rowsWhen('the typed path', (all) => all.some(({ label }) => label === typed));
    await window.quickInput.click(typed);
    const { message, detail, buttons } = await window.dialog.read();
    expect(message).toBe('Watch bot.lock with the process that uses it?');
    expect(detail.split('\n').filter((line) => line.trim() !== '')).toEqual([
      `pid ${owner.pid} telegram_bot.cjs uses it now.`,
      'This will be written into .vscode/settings.json:',
      '• name: telegram_bot',
      `• process: telegram_bot.cjs in ${folder}. A second one is a conflict.`,
      '• log: logs/bot.log. Fresh conflict lines in it are reported.',
      `• port: ${port}. Another process that listens there is reported.`,
    ]);
    expect([...buttons].sort()).toEqual(['Cancel', 'Watch', 'Watch the File Only']);
    await window.page.keyboard.press('Enter');
    await services.row(/^telegram_bot, held/);
    expect(readFolderSettings(folder)).toEqual({
      'instanceMonitor.services': [
        {
          name: 'telegram_bot',
          lockFile: 'bot.lock',
          process: { command: 'telegram_bot.cjs', cwd: '${workspaceFolder}' },
          logFile: 'logs/bot.log',
          port,
        },
      ],
    });
  });

  it('so that a second one is a conflict, found without a line of JSON', async () => {
    const second = await startPoller();
    const row = await services.row(/^telegram_bot, conflict/, 60_000);
    expect(row.description).toContain('2 instances');
    await services.expand(/^telegram_bot, conflict/);
    const duplicate = await services.row(({ label }) => label.includes('duplicate'));
    expect(duplicate.label).toMatch(aPid(second.pid));
    await second.killHard();
    await services.row(/^telegram_bot, held/, 60_000);
  });

  it('mutes a service and says so, on its row and in the settings, until it is unmuted there', async () => {
    await services.chooseFromContextMenu(/^telegram_bot, held/, 'Mute Notifications');
    const muted = await services.row(
      ({ label }) => label.startsWith('telegram_bot, held') && label.includes(', muted'),
    );
    expect(muted.description).toContain(' · muted');
    expect(window.server.readSettings()?.['instanceMonitor.muted']).toEqual(['telegram_bot']);
    await services.pressInlineAction(/^telegram_bot, held/, 'Unmute Notifications');
    await services.rowsWhen('no longer muted', (rows) => rows.every(({ label }) => !label.includes('muted')));
    expect(window.server.readSettings()).not.toHaveProperty(['instanceMonitor.muted']);
  });

  it('edits a service: its entry, selected in the settings', async () => {
    await services.chooseFromContextMenu(/^telegram_bot, held/, 'Edit Service');
    await window.editor.waitForTab(/^settings/);
    const text = await window.editor.visibleText();
    expect(text).toContain('"telegram_bot"');
    await window.editor.closeActive();
  });

  it('shows an entry that cannot be used as a row that leads to it', async () => {
    const { 'instanceMonitor.services': entries } = readFolderSettings(folder) as Record<string, unknown[]>;
    writeFolderSettings(folder, {
      'instanceMonitor.services': [...(entries ?? []), { name: 'five', lockFile: 5 }],
    });
    const row = await services.row(/services\[1\]/);
    expect(row).toMatchObject({ name: 'services[1]', level: 1 });
    expect(row.description).toContain('"lockFile" must be a path or an array of paths');
    await services.pressInlineAction(/services\[1\]/, 'Open Settings');
    await window.editor.waitForTab(/^settings/);
    expect(await window.editor.visibleText()).toContain('"five"');
    await window.editor.closeActive();
    writeFolderSettings(folder, { 'instanceMonitor.services': entries });
    await services.rowsWhen(
      'the good one only',
      (rows) => rows.filter(({ level }) => level === 1).length === 1,
    );
  });

  it('names who listens on the port of a service that does not run, and opens its address', async () => {
    const taken = Number(stranger.ready('server')['port']);
    const { 'instanceMonitor.services': entries } = readFolderSettings(folder) as Record<string, unknown[]>;
    writeFolderSettings(folder, {
      'instanceMonitor.services': [...(entries ?? []), { name: 'api', lockFile: 'api.lock', port: taken }],
    });
    const api = await services.row(/^api, conflict/, 60_000);
    expect(api.description).toContain(`port ${taken} is in use`);
    await services.expand(/^api, conflict/);
    const row = await services.row(({ level, label }) => level === 2 && label.startsWith(`port ${taken},`));
    expect(row.label).toMatch(aPid(stranger.pid));
    expect(row.label).toContain('not an instance');
    expect(await services.inlineActions((one) => one.label === row.label)).toEqual(['Open URL']);

    const opened = await openedBy(window, () =>
      services.pressInlineAction((one) => one.label === row.label, 'Open URL'),
    );
    // This server forwards the port, as every remote window does.
    expect(opened).toEqual([`${new URL(window.page.url()).origin}/proxy/${taken}/`]);

    await services.pressInlineAction(/^api, conflict/, 'Show Evidence');
    await window.editor.waitForTab('api');
    const page = window.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
    await page.locator('h1').waitFor();
    const text = await page.locator('body').innerText();
    expect(text).toContain('Port in use by another process');
    expect(text).toContain(`port ${taken}`);
    expect(text).toMatch(aPid(stranger.pid));
    expect(await page.getByRole('link', { name: 'Open URL' }).getAttribute('data-href')).toBe(
      `http://localhost:${taken}/`,
    );
    await window.editor.closeActive();
    writeFolderSettings(folder, { 'instanceMonitor.services': entries });
    await services.rowsWhen('no api', (rows) => rows.every(({ label }) => !label.startsWith('api,')));
  });

  it('stops watching, and takes that back', async () => {
    const before = readFolderSettings(folder);
    await services.chooseFromContextMenu(/^telegram_bot, held/, 'Stop Watching');
    const told = /^telegram_bot is no longer watched\. Its files and processes are untouched\.$/;
    await window.notifications.waitFor(told);
    await services.rowsWhen('no service', (rows) =>
      rows.every(({ label }) => !label.startsWith('telegram_bot, ')),
    );
    expect(owner.pid).toSatisfy(isRunning);
    await window.notifications.press(told, 'Undo');
    await services.row(/^telegram_bot, held/);
    expect(readFolderSettings(folder)).toEqual(before);
  });

  it('hides a known tool with all of its kind, and takes that back', async () => {
    ui.stage.file('learned/tmp/pids/server.pid', String(owner.pid));
    await window.changeSettings({
      'instanceMonitor.pollInterval': 500,
      'instanceMonitor.notifyOnConflict': false,
    });
    await services.row(/^Rails server/, 60_000);
    await services.chooseFromContextMenu(/^Rails server/, 'Hide This Tool');
    const told = /^Rails server.* \(rails\) are hidden in this workspace\.$/;
    await window.notifications.waitFor(told);
    await services.rowsWhen('no Rails server', (rows) => rows.every(({ name }) => !name.startsWith('Rails')));
    expect(readFolderSettings(folder)['instanceMonitor.presets']).toEqual({ rails: false });
    await window.notifications.press(told, 'Undo');
    await services.row(/^Rails server/, 60_000);
    expect(readFolderSettings(folder)).not.toHaveProperty(['instanceMonitor.presets']);
  });
});

/** Does something in the window, and returns the addresses that it opens: noted instead of opened. */
async function openedBy({ page }: Window, act: () => Promise<void>): Promise<string[]> {
  await page.evaluate(() => {
    const noted: string[] = [];
    Object.assign(window, { notedAddresses: noted, realOpen: window.open.bind(window) });
    window.open = (url) => {
      noted.push(String(url));
      // Something that was opened, so that VS Code does not ask whether pop-ups are blocked.
      return { closed: false, location: {}, focus: () => undefined } as unknown as WindowProxy;
    };
  });
  await act();
  const opened = await eventually(
    'an address to be opened',
    () => page.evaluate(() => (window as unknown as { notedAddresses: string[] }).notedAddresses),
    (noted) => noted.length > 0,
  );
  await page.evaluate(() => {
    window.open = (window as unknown as { realOpen: typeof window.open }).realOpen;
  });
  return opened;
}
