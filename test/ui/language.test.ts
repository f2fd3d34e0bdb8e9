import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../harness/paths';
import type { View, Window } from '../harness/window';
import { aPid, canRun, noPresets, setUp, STATUS_ITEM, writeFolderSettings, type Ui } from './setUp';

const texts = (file: string): Record<string, string> =>
  JSON.parse(fs.readFileSync(path.join(projectRoot, file), 'utf8')) as Record<string, string>;

describe.runIf(canRun).each(['de', 'zh-cn'])('in a window that speaks %s', (language) => {
  const manifest = texts(`package.nls.${language}.json`);
  let ui: Ui;
  let window: Window;
  let services: View;
  let holder: number;

  beforeAll(async () => {
    ui = await setUp();
    const lockFile = ui.stage.file('bot.lock');
    holder = (await ui.stage.start('holder', ['--file', lockFile])).pid;
    ui.stage.file('gone.pid', '4194301');
    writeFolderSettings(ui.stage.folder, {
      ...noPresets,
      'instanceMonitor.services': ['bot.lock', 'gone.pid'],
    });
    window = await ui.open({ folder: ui.stage.folder, language });
    await window.openContainer(manifest['container.title'] ?? '');
    services = window.view(manifest['view.services'] ?? '');
  });

  afterAll(async () => {
    await window.close();
    await ui.close();
  });

  const bundle = texts(`l10n/bundle.l10n.${language}.json`);
  const translated = (text: string): string => {
    const found = bundle[text];
    if (found === undefined || found === text) throw new Error(`“${text}” has no ${language}`);
    return found;
  };

  it('the rows speak it', async () => {
    const held = await services.row(/^bot\.lock/, 60_000);
    expect(held.label).toContain(`, ${translated('held')}, `);
    expect(held.description).toMatch(aPid(holder));
    const stale = await services.row(/^gone\.pid/);
    expect(stale.label).toContain(translated('pid {0} is gone').replace('{0}', '4194301'));
    const item = await window.statusBar.itemWhen(STATUS_ITEM, 'something', ({ label }) => label !== '');
    expect(item.label).toContain(
      translated('{0} of {1} services held').replace('{0}', '1').replace('{1}', '2'),
    );
  });

  it('so do what the worker says, the commands and the dialogs', async () => {
    await services.expand(/^gone\.pid/);
    const finding = await services.row((row) => row.level === 2 && row.icon === 'warning');
    expect(finding.name).toBe(translated('Stale record: process no longer exists'));
    expect(finding.description).not.toMatch(/\b(the|is|no|process)\b/);

    const command = manifest['command.cleanUpStalePidFiles'] ?? '';
    await services.chooseFromContextMenu(/^gone\.pid/, command);
    const asked = await window.dialog.read();
    expect(asked.message).toBe(translated('Remove this stale record?'));
    expect(asked.buttons).toContain(translated('Remove'));
    await window.dialog.dismiss();
    expect(fs.existsSync(ui.stage.path('gone.pid'))).toBe(true);
  });
});
