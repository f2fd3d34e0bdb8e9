/** Which folder a record was taken from: by device, number and when it was made, whatever it is called by then. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linuxGuards } from '../../../src/os/linux/removalGuards';
import { plainGuards } from '../../../src/os/plainGuards';
import { isSameFolder, takenFrom } from '../../../src/os/removal/takenFrom';

let base = '';
beforeEach(() => {
  base = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'taken-from-')));
  fs.mkdirSync(path.join(base, 'one'));
  fs.symlinkSync('one', path.join(base, 'current'));
});
afterEach(() => fs.rmSync(base, { recursive: true, force: true }));
const at = (name: string): string => path.join(base, name);

const GUARDS = [
  ['by its name', plainGuards],
  ...(process.platform === 'linux' ? [['held open', linuxGuards] as const] : []),
] as const;

describe.each(GUARDS)('a folder that is known %s', (_, guards) => {
  it('is the same by all three of its marks, and by its own path', () => {
    const folder = guards.openFolder(at('current'));
    try {
      const from = takenFrom(folder);
      if (from === undefined) throw new Error('it is there');
      expect(from.path).toBe(at('one'));
      expect(isSameFolder(folder, from)).toBe(true);
      for (const mark of ['dev', 'ino', 'born'] as const) {
        expect(isSameFolder(folder, { ...from, [mark]: from[mark] + 1n }), mark).toBe(false);
      }
      fs.symlinkSync('one', at('other'));
      const other = guards.openFolder(at('other'));
      expect(isSameFolder(other, from)).toBe(true);
      other.close();
    } finally {
      folder.close();
    }
  });

  it('is not the one that was made in its place', () => {
    const folder = guards.openFolder(at('one'));
    const from = takenFrom(folder);
    folder.close();
    if (from === undefined) throw new Error('it is there');
    fs.renameSync(at('one'), at('old'));
    fs.mkdirSync(at('one'));
    const again = guards.openFolder(at('one'));
    expect(isSameFolder(again, from)).toBe(false);
    again.close();
  });
});

it.runIf(process.platform === 'linux')('what is held open is told by that, whatever its path', () => {
  fs.mkdirSync(at('two'));
  const folder = linuxGuards.openFolder(at('one'));
  try {
    const from = takenFrom(folder);
    if (from === undefined) throw new Error('it is there');
    expect(isSameFolder({ ...folder, self: at('two') }, from)).toBe(true);
    expect(isSameFolder({ ...folder, self: at('two'), fd: undefined }, from)).toBe(false);
  } finally {
    folder.close();
  }
});

it('a folder that has gone is none that can be told', () => {
  expect(takenFrom(plainGuards.openFolder(at('absent')))).toBeUndefined();
});
