import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLsof } from '../../../src/os/darwin/lsof';

const captured = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, '../../fixtures/captured', name), 'utf8');

describe('the output of lsof', () => {
  it('gives each descriptor of each process', () => {
    expect(parseLsof(captured('lsof-4.95-linux.txt'))).toEqual([
      { pid: 30052, fd: '18', inode: '2269347', name: '/tmp/stage/a b.lock' },
      { pid: 30052, fd: '19', inode: '2269347', name: '/tmp/stage/a b.lock' },
    ]);
  });

  it('is read as macOS prints it', () => {
    expect(parseLsof(captured('lsof-macos.txt')).map(({ pid, fd, name }) => [pid, fd, name])).toEqual([
      [501, '3', '/Users/dana/bot/.telegram-bot.lock'],
      [501, '4', '/Users/dana/bot/.telegram-bot.lock'],
      [501, 'txt', '/Users/dana/bot/.telegram-bot.lock'],
      [733, 'cwd', '/Users/dana/Library/Application Support/bot'],
    ]);
  });

  it.each(['', '\n\n', 'n/no/process', 'p\nf3\nn/x', 'pabc\nf3', 'f3\ni1'])(
    'gives nothing for %j',
    (text) => {
      expect(parseLsof(text)).toEqual([]);
    },
  );
});
