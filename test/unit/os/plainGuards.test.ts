import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plainGuards } from '../../../src/os/plainGuards';

describe('a removal where the system does not say who has a record open', () => {
  let base = '';
  beforeEach(() => {
    base = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'plain-guards-')));
  });
  afterEach(() => fs.rmSync(base, { recursive: true, force: true }));

  it('is done in the folder by its name', () => {
    const folder = plainGuards.openFolder(base);
    fs.writeFileSync(folder.at('bot.pid'), '4242');
    expect(fs.readdirSync(folder.self)).toEqual(['bot.pid']);
    expect([folder.path, folder.fd]).toEqual([base, undefined]);
    folder.close();
    plainGuards.syncFolder(base);
    expect(() => plainGuards.syncFolder(path.join(base, 'absent'))).toThrow('ENOENT');
  });

  it.runIf(process.platform !== 'win32')('gives a symlink another name, never over what has it', () => {
    const [from, to] = [path.join(base, 'lock'), path.join(base, 'aside')];
    fs.symlinkSync('tower-4242', from);
    plainGuards.linkSymlink(from, to);
    expect(fs.readlinkSync(to)).toBe('tower-4242');
    fs.unlinkSync(from);
    fs.writeFileSync(from, 'new');
    expect(() => plainGuards.linkSymlink(to, from)).toThrow('EEXIST');
    expect(fs.readFileSync(from, 'utf8')).toBe('new');
  });

  it('is known by its pid alone', () => {
    const self = plainGuards.markSelf();
    expect(self).toEqual({ pid: process.pid });
    expect(plainGuards.mayStillRun(self)).toBe(true);
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    expect(plainGuards.mayStillRun({ pid })).toBe(false);
  });

  it('says of nobody that he has it open, locked, or is about to', () => {
    expect(plainGuards.findOpeners(base, 'x')).toEqual({ openers: [], hidden: 0 });
    expect(plainGuards.isInodeLocked(1n)).toBe(false);
    expect(plainGuards.watchInFlight()()).toBe(false);
    expect(plainGuards.mayActForOwners()).toBe(true);
  });
});
