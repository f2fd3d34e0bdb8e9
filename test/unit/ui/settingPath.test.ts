import { describe, expect, it } from 'vitest';
import { unescapeGlob } from '../../../src/model/settings/globText';
import { resolvePath } from '../../../src/model/settings/paths';
import { settingPath } from '../../../src/ui/settings/settingPath';

const file = (path: string, folder: string | undefined, windows: boolean): string =>
  settingPath({ path, folder, windows, typed: false });

/** What the setting that is written means. */
function meaning(text: string, folder: string, windows: boolean): string {
  const here = { name: 'ws', path: folder };
  const context = {
    folder: here,
    folders: [here],
    home: windows ? 'c:\\home' : '/home/ann',
    env: {},
    windows,
  };
  return unescapeGlob(resolvePath(text, context));
}

describe('on Windows', () => {
  it.each([
    ['c:\\ws\\bot.lock', 'bot.lock'],
    ['c:\\ws\\run\\bot.lock', 'run/bot.lock'],
    ['c:\\ws\\run\\bot (1).lock', 'run/bot (1).lock'],
    ['C:\\WS\\run\\bot.lock', 'run/bot.lock'],
    ['c:\\other\\bot.lock', '../other/bot.lock'],
    ['d:\\run\\bot.lock', 'd:\\run\\bot.lock'],
    ['\\\\server\\share\\bot.lock', '\\\\server\\share\\bot.lock'],
  ])('writes %s as %s', (path, text) => {
    expect(file(path, 'c:\\ws', true)).toBe(text);
    expect(meaning(text, 'c:\\ws', true).toLowerCase()).toBe(path.toLowerCase());
  });

  it('writes a path whole where no folder can carry it', () => {
    expect(file('c:\\ws\\run\\bot.lock', undefined, true)).toBe('c:\\ws\\run\\bot.lock');
  });
});

describe('on other systems', () => {
  it.each([
    ['/ws/run/bot.lock', 'run/bot.lock'],
    ['/other/bot.lock', '../other/bot.lock'],
    ['/ws/run/[old] bot*.lock', 'run/\\[old\\] bot\\*.lock'],
    ['/ws/a\\b.lock', 'a\\\\b.lock'],
    ['/ws/${HOME}.lock', '$\\{HOME\\}.lock'],
    ['/ws/~bot.lock', './~bot.lock'],
    ['/ws/ bot.lock', './ bot.lock'],
  ])('writes %s so that it means this file', (path, text) => {
    expect(file(path, '/ws', false)).toBe(text);
    expect(meaning(text, '/ws', false)).toBe(path);
    expect(meaning(file(path, undefined, false), '/ws', false)).toBe(path);
  });

  it('leaves a pattern that was typed what it is', () => {
    const typed = { folder: '/ws', windows: false, typed: true };
    expect(settingPath({ ...typed, path: '/ws/run/*.lock' })).toBe('run/*.lock');
    expect(settingPath({ ...typed, path: '/tmp/{a,b}.pid', folder: undefined })).toBe('/tmp/{a,b}.pid');
  });
});
