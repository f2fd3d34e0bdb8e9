import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pidOf, type Case, type Pids } from '../demo/case';
import { cases, startTwoPollers } from '../demo/cases';
import { extraCases } from '../demo/extras';
import { isRunning } from '../fixtures/proc';
import { until } from '../fixtures/stage';
import { eventually } from '../harness/eventually';
import type { QuickRow, Row, View, Window } from '../harness/window';
import { aPid, backOut, canRun, CONTAINER, noPresets, setUp, writeFolderSettings, type Ui } from './setUp';

const KILL = 'Instance Monitor: Kill Duplicate Instance…';
const TERMINATE = 'Instance Monitor: Terminate Lock Holder…';
const CLEAN_UP = 'Instance Monitor: Clean Up Stale PID Files…';
const UNDO = 'Instance Monitor: Undo Last Clean-Up';

function knownCase(id: string): Case {
  const found = [...cases, ...extraCases].find((one) => one.id === id);
  if (found === undefined) throw new Error(`no case ${id}`);
  return found;
}

function pollersEntry(name: string): Case['service'] {
  return {
    name,
    pidFile: `${name}/.telegram-bot.pid`,
    process: { command: 'telegram_bot', cwd: `\${workspaceFolder}/${name}` },
  };
}

describe.runIf(canRun)('actions, in a window', () => {
  let ui: Ui;

  beforeAll(async () => {
    ui = await setUp();
  });

  afterAll(async () => {
    await ui.close();
  });

  describe('in a trusted workspace', () => {
    const CRASHED = knownCase('stale-after-sigkill');
    const REUSED = knownCase('json-reused-pid');
    let window: Window;
    let services: View;
    let stranger: number;
    const SHARED = knownCase('shell-descriptor');
    let sharing: Pids;
    const HEALTHY = [knownCase('lock-and-pid-file'), knownCase('lock-only')];
    const configured = [CRASHED, REUSED, SHARED, ...HEALTHY].map(({ service }) => service);

    /** Adds a service to the workspace's settings; resolves when its row is there. */
    const watch = async (entry: Case['service']): Promise<void> => {
      configured.push(entry);
      write();
      await services.row((row) => row.level === 1 && row.name === entry.name);
    };
    const write = (interval = 500): void =>
      writeFolderSettings(ui.stage.folder, {
        ...noPresets,
        'instanceMonitor.pollInterval': interval,
        'instanceMonitor.services': configured,
      });

    beforeAll(async () => {
      await CRASHED.start(ui.stage);
      for (const one of HEALTHY) await one.start(ui.stage);
      sharing = (await SHARED.start(ui.stage)).pids;
      stranger = pidOf((await REUSED.start(ui.stage)).pids, 'stranger');
      write();
      window = await ui.open({
        folder: ui.stage.folder,
        settings: { 'instanceMonitor.terminate.gracePeriod': 1000 },
      });
      await window.openContainer(CONTAINER);
      services = window.view('Services');
      await services.row(/^telegram \(crashed\), stale/, 60_000);
    });

    // A test that failed in the middle of a question must not spoil the next.
    afterEach(() => backOut(window));

    afterAll(async () => {
      await window.close();
    });

    it('ends the preselected duplicate from the palette, and leaves the owner alone', async () => {
      const pids = await startTwoPollers(ui.stage, 'by-palette');
      await watch(pollersEntry('by-palette'));
      await services.row(/^by-palette, conflict, 2 instances/);

      await window.runCommand(KILL);
      const rows = await window.quickInput.rowsWhen('two instances', (all) => all.length === 2);
      const [owner, duplicate] = sortedByRole(rows);
      expect(owner?.label).toMatch(aPid(pids.later));
      expect(owner?.description).toMatch(/^owner · newest · /);
      expect(owner?.checked).toBe(false);
      expect(duplicate?.label).toMatch(aPid(pids.earlier));
      expect(duplicate?.description).toMatch(/^duplicate · oldest · /);
      expect(duplicate?.description).toContain(`in ${ui.stage.path('by-palette')}`);
      expect(duplicate?.description).toContain(`parent ${process.pid}`);
      expect(duplicate?.detail).toContain('telegram_bot.cjs');
      expect(duplicate?.checked).toBe(true);
      expect((await window.quickInput.describe()).title).toBe('Kill duplicate instance of by-palette');
      await window.quickInput.accept();

      const asked = await window.dialog.read();
      expect(asked.severity).toBe('warning');
      expect(asked.message).toMatch(/^Terminate pid \d+ .+ of by-palette\?$/);
      expect(asked.detail).toContain('SIGTERM will be sent to this process only');
      expect(asked.detail).toMatch(aPid(pids.earlier));
      expect(asked.detail).not.toMatch(aPid(pids.later));
      expect(asked.detail).toContain('telegram_bot.cjs --guard pid-file');
      expect(asked.detail).toContain(`in ${ui.stage.path('by-palette')}`);
      expect([...asked.buttons].sort()).toEqual(['Cancel', 'Terminate']);
      await window.dialog.press('Terminate');

      const progress = await window.notifications.waitFor(/^Terminating by-palette: /);
      expect(progress.buttons).toEqual(['Cancel']);
      await until(() => !isRunning(pids.earlier), 'the duplicate lives on');
      await services.row(/^by-palette, held/);
      const told = await window.notifications.waitFor(/^Process \d+ .*exited/);
      expect(told.severity).toBe('information');
      expect(told.message).toMatch(aPid(pids.earlier));
      expect(told.buttons).toEqual(['Show Log']);
      expect(isRunning(pids.later)).toBe(true);
      const row = await services.row(/^by-palette, held/);
      expect(row.description).toMatch(aPid(pids.later));
      await window.notifications.close(/^Process \d+ .*exited/);
    });

    it('does nothing when the question is answered with Cancel', async () => {
      const pids = await startTwoPollers(ui.stage, 'by-row');
      await watch(pollersEntry('by-row'));
      await services.row(/^by-row, conflict/);
      await services.pressInlineAction(/^by-row, conflict/, 'Kill Duplicate Instance…');
      await window.quickInput.rowsWhen('two instances', (all) => all.length === 2);
      await window.quickInput.accept();
      await window.dialog.press('Cancel');
      await services.row(/^by-row, conflict/);
      expect([pids.earlier, pids.later].map(isRunning)).toEqual([true, true]);
    });

    it('ends the duplicate from the button on the row, which agrees with what is told before the next check', async () => {
      await services.row(/^by-row, conflict/);
      // No check of its own would come for an hour.
      write(3_600_000);
      try {
        await services.pressInlineAction(/^by-row, conflict/, 'Kill Duplicate Instance…');
        await window.quickInput.rowsWhen('two instances', (all) => all.length === 2);
        await window.quickInput.accept();
        await window.dialog.press('Terminate');
        const ended = /^by-row: Process \d+ .*exited\. Watching for 5 s in case something starts it again…$/;
        await window.notifications.waitFor(ended);
        await services.row(/^by-row, held/);
        await window.notifications.waitFor(/^Process \d+ .*exited\.$/);
        await window.notifications.close(/^Process \d+ .*exited\.$/);
      } finally {
        write();
      }
    });

    it('ends the duplicate from the button of the notification', async () => {
      const pids = await startTwoPollers(ui.stage, 'by-message');
      await watch(pollersEntry('by-message'));
      await window.notifications.press(/^by-message: 2 instances are running/, 'Kill Duplicate…');
      await window.quickInput.rowsWhen('two instances', (all) => all.length === 2);
      await window.quickInput.accept();
      await window.dialog.press('Terminate');
      await services.row(/^by-message, held/);
      expect([pids.earlier, pids.later].map(isRunning)).toEqual([false, true]);
    });

    it('asks before it kills a lock holder that ignores SIGTERM', async () => {
      const lockFile = ui.stage.file('stubborn/stubborn.lock');
      const holder = await ui.stage.start('holder', ['--file', lockFile, '--ignore-term'], {
        cwd: 'stubborn',
      });
      const pidFile = ui.stage.file('stubborn/stubborn.pid', String(holder.pid));
      await watch({ name: 'stubborn', lockFile, pidFile });
      await services.expand(/^stubborn, held/);
      await services.expand(/^lock file stubborn/);
      const isHolder = new RegExp(`^pid ${holder.pid} .*holds it`);
      await services.row(isHolder);
      await services.chooseFromContextMenu(isHolder, 'Terminate Lock Holder…');
      const rows = await window.quickInput.rowsWhen('the holder', (all) => all.length === 1);
      expect(rows[0]?.label).toMatch(aPid(holder.pid));
      expect(rows[0]?.description).toContain('holds the lock');
      if (rows[0]?.checked === false) await window.quickInput.click(() => true);
      await window.quickInput.accept();
      await window.dialog.press('Terminate');

      await holder.waitForEvent('ignored SIGTERM');
      const asked = await eventually(
        'the question whether to kill it',
        () => window.dialog.read(),
        ({ message }) => message.includes('SIGKILL'),
      );
      expect(asked.message).toMatch(aPid(holder.pid));
      expect(asked.detail).toMatch(aPid(holder.pid));
      expect([...asked.buttons].sort()).toEqual(['Cancel', 'Kill (SIGKILL)']);
      expect(isRunning(holder.pid)).toBe(true);
      await window.dialog.press('Kill (SIGKILL)');
      expect(await holder.exited).toEqual({ code: null, signal: 'SIGKILL' });
      await services.row(/^stubborn, stale/);

      // What it could not remove itself is the next step.
      const killed = /did not exit in time after SIGTERM and was killed/;
      await window.notifications.press(killed, 'Clean Up Record…');
      expect(await window.dialog.read()).toMatchObject({ message: 'Remove this stale record?' });
      await window.dialog.press('Cancel');
      expect(fs.existsSync(pidFile)).toBe(true);
      fs.rmSync(pidFile);
      await services.row(/^stubborn, free/);
    });

    it('says why it asks about another process than the one that was picked', async () => {
      const [shell, bot] = [pidOf(sharing, 'shell'), pidOf(sharing, 'bot')];
      await services.expand(/^ccbot supervisor, held/);
      await services.expand(/^lock file ccbot-supervised/);
      const isPicked = (row: Row): boolean => row.level === 3 && aPid(bot).test(row.name);
      await services.chooseFromContextMenu(isPicked, 'Terminate Lock Holder…');
      await window.quickInput.rowsWhen('the instance', (all) => all.length === 1);
      await window.quickInput.accept();
      expect((await window.dialog.read()).detail).toContain(
        `pid ${bot} belongs to pid ${shell}; both are one instance, which is terminated as a whole.`,
      );
      await window.dialog.press('Cancel');
      await services.collapse(/^ccbot supervisor, held/);
      expect([shell, bot].map(isRunning)).toEqual([true, true]);
    });

    it('offers to end what has started it again', async () => {
      const lockFile = ui.stage.file('looped/looped.lock');
      const wrapper = await ui.stage.start(
        'respawning_wrapper',
        ['--actor', 'holder', '--args', JSON.stringify(['--file', lockFile])],
        { cwd: 'looped', roles: ['holder', 'wrapper'] },
      );
      await watch({ name: 'looped', lockFile });
      await services.expand(/^looped, held/);
      const bot = new RegExp(`^pid ${wrapper.pidOf('holder')} `);
      await services.row(bot);
      await services.chooseFromContextMenu(bot, 'Terminate Instance…');
      await window.dialog.press('Terminate');
      await window.notifications.press(/It was running again after/, 'Terminate What Restarts It…');
      const asked = await window.dialog.read();
      expect(asked.message).toMatch(/^Terminate pid \d+ respawning_wrap.*, which restarted looped\?$/);
      expect(asked.message).toMatch(aPid(wrapper.pid));
      await window.dialog.press('Terminate');
      expect(await wrapper.exited).toMatchObject({ signal: 'SIGTERM' });
      await window.notifications.waitFor(new RegExp(`^Process ${wrapper.pid} .*exited`));
      await services.row(/^looped, held/);
    });

    it('offers the stranger that has a recorded pid for nothing', async () => {
      const row = /^hermes \(pid reused\), stale/;
      const menu = await services.contextMenu(row);
      expect(menu).toContain('Clean Up Stale PID Files…');
      expect(menu).not.toContain('Kill Duplicate Instance…');
      expect(menu).not.toContain('Terminate Lock Holder…');
      await services.expand(row);
      const below = await services.rows();
      // Neither an instance nor a holder: only the record and the finding speak of it.
      expect(below.filter(({ label }) => label.startsWith(`pid ${stranger}`))).toEqual([]);

      await window.runCommand(TERMINATE);
      const holders = await window.quickInput.rowsWhen('the holders', (all) =>
        ['ccbot', 'telegram-bot'].every((name) => all.some(({ description }) => description === name)),
      );
      expect(holders.filter(({ label }) => aPid(stranger).test(label))).toEqual([]);
      await window.quickInput.dismiss();
      expect(isRunning(stranger)).toBe(true);
    });

    it('lists stale records with their evidence, removes what is confirmed, and puts it back on Undo', async () => {
      const record = ui.stage.path('meridian-crashed', '.telegram-bot.pid');
      fs.chmodSync(record, 0o640);
      const before = fs.readFileSync(record);
      await window.runCommand(CLEAN_UP);
      const rows = await window.quickInput.rowsWhen('the stale records', (all) =>
        all.some(({ label }) => label === 'meridian-crashed/.telegram-bot.pid'),
      );
      expect(rows.map(({ label, checked }) => [label, checked]).sort()).toEqual([
        ['hermes-reused/gateway.pid', true],
        ['meridian-crashed/.telegram-bot.pid', true],
      ]);
      const dead = rows.find(({ label }) => label.startsWith('meridian-crashed'));
      expect(dead?.detail).toBe(`names pid ${before.toString()}, which is gone`);
      await window.quickInput.click(/^hermes-reused/);
      await window.quickInput.accept();

      const asked = await window.dialog.read();
      expect(asked.message).toBe('Remove this stale record?');
      expect(asked.detail).toContain(record);
      expect(asked.detail).toMatch(aPid(Number(before.toString())));
      expect([...asked.buttons].sort()).toEqual(['Cancel', 'Remove']);
      expect(asked.chosen).toBe('Remove');
      await window.dialog.press('Remove');
      const told = await window.notifications.waitFor(/was removed/);
      expect(told.buttons).toEqual(['Undo']);
      expect(fs.existsSync(record)).toBe(false);
      await services.row(/^telegram \(crashed\), free/);
      // Neither the lock file nor the record that was not chosen.
      expect(fs.existsSync(ui.stage.path('meridian-crashed', '.telegram-bot.lock'))).toBe(true);
      expect(fs.existsSync(ui.stage.path('hermes-reused', 'gateway.pid'))).toBe(true);

      await window.notifications.press(/was removed/, 'Undo');
      await window.notifications.waitFor(/was restored/);
      expect(fs.readFileSync(record)).toEqual(before);
      expect(fs.statSync(record).mode & 0o777).toBe(0o640);
      await services.row(/^telegram \(crashed\), stale/);
      // The next test waits for one of its own.
      await window.notifications.close(/was restored/);
    });

    it('asks once about the one record of a service, with its evidence, and undoes from the palette', async () => {
      const record = ui.stage.path('meridian-crashed', '.telegram-bot.pid');
      const before = fs.readFileSync(record);
      await services.chooseFromContextMenu(/^telegram \(crashed\), stale/, 'Clean Up Stale PID Files…');
      const asked = await window.dialog.read();
      expect(asked.message).toBe('Remove this stale record?');
      expect(asked.detail).toContain(record);
      expect(asked.detail).toContain('no instance of the service is known to run');
      expect(asked.detail).toContain('Undo writes a new file');
      expect(await window.quickInput.isOpen()).toBe(false);
      await window.dialog.press('Remove');
      await window.notifications.waitFor(/was removed/);
      await services.row(/^telegram \(crashed\), free/);
      expect(fs.existsSync(record)).toBe(false);

      // The notification is gone; the way back is not, and the history names it.
      await window.notifications.close(/was removed/);
      await services.chooseFromContextMenu(/^telegram \(crashed\), free/, 'Show History');
      const page = window.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
      const undoable = /was removed.*“Undo Last Clean-Up” restores it/;
      await page.locator('td').filter({ hasText: undoable }).first().waitFor();
      await window.editor.closeActive();
      await window.runCommand(UNDO);
      await window.notifications.waitFor(/was restored/);
      expect(fs.readFileSync(record)).toEqual(before);
      await services.row(/^telegram \(crashed\), stale/);
      await window.notifications.close(/was restored/);
      await window.runCommand(UNDO);
      await window.notifications.waitFor(/^There is nothing to restore/);
      await window.notifications.close(/^There is nothing to restore/);
    });

    it('says why a record stays while an instance of its service runs', async () => {
      const actor = await ui.stage.start('bystander', [], { cwd: 'forked' });
      ui.stage.file(
        'forked/bot.pid',
        fs.readFileSync(ui.stage.path('meridian-crashed', '.telegram-bot.pid'), 'utf8'),
      );
      const cwd = '${workspaceFolder}/forked';
      await watch({ name: 'forked', pidFile: 'forked/bot.pid', process: { command: 'bystander.cjs', cwd } });
      await services.chooseFromContextMenu(/^forked, stale/, 'Clean Up Stale PID Files…');
      const told = await window.notifications.waitFor(/not offered for removal/);
      expect(told.message).toContain(`Process ${actor.pid} of this service is running`);
      await window.notifications.close(/not offered for removal/);
      await actor.killHard();
    });

    it('asks about many records by their number, and shows them all on a page', async () => {
      const dead = fs.readFileSync(ui.stage.path('meridian-crashed', '.telegram-bot.pid'), 'utf8');
      const records = Array.from({ length: 11 }, (_, index) => `many/${index + 10}.pid`);
      for (const record of records) ui.stage.file(record, dead);
      await watch({ name: 'many', pidFile: 'many/*.pid' });
      await services.chooseFromContextMenu(/^many, stale/, 'Clean Up Stale PID Files…');
      // As many as the list shows without scrolling.
      await window.quickInput.rowsWhen(
        'the records',
        (all) => all.filter(({ checked }) => checked).length > 5,
      );
      await window.quickInput.accept();
      const asked = await window.dialog.read();
      expect(asked.message).toBe('Remove these 11 stale records?');
      expect(asked.detail).toContain('… and 8 more.');
      expect([...asked.buttons].sort()).toEqual(['Cancel', 'Remove', 'Show All']);
      await window.dialog.press('Show All');
      await window.editor.waitForTab('Stale records');
      const page = window.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
      await page.locator('h1').waitFor();
      const text = await page.locator('body').innerText();
      for (const record of records) expect(text).toContain(ui.stage.path(record));

      await window.notifications.press(/^Remove these 11 stale records/, 'Remove');
      // One after the other, each with a wait of its own for whoever is in the middle of something.
      await eventually(
        'all records removed',
        () => fs.readdirSync(ui.stage.path('many')),
        (left) => left.length === 0,
        90_000,
      );
      await window.notifications.waitFor(/^11 of 11 stale records removed/);
      expect(fs.readdirSync(ui.stage.path('many'))).toEqual([]);
      await window.notifications.press(/^11 of 11 stale records removed/, 'Undo');
      await window.notifications.waitFor(/^11 records were restored/);
      expect(fs.readdirSync(ui.stage.path('many'))).toHaveLength(11);
      await window.editor.closeActive();
    });

    it('writes what it saw and did to the log', () => {
      const log = extensionLog(ui.server.userDataDir);
      expect(log).toMatch(/by-palette: owner pid/);
      expect(log).toContain('SIGTERM');
      expect(log).toContain('meridian-crashed/.telegram-bot.pid was removed');
      expect(log).toMatch(/undo: .*was restored/);
    });
  });

  describe('in Restricted Mode', () => {
    let window: Window;
    let services: View;
    let pids: Pids;

    beforeAll(async () => {
      const server = await ui.startServer({ trusted: false });
      pids = await startTwoPollers(ui.stage, 'restricted');
      const crashed = ui.stage.file('restricted-crashed/.telegram-bot.pid', '4194301');
      ui.stage.subfolder('restricted-workspace');
      writeFolderSettings(ui.stage.path('restricted-workspace'), {
        'instanceMonitor.services': [{ name: 'of the workspace', lockFile: '.of-the-workspace.lock' }],
      });
      window = await ui.openOn(server, {
        folder: ui.stage.path('restricted-workspace'),
        settings: {
          ...noPresets,
          'instanceMonitor.services': [
            {
              name: 'of the user',
              pidFile: ui.stage.path('restricted', '.telegram-bot.pid'),
              process: { command: 'telegram_bot', cwd: ui.stage.path('restricted') },
            },
            { name: 'crashed', pidFile: crashed },
          ],
        },
      });
      await window.openContainer(CONTAINER);
      services = window.view('Services');
      await services.row(/^of the user, conflict/, 60_000);
    });

    afterAll(async () => {
      await window.close();
    });

    it('watches what the user configured, and nothing that the workspace did', async () => {
      const names = (await services.rows()).filter(({ level }) => level === 1).map(({ name }) => name);
      expect(names).toEqual(['of the user', 'crashed']);
    });

    it('offers nothing that would signal or remove', async () => {
      const evidence = 'Instance Monitor: Show Evidence';
      expect(await window.paletteEntries(evidence)).toContain(evidence);
      // Each by its name: the palette draws no more of a long list than fits.
      for (const title of [KILL, TERMINATE, CLEAN_UP, UNDO]) {
        expect(await window.paletteEntries(title)).not.toContain(title);
      }
      expect(await services.contextMenu(/^of the user, conflict/)).not.toContain('Kill Duplicate Instance…');
      expect(await services.contextMenu(/^crashed, stale/)).not.toContain('Clean Up Stale PID Files…');
      const told = await window.notifications.all();
      const conflict = told.find(({ message }) => message.startsWith('of the user'));
      expect(conflict?.buttons).toEqual(['Show Evidence', 'Mute This Service']);
      expect([pidOf(pids, 'earlier'), pidOf(pids, 'later')].map(isRunning)).toEqual([true, true]);
      expect(fs.existsSync(ui.stage.path('restricted-crashed', '.telegram-bot.pid'))).toBe(true);
    });
  });
});

/** The owner first. */
function sortedByRole(rows: readonly QuickRow[]): QuickRow[] {
  return [...rows].sort(
    (a, b) => Number(b.description.startsWith('owner')) - Number(a.description.startsWith('owner')),
  );
}

/** Everything the extension wrote to its log channel. */
function extensionLog(userDataDir: string): string {
  const logs = path.join(userDataDir, 'logs');
  return fs
    .readdirSync(logs, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('instance-monitor') && name.endsWith('.log'))
    .map((name) => fs.readFileSync(path.join(logs, name), 'utf8'))
    .join('\n');
}
