import type { Locator, Page } from 'playwright-core';
import { eventually, matches, plain, type Match } from '../eventually';

export interface QuickRow {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
  /** Ticked, where several can be picked; undefined where only one can. */
  readonly checked: boolean | undefined;
  /** What a screen reader says. */
  readonly spoken: string;
}

/** The box at the top: quick picks, input boxes, the command palette. */
export class QuickInput {
  constructor(private readonly page: Page) {}

  private get widget(): Locator {
    return this.page.locator('.quick-input-widget');
  }

  private get input(): Locator {
    return this.widget.locator('.quick-input-box input');
  }

  async isOpen(): Promise<boolean> {
    return this.widget.isVisible();
  }

  async waitForOpen(): Promise<void> {
    await this.widget.waitFor({ state: 'visible' });
  }

  async waitForClosed(): Promise<void> {
    await this.widget.waitFor({ state: 'hidden' });
  }

  /** Title, placeholder, typed text and the message below an input box (also the validation's). */
  async describe(): Promise<{ title: string; placeholder: string; value: string; message: string }> {
    await this.waitForOpen();
    const message = this.widget.locator('.quick-input-message');
    return {
      title: plain(await this.widget.locator('.quick-input-title').first().innerText()),
      placeholder: (await this.input.getAttribute('placeholder')) ?? '',
      value: await this.input.inputValue(),
      message: (await message.isVisible()) ? plain(await message.innerText()) : '',
    };
  }

  /** The rows on screen. */
  async rows(): Promise<QuickRow[]> {
    await this.waitForOpen();
    const raw = await this.widget.locator('.quick-input-list .monaco-list-row').evaluateAll((elements) =>
      elements.map((element) => {
        const box = element.querySelector<HTMLElement>(
          '.quick-input-list-checkbox input[type="checkbox"], .quick-input-list-checkbox, input.quick-input-list-checkbox, .monaco-custom-toggle.monaco-checkbox',
        );
        const checked =
          box === null || box.offsetParent === null
            ? undefined
            : box instanceof HTMLInputElement
              ? box.checked
              : box.getAttribute('aria-checked') === 'true';
        return {
          label: element.querySelector('.quick-input-list-row .label-name')?.textContent ?? '',
          description: element.querySelector('.quick-input-list-row .label-description')?.textContent ?? '',
          detail: element.querySelector('.quick-input-list-label-meta')?.textContent ?? '',
          checked,
          spoken: element.getAttribute('aria-label') ?? '',
        };
      }),
    );
    return raw.map((row) => ({
      ...row,
      label: plain(row.label),
      description: plain(row.description),
      detail: plain(row.detail),
    }));
  }

  async rowsWhen(
    what: string,
    accept: (rows: QuickRow[]) => boolean,
    timeoutMs?: number,
  ): Promise<QuickRow[]> {
    return eventually(`quick pick: ${what}`, () => this.rows(), accept, timeoutMs);
  }

  /** Clicks a row: picks it where one is asked for, ticks or unticks it where several are. */
  async click(match: Match<QuickRow>): Promise<void> {
    const is = (row: QuickRow): boolean =>
      matches(match, row, `${row.label} ${row.description} ${row.detail}`);
    const rows = await this.rowsWhen(`a row ${String(match)}`, (all) => all.some(is));
    await this.widget.locator('.quick-input-list .monaco-list-row').nth(rows.findIndex(is)).click();
  }

  async type(text: string): Promise<void> {
    await this.waitForOpen();
    await this.input.fill(text);
  }

  /** Enter, or the OK button where several can be picked. */
  async accept(): Promise<void> {
    await this.waitForOpen();
    await this.input.press('Enter');
  }

  async dismiss(): Promise<void> {
    await this.waitForOpen();
    await this.input.press('Escape');
    await this.waitForClosed();
  }
}
