import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pidOf, says, type Started } from '../demo/case';
import { cases, type NumberedCase } from '../demo/cases';
import { eventually } from '../harness/eventually';
import type { Row, View, Window } from '../harness/window';
import {
  aPid,
  canRun,
  CONTAINER,
  noPresets,
  setUp,
  STATUS_ITEM,
  writeFolderSettings,
  type Ui,
} from './setUp';

const POLL_MS = 500;
const played = cases.filter(({ whyNot }) => whyNot?.() === undefined);
const CONFLICTS = played.filter(({ expect: { state } }) => state === 'conflict');

describe.runIf(canRun)('the Services view, from live processes', () => {
  let ui: Ui;
  let window: Window;
  let services: View;
  let provoking: NodeJS.Timeout | undefined;
  const started = new Map<string, Started>();

  beforeAll(async () => {
    ui = await setUp();
    const all = await Promise.all(played.map(async (one) => [one.id, await one.start(ui.stage)] as const));
    for (const [id, acted] of all) started.set(id, acted);
    writeFolderSettings(ui.stage.folder, {
      ...noPresets,
      'instanceMonitor.pollInterval': POLL_MS,
      'instanceMonitor.services': played.map(({ service }) => service),
    });
    // High enough that nothing has to be scrolled.
    window = await ui.open({ folder: ui.stage.folder, viewport: { width: 1280, height: 2600 } });
    await window.openContainer(CONTAINER);
    services = window.view('Services');
    await services.rowsWhen('a row per case', (rows) => roots(rows).length === played.length, 60_000);
    const provokeAll = (): void => started.forEach(({ provoke }) => provoke?.());
    provokeAll();
    // Fresh lines in a log are a conflict for a minute only.
    provoking = setInterval(provokeAll, 10_000);
  });

  afterAll(async () => {
    clearInterval(provoking);
    await window.close();
    await ui.close();
  });

  const pidsOf = (one: NumberedCase) => started.get(one.id)?.pids ?? {};
  // The name in sight may be shortened; the whole one is spoken.
  const rowOf = (one: NumberedCase) => (row: Row) =>
    row.level === 1 && row.label.startsWith(`${one.service.name}, `);

  it.each(played)('shows row $row: $title', async (one) => {
    const row = await services.row((each) => rowOf(one)(each) && each.label.includes(one.expect.state));
    expect(row.label).toMatch(new RegExp(`^${escaped(one.service.name)}, ${one.expect.state}\\b`));
    // That it is held is the icon's to say; a warning or the pid comes first then.
    if (one.expect.state === 'held') expect(row.description).not.toMatch(/^held\b/);
    else expect(row.description).toMatch(new RegExp(`^${one.expect.state}\\b`));
    expect(row.icon).toBe({ conflict: 'error', stale: 'warning', held: 'lock' }[one.expect.state as string]);

    const children = await expandBelow(services, rowOf(one));
    const tooltip = await services.tooltip(rowOf(one));
    const words = [row, ...children]
      .map((each) => `${each.label} ${each.name} ${each.description}`)
      .join('\n')
      .concat('\n', tooltip);
    for (const pattern of one.expect.says(pidsOf(one))) expect(words).toMatch(pattern);
    for (const pattern of one.expect.neverSays?.(pidsOf(one)) ?? []) expect(words).not.toMatch(pattern);
    expect(children.filter(({ label }) => label.trim() === '')).toEqual([]);
    await services.collapse(rowOf(one));
  });

  it('names the pid of an undisturbed holder on the row itself', async () => {
    for (const [id, role] of [
      ['lock-and-pid-file', 'bot'],
      ['lock-only', 'bot'],
      ['locked-pid-file', 'server'],
      ['emptied-pid-file', 'server'],
      ['json-record-and-lock', 'gateway'],
      ['posix-lock', 'holder'],
      ['inherited-from-killed-parent', 'child'],
    ] as const) {
      const one = caseOf(id);
      const row = await services.row(rowOf(one));
      expect(row.description).toMatch(aPid(pidOf(pidsOf(one), role)));
      expect(row.label).toMatch(aPid(pidOf(pidsOf(one), role)));
    }
  });

  it('sorts the worst to the top, then by name', async () => {
    const rank = ['conflict', 'stale', 'unverified', 'held', 'free', 'absent'];
    const states = roots(await services.rows()).map(({ label }) =>
      rank.findIndex((state) => label.includes(`, ${state}`)),
    );
    expect(states).toEqual([...states].sort((a, b) => a - b));
  });

  it('turns the status bar item to a warning, and counts the conflicts on the icon', async () => {
    const item = await window.statusBar.itemWhen(
      STATUS_ITEM,
      'conflicts',
      ({ text }) => text === `${CONFLICTS.length} conflicts`,
    );
    expect(item.kind).toBe('warning');
    expect(item.label).toContain(`${CONFLICTS.length} conflicts`);
    expect(await window.badge(CONTAINER)).toBe(String(CONFLICTS.length));
    const tooltip = await window.statusBar.tooltip(STATUS_ITEM);
    for (const { service } of CONFLICTS) expect(tooltip).toContain(service.name);
  });

  it('tells of each conflict once, with its remedies', async () => {
    const told = await eventually(
      'a notification of each conflict',
      () => window.notifications.all(),
      (all) => CONFLICTS.every(({ service }) => all.some(({ message }) => message.startsWith(service.name))),
    );
    expect(told.map(({ message }) => message.split(':')[0]).sort()).toEqual(
      CONFLICTS.map(({ service }) => service.name).sort(),
    );
    const of = (id: string) => told.find(({ message }) => message.startsWith(`${caseOf(id).service.name}:`));
    const remedies = ['Kill Duplicate…', 'Show Evidence', 'Mute This Service'];
    expect(of('two-pollers')?.buttons).toEqual(remedies);
    expect(of('split-brain')?.buttons).toEqual(remedies);
    // The other one is elsewhere: there is nobody here to end.
    expect(of('conflict-in-log')?.buttons).toEqual(remedies.slice(1));
    expect(told.map(({ severity }) => severity)).toEqual(CONFLICTS.map(() => 'warning'));
    for (const pattern of says(pidsOf(caseOf('two-pollers')), 'earlier', 'later')) {
      expect(of('two-pollers')?.message).toMatch(pattern);
    }
    for (const pattern of says(pidsOf(caseOf('split-brain')), 'first', 'second')) {
      expect(of('split-brain')?.message).toMatch(pattern);
    }
  });

  it('tells nothing in another window on the folder of what was told in this one', async () => {
    const other = await window.another();
    await other.openContainer(CONTAINER);
    await other.statusBar.itemWhen(
      STATUS_ITEM,
      'conflicts',
      ({ text }) => text === `${CONFLICTS.length} conflicts`,
    );
    const from = Date.now();
    await eventually(
      'the time in which it would be told',
      () => Date.now() - from,
      (passed) => passed > 3000,
    );
    const told = (await other.notifications.all()).map(({ message }) => message);
    expect(told.filter((message) => CONFLICTS.some(({ service }) => message.includes(service.name)))).toEqual(
      [],
    );
    await other.close();
  });

  it('turns the row free by itself when its holder is killed, and keeps what is expanded and selected', async () => {
    const kept = caseOf('shell-descriptor');
    const gone = caseOf('lock-only');
    // A click selects the row and expands it.
    await services.select(rowOf(kept));
    await services.expand((row) => row.level === 2 && row.label.startsWith('lock file ccbot-supervised'));
    await ui.stage.killHard(pidOf(pidsOf(gone), 'bot'));
    const row = await services.row((each) => rowOf(gone)(each) && each.label.includes(', free'));
    expect(row.description).toBe('free');
    expect(row.icon).toBe('unlock');

    const after = await services.rows();
    expect(after.find(rowOf(kept))).toMatchObject({ expanded: true, selected: true });
    const lock = after.find(
      (each) => each.level === 2 && each.label.startsWith('lock file ccbot-supervised'),
    );
    expect(lock?.expanded).toBe(true);
  });

  it('redraws nothing while nothing changes', async () => {
    clearInterval(provoking);
    // Ages change once a minute; a stretch of five looks in between must leave every row alone.
    await eventually(
      'five looks that redraw nothing',
      async () => {
        await watchRows(window, services);
        const from = Date.now();
        await eventually(
          'five looks',
          () => Date.now() - from,
          (passed) => passed > 5 * POLL_MS,
        );
        return rowChanges(window);
      },
      (changes) => changes.length === 0,
      15_000,
    );
  });
});

function caseOf(id: string): NumberedCase {
  const found = played.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no case ${id}`);
  return found;
}

function roots(rows: Row[]): Row[] {
  return rows.filter(({ level }) => level === 1);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Expands a root and everything below it; the rows below it. */
async function expandBelow(view: View, isRoot: (row: Row) => boolean): Promise<Row[]> {
  await view.expand(isRoot);
  for (;;) {
    const rows = await view.rows();
    const from = rows.findIndex(isRoot);
    const to = rows.findIndex((row, index) => index > from && row.level === 1);
    const below = rows.slice(from + 1, to === -1 ? undefined : to);
    const closed = below.find(({ expanded }) => expanded === false);
    if (closed === undefined) return below;
    await view.expand((row) => row.index === closed.index && row.name === closed.name);
  }
}

interface Watching {
  rowChanges?: string[];
  observer?: MutationObserver;
}

/** From now on collects, in the page, every row that is added or whose text changes. */
async function watchRows(window: Window, view: View): Promise<void> {
  await window.page.mouse.move(0, 0);
  await view.pane.locator('.monaco-list-rows').evaluate((list) => {
    const store = globalThis as Watching;
    store.observer?.disconnect();
    const changes: string[] = [];
    store.rowChanges = changes;
    store.observer = new MutationObserver((mutations) => {
      for (const { type, target, addedNodes } of mutations) {
        const row = (target instanceof Element ? target : target.parentElement)?.closest('.monaco-list-row');
        if (addedNodes.length > 0 || type === 'characterData') {
          changes.push(`${type} ${row?.getAttribute('aria-label') ?? 'the list'}`);
        }
      }
    });
    store.observer.observe(list, { childList: true, characterData: true, subtree: true });
  });
}

async function rowChanges(window: Window): Promise<string[]> {
  return window.page.evaluate(() => (globalThis as Watching).rowChanges ?? []);
}
