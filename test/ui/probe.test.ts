import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoPidNamespace } from '../fixtures/namespaces';
import { Stage } from '../fixtures/stage';
import { eventually } from '../harness/eventually';
import { serverUnavailable, type ServerVersion } from '../harness/prepare';
import { startServer, type VsCodeServer } from '../harness/server';
import { launchBrowser, openWindow, type Window } from '../harness/window';

const root = path.resolve(import.meta.dirname, '../..');

/** As a Dev Container: processes outside, and the locks they took, are not in sight. */
const NESTED = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** NODE_MODULE_VERSION of the extension hosts. */
const hosts: { version: ServerVersion; abi: number }[] = [
  { version: 'floor', abi: 115 },
  { version: 'newest', abi: 137 },
];

function builtFor(abi: number): boolean {
  return fs.existsSync(path.join(root, 'prebuilds', `linux-${process.arch}`, `abi-${abi}.node`));
}

/** Files mapped by any process of the server but these: a library that is loaded, not merely there. */
function mappedBinaries(server: VsCodeServer, but: readonly number[] = []): string[] {
  const found = server.processes().flatMap((pid) => {
    if (but.includes(pid)) return [];
    try {
      return fs.readFileSync(`/proc/${pid}/maps`, 'utf8').match(/\/\S*prebuilds\/\S+\.node/g) ?? [];
    } catch {
      return [];
    }
  });
  return [...new Set(found)];
}

describe.runIf(serverUnavailable() === undefined && whyNoPidNamespace() === undefined)(
  'fs-ext from the package, in an extension host that cannot see the holder',
  () => {
    let folder: string;
    let vsix: string;
    let stage: Stage;
    let browser: Browser;

    beforeAll(async () => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'instance-monitor-vsix-'));
      execFileSync(process.execPath, [path.join(root, '.ci/package.mjs'), `--out-dir=${folder}`]);
      vsix = path.join(folder, fs.readdirSync(folder).find((name) => name.endsWith('.vsix')) ?? '');
      stage = Stage.open();
      browser = await launchBrowser();
    });

    afterAll(async () => {
      await browser.close();
      await stage.close();
      fs.rmSync(folder, { recursive: true });
    });

    it.runIf(hosts.every(({ abi }) => builtFor(abi))).each(hosts)(
      'is loaded by the $version VS Code (ABI $abi), and tells what is held; without it koffi does',
      async ({ version, abi }) => {
        const lockFile = stage.file(`${version}/outside.lock`);
        const holders = [await stage.start('holder', ['--file', lockFile])];
        const server = await startServer({ version, vsix: [vsix], wrapper: NESTED });
        /** In a window, and so an extension host, of its own; `others`: the processes that were there before. */
        const inWindow = async (
          act: (services: ReturnType<Window['view']>, others: number[]) => Promise<void>,
        ): Promise<void> => {
          const others = server.processes();
          const window = await openWindow(server, {
            folder: path.dirname(lockFile),
            browser,
            settings: {
              'instanceMonitor.pollInterval': 500,
              'instanceMonitor.services': [{ name: 'outside', lockFile }],
            },
          });
          try {
            await window.openContainer('Instances & Locks');
            await act(window.view('Services'), others);
          } finally {
            await window.close();
          }
        };
        try {
          let folders: string[] = [];
          await inWindow(async (services, others) => {
            const held = await services.row(/^outside, held/, 60_000);
            expect(held.label).toContain('pid unknown');
            const loaded = mappedBinaries(server, others);
            expect(loaded.filter((name) => !name.endsWith('/koffi.node'))).toEqual([
              expect.stringMatching(new RegExp(`prebuilds/linux-${process.arch}/abi-${abi}\\.node$`)),
            ]);
            folders = [...new Set(loaded.map((name) => path.dirname(name)))];
          });

          removeFrom(folders, (name) => name.startsWith('abi-'));
          await inWindow(async (services, others) => {
            const held = await services.row(/^outside, held/, 60_000);
            expect(held.label).toContain('pid unknown');
            expect(mappedBinaries(server, others)).toEqual([
              expect.stringMatching(new RegExp(`prebuilds/linux-${process.arch}/koffi\\.node$`)),
            ]);
            await holders[0]?.killHard();
            // The probe finds no flock, and F_GETLK, where the helper can ask it, no POSIX or OFD lock: only then it is free.
            await services.row(/^outside, (?:free|unverified)/, 30_000);
            // Nothing of the probe stays behind: the next instance gets its lock.
            holders.push(await stage.start('holder', ['--file', lockFile]));
            await services.row(/^outside, held/, 60_000);
          });
          if (version !== 'newest') return;

          // As the universal package.
          removeFrom(folders, (name) => name.endsWith('.node'));
          await inWindow(async (services, others) => {
            const row = await services.row(/^outside, /, 60_000);
            expect(row.label).toMatch(/^outside, unverified/);
            const text = await eventually(
              'the log',
              () => extensionLog(server),
              (log) => log.includes('No active probe'),
            );
            expect(text).toContain('module version 137');
            expect(mappedBinaries(server, others)).toEqual([]);
          });
        } finally {
          for (const one of holders) await stage.killHard(one.pid);
          await server.stop(0); // unshare and the first process of its namespace heed no SIGTERM
        }
      },
    );
  },
);

/** Of the installed extension. */
function removeFrom(folders: readonly string[], isRemoved: (name: string) => boolean): void {
  for (const folder of folders) {
    const removed = fs.readdirSync(folder).filter(isRemoved);
    expect(removed).not.toEqual([]);
    for (const name of removed) fs.rmSync(path.join(folder, name));
  }
}

/** Everything the extension wrote to its log channel. */
function extensionLog(server: VsCodeServer): string {
  return fs
    .readdirSync(path.join(server.userDataDir, 'logs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('instance-monitor') && name.endsWith('.log'))
    .map((name) => fs.readFileSync(path.join(server.userDataDir, 'logs', name), 'utf8'))
    .join('\n');
}
