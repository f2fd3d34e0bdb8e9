import type { Locator, Page } from 'playwright-core';
import { eventually, plain } from '../eventually';

/** The editor that has the focus, or had it last. */
export class Editor {
  constructor(private readonly page: Page) {}

  private get group(): Locator {
    return this.page.locator('.part.editor .editor-group-container.active');
  }

  /** Titles of the open tabs of the active group. */
  async tabs(): Promise<string[]> {
    return (await this.group.locator('.tab .tab-label .label-name').allInnerTexts()).map(plain);
  }

  async activeTab(): Promise<string | undefined> {
    const tab = this.group.locator('.tab.active .tab-label .label-name');
    return (await tab.count()) === 0 ? undefined : plain(await tab.first().innerText());
  }

  async waitForTab(title: string | RegExp): Promise<void> {
    await eventually(
      `an editor ${String(title)}`,
      () => this.activeTab(),
      (tab) => tab !== undefined && (typeof title === 'string' ? tab.includes(title) : title.test(tab)),
    );
  }

  /** The whole text of the active text editor, also what is scrolled out of sight, by way of the clipboard. */
  async text(): Promise<string> {
    const lines = this.group.locator('.monaco-editor .view-lines').first();
    await lines.waitFor();
    await this.page.evaluate(() => navigator.clipboard.writeText('\u0000'));
    await lines.click();
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.press('ControlOrMeta+c');
    return eventually(
      'the text of the editor on the clipboard',
      () => this.page.evaluate(() => navigator.clipboard.readText()),
      (text) => text !== '\u0000',
    );
  }

  /** The lines on screen, read without touching anything. */
  async visibleText(): Promise<string> {
    const lines = await this.group.locator('.monaco-editor .view-line').evaluateAll((all) =>
      all
        .map((line) => ({ top: parseFloat((line as HTMLElement).style.top), text: line.textContent }))
        .sort((a, b) => a.top - b.top)
        .map((line) => line.text.replaceAll('\u00a0', ' ')),
    );
    return lines.join('\n');
  }

  /** The text on screen of the panel's Output view. */
  async outputText(): Promise<string> {
    const lines = await this.page.locator('.part.panel .monaco-editor .view-line').allTextContents();
    return lines.map((line) => line.replaceAll('\u00a0', ' ')).join('\n');
  }

  /** Puts other text into the active text editor, by way of the clipboard. Does not save. */
  async replaceText(text: string): Promise<void> {
    await this.group.locator('.monaco-editor .view-lines').first().click();
    await this.page.evaluate((value) => navigator.clipboard.writeText(value), text);
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.press('Delete');
    await this.showing('an empty editor', (shown) => shown === '');
    await this.page.keyboard.press('ControlOrMeta+v');
    await this.showing('the new text', (shown) => shown !== '');
  }

  private async showing(what: string, accept: (shown: string) => boolean): Promise<void> {
    await eventually(what, async () => (await this.visibleText()).trim(), accept);
  }

  /** Closes the active editor. It must have nothing unsaved. */
  async closeActive(): Promise<void> {
    const before = (await this.tabs()).length;
    const tab = this.group.locator('.tab.active');
    await tab.hover();
    await tab.locator('.tab-actions .action-label[aria-label^="Close"]').click();
    await eventually(
      'a tab closed',
      () => this.tabs(),
      (tabs) => tabs.length < before,
    );
  }

  async closeAll(): Promise<void> {
    while ((await this.activeTab()) !== undefined) await this.closeActive();
  }
}
