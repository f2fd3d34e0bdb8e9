/** A scene of the real window as an animated GIF: a picture for each step, shown as long as it takes to read it. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { applyPalette, GIFEncoder, quantize } from 'gifenc';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';

interface Frame {
  image: PNG;
  /** ms */
  delay: number;
}

export class Recording {
  readonly #page: Page;
  readonly #frames: Frame[] = [];

  constructor(page: Page) {
    this.#page = page;
  }

  /** Takes what the window shows now, to be shown for so many ms. */
  async take(delay: number): Promise<void> {
    const png = await this.#page.screenshot({ scale: 'css', caret: 'hide', animations: 'disabled' });
    this.#frames.push({ image: PNG.sync.read(png), delay });
  }

  save(file: string): void {
    const gif = GIFEncoder();
    for (const { image, delay } of this.#frames) {
      const palette = quantize(image.data, 256);
      const pixels = applyPalette(image.data, palette);
      gif.writeFrame(pixels, image.width, image.height, { palette, delay });
    }
    gif.finish();
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, gif.bytes());
  }
}
