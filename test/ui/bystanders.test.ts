/** Who is confused with a service by a number or a text, as a person sees it: rows, evidence, and what is ticked. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bystanderCases } from '../demo/bystanders';
import { pidOf, type Case, type Pids } from '../demo/case';
import { settingsFor } from '../demo/demo';
import type { Row, View, Window } from '../harness/window';
import { aPid, backOut, canRun, CONTAINER, noPresets, setUp, writeFolderSettings, type Ui } from './setUp';

const played = bystanderCases.filter(({ whyNot }) => whyNot?.() === undefined);
const conflicts = played.filter(({ expect: { state } }) => state === 'conflict');

describe.runIf(canRun)('bystanders, in a window', () => {
  let ui: Ui;
  let window: Window;
  let services: View;
  const pids = new Map<string, Pids>();

  beforeAll(async () => {
    ui = await setUp();
    for (const one of played) pids.set(one.id, (await one.start(ui.stage)).pids);
    const settings = JSON.parse(settingsFor(played)) as Record<string, unknown>;
    writeFolderSettings(ui.stage.folder, { ...noPresets, 'instanceMonitor.pollInterval': 500, ...settings });
    // High enough that nothing has to be scrolled.
    window = await ui.open({
      folder: ui.stage.folder,
      viewport: { width: 1280, height: 1600 },
      settings: { 'instanceMonitor.notifyOnConflict': false },
    });
    await window.openContainer(CONTAINER);
    services = window.view('Services');
    for (const one of played) await services.row(stateOf(one), 60_000);
  });

  afterEach(() => backOut(window));

  afterAll(async () => {
    await window.close();
    await ui.close();
  });

  const pidsOf = (one: Case): Pids => pids.get(one.id) ?? {};
  const rowOf = (one: Case) => (row: Row) => row.level === 1 && row.label.startsWith(`${one.service.name}, `);
  /** A second instance that only runs shows after its first seconds. */
  const stateOf = (one: Case) => (row: Row) => rowOf(one)(row) && row.label.includes(`, ${one.expect.state}`);

  /** Everything that the view says of a service. */
  async function wordsInView(one: Case): Promise<string> {
    await services.expand(rowOf(one));
    const rows = await services.rows();
    const from = rows.findIndex(rowOf(one));
    const to = rows.findIndex((row, index) => index > from && row.level === 1);
    const said = rows
      .slice(from, to === -1 ? undefined : to)
      .map(({ label, description }) => [label, description]);
    const tooltip = await services.tooltip(rowOf(one));
    await services.collapse(rowOf(one));
    return [...said.flat(), tooltip].join('\n');
  }

  async function evidenceOf(one: Case): Promise<string> {
    await services.pressInlineAction(rowOf(one), 'Show Evidence');
    const page = window.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
    await page.locator('h1').filter({ hasText: one.service.name }).waitFor();
    const text = await page.locator('body').innerText();
    await window.editor.closeAll();
    return text;
  }

  it.each(played)('shows $id: $title', async (one) => {
    const view = await wordsInView(one);
    const words = `${view}\n${await evidenceOf(one)}`;
    for (const pattern of one.expect.says(pidsOf(one))) expect(words).toMatch(pattern);
    for (const pattern of one.expect.neverSays?.(pidsOf(one)) ?? []) expect(view).not.toMatch(pattern);
  });

  it.each(conflicts)('ticks of $id only what is proven, and ends nobody else', async (one) => {
    const { listed = [], preselected = [] } = one.expect.plans?.(pidsOf(one)).kill ?? {};
    await services.pressInlineAction(rowOf(one), 'Kill Duplicate Instance…');
    const rows = await window.quickInput.rowsWhen('the instances', (all) => all.length === listed.length);
    for (const pid of listed) {
      const row = rows.find(({ label }) => aPid(pid).test(label));
      expect([pid, row?.checked]).toEqual([pid, preselected.includes(pid)]);
      expect(row?.detail).toMatch(/^(?:not )?proven: /);
    }
    const { placeholder } = await window.quickInput.describe();
    expect(placeholder).toBe(
      preselected.length === 0
        ? 'No duplicate is proven: select the instances to terminate'
        : 'Select the instances to terminate',
    );
    if (preselected.length === 0) return;
    await window.quickInput.accept();
    const { detail } = await window.dialog.read();
    for (const pid of preselected) expect(detail).toMatch(aPid(pid));
    const others = Object.keys(pidsOf(one)).map((role) => pidOf(pidsOf(one), role));
    for (const pid of others.filter((other) => !preselected.includes(other))) {
      expect(detail).not.toMatch(aPid(pid));
    }
  });
});
