/** The figures that only a real VS Code can give: idle CPU, activation, event-loop blocks, latency on the screen. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { bundleHostModule } from '../harness/hostBundle';
import { temporaryFolder, projectRoot } from '../harness/paths';
import { releases, serverUnavailable } from '../harness/prepare';
import { runInHost } from '../harness/runInHost';
import { startServer } from '../harness/server';
import { packagedExtension } from '../harness/vsix';
import { launchBrowser, openWindow, type Window } from '../harness/window';
import { Stage } from '../fixtures/stage';
import { CONTAINER, noPresets, STATUS_ITEM } from '../ui/setUp';
import { measureActivations } from './activation';
import { median } from './cpu';
import type { HostFigures } from './inHost';
import { atMost, type Row } from './table';

const INTERVAL_MS = 2000;
const CONFLICTS = 8;
const STARTS = 9;

export async function vscodeRows(): Promise<Row[]> {
  const reason = serverUnavailable();
  if (reason !== undefined) return [{ what: 'in a real VS Code', figure: `not measured: ${reason}` }];
  const folder = temporaryFolder('bench-vscode');
  try {
    const vsix = await packagedExtension(folder);
    const size: Row = {
      what: 'VSIX for this machine, with what is built of fs-ext',
      figure: `${(statSync(vsix).size / 1000).toFixed(1)} kB`,
    };
    return [
      size,
      ...(await hostRows(vsix)),
      ...(await windowRows(vsix, folder)),
      ...(await activationRows(vsix, folder)),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function hostRows(vsix: string): Promise<Row[]> {
  const module = await bundleHostModule(path.join(projectRoot, 'test', 'bench', 'inHost.ts'));
  const measure = async (mode: 'with' | 'without'): Promise<HostFigures> => {
    const count = await runInHost({
      version: 'newest',
      module,
      extensionDevelopmentPath: path.join(projectRoot, 'test', 'fixtures', 'api-consumer'),
      ...(mode === 'with' ? { vsix: [vsix] } : {}),
      env: { BENCH_HOST: mode },
      settings: noPresets,
      // It writes nothing until it is done.
      silenceMs: 600_000,
    });
    return (count as typeof count & { figures: HostFigures }).figures;
  };
  try {
    const without = await measure('without');
    const { idle, ours } = await measure('with');
    if (ours === undefined) throw new Error('the host measured nothing of ours');
    const percent = (values: readonly number[]): string => `${median(values).toFixed(1)} %`;
    const name = `VS Code ${releases.newest.vscode}`;
    const { steady, appearing, vanishing } = ours.blocks;
    return [
      atMost(
        `${name}: 20 services, ${INTERVAL_MS} ms, nothing changes: CPU of our thread (host with us ${percent(idle)}, without ${percent(without.idle)}, ± 1)`,
        ours.idle,
        0.2,
        '% of a core',
        3,
      ),
      atMost(
        `${name}: 1,000 services, longest block of the main thread in 20 s of steady ticks`,
        steady,
        2,
        'ms',
      ),
      {
        what: `${name}: the same while 1,000 services are configured and appear`,
        figure: `${appearing.toFixed(1)} ms`,
      },
      {
        what: `${name}: the same while 1,000 services are released at once`,
        figure: `${vanishing.toFixed(1)} ms`,
      },
    ];
  } finally {
    rmSync(path.dirname(module), { recursive: true, force: true });
  }
}

async function windowRows(vsix: string, base: string): Promise<Row[]> {
  const stage = Stage.open(mkdtempSync(path.join(base, 'stage-')));
  const server = await startServer({ version: 'newest', vsix: [vsix] });
  const browser = await launchBrowser();
  try {
    stage.file(
      '.vscode/settings.json',
      JSON.stringify({ 'instanceMonitor.services': [{ name: 'bot', process: '--role twin' }] }),
    );
    const window = await openWindow(server, { browser, folder: stage.folder, settings: noPresets });
    await window.openContainer(CONTAINER);
    const latencies = await conflictLatencies(window, stage);
    const name = `VS Code ${releases.newest.vscode}`;
    await window.close();
    return [
      atMost(
        `${name}: from the second instance's start to the warning on the screen, longest of ${CONFLICTS} (median ${median(latencies).toFixed(0)} ms)`,
        Math.max(...latencies),
        INTERVAL_MS + 200,
        'ms',
        0,
      ),
    ];
  } finally {
    await browser.close();
    await server.stop();
    await stage.close();
  }
}

async function activationRows(vsix: string, base: string): Promise<Row[]> {
  const { vscode, ours, idle } = await measureActivations(vsix, 'newest', base, STARTS);
  const name = `VS Code ${vscode}`;
  const list = (values: readonly number[]): string => values.join(', ');
  return [
    atMost(`${name}: activation, median of ${STARTS} starts (${list(ours)} ms)`, median(ours), 30, 'ms', 0),
    {
      what: `${name}: the same of an extension that does nothing, in the same starts (${list(idle)} ms)`,
      figure: `${median(idle)} ms`,
    },
    {
      what: `${name}: median difference of the two`,
      figure: `${median(ours.map((ms, start) => ms - (idle[start] ?? 0)))} ms`,
    },
  ];
}

async function conflictLatencies(window: Window, stage: Stage): Promise<number[]> {
  const latencies: number[] = [];
  await stage.start('bystander', ['--role', 'twin']);
  for (let round = 0; round < CONFLICTS; round += 1) {
    await window.statusBar.itemWhen(STATUS_ITEM, 'no conflict', ({ kind }) => kind === 'normal');
    // Anywhere in the interval.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * INTERVAL_MS));
    const warned = window.page.evaluate(warning, STATUS_ITEM);
    const startedAt = Date.now();
    const second = await stage.start('bystander', ['--role', 'twin']);
    latencies.push((await warned) - startedAt);
    await second.killHard();
  }
  return latencies;
}

/** In the page: resolves with the time at which the item is a warning; ms since the epoch. */
function warning(id: string): Promise<number> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.getElementById(id)?.classList.contains('warning-kind') !== true) return;
      observer.disconnect();
      resolve(Date.now());
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ['class'],
    });
    look();
  });
}
