import type { Locator, Page } from 'playwright-core';
import { eventually, matches, plain, type Match } from '../eventually';
import { readHover } from './hover';
import { chooseMenuItem, dismissMenu, readMenu } from './menu';

/** One row of a tree view, as a person or a screen reader gets it. */
export interface Row {
  /** What a screen reader says: the item's accessibility label. */
  readonly label: string;
  /** The text in normal type. */
  readonly name: string;
  /** The text in faint type after it. */
  readonly description: string;
  /** 1 for a root. */
  readonly level: number;
  /** Undefined when it has no children. */
  readonly expanded: boolean | undefined;
  readonly selected: boolean;
  /** Codicon, such as `lock`. */
  readonly icon: string | undefined;
  /** CSS colour of the icon. */
  readonly iconColour: string | undefined;
  /** Position in the list as it is expanded now, from 0. */
  readonly index: number;
}

/** A view in the side bar, found by the name in its header. It must be visible: open its container first. */
export class View {
  constructor(
    private readonly page: Page,
    readonly name: string,
  ) {}

  get pane(): Locator {
    const header = this.page.locator(`.pane-header[aria-label^="${this.name}"]`);
    return this.page.locator('.part.sidebar .pane').filter({ has: header });
  }

  /** Every row, also those scrolled out of sight, from top to bottom. */
  async rows(): Promise<Row[]> {
    const found = new Map<number, Row>();
    const read = async (): Promise<void> => {
      for (const row of await this.renderedRows()) found.set(row.index, row);
    };
    await read();
    if (await this.isScrollable()) {
      const tree = this.pane.locator('.monaco-list');
      await this.scroll(tree, -1_000_000);
      await read();
      for (let previous = -1; previous !== found.size;) {
        previous = found.size;
        await this.scroll(tree, 200);
        await read();
      }
    }
    return [...found.values()].sort((a, b) => a.index - b.index);
  }

  /** The first row that matches (by label and shown text), once there is one. */
  async row(match: Match<Row>, timeoutMs?: number): Promise<Row> {
    const find = (rows: Row[]): Row | undefined => rows.find((row) => matches(match, row, shown(row)));
    const rows = await eventually(
      `a row ${String(match)} in ${this.name}`,
      () => this.rows(),
      (all) => find(all) !== undefined,
      timeoutMs,
    );
    return find(rows) as Row;
  }

  /** The rows, once they satisfy the condition. */
  async rowsWhen(what: string, accept: (rows: Row[]) => boolean, timeoutMs?: number): Promise<Row[]> {
    return eventually(`${what} in ${this.name}`, () => this.rows(), accept, timeoutMs);
  }

  /** The element of a row, scrolled into sight. */
  async rowElement(match: Match<Row>): Promise<Locator> {
    const row = await this.row(match);
    const element = this.pane.locator(`.monaco-list-row[data-index="${row.index}"]`);
    if ((await element.count()) === 0) {
      const tree = this.pane.locator('.monaco-list');
      await this.scroll(tree, -1_000_000);
      while ((await element.count()) === 0) await this.scroll(tree, 100);
    }
    return element;
  }

  /** The same, with nothing in front of it: the hover of the row that the pointer was on covers those below. */
  private async approach(match: Match<Row>): Promise<Locator> {
    const element = await this.rowElement(match);
    await this.page.mouse.move(0, 0);
    await this.page.locator('.workbench-hover').first().waitFor({ state: 'detached' });
    return element;
  }

  async expand(match: Match<Row>): Promise<void> {
    await this.setExpanded(match, true);
  }

  async collapse(match: Match<Row>): Promise<void> {
    await this.setExpanded(match, false);
  }

  /** Expands everything, level by level, and returns the rows. */
  async expandAll(): Promise<Row[]> {
    for (;;) {
      const rows = await this.rows();
      const next = rows.find((row) => row.expanded === false);
      if (next === undefined) return rows;
      // Not by the label: it has an age, which grows.
      await this.expand((row) => row.index === next.index && row.name === next.name);
    }
  }

  async select(match: Match<Row>): Promise<void> {
    await (await this.approach(match)).locator('.monaco-icon-label').first().click();
  }

  async doubleClick(match: Match<Row>): Promise<void> {
    await (await this.approach(match)).locator('.monaco-icon-label').first().dblclick();
  }

  /** The text of the tooltip that resting the pointer on the row brings up. */
  async tooltip(match: Match<Row>): Promise<string> {
    const element = await this.rowElement(match);
    return readHover(this.page, element.locator('.monaco-icon-label').first());
  }

  /** Names of the icons at the end of the row, which show while the pointer is on it. */
  async inlineActions(match: Match<Row>): Promise<string[]> {
    const element = await this.approach(match);
    await element.hover();
    const labels = await element
      .locator('.actions .action-label')
      .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''));
    return labels.map(plain);
  }

  async pressInlineAction(match: Match<Row>, action: string): Promise<void> {
    const element = await this.approach(match);
    await element.hover();
    await element.locator(`.actions .action-label[aria-label^="${action}"]`).click();
  }

  /** Names in the row's context menu, top to bottom. */
  async contextMenu(match: Match<Row>): Promise<string[]> {
    await (await this.approach(match)).click({ button: 'right' });
    const items = await readMenu(this.page);
    await dismissMenu(this.page);
    return items;
  }

  async chooseFromContextMenu(match: Match<Row>, item: string): Promise<void> {
    await (await this.approach(match)).click({ button: 'right' });
    await chooseMenuItem(this.page, item);
  }

  /** Names of the icons in the view's header. */
  async titleActions(): Promise<string[]> {
    await this.pane.locator('.pane-header').hover();
    const labels = await this.pane
      .locator('.pane-header .action-label')
      .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''));
    return labels.map(plain);
  }

  async pressTitleAction(action: string): Promise<void> {
    await this.pane.locator('.pane-header').hover();
    await this.pane.locator(`.pane-header .action-label[aria-label^="${action}"]`).click();
  }

  /** The message above the rows, or undefined when there is none. */
  async message(): Promise<string | undefined> {
    const element = this.pane.locator('.tree-explorer-viewlet-tree-view > .message:not(.hide)');
    const [text] = await element.allInnerTexts();
    return text === undefined ? undefined : plain(text);
  }

  /** The welcome content of an empty view: its whole text and its buttons' and links' names. */
  async welcome(): Promise<{ text: string; buttons: string[]; links: string[] } | undefined> {
    // In one look: what is redrawn in between would be told half as before, half as after.
    const [shown] = await this.pane.locator('.welcome-view-content').evaluateAll((elements) =>
      elements
        .filter((element) => element.checkVisibility())
        .map((element) => {
          const texts = (selector: string): string[] =>
            [...element.querySelectorAll<HTMLElement>(selector)].map(({ innerText }) => innerText);
          return {
            text: (element as HTMLElement).innerText,
            buttons: texts('.monaco-button'),
            links: texts('a:not(.monaco-button)'),
          };
        }),
    );
    return (
      shown && { text: plain(shown.text), buttons: shown.buttons.map(plain), links: shown.links.map(plain) }
    );
  }

  async pressWelcome(name: string): Promise<void> {
    await this.pane.locator('.welcome-view-content a').filter({ hasText: name }).click();
  }

  /** Opens or closes the view, by a click on its name: the middle of the header may have icons. */
  async toggle(): Promise<void> {
    await this.pane.locator('.pane-header').click({ position: { x: 12, y: 10 } });
  }

  /** Opens the view where it is closed. */
  async open(): Promise<void> {
    if (!(await this.isOpen())) await this.toggle();
  }

  /** Whether its rows are shown, or its header only. */
  async isOpen(): Promise<boolean> {
    return (await this.pane.locator('.pane-header').getAttribute('aria-expanded')) === 'true';
  }

  /** The title in the header: all that a closed view shows. */
  async title(): Promise<string> {
    const title = this.pane.locator('.pane-header .title').first();
    return (await title.isVisible()) ? plain((await title.textContent()) ?? '') : '';
  }

  /** What the header says of the view after its name. */
  async headerDescription(): Promise<string> {
    const description = this.pane.locator('.pane-header .description').first();
    // VS Code hides it while the view is closed.
    return (await description.isVisible()) ? plain(await description.innerText()) : '';
  }

  private async setExpanded(match: Match<Row>, expanded: boolean): Promise<void> {
    const row = await this.row(match);
    if (row.expanded === undefined) throw new Error(`${shown(row)} in ${this.name} has no children`);
    if (row.expanded !== expanded) {
      const same = (other: Row): boolean => other.index === row.index && other.label === row.label;
      await (await this.approach(same)).locator('.monaco-tl-twistie').click();
    }
    await eventually(
      `${row.label} ${expanded ? 'expanded' : 'collapsed'}`,
      () => this.rows(),
      (rows) =>
        // Another row may have come before it, or its age may have changed.
        rows.some(
          (other) => (other.index === row.index || other.label === row.label) && other.expanded === expanded,
        ),
    );
  }

  private async isScrollable(): Promise<boolean> {
    const list = this.pane.locator('.monaco-list');
    if ((await list.count()) === 0) return false;
    return list.first().evaluate((element) => {
      const rows = element.querySelector<HTMLElement>('.monaco-list-rows');
      return rows !== null && rows.offsetHeight > element.clientHeight;
    });
  }

  /** Turns the wheel over the list and waits until the rows have followed. */
  private async scroll(tree: Locator, pixels: number): Promise<void> {
    await tree.hover();
    await this.page.mouse.wheel(0, pixels);
    await this.page.evaluate(
      () =>
        new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
    );
  }

  private async renderedRows(): Promise<Row[]> {
    const raw = await this.pane.locator('.monaco-list-row').evaluateAll((elements) =>
      elements.map((element) => {
        const icon = element.querySelector<HTMLElement>('.custom-view-tree-node-item-icon');
        const codicon = [...(icon?.classList ?? [])].find((name) => name.startsWith('codicon-'));
        return {
          label: element.getAttribute('aria-label') ?? '',
          name: element.querySelector('.label-name')?.textContent ?? '',
          description: element.querySelector('.label-description')?.textContent ?? '',
          level: Number(element.getAttribute('aria-level')),
          expanded: element.getAttribute('aria-expanded'),
          selected: element.getAttribute('aria-selected') === 'true',
          icon: codicon?.slice('codicon-'.length),
          iconColour: icon === null ? undefined : getComputedStyle(icon).color,
          index: Number(element.getAttribute('data-index')),
        };
      }),
    );
    return raw.map((row) => ({
      ...row,
      name: plain(row.name),
      description: plain(row.description),
      expanded: row.expanded === null ? undefined : row.expanded === 'true',
    }));
  }
}

function shown(row: Row): string {
  return `${row.label} | ${row.name} ${row.description}`;
}
