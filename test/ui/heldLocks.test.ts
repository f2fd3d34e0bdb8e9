/** The Held Locks view at the widths that side bars have, over the demo and over 2,000 locks. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../demo/demo';
import { startLockFarm } from '../fixtures/farm';
import { eventually } from '../harness/eventually';
import type { Row, View, Window } from '../harness/window';
import { canRun, CONTAINER, noPresets, setUp, type Ui } from './setUp';

const WIDTHS = [220, 300, 420];
const LOCKS = 2000;
const PROCESSES = 6;
/**
 * Share of the rows whose holder may be cut off in a side bar as wide as VS Code makes it, rounded to whole rows: one of the
 * demo's 15, since the digits of a pid are not equally wide; four of 84; none of six.
 */
const CUT_OFF = 0.05;
/** How wide VS Code makes the side bar, px. */
const USUAL = 300;

describe.runIf(canRun)('the Held Locks view', () => {
  let ui: Ui;

  beforeAll(async () => {
    ui = await setUp();
  });

  afterAll(async () => {
    await ui.close();
  });

  describe('over the demo', () => {
    let base: string;
    let demo: Demo;
    let window: Window;
    let held: View;

    beforeAll(async () => {
      base = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'held-locks-')));
      demo = await startDemo(path.join(base, 'bots'));
      window = await open(ui, demo.folder);
      held = await openHeldLocks(window);
      await held.rowsWhen('the locks of the demo', (all) => all.length > 5, 60_000);
    });

    afterAll(async () => {
      await window.close();
      await demo.stop();
      fs.rmSync(base, { recursive: true, force: true });
    });

    it.each(WIDTHS)('names the holder at %i px', async (width) => {
      await window.widenSideBar(width);
      report(`the demo by process at ${width} px`, await holdersSeen(held), width);
    });

    it.each(WIDTHS)('leaves of each service the state and the first warning at %i px', async (width) => {
      const services = window.view('Services');
      await services.open();
      await window.widenSideBar(width);
      await services.row(/remote\), conflict/, 60_000);
      const rows = await warningsSeen(services);
      const cut = rows.filter(({ whole }) => !whole).map(({ text }) => text);
      console.log(
        `the demo at ${width} px: state and first warning can be read in ${rows.length - cut.length} of ${rows.length} rows`,
      );
      expect(rows.length).toBe(demo.services.length);
      if (width >= USUAL) expect(cut).toEqual([]);
      await services.toggle();
    });

    it('says in its title how many locks of how many processes there are, and how they are grouped', async () => {
      await window.widenSideBar(420);
      const rows = await held.rows();
      const title = await held.headerDescription();
      expect(title).toMatch(/\d+ locks, \d+ processes · by process$/);
      const known = rows.filter(({ name }) => /^pid \d/.test(name));
      expect(title).toContain(`, ${known.length} processes`);
    });

    it('groups by file instead, and remembers that', async () => {
      await held.pressTitleAction('Group Held Locks by File');
      const rows = await held.rowsWhen('files first', (all) =>
        all.every(({ name }) => !name.startsWith('pid ')),
      );
      expect(await held.headerDescription()).toMatch(/ · by file$/);
      // Two processes share a lock in the demo: their file is one row, with both below it.
      const shared = rows.find(({ description }) => / and \d more/.test(description));
      expect(shared?.expanded).toBe(false);
      await held.expand((row) => row.index === shared?.index && row.name === shared.name);
      const holders = (await held.rows()).filter(({ level }) => level === 2);
      expect(holders.length).toBe(Number(/ and (\d) more/.exec(shared?.description ?? '')?.[1]) + 1);
      expect(holders.every(({ name }) => /^pid \d+ /.test(name))).toBe(true);
      for (const width of WIDTHS) {
        await window.widenSideBar(width);
        report(`the demo by file at ${width} px`, await holdersSeen(held), width);
      }

      await window.page.reload();
      await window.openContainer(CONTAINER);
      const again = window.view('Held Locks');
      await again.rowsWhen(
        'files first again',
        (all) => all.some(({ name }) => name === shared?.name),
        60_000,
      );
      expect(await again.headerDescription()).toMatch(/ · by file$/);
      await again.pressTitleAction('Group Held Locks by Process');
      await again.rowsWhen('processes first', (all) => all.some(({ name }) => name.startsWith('pid ')));
    });
  });

  describe(`over ${LOCKS} locks of ${PROCESSES} processes`, () => {
    let window: Window;
    let held: View;

    beforeAll(async () => {
      const folder = ui.stage.subfolder('many');
      await startLockFarm(ui.stage, { locks: LOCKS, processes: PROCESSES, folder: 'many' });
      window = await open(ui, folder);
      held = await openHeldLocks(window);
      await held.rowsWhen('a row for each process', (all) => all.length === PROCESSES, 60_000);
    });

    afterAll(async () => {
      await window.close();
    });

    it('is one row for each process, with the count of its locks', async () => {
      const rows = await held.rows();
      const counts = rows.map(({ description }) => Number(/^(\d+) locks · /.exec(description)?.[1]));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(LOCKS);
      expect(await held.headerDescription()).toContain(`${LOCKS} locks, ${PROCESSES} processes · by process`);
    });

    it.each(WIDTHS)('names the holder at %i px', async (width) => {
      await window.widenSideBar(width);
      report(`${LOCKS} locks by process at ${width} px`, await holdersSeen(held), width);
    });

    it('names the holder of each file at every width, and of none twice the same file', async () => {
      await held.pressTitleAction('Group Held Locks by File');
      await held.pane
        .locator('.label-name')
        .filter({ hasText: /^service-/ })
        .first()
        .waitFor();
      for (const width of WIDTHS) {
        await window.widenSideBar(width);
        const rows = await holdersSeen(held);
        report(`${LOCKS} locks by file at ${width} px, those in sight`, rows, width);
        expect(rows.length).toBeGreaterThan(50);
      }
      const names = await held.pane.locator('.monaco-list-row .label-name').allTextContents();
      expect(new Set(names).size).toBe(names.length);
      await held.pressTitleAction('Group Held Locks by Process');
      await held.rowsWhen('a row for each process', (all) => all.length === PROCESSES);
    });

    it('opens a process quickly, and keeps it open while it redraws nothing', async () => {
      // All of it in sight.
      await window.page.setViewportSize({ width: 1280, height: 8000 });
      const [first] = await held.rows();
      const from = performance.now();
      await held.expand((row) => row.index === 0 && row.name === first?.name);
      const took = Math.round(performance.now() - from);
      console.log(`the ${first?.description ?? ''} of one process were opened in ${took} ms`);
      const count = Number(/^\d+/.exec(first?.description ?? '')?.[0]);
      const below = (all: Row[]): Row[] => all.filter(({ level }) => level === 2);
      await held.rowsWhen('the files of the process', (all) => below(all).length === count);
      // Ages change once a minute: five looks in between must leave every row alone.
      await eventually(
        'five looks that redraw nothing',
        async () => {
          const seen = await changesDuring(held, 5 * POLL_MS);
          return seen;
        },
        (changes) => changes === 0,
        15_000,
      );
      expect((await held.rows())[0]?.expanded).toBe(true);
    });
  });
});

const POLL_MS = 500;

function open(ui: Ui, folder: string): Promise<Window> {
  return ui.open({
    folder,
    // High enough that nothing has to be scrolled.
    viewport: { width: 1280, height: 2000 },
    settings: {
      ...noPresets,
      'instanceMonitor.notifyOnConflict': false,
      'instanceMonitor.pollInterval': POLL_MS,
    },
  });
}

/** Alone in the side bar. */
async function openHeldLocks(window: Window): Promise<View> {
  await window.openContainer(CONTAINER);
  const held = window.view('Held Locks');
  await held.open();
  await window.view('Services').toggle();
  return held;
}

interface Seen {
  readonly text: string;
  readonly whole: boolean;
}

/** Of each row: is all of "pid 4242 bot.py" inside what the row shows, wherever in its text that stands? */
const holdersSeen = (view: View): Promise<Seen[]> =>
  partsSeen(view, String.raw`pids? (?:\d+ [^ ·]+|unknown)`);

/** Of each row: is its state in sight, and of what is held, as the icon says, the first warning? */
const warningsSeen = (view: View): Promise<Seen[]> => partsSeen(view, String.raw`^(?!pid)[^·]*(?=·|$)|^`);

/** `part`: the wanted part of the description, or of the name where the description has none. */
async function partsSeen(view: View, part: string): Promise<Seen[]> {
  return view.pane.locator('.monaco-list-row[aria-level="1"]').evaluateAll((rows, wanted) => {
    // Where a row is cut off, its last visible letters give way to three dots.
    const dots = document.createElement('canvas').getContext('2d');
    const edgeOf = (row: Element): number => {
      const container = row.querySelector('.monaco-icon-label-container');
      if (container === null) return 0;
      const { right } = container.getBoundingClientRect();
      if (dots === null || container.scrollWidth <= container.clientWidth) return right;
      dots.font = getComputedStyle(container).font;
      return right - dots.measureText('…').width;
    };
    return rows.map((row) => {
      for (const selector of ['.label-description', '.label-name']) {
        const text = document.createTreeWalker(row.querySelector(selector) ?? row, NodeFilter.SHOW_TEXT);
        for (let node = text.nextNode(); node !== null; node = text.nextNode()) {
          const found = new RegExp(wanted).exec(node.textContent ?? '');
          if (found === null) continue;
          const range = document.createRange();
          range.setStart(node, found.index);
          range.setEnd(node, found.index + found[0].trimEnd().length);
          return {
            text: `${row.textContent}: ${found[0]}`,
            whole: range.getBoundingClientRect().right <= edgeOf(row) + 0.5,
          };
        }
      }
      return { text: row.textContent, whole: false };
    });
  }, part);
}

/** Prints how many rows name their holder; at the usual width and above nearly all must. */
function report(where: string, rows: readonly Seen[], width: number): void {
  const whole = rows.filter((row) => row.whole);
  console.log(`${where}: the holder can be read in ${whole.length} of ${rows.length} rows`);
  expect(rows.length).toBeGreaterThan(0);
  if (width >= USUAL) {
    expect(rows.length - whole.length).toBeLessThanOrEqual(Math.round(rows.length * CUT_OFF));
  }
}

/** How many rows come, go or change their text meanwhile. */
async function changesDuring(view: View, ms: number): Promise<number> {
  return view.pane.locator('.monaco-list-rows').evaluate(
    (list, time) =>
      new Promise<number>((resolve) => {
        let changes = 0;
        const observer = new MutationObserver((mutations) => {
          changes += mutations.filter(
            ({ type, addedNodes }) => type === 'characterData' || addedNodes.length > 0,
          ).length;
        });
        observer.observe(list, { childList: true, characterData: true, subtree: true });
        setTimeout(() => {
          observer.disconnect();
          resolve(changes);
        }, time);
      }),
    ms,
  );
}
