import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLogsOf } from '../../../src/os/linux/processes/openLogs';

let folder: string;

beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'open-logs-')));
  fs.mkdirSync(join(folder, 'proc/7/fd'), { recursive: true });
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

let next = 3;
const opened = (target: string): void => fs.symlinkSync(target, join(folder, 'proc/7/fd', String(next++)));
const file = (name: string): string => {
  const path = join(folder, name);
  fs.mkdirSync(join(path, '..'), { recursive: true });
  fs.writeFileSync(path, '');
  return path;
};
const logs = (): string[] => openLogsOf(7, join(folder, 'proc')).map(({ path }) => path);

test('are the regular files that are called like a log, each once', () => {
  const names = ['bot.log', 'bot.log.1', 'out.err', 'logs/anything'].map(file);
  for (const name of [...names, ...names]) opened(name);
  expect(logs().sort()).toEqual(names.sort());
});

test('are not what only resembles one: a folder, a deleted file, another file, a socket', () => {
  fs.mkdirSync(join(folder, 'folder.log'));
  opened(join(folder, 'folder.log'));
  opened(`${join(folder, 'gone.log')} (deleted)`);
  opened(join(folder, 'rotated-away.log'));
  opened(file('catalog'));
  opened(file('bot.login'));
  opened('socket:[1234]');
  expect(logs()).toEqual([]);
});

test('are none of a process that is gone', () => {
  expect(openLogsOf(8, join(folder, 'proc'))).toEqual([]);
});
