/** How long a user waits for the warning: from what makes a conflict until the status bar shows it. */
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Actor } from '../fixtures/actors';
import { Stage } from '../fixtures/stage';
import { releases } from '../harness/prepare';
import { startServer } from '../harness/server';
import { launchBrowser, openWindow, type Window } from '../harness/window';
import { CONTAINER, noPresets, STATUS_ITEM } from '../ui/setUp';
import { median } from './cpu';
import { atMost, type Row } from './table';

const INTERVAL_MS = 2000;
const CONFLICTS = 8;
/** How long a newcomer that neither records itself nor locks is starting. */
const STARTING_MS = 5000;
const DEADLINE_MS = 60_000;

const SERVICES = [
  { name: 'bot', lockFile: 'bot.lock' },
  { name: 'twin', process: { command: 'bystander.cjs', cwd: '${workspaceFolder}' } },
];

export async function latencyRows(vsix: string, base: string): Promise<Row[]> {
  const stage = Stage.open(mkdtempSync(path.join(base, 'stage-')));
  const server = await startServer({ version: 'newest', vsix: [vsix] });
  const browser = await launchBrowser();
  try {
    stage.file('.vscode/settings.json', JSON.stringify({ 'instanceMonitor.services': SERVICES }));
    const window = await openWindow(server, { browser, folder: stage.folder, settings: noPresets });
    await window.openContainer(CONTAINER);
    const hold = (): Promise<Actor> => stage.start('holder', ['--file', stage.path('bot.lock')]);
    const locks = await latencies(window, {
      first: hold,
      second: () => {
        rmSync(stage.path('bot.lock'));
        return hold();
      },
      from: 'ready',
    });
    const twin = (): Promise<Actor> => stage.start('bystander', []);
    const starts = await latencies(window, { first: twin, second: twin, from: 'start' });
    await window.close();
    const row = (what: string, measured: readonly number[], limit: number): Row =>
      atMost(
        `VS Code ${releases.newest.vscode}: from ${what} to the warning on the screen, longest of ${CONFLICTS}`,
        Math.max(...measured),
        limit,
        'ms',
        { digits: 0, note: `median ${median(measured).toFixed(0)}` },
      );
    return [
      row('a second lock on a replaced file', locks, INTERVAL_MS + 200),
      row('the start of a second instance that only runs', starts, STARTING_MS + INTERVAL_MS + 200),
    ];
  } finally {
    await browser.close();
    await server.stop();
    await stage.close();
  }
}

interface Pair {
  first: () => Promise<Actor>;
  second: () => Promise<Actor>;
  /** From when on there is a conflict: when the second is asked to start, or when it is ready. */
  from: 'start' | 'ready';
}

/** Each at another moment of the interval, ms. */
async function latencies(window: Window, { first, second, from }: Pair): Promise<number[]> {
  const all: number[] = [];
  for (let round = 0; round < CONFLICTS; round += 1) {
    const one = await first();
    await window.statusBar.itemWhen(STATUS_ITEM, 'no conflict', ({ kind }) => kind === 'normal');
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS + (round / CONFLICTS) * INTERVAL_MS));
    const warned = window.page.evaluate(warning, { id: STATUS_ITEM, deadlineMs: DEADLINE_MS });
    const startedAt = Date.now();
    const two = await second();
    const conflictAt = from === 'start' ? startedAt : Date.now();
    const warnedAt = await warned;
    if (warnedAt === undefined) throw new Error(`no warning within ${DEADLINE_MS} ms`);
    all.push(Math.max(0, warnedAt - conflictAt));
    await two.killHard();
    await one.killHard();
  }
  return all;
}

/** In the page: resolves with the time at which the item is a warning; ms since the epoch. undefined: it never was. */
function warning({ id, deadlineMs }: { id: string; deadlineMs: number }): Promise<number | undefined> {
  return new Promise((resolve) => {
    const finish = (at: number | undefined): void => {
      observer.disconnect();
      clearTimeout(timer);
      resolve(at);
    };
    const look = (): void => {
      if (document.getElementById(id)?.classList.contains('warning-kind') === true) finish(Date.now());
    };
    const timer = setTimeout(() => finish(undefined), deadlineMs);
    const observer = new MutationObserver(look);
    observer.observe(document.body, { subtree: true, childList: true, attributes: true });
    look();
  });
}
