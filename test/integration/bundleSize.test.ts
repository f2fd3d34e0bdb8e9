/** What every window loads stays small: an import in the wrong place brings the rules of a whole page along. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { expect, test } from 'vitest';
import { bundleRows } from '../bench/bundleSize';
import { thisRevision } from '../bench/revision';
import { isMet } from '../bench/table';

test('the parts that have a budget keep to it', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bundle-size-'));
  try {
    const rows = (await bundleRows(thisRevision, folder)).filter(({ budget }) => budget !== undefined);
    expect(rows.map(({ what }) => what)).toEqual(['bundle: what every window reads']);
    expect(rows.filter((row) => isMet(row) !== true)).toEqual([]);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
