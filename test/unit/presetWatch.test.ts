import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PresetWatch } from '../../src/monitor/presetWatch';

let folder: string;
let clock = 0;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'preset-watch-'));
  clock = 0;
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** A watch of the folder that has walked through it once. */
function walked(): PresetWatch {
  const watch = new PresetWatch({ now: () => clock, home: '/nowhere', env: {}, platform: 'linux' });
  watch.configure({
    folders: [{ name: 'ws', path: folder, setting: { '*': false, rails: true } }],
    setting: { '*': false },
    excluded: [],
  });
  for (clock = 0; clock < 3; clock++) watch.look([]);
  return watch;
}

const names = (watch: PresetWatch): string[] | undefined => watch.look([])?.map(({ name }) => name);

function leaveRecord(): void {
  const pids = path.join(folder, 'app', 'tmp', 'pids');
  fs.mkdirSync(pids, { recursive: true });
  fs.writeFileSync(path.join(pids, 'server.pid'), '4242');
}

describe('a search that a user asks for', () => {
  it('is done at once, deep folders too', () => {
    const watch = walked();
    clock = 1500;
    leaveRecord();
    expect(names(watch)).toBeUndefined();
    watch.searchAgain();
    expect(names(watch)).toEqual([expect.stringContaining('Rails server')]);
  });

  it('walks no sooner than a second after the last walk, however often it is asked for', () => {
    const watch = walked();
    clock = 900;
    leaveRecord();
    watch.searchAgain();
    expect(names(watch)).toEqual([]);
    clock = 1002;
    expect(names(watch)).toHaveLength(1);
  });
});
