import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isGlob } from '../../../../src/model/settings/globText';
import { Glob, loadGlobs } from '../../../../src/os/observer/watchedGlob';

describe('a path pattern', () => {
  let folder: string;
  beforeAll(loadGlobs);
  beforeEach(() => {
    folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'glob-')));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));
  const matches = (pattern: string): string[] => {
    const glob = new Glob(`${folder}/${pattern}`);
    glob.check(0);
    return glob.matches.map((path) => path.slice(folder.length + 1));
  };

  it('is told from a plain path', () => {
    expect(isGlob('/run/bot.lock')).toBe(false);
    expect(isGlob('/run/*.lock')).toBe(true);
    expect(isGlob('/run/{a,b}.lock')).toBe(true);
  });

  it('also matches the one file that is called just so', () => {
    fs.mkdirSync(join(folder, '[slug]'));
    const glob = new Glob(`${folder}/[slug]/bot.lock`);
    expect(glob.check(0)).toBe(false);
    fs.writeFileSync(join(folder, '[slug]/bot.lock'), '');
    expect(glob.check(1)).toBe(true);
    expect(glob.matches).toEqual([join(folder, '[slug]/bot.lock')]);
    expect(matches('\\[slug\\]/*.lock')).toEqual(['[slug]/bot.lock']);
  });

  it('takes groups, quantifiers and negations for what they look like', () => {
    for (const name of ['a(b)+c.lock', '!x.lock', 'aab.lock', 'x|y.lock']) {
      fs.writeFileSync(join(folder, name), '');
    }
    expect(matches('a(b)+*.lock')).toEqual(['a(b)+c.lock']);
    expect(matches('!*.lock')).toEqual(['!x.lock']);
    expect(matches('+(a)b*')).toEqual([]);
    expect(matches('x|*')).toEqual(['x|y.lock']);
    expect(matches('[!a]*.lock')).toEqual(['!x.lock', 'x|y.lock']);
    expect(matches('[!x]*[(+]*')).toEqual(['a(b)+c.lock']);
  });

  it('is soon done with the longest name and as many wildcards as settings may have', () => {
    const name = 'a'.repeat(255);
    fs.writeFileSync(join(folder, name), '');
    // What backtracks without end fails by the time limit.
    expect(matches('*a*a*b')).toEqual([]);
    expect(matches('(a+)+b*')).toEqual([]);
  });

  it('matches hidden files, directories and links that lead nowhere', () => {
    fs.writeFileSync(join(folder, '.bot.lock'), '');
    fs.mkdirSync(join(folder, 'dir.lock'));
    fs.symlinkSync('host-1', join(folder, 'link.lock'));
    expect(matches('*.lock')).toEqual(['.bot.lock', 'dir.lock', 'link.lock']);
  });

  it('follows no link out of its folder, and none in a ring', () => {
    const outside = fs.mkdtempSync(join(tmpdir(), 'outside-'));
    fs.writeFileSync(join(outside, 'x.lock'), '');
    fs.symlinkSync(outside, join(folder, 'out'));
    fs.symlinkSync('.', join(folder, 'ring'));
    fs.mkdirSync(join(folder, 'sub'));
    fs.writeFileSync(join(folder, 'sub/y.lock'), '');
    expect(matches('**/*.lock')).toEqual(['sub/y.lock']);
    fs.rmSync(outside, { recursive: true });
  });

  it('goes through folders by wildcard, as for worktrees', () => {
    for (const name of ['one', 'two']) {
      fs.mkdirSync(join(folder, name, '.next/dev'), { recursive: true });
      fs.writeFileSync(join(folder, name, '.next/dev/lock'), '');
    }
    expect(matches('*/.next/dev/lock')).toEqual(['one/.next/dev/lock', 'two/.next/dev/lock']);
  });

  it('notices at once what comes and goes in any folder that it listed', () => {
    fs.mkdirSync(join(folder, 'one'));
    const glob = new Glob(`${folder}/*/*.pid`);
    expect(glob.check(0)).toBe(false);
    fs.writeFileSync(join(folder, 'one/a.pid'), '');
    expect(glob.check(1)).toBe(true);
    fs.mkdirSync(join(folder, 'two'));
    fs.writeFileSync(join(folder, 'two/b.pid'), '');
    expect(glob.check(2)).toBe(true);
    fs.rmSync(join(folder, 'one'), { recursive: true });
    expect(glob.check(3)).toBe(true);
    expect(glob.matches).toEqual([join(folder, 'two/b.pid')]);
  });

  it('lists nothing while no folder changes, until it is due', async () => {
    fs.writeFileSync(join(folder, 'a.pid'), '');
    while (Date.now() - fs.statSync(folder).mtimeMs < 120) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const glob = new Glob(`${folder}/*.pid`);
    glob.check(0);
    const matches = glob.matches;
    expect(glob.check(1)).toBe(false);
    // The very same array: it was not expanded.
    expect(glob.matches).toBe(matches);
    expect(glob.check(10_000_000)).toBe(false);
    expect(glob.matches).not.toBe(matches);
  });

  it('says how many files it leaves out, and when that changes', () => {
    for (let number = 0; number < 2002; number++) fs.writeFileSync(join(folder, `${number}.pid`), '');
    const glob = new Glob(`${folder}/*.pid`);
    expect(glob.check(0)).toBe(true);
    expect(glob.matches).toHaveLength(2000);
    expect(glob.leftOut).toEqual({ pattern: `${folder}/*.pid`, watched: 2000, more: 2 });
    fs.rmSync(join(folder, '999.pid'));
    expect(glob.check(1, true)).toBe(true);
    expect(glob.leftOut?.more).toBe(1);
    for (const name of ['998.pid', '997.pid']) fs.rmSync(join(folder, name));
    glob.check(2, true);
    expect(glob.leftOut).toBeUndefined();
  });

  it('notices that its folder appears', () => {
    const glob = new Glob(`${folder}/later/*.pid`);
    expect(glob.check(0)).toBe(false);
    fs.mkdirSync(join(folder, 'later'));
    fs.writeFileSync(join(folder, 'later/a.pid'), '');
    expect(glob.check(1)).toBe(true);
  });

  it('matches nothing below a folder that is not there', () => {
    expect(matches('nowhere/*.pid')).toEqual([]);
  });
});
