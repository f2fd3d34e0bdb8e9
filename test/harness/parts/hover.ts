import type { Locator, Page } from 'playwright-core';
import { plain } from '../eventually';

/** Rests the pointer on an element and returns the text of the hover that comes up, line by line. */
export async function readHover(page: Page, element: Locator): Promise<string> {
  // The pointer must arrive from elsewhere: a hover that was dismissed does not come back by itself.
  await page.mouse.move(0, 0);
  await page.locator('.workbench-hover').first().waitFor({ state: 'detached' });
  await element.hover();
  const hover = page.locator('.workbench-hover:not(.compact-pointer-placeholder)').first();
  await hover.waitFor({ state: 'visible' });
  // Lazily resolved tooltips show "Loading..." first.
  await page.waitForFunction(() => {
    const text = document.querySelector<HTMLElement>('.workbench-hover')?.innerText.trim() ?? '';
    return text !== '' && !/^Loading/.test(text);
  });
  const text = await hover.innerText();
  await page.mouse.move(0, 0);
  return text.split('\n').map(plain).filter(Boolean).join('\n');
}
