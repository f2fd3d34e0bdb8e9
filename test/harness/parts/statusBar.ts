import type { Locator, Page } from 'playwright-core';
import { eventually, plain } from '../eventually';
import { readHover } from './hover';

export interface StatusItem {
  /** As shown, without the icon. */
  readonly text: string;
  /** What a screen reader says. */
  readonly label: string;
  readonly icon: string | undefined;
  readonly kind: 'normal' | 'warning' | 'error';
  /** CSS colour. */
  readonly background: string;
}

export class StatusBar {
  constructor(private readonly page: Page) {}

  /** `id` is `<publisher>.<name>.<item id>` in full. */
  element(id: string): Locator {
    return this.page.locator(`.part.statusbar [id="${id}"]`);
  }

  /** The item, or undefined when it is not shown. */
  async item(id: string): Promise<StatusItem | undefined> {
    const element = this.element(id);
    if ((await element.count()) === 0) return undefined;
    const raw = await element.first().evaluate((node) => ({
      text: (node as HTMLElement).innerText,
      label: node.getAttribute('aria-label') ?? '',
      classes: [...node.classList],
      icon: [...(node.querySelector('.codicon')?.classList ?? [])].find((name) =>
        name.startsWith('codicon-'),
      ),
      background: getComputedStyle(node).backgroundColor,
    }));
    return {
      text: plain(raw.text),
      label: plain(raw.label),
      icon: raw.icon?.slice('codicon-'.length),
      kind: raw.classes.includes('error-kind')
        ? 'error'
        : raw.classes.includes('warning-kind')
          ? 'warning'
          : 'normal',
      background: raw.background,
    };
  }

  /** The item, once it satisfies the condition. */
  async itemWhen(id: string, what: string, accept: (item: StatusItem) => boolean): Promise<StatusItem> {
    const item = await eventually(
      `status bar item ${id}: ${what}`,
      () => this.item(id),
      (value) => value !== undefined && accept(value),
    );
    return item as StatusItem;
  }

  async press(id: string): Promise<void> {
    await this.element(id).click();
  }

  async tooltip(id: string): Promise<string> {
    return readHover(this.page, this.element(id));
  }
}
