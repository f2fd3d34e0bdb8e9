import type { Locator, Page } from 'playwright-core';
import { eventually, matches, plain, type Match } from '../eventually';

export interface Notification {
  readonly severity: 'information' | 'warning' | 'error';
  readonly message: string;
  readonly buttons: string[];
  /** Whether it shows that something is going on. */
  readonly progress: boolean;
}

/** The messages in the corner. They withdraw to the notification centre after a while; `all` looks there. */
export class Notifications {
  constructor(private readonly page: Page) {}

  private get items(): Locator {
    return this.page.locator(
      '.notifications-toasts .notification-list-item, .notifications-center .notification-list-item',
    );
  }

  /** Those on screen now. */
  async shown(): Promise<Notification[]> {
    return this.items.evaluateAll((elements) =>
      elements.map((element) => {
        const icon = element.querySelector('.notification-list-item-icon');
        const text = (selector: string): string =>
          element.querySelector<HTMLElement>(selector)?.innerText.replace(/\s+/g, ' ').trim() ?? '';
        return {
          severity:
            icon?.classList.contains('codicon-error') === true
              ? ('error' as const)
              : icon?.classList.contains('codicon-warning') === true
                ? ('warning' as const)
                : ('information' as const),
          message: text('.notification-list-item-message'),
          buttons: [
            ...element.querySelectorAll<HTMLElement>(
              '.notification-list-item-buttons-container .monaco-button',
            ),
          ]
            .map((button) => button.innerText.trim())
            .filter((name) => name !== ''),
          progress: element.querySelector('.monaco-progress-container.active') !== null,
        };
      }),
    );
  }

  /** All that have not been closed, newest first, also those no longer on screen: looks into the notification centre. */
  async all(): Promise<Notification[]> {
    const bell = this.page.locator('.part.statusbar [id="status.notifications"]');
    const centre = this.page.locator('.notifications-center.visible');
    await bell.click();
    await centre.waitFor();
    const list = await this.shown();
    await bell.click();
    await centre.waitFor({ state: 'detached' });
    return list;
  }

  /** The first that matches, once there is one on screen. */
  async waitFor(match: Match<Notification>, timeoutMs?: number): Promise<Notification> {
    const find = (list: Notification[]): Notification | undefined =>
      list.find((one) => matches(match, one, one.message));
    const list = await eventually(
      `a notification ${String(match)}`,
      () => this.shown(),
      (value) => find(value) !== undefined,
      timeoutMs,
    );
    return find(list) as Notification;
  }

  /** Resolves when no notification that matches is on screen. */
  async waitUntilGone(match: Match<Notification>, timeoutMs?: number): Promise<void> {
    await eventually(
      `no notification ${String(match)}`,
      () => this.shown(),
      (list) => !list.some((one) => matches(match, one, one.message)),
      timeoutMs,
    );
  }

  async press(match: Match<Notification>, button: string): Promise<void> {
    const element = await this.element(match);
    await element.locator('.monaco-button').filter({ hasText: button }).first().click();
  }

  async close(match: Match<Notification>): Promise<void> {
    const element = await this.element(match);
    await element.hover();
    await element.locator('.action-label[aria-label^="Clear Notification"]').click();
  }

  private async element(match: Match<Notification>): Promise<Locator> {
    await this.waitFor(match);
    const list = await this.shown();
    return this.items.nth(list.findIndex((one) => matches(match, one, plain(one.message))));
  }
}
