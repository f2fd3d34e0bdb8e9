/**
 * A window whose language was changed: VS Code starts its extensions again, and what they say and have kept is in another
 * language than before.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { startLockFarm } from '../fixtures/farm';
import { Stage } from '../fixtures/stage';
import { eventually } from '../harness/eventually';
import { bundleHostModule } from '../harness/hostBundle';
import { projectRoot } from '../harness/paths';
import { releases } from '../harness/prepare';
import { startServer } from '../harness/server';
import { launchBrowser, openWindow } from '../harness/window';
import { noPresets } from '../ui/setUp';
import { fillHistories, notedSince } from './fullHistories';
import type { LanguageReport } from './languageHost';
import { atMost, notMeasured, type Row } from './table';

const HELD = 450;
const STALE = 50;
const SERVICES = HELD + STALE;
const LANGUAGE = 'de';
const BLOCK_LIMIT = 5;

export async function languageRows(vsix: string, base: string): Promise<Row[]> {
  const what = `VS Code ${releases.newest.vscode}, ${SERVICES} services with full histories after a change of language`;
  const report = path.join(base, 'language.json');
  const stage = Stage.open(mkdtempSync(path.join(base, 'language-')));
  const extension = await measuring(base);
  const server = await startServer({
    version: 'newest',
    vsix: [vsix],
    unpacked: [extension],
    env: { BENCH_LANGUAGE: report, BENCH_SERVICES: String(SERVICES) },
  });
  const browser = await launchBrowser();
  /** Opens the window, in that language, until its report is there. */
  const inWindow = async (language?: string): Promise<LanguageReport> => {
    rmSync(report, { force: true });
    const window = await openWindow(server, {
      browser,
      folder: stage.folder,
      settings: noPresets,
      ...(language === undefined ? {} : { language }),
    });
    await eventually(
      'the report of the window',
      () => existsSync(report),
      (isThere) => isThere,
      180_000,
    );
    await window.close();
    return JSON.parse(readFileSync(report, 'utf8')) as LanguageReport;
  };
  try {
    const { files } = await startLockFarm(stage, { locks: HELD, processes: HELD / 10 });
    const stale = Array.from({ length: STALE }, (_, index) => stage.file(`gone-${index}.pid`, '4194301'));
    stage.file('.vscode/settings.json', JSON.stringify({ 'instanceMonitor.services': [...files, ...stale] }));
    await inWindow();
    const folder = historyFolder(server.userDataDir);
    fillHistories(folder, SERVICES);
    const { running, why, wall, where = [], language } = await inWindow(LANGUAGE);
    const note = why ?? [`by the clock ${wall.toFixed(1)}`, ...where].join('\n    ');
    return language === LANGUAGE
      ? [
          atMost(`${what}: longest block of the main thread`, running, BLOCK_LIMIT, 'ms', {
            digits: 1,
            note,
          }),
          atMost(
            `${what}: histories that note something though nothing happened`,
            notedSince(folder),
            0,
            '',
            {
              digits: 0,
            },
          ),
        ]
      : [notMeasured(what, `the window speaks ${language}`)];
  } finally {
    await browser.close();
    await server.stop();
    await stage.close();
  }
}

/** The folder in which the only workspace of this server keeps its histories. */
function historyFolder(userDataDir: string): string {
  const storage = path.join(userDataDir, 'User', 'workspaceStorage');
  const folders = readdirSync(storage)
    .map((name) => path.join(storage, name, 'instance-monitor.instance-monitor', 'history'))
    .filter((folder) => existsSync(folder));
  const [only, second] = folders;
  if (only === undefined || second !== undefined) throw new Error(`${folders.length} folders of histories`);
  return only;
}

/** Makes an extension of `languageHost.ts`. Returns its folder. */
async function measuring(base: string): Promise<string> {
  const folder = path.join(base, 'bench.language-1.0.0');
  mkdirSync(folder, { recursive: true });
  const module = await bundleHostModule(path.join(projectRoot, 'test', 'bench', 'languageHost.ts'));
  writeFileSync(path.join(folder, 'host.cjs'), readFileSync(module));
  rmSync(path.dirname(module), { recursive: true, force: true });
  const manifest = {
    name: 'language',
    publisher: 'bench',
    version: '1.0.0',
    engines: { vscode: '^1.100.0' },
    main: './extension.cjs',
    activationEvents: ['*'],
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  // VS Code waits for no extension that measures for a minute.
  writeFileSync(
    path.join(folder, 'extension.cjs'),
    "exports.activate = () => void require('./host.cjs').run();\n",
  );
  return folder;
}
