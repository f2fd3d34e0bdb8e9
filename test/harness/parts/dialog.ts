import type { Page } from 'playwright-core';
import { plain } from '../eventually';

export interface DialogText {
  readonly severity: 'none' | 'information' | 'warning' | 'error';
  readonly message: string;
  /** The smaller text below, line ends kept. */
  readonly detail: string;
  /** In the order shown. The one that backs out is named `Cancel`. */
  readonly buttons: string[];
  /** The one that Enter presses. */
  readonly chosen: string;
}

/** The modal dialog. */
export class Dialog {
  constructor(private readonly page: Page) {}

  private get box() {
    return this.page.locator('.monaco-dialog-box');
  }

  async isOpen(): Promise<boolean> {
    return this.box.isVisible();
  }

  /** What it says, once it is open. */
  async read(): Promise<DialogText> {
    await this.box.waitFor({ state: 'visible' });
    const icon = (await this.box.locator('.dialog-icon').first().getAttribute('class')) ?? '';
    const detail = this.box.locator('.dialog-message-detail');
    return {
      severity: /codicon-(dialog-)?error/.test(icon)
        ? 'error'
        : /codicon-(dialog-)?warning/.test(icon)
          ? 'warning'
          : /codicon-(dialog-)?info/.test(icon)
            ? 'information'
            : 'none',
      message: plain(await this.box.locator('.dialog-message-text').innerText()),
      detail: (await detail.count()) === 0 ? '' : (await detail.innerText()).trim(),
      buttons: (await this.box.locator('.dialog-buttons .monaco-button').allInnerTexts())
        .map(plain)
        .filter(Boolean),
      chosen: plain((await this.box.locator('.dialog-buttons .monaco-button:focus').allInnerTexts()).join()),
    };
  }

  /** Presses a button of the open dialog and waits until that dialog has closed. */
  async press(button: string): Promise<void> {
    await this.box.waitFor({ state: 'visible' });
    const element = await this.box.elementHandle();
    await this.box.locator('.dialog-buttons .monaco-button').filter({ hasText: button }).first().click();
    await element.waitForElementState('hidden');
  }

  /** Backs out with the Escape key. */
  async dismiss(): Promise<void> {
    await this.box.waitFor({ state: 'visible' });
    await this.page.keyboard.press('Escape');
    await this.box.waitFor({ state: 'detached' });
  }
}
