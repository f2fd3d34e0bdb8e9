import type { Locator, Page } from 'playwright-core';
import { plain } from '../eventually';

function items(page: Page): Locator {
  return page.locator('.monaco-menu .action-item:not(.disabled) .action-label:not(.separator)');
}

/** Names of the entries of the open menu. */
export async function readMenu(page: Page): Promise<string[]> {
  await items(page).first().waitFor({ state: 'visible' });
  return (await items(page).allInnerTexts()).map(plain).filter(Boolean);
}

export async function chooseMenuItem(page: Page, name: string): Promise<void> {
  const item = items(page).filter({ hasText: name }).first();
  await item.waitFor({ state: 'visible' });
  // Resting on an entry focuses it. A click would be ignored in the menu's first tenth of a second.
  await item.hover();
  await page.locator('.monaco-menu .action-item.focused').filter({ hasText: name }).first().waitFor();
  await page.keyboard.press('Enter');
  await item.waitFor({ state: 'detached' });
}

export async function dismissMenu(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await items(page).first().waitFor({ state: 'detached' });
}
