/** What several windows on one machine cost, against one: processor time of the extension's threads in all hosts. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startLockFarm } from '../fixtures/farm';
import { Stage } from '../fixtures/stage';
import { eventually } from '../harness/eventually';
import { releases } from '../harness/prepare';
import { startServer, type VsCodeServer } from '../harness/server';
import { launchBrowser, openWindow, type Window } from '../harness/window';
import { noPresets } from '../ui/setUp';
import { atMost, type Row } from './table';

const WINDOWS = 4;
const SERVICES = 20;
const SETTLE_MS = 25_000;
const MEASURE_MS = 60_000;

/** The thread's name is cut to 15 bytes by the kernel. */
const THREAD = 'instance-moni';

/** Threads of ours in the hosts, by process and thread, with the CPU that each has used, ms. */
function threads(server: VsCodeServer): Map<string, number> {
  const found = new Map<string, number>();
  for (const pid of server.processes()) {
    try {
      for (const tid of readdirSync(`/proc/${pid}/task`)) {
        const task = `/proc/${pid}/task/${tid}`;
        if (!readFileSync(`${task}/comm`, 'utf8').startsWith(THREAD)) continue;
        found.set(task, Number(readFileSync(`${task}/schedstat`, 'utf8').split(' ')[0]) / 1e6);
      }
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

async function usedIn(server: VsCodeServer, count: number): Promise<number> {
  await eventually(
    `${count} threads of ours`,
    () => threads(server).size,
    (size) => size === count,
    60_000,
  );
  await delay(SETTLE_MS);
  const before = threads(server);
  await delay(MEASURE_MS);
  return [...threads(server)].reduce((sum, [task, used]) => sum + used - (before.get(task) ?? 0), 0);
}

/** A browser without a screen tells every page that it has the focus; a user has it in one. */
async function leave({ page }: Window): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'hasFocus', { value: () => false, configurable: true });
    dispatchEvent(new Event('blur'));
  });
}

export async function windowsRows(vsix: string, base: string): Promise<Row[]> {
  const stage = Stage.open(mkdtempSync(path.join(base, 'windows-')));
  const server = await startServer({ version: 'newest', vsix: [vsix] });
  const browser = await launchBrowser();
  try {
    const { files } = await startLockFarm(stage, { locks: SERVICES, processes: 10 });
    stage.file('.vscode/settings.json', JSON.stringify({ 'instanceMonitor.services': files }));
    const windows: Window[] = [];
    const open = async (): Promise<void> => {
      windows.push(await openWindow(server, { browser, folder: stage.folder, settings: noPresets }));
    };
    await open();
    const one = await usedIn(server, 1);
    while (windows.length < WINDOWS) {
      for (const window of windows) await leave(window);
      await open();
    }
    const all = await usedIn(server, WINDOWS);
    for (const window of windows) await window.close();
    const share = (ms: number): string => `${((ms * 100) / MEASURE_MS).toFixed(3)} %`;
    return [
      atMost(
        `VS Code ${releases.newest.vscode}: ${WINDOWS} windows on one folder, one of them in use, ${SERVICES} services, CPU of our threads against one window`,
        all / one,
        1.5,
        '×',
        { note: `${share(all)} and ${share(one)} of a core` },
      ),
    ];
  } finally {
    await browser.close();
    await server.stop();
    await stage.close();
  }
}
