import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../fixtures/actors';
import { isRunning } from '../fixtures/proc';
import { eventually } from '../harness/eventually';
import { Terminal } from '../harness/parts/terminal';
import type { Window } from '../harness/window';
import { GitRepository, hasGit } from '../fixtures/gitRepository';
import { FOLDER, holdAll, LINES, SQLITE_LINE, type Held, type LineCase } from './linesHeld';
import { aPid, backOut, canRun, noPresets, setUp, writeFolderSettings, type Ui } from './setUp';

const hasPython = spawnSync('python3', ['-c', 'import sqlite3']).status === 0;
const QUESTION = 'Who holds it?';

describe.runIf(canRun)('a line in a terminal, in a window', () => {
  let ui: Ui;
  let window: Window;
  let terminal: Terminal;
  let held: Held;
  let printed = 0;

  /** Has the shell print it on a cleared screen, and waits until it stands there. */
  const print = async (text: string): Promise<void> => {
    printed += 1;
    fs.writeFileSync(ui.stage.path(FOLDER, 'said.txt'), `${text}\n`);
    await fs.promises.writeFile(ui.stage.path(FOLDER, 'say'), `end ${printed}\n`);
    await terminal.rowsWhen('what was said', (rows) => rows.includes(`end ${printed}`));
  };

  const configure = (more: object): void =>
    writeFolderSettings(ui.stage.path(FOLDER), { 'instanceMonitor.services': ['bot.lock'], ...more });

  beforeAll(async () => {
    ui = await setUp();
    held = await holdAll(ui.stage, hasPython);
    // The shell is told by a pipe what to print: keys that are typed may come before it reads them, or with others.
    execFileSync('mkfifo', [ui.stage.path(FOLDER, 'say')]);
    ui.stage.file(
      `${FOLDER}/teller.sh`,
      'exec 3<>say\necho ready\nwhile read -r line <&3; do clear; cat said.txt; echo "$line"; done\n',
    );
    configure({});
    window = await ui.open({
      folder: ui.stage.path(FOLDER),
      // Wide, so that no line is broken; drawn as text, so that it can be read.
      viewport: { width: 1900, height: 900 },
      settings: {
        ...noPresets,
        'terminal.integrated.gpuAcceleration': 'off',
        'terminal.integrated.stickyScroll.enabled': false,
        'terminal.integrated.profiles.linux': { teller: { path: '/bin/sh', args: ['teller.sh'] } },
        'terminal.integrated.defaultProfile.linux': 'teller',
      },
    });
    terminal = new Terminal(window.page);
    await window.runCommand('View: Toggle Terminal');
    await terminal.rowsWhen('its shell', (rows) => rows.includes('ready'));
  });
  afterEach(() => backOut(window));
  afterAll(() => ui.close());

  const asks = async ({ line, press, who, says }: LineCase): Promise<void> => {
    await print(line(held));
    await terminal.press(press, QUESTION, () => window.quickInput.isOpen());
    const rows = await window.quickInput.rowsWhen('the answer', (all) => all.length > 0);
    const [first] = rows;
    if (who === undefined) {
      expect(first?.label).toMatch(/^(?:Unknown|No process uses it)/);
      expect(rows.filter(({ label }) => /^pid \d/.test(label))).toEqual([]);
    } else {
      expect(first?.label).toMatch(aPid(held.pids[who] ?? 0));
    }
    if (says !== undefined) {
      expect(
        rows.map(({ label, description, detail }) => `${label} ${description} ${detail}`).join('\n'),
      ).toMatch(says);
    }
  };

  it.each(LINES)('$tool: the right process is named, or nobody', asks);

  it.runIf(hasPython)('SQLite: who writes to the database below the folder', () => asks(SQLITE_LINE));

  it.runIf(hasGit)(
    'git: a lock that is left over is cleaned up from the answer, and comes back',
    async () => {
      const repository = new GitRepository(
        ui.stage.subfolder(`${FOLDER}/repository-${printed}`),
        ui.stage.path('editor'),
      );
      const lock = repository.indexLock;
      repository.write('tracked', 'second');
      await repository.kill(await repository.openCommit());
      const written = fs.readFileSync(lock);
      const then = new Date(Date.now() - 600_000);
      fs.utimesSync(lock, then, then);
      await print(`fatal: Unable to create '${lock}': File exists.`);
      await terminal.press('File exists', QUESTION, () => window.quickInput.isOpen());
      const [left, why] = await window.quickInput.rowsWhen('the answer', (all) => all.length > 0);
      expect([left?.label, why?.label]).toEqual([
        'Probably left over',
        expect.stringMatching(/index\.lock is probably left over: it has not changed since/),
      ]);
      await window.quickInput.click('Clean Up…');
      const { message, detail } = await window.dialog.read();
      expect(message).toBe('Remove this lock file?');
      expect(detail).toContain('This is only probable: the file does not say which process made it.');
      await window.dialog.press('Remove');
      await window.notifications.waitFor(/index\.lock was removed\.$/);
      expect(fs.existsSync(lock)).toBe(false);
      await window.notifications.press(/index\.lock was removed\.$/, 'Undo');
      await eventually('the lock is back', () => fs.existsSync(lock), Boolean);
      expect(fs.readFileSync(lock).equals(written)).toBe(true);
    },
  );

  it('stays text, whatever it says', async () => {
    const command = 'command:workbench.action.toggleSidebarVisibility';
    await print(`${'x'.repeat(2_000_000)} already running (PID 1)`);
    await print(`\u001b]8;;${command}\u0007already running (PID 1)\u001b]8;;\u0007 \u001b[31m\u202e`);
    await terminal.hover('already running');
    await terminal.click('already running');
    await backOut(window);
    await print(`Unable to create './$(bug)[x](${command}).lock': File exists`);
    await terminal.press('File exists', QUESTION, () => window.quickInput.isOpen());
    const [row, why] = await window.quickInput.rowsWhen('the answer', (all) => all.length > 0);
    expect(why?.label).toContain('$ (bug)[x] (command:');
    expect(row?.label).toBe('Unknown');
    expect(await window.page.locator('.quick-input-widget .codicon-bug').count()).toBe(0);
    expect(await window.page.locator('.part.sidebar').isVisible()).toBe(true);
  });

  it('is a plain line where the setting is off', async () => {
    configure({ 'instanceMonitor.terminalLinks': false });
    // Printed again each time: a line keeps the links that it had when it was first pointed at.
    const hover = async (): Promise<string> => {
      await print('already running with pid 1');
      return terminal.hover('already running');
    };
    await eventually('a plain line', hover, (text) => !text.includes(QUESTION));
    configure({});
  });

  it('Who Uses This? asks the same of a path, a pid or a port that is typed', async () => {
    const ask = async (text: string): Promise<string> => {
      await window.runCommand('Instance Monitor: Who Uses This?');
      await window.quickInput.type(text);
      await window.quickInput.accept();
      const rows = await window.quickInput.rowsWhen('the answer', (all) =>
        /^(?:pid|No|Unk)/.test(all[0]?.label ?? ''),
      );
      await backOut(window);
      return rows.map(({ label, description }) => `${label} ${description}`).join('\n');
    };
    expect(await ask(`:${held.port}`)).toMatch(aPid(held.pids['server'] ?? 0));
    expect(await ask(held.path('bot.lock'))).toMatch(/holds flock exclusive/);
    expect(await ask(String(held.pids['bot']))).toMatch(/has this number/);
    expect(await ask('journal-1')).toMatch(aPid(held.pids['gradleFile'] ?? 0));
  });

  it('Who Uses This? is in the menu of a file in the Explorer, and acts on who was found', async () => {
    const row = window.page
      .locator('.explorer-folders-view .monaco-list-row')
      .filter({ hasText: 'bot.lock' });
    await row.click({ button: 'right' });
    const { chooseMenuItem } = await import('../harness/parts/menu');
    await chooseMenuItem(window.page, 'Who Uses This?');
    const rows = await window.quickInput.rowsWhen('the answer', (all) => /^pid/.test(all[0]?.label ?? ''));
    expect(rows[0]?.label).toMatch(aPid(held.pids['bot'] ?? 0));
    expect(rows.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['Show Evidence', 'Copy PID', 'Terminate…']),
    );
    await window.quickInput.click('Copy PID');
    await window.clipboard('the pid', (text) => text === String(held.pids['bot']));
  });

  describe('until it is released', () => {
    const said = (): Promise<string> => terminal.rows().then((rows) => rows.join('\n'));
    const runTask = async (label: RegExp): Promise<void> => {
      await window.runCommand('Tasks: Run Task');
      await window.quickInput.click(label);
    };

    let server: Actor;
    let holder: Actor | undefined;
    const hold = async (): Promise<Actor> => {
      const file = ui.stage.file(`${FOLDER}/gate.lock`);
      holder = await ui.stage.start('holder', ['--file', file], { cwd: FOLDER });
      return holder;
    };

    beforeAll(async () => {
      server = await ui.stage.start('dev_server', ['--lock', ui.stage.path('server.lock')], { cwd: FOLDER });
      const task = {
        type: 'instanceMonitor',
        task: 'wait',
        label: 'wait for the lock',
        for: 'gate.lock',
        problemMatcher: [],
      };
      const late = { ...task, label: 'give up', timeout: 2 };
      const port = Number(server.ready('server')['port']);
      const first = { ...task, label: 'wait for the port', for: `:${port}` };
      // No shell task: the window's shell prints what it is told.
      const then = { type: 'process', label: 'start mine', command: 'touch', args: ['started.txt'] };
      const second = { ...then, dependsOn: [first.label], problemMatcher: [] };
      ui.stage.file(
        `${FOLDER}/.vscode/tasks.json`,
        JSON.stringify({ version: '2.0.0', tasks: [task, late, first, second] }),
      );
    });
    afterEach(async () => {
      if (holder !== undefined && isRunning(holder.pid)) await ui.stage.killHard(holder.pid);
      holder = undefined;
    });

    it('Notify When Released says so when the holder has ended, and not before', async () => {
      const { pid } = await hold();
      await print('./gate.lock is locked');
      await terminal.press('is locked', QUESTION, () => window.quickInput.isOpen());
      await window.quickInput.click('Notify When Released');
      await window.notifications.waitFor(/^Waiting until gate\.lock is released/);
      expect(
        (await window.notifications.all()).filter(({ message }) => message === 'gate.lock is released.'),
      ).toEqual([]);
      await ui.stage.killHard(pid);
      await window.notifications.waitFor(/^gate\.lock is released\.$/);
    });

    it('the task “wait” names the holder, and ends with it', async () => {
      const { pid } = await hold();
      await runTask(/wait for the lock/);
      await eventually(
        'who is waited for',
        said,
        (text) => text.includes('is released by pid') && aPid(pid).test(text),
      );
      await ui.stage.killHard(pid);
      await eventually('its end', said, (text) => text.includes('gate.lock is released.'));
    });

    it('the task “wait” fails when its time is over', async () => {
      await hold();
      await runTask(/give up/);
      await eventually('its end', said, (text) => text.includes('gate.lock is still held; the time is up.'));
    });

    it('the task “wait” holds up what depends on it until a port is free', async () => {
      const started = ui.stage.path(FOLDER, 'started.txt');
      await runTask(/start mine/);
      await eventually('who is waited for', said, (text) => aPid(server.pid).test(text));
      expect(fs.existsSync(started)).toBe(false);
      await ui.stage.killHard(server.pid);
      await eventually(
        'what waited',
        () => fs.existsSync(started),
        (isThere) => isThere,
      );
    });
  });
});
