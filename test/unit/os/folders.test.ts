import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileId } from '../../../src/model/facts';
import { Folder } from '../../../src/os/observer/folders';

describe.runIf(process.platform !== 'win32')('the folder that a setting names', () => {
  let base = '';
  beforeEach(() => {
    base = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'folders-')));
  });
  afterEach(() => fs.rmSync(base, { recursive: true, force: true }));

  const at = (name: string): string => path.join(base, name);
  const made = (name: string): string => {
    fs.mkdirSync(at(name));
    return at(name);
  };
  function leadTo(name: string): string {
    fs.rmSync(at('link'), { force: true });
    fs.symlinkSync(at(name), at('link'));
    return at('link');
  }
  function idOf(name: string): FileId {
    const { dev, ino } = fs.statSync(at(name), { bigint: true });
    return { dev: String(dev), ino: String(ino) };
  }
  const unread = (): undefined => undefined;

  it('is known by its own path, by where it leads, and as itself below another path', () => {
    made('real');
    const folder = new Folder(leadTo('real'));
    expect(folder.look(0)).toBe(true);
    expect(folder.has({ cwd: at('link') }, unread)).toBe(true);
    expect(folder.has({ cwd: `${at('real')}/` }, unread)).toBe(true);
    expect(folder.has({ cwd: '/mounted' }, () => idOf('real'))).toBe(true);
    made('other');
    expect(folder.has({ cwd: at('other') }, () => idOf('other'))).toBe(false);
    expect(folder.has({}, () => idOf('real'))).toBe(false);
  });

  it('is nothing by a number that was its own before it was removed', () => {
    made('real');
    const id = idOf('real');
    const folder = new Folder(at('real'));
    folder.look(0);
    expect(folder.has({ cwd: '/elsewhere', cwdId: id }, unread)).toBe(true);
    fs.rmdirSync(at('real'));
    expect(folder.look(1)).toBe(true);
    expect(folder.has({ cwd: '/elsewhere', cwdId: id }, unread)).toBe(false);
  });

  it('is not touched where that may hang: its path alone says which it is', () => {
    made('real');
    const apart = new Folder(leadTo('real'), (one) => one === at('link'));
    expect(apart.look(0)).toBe(false);
    expect(apart.has({ cwd: at('link') }, unread)).toBe(true);
    expect(apart.has({ cwd: at('real') }, () => idOf('real'))).toBe(false);
  });

  it('is looked up again after ten seconds, and still known where it led before', () => {
    made('first');
    made('second');
    const folder = new Folder(leadTo('first'));
    folder.look(0);
    leadTo('second');
    expect(folder.check(9_999)).toBe(false);
    expect(folder.has({ cwd: at('second') }, unread)).toBe(false);
    expect(folder.check(10_000)).toBe(true);
    for (const name of ['first', 'second']) expect(folder.has({ cwd: at(name) }, unread)).toBe(true);
    expect(folder.check(20_000)).toBe(false);
  });

  it('is remembered by so many paths, and no more', () => {
    const names = Array.from({ length: 20 }, (_, index) => `release-${index}`);
    const folder = new Folder(at('link'));
    for (const name of names) {
      made(name);
      leadTo(name);
      folder.look(0);
    }
    const known = names.filter((name) => folder.has({ cwd: at(name) }, unread));
    expect(known).toEqual(names.slice(0, 15));
  });
});
