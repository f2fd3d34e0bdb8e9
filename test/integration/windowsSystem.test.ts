/** The Windows half of the native helper on Windows itself: the checks that run under Wine, and there answer all. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { binaryFiles } from '../../src/os/native/binary';
import { CHECKS, NO_PYTHON } from '../wine/checks';
import { runSuite } from '../wine/suite';

const root = path.resolve(import.meta.dirname, '../..');
const isWindows = process.platform === 'win32';
const title = `Windows itself${isWindows ? '' : ' (skipped: this is another system; npm run test:wine)'}`;

describe.skipIf(!isWindows)(title, () => {
  it('answers every question of the native helper, with real holders', { timeout: 300_000 }, () => {
    const [binary = ''] = binaryFiles(root, 'koffi.node');
    const { passed, failed, lacks } = runSuite({
      command: [process.execPath],
      env: process.env,
      named: (file) => file,
      koffi: fs.readFileSync(binary),
      arch: process.arch,
    });
    expect(failed).toEqual([]);
    expect(lacks.filter((what) => what !== NO_PYTHON)).toEqual([]);
    expect(passed).toEqual(Object.keys(CHECKS));
  });
});
