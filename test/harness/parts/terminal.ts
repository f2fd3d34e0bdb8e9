import type { Page } from 'playwright-core';
import { eventually, plain } from '../eventually';

/** The terminal of the panel, drawn as text (`terminal.integrated.gpuAcceleration` off). */
export class Terminal {
  constructor(private readonly page: Page) {}

  /** The rows on screen, without what fills them up. */
  async rows(): Promise<string[]> {
    return this.page
      .locator('.terminal-wrapper.active .xterm-rows > div')
      .evaluateAll((all) => all.map((row) => row.textContent.replaceAll('\u00a0', ' ').trimEnd()));
  }

  async rowsWhen(what: string, accept: (rows: string[]) => boolean): Promise<string[]> {
    return eventually(`the terminal: ${what}`, () => this.rows(), accept);
  }

  /** Rests the pointer on these words in the last row that has them, and returns the hover's text; '': there is none. */
  async hover(words: string): Promise<string> {
    const point = await eventually(
      `“${words}” in the terminal`,
      () => this.pointOf(words),
      (at) => at !== undefined,
    );
    await this.leaveRow();
    await this.page.mouse.move(point?.x ?? 0, point?.y ?? 0, { steps: 3 });
    const hover = this.page
      .locator('.workbench-hover .hover-contents, .monaco-hover .hover-contents')
      .first();
    await hover.waitFor({ state: 'visible', timeout: 3000 }).catch(() => undefined);
    return (await hover.count()) === 0 ? '' : plain(await hover.innerText());
  }

  /** Presses the link at these words whose hover says this, until it has an effect. */
  async press(words: string, hover: string, hasEffect: () => Promise<boolean>): Promise<void> {
    await eventually(
      `the link “${words}” pressed`,
      async () => {
        // Its links are asked for when the pointer comes to the row; a click before they are there presses nothing.
        if (!(await this.hover(words)).includes(hover)) return false;
        await this.click(words);
        return eventually('its effect', hasEffect, Boolean, 3000).catch(() => false);
      },
      (isPressed) => isPressed,
    );
  }

  /** Clicks at these words as at a link, once. */
  async click(words: string): Promise<void> {
    const point = await this.pointOf(words);
    if (point === undefined) return;
    await this.page.keyboard.down('ControlOrMeta');
    await this.page.mouse.click(point.x, point.y);
    await this.page.keyboard.up('ControlOrMeta');
  }

  /** Rests the pointer on the lowest row: the row it was on keeps the links it had, whatever is printed there. */
  private async leaveRow(): Promise<void> {
    const box = await this.page.locator('.terminal-wrapper.active .xterm-rows > div').last().boundingBox();
    await this.page.mouse.move((box?.x ?? 0) + 5, (box?.y ?? 0) + 5, { steps: 2 });
  }

  /** The middle of the first of these words in the last row that has them. */
  private async pointOf(words: string): Promise<{ x: number; y: number } | undefined> {
    return this.page
      .locator('.terminal-wrapper.active .xterm-rows')
      .first()
      .evaluate((rows, wanted) => {
        const found = [...rows.children]
          .reverse()
          .find((row) => row.textContent.replaceAll('\u00a0', ' ').includes(wanted));
        if (found === undefined) return undefined;
        let at = found.textContent.replaceAll('\u00a0', ' ').indexOf(wanted) + 2;
        const walker = document.createTreeWalker(found, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
          const length = node.textContent?.length ?? 0;
          if (at < length) {
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + 1);
            const box = range.getBoundingClientRect();
            return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
          }
          at -= length;
        }
        return undefined;
      }, words);
  }
}
