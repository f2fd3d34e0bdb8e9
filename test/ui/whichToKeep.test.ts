/** Two instances, and a person who decides which stays: rows that tell them apart, and the commands on them. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { actorPath, type Actor } from '../fixtures/actors';
import { eventually } from '../harness/eventually';
import { isRunning } from '../fixtures/proc';
import type { Row, View, Window } from '../harness/window';
import { aPid, backOut, canRun, CONTAINER, noPresets, setUp, writeFolderSettings, type Ui } from './setUp';

/** A poller as people write them: takes its lock if it can, and goes on if it cannot. */
const POLLER = `
const fs = require('node:fs');
const { tryLock } = require(${JSON.stringify(path.join(path.dirname(actorPath('holder')), 'lib/kernel.cjs'))});
const lock = fs.openSync('bot.lock', 'a+');
if (!tryLock('flock', lock, 'exclusive')) fs.closeSync(lock);
setInterval(() => undefined, 60_000);
process.stdout.write('{"ready":true,"role":"poller"}\\n');
`;

describe.runIf(canRun)('which instance to keep, in a window', () => {
  let ui: Ui;
  let window: Window;
  let services: View;
  let mine: number;
  let stray: Actor;

  const serviceRow = /^bot, /;
  const rowOf = (pid: number) => (row: Row) => row.level === 2 && aPid(pid).test(row.name);

  /** With the environment of the other, and nothing else: settings of its own would make it another instance. */
  const startStray = (): Promise<Actor> => {
    const same = fs
      .readFileSync(`/proc/${mine}/environ`, 'utf8')
      .split('\0')
      .filter((entry) => entry.includes('='));
    const command = ['-i', ...same, process.execPath, 'bot.cjs'];
    return ui.stage.startCommand('env', command, { cwd: 'keep', stdin: 'none' });
  };

  beforeAll(async () => {
    ui = await setUp();
    const folder = ui.stage.subfolder('keep');
    ui.stage.file('keep/bot.cjs', POLLER);
    writeFolderSettings(folder, {
      'instanceMonitor.pollInterval': 500,
      'instanceMonitor.services': [
        { name: 'bot', lockFile: 'bot.lock', process: { command: 'bot.cjs', cwd: '${workspaceFolder}' } },
      ],
    });
    window = await ui.open({
      folder,
      settings: { ...noPresets, 'instanceMonitor.notifyOnConflict': false },
    });
    // The person starts one in a terminal of this window; another comes from elsewhere.
    await window.runCommand('Terminal: Create New Terminal');
    await window.page.locator('.terminal-wrapper.active .xterm-screen').waitFor();
    await window.page.keyboard.type(`INSTANCE_MONITOR_STAGE=${ui.stage.id} '${process.execPath}' bot.cjs\n`);
    await window.openContainer(CONTAINER);
    services = window.view('Services');
    const held = await services.row(/^bot, held, pid \d+/, 60_000);
    mine = Number(/pid (\d+)/.exec(held.label)?.[1]);
    stray = await startStray();
    await services.row(/^bot, conflict/, 60_000);
    await services.expand(serviceRow);
  });

  afterEach(() => backOut(window));

  afterAll(async () => {
    await window.close();
    await ui.close();
  });

  it('tells them apart: where each runs, which is older, what it has', async () => {
    const own = await services.row((row) => rowOf(mine)(row) && row.label.includes('in your terminal'));
    expect(own.description).toMatch(/^owner · oldest · in your terminal “[^”]+” · holds the lock · /);
    const other = await services.row(rowOf(stray.pid));
    expect(other.description).toMatch(/^duplicate · newest · /);
    expect(other.description).not.toContain('terminal');
  });

  it('shows the terminal in which one was started', async () => {
    const panel = window.page.locator('.part.panel');
    await window.runCommand('View: Hide Panel');
    await panel.waitFor({ state: 'hidden' });
    await services.chooseFromContextMenu(rowOf(mine), 'Show Terminal');
    await panel.locator('.terminal-wrapper.active').waitFor();
    expect(await services.contextMenu(rowOf(stray.pid))).not.toContain('Show Terminal');
  });

  it('keeps the one that the person picks and ends the other, though that is the owner', async () => {
    await services.chooseFromContextMenu(rowOf(stray.pid), 'Keep This and Terminate the Others');
    const rows = await window.quickInput.rowsWhen('the two', (all) => all.length === 2);
    expect((await window.quickInput.describe()).title).toBe(
      `Keep pid ${stray.pid}, and terminate the other instances of bot`,
    );
    const ticked = (pid: number) => rows.find(({ label }) => aPid(pid).test(label))?.checked;
    expect([ticked(mine), ticked(stray.pid)]).toEqual([true, false]);
    const description = (pid: number) => rows.find(({ label }) => aPid(pid).test(label))?.description;
    expect(description(mine)).toMatch(/^owner · oldest · in your terminal “[^”]+” · /);
    expect(description(stray.pid)).toMatch(/^duplicate · left alone · newest · /);
    await window.quickInput.accept();
    const { message, detail } = await window.dialog.read();
    expect(message).toMatch(aPid(mine));
    expect(detail).toMatch(/It runs in your terminal “[^”]+”\.$/);
    expect(detail).toContain('to this process only');
    expect(detail).toContain('When it exits the lock is released');
    expect(detail).not.toMatch(aPid(stray.pid));
    await window.dialog.press('Terminate');
    await eventually(
      'the owner has ended',
      () => isRunning(mine),
      (running) => !running,
    );
    expect(stray.pid).toSatisfy(isRunning);
    await services.rowsWhen('no conflict', (all) =>
      all.every(({ label }) => !label.startsWith('bot, conflict')),
    );
  });

  it('ends the instance of a row in one dialog, also the last one', async () => {
    await services.chooseFromContextMenu(rowOf(stray.pid), 'Terminate Instance');
    expect((await window.dialog.read()).message).toMatch(aPid(stray.pid));
    await window.dialog.press('Terminate');
    await eventually(
      'it has ended',
      () => isRunning(stray.pid),
      (running) => !running,
    );
    await services.row(/^bot, free/);
  });
});
