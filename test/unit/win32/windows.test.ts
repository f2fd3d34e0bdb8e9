import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileFacts } from '../../../src/model/facts';
import {
  COMMAND_LINE,
  FILE_USERS,
  OPEN,
  PROCESS,
  PROCESS_LIST,
  RESTART_MANAGER,
  TCP_LISTENERS,
} from '../../../src/os/native/win32/layouts';
import { fileTimeToMs } from '../../../src/os/win32/commandLine';
import { WindowsLockReader, type Answer } from '../../../src/os/win32/lockReader';
import { parseCim } from '../../../src/os/win32/processTable';

const NO_CHANGE = { added: [], removed: [], changed: [] };
const captured = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, '../../fixtures/captured', name), 'utf8');

describe('processes of Windows', () => {
  it('are read from Win32_Process, without the idle process', () => {
    const processes = parseCim(captured('win32-cim.txt').replaceAll('\n', '\r\n'));
    expect(processes.map(({ pid, ppid, comm }) => [pid, ppid, comm])).toEqual([
      [4, 0, 'System'],
      [8812, 6120, 'python.exe'],
      [9004, 8812, 'node.exe'],
    ]);
    expect(processes[1]?.argv.slice(1)).toEqual(['bot.py', '--config', String.raw`C:\My Bots\a.json`]);
    expect(processes[2]?.argv).toEqual([String.raw`C:\nodejs\node.exe`, 'server.js']);
  });

  it('start at a FILETIME, units of 100 ns since 1601', () => {
    // The value Microsoft gives for 1970-01-01.
    expect(fileTimeToMs('116444736000000000')).toBe(0);
    expect(fileTimeToMs('116444736000012345')).toBe(1);
    expect(fileTimeToMs('')).toBeUndefined();
  });

  it('have no exact start from CIM, which knows microseconds only', () => {
    expect(parseCim(captured('win32-cim.txt')).map(({ fileTime }) => fileTime)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the structures of 64-bit Windows', () => {
  it('are read where its headers have them', () => {
    expect(FILE_USERS).toEqual({ informationClass: 47, count: 0, first: 8, each: 8 });
    expect(RESTART_MANAGER).toEqual({ size: 668, pid: 0, start: 4, key: 66 });
    expect(PROCESS_LIST).toEqual({
      informationClass: 5,
      next: 0,
      start: 32,
      nameLength: 56,
      name: 64,
      pid: 80,
      parent: 88,
    });
    expect(COMMAND_LINE).toEqual({ informationClass: 60, length: 0, text: 16 });
    expect(TCP_LISTENERS).toEqual({
      tableClass: 3,
      count: 0,
      first: 4,
      v4: { family: 2, size: 24, address: 4, port: 8, pid: 20 },
      v6: { family: 23, size: 56, address: 0, port: 20, pid: 52 },
    });
  });

  it('are asked for with no more rights than the question needs', () => {
    // FILE_READ_ATTRIBUTES | SYNCHRONIZE; FILE_SHARE_READ | WRITE | DELETE; OPEN_EXISTING; FILE_FLAG_BACKUP_SEMANTICS.
    expect([OPEN.attributesOnly, OPEN.shareAll, OPEN.existing, OPEN.backupSemantics]).toEqual([
      0x100080, 7, 3, 0x2000000,
    ]);
    // PROCESS_TERMINATE; PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE.
    expect([PROCESS.terminate, PROCESS.known]).toEqual([1, 0x101000]);
  });
});

describe('locks of Windows without the native helper', () => {
  const watchedPath = String.raw`C:\bot\bot.lock`;
  const file: FileFacts = {
    path: watchedPath,
    status: 'file',
    id: { dev: '1', ino: '2' },
    size: 4,
    mtimeNs: 1n,
    ctimeNs: 1n,
  };

  function reader(answers: Answer[]) {
    let time = 0;
    let looks = 0;
    const locks = new WindowsLockReader(
      { get: () => undefined, invalidate: () => undefined },
      { look: () => answers[Math.min(looks++, answers.length - 1)] ?? 'free', now: () => time },
    );
    locks.watch(watchedPath, file);
    return { locks, at: (ms: number) => (time = ms), looks: () => looks };
  }

  it('are held by nobody known where a read meets a sharing or lock violation', async () => {
    const { locks } = reader(['held']);
    expect([...(await locks.update(NO_CHANGE)).paths]).toEqual([watchedPath]);
    expect(locks.view(watchedPath)).toMatchObject({
      certainty: 'certain',
      locks: [{ kind: 'mandatory', holders: [], unknown: 'probeOnly' }],
    });
  });

  it.each([
    ['free', 'certain'],
    ['empty', 'unknown'],
    ['denied', 'unknown'],
  ] as const)('are %s: %s', async (answer, certainty) => {
    const { locks } = reader([answer]);
    await locks.update(NO_CHANGE);
    expect(locks.view(watchedPath)).toMatchObject({ locks: [], certainty });
  });

  it('are looked at with the pace of the probe, since each look opens the file', async () => {
    const { locks, at, looks } = reader(['free', 'held']);
    for (let ms = 0; ms < 10_000; ms += 1000) {
      at(ms);
      await locks.update(NO_CHANGE);
    }
    expect(looks()).toBe(1);
    at(10_000);
    await locks.update(NO_CHANGE);
    expect(looks()).toBe(2);
    expect(locks.view(watchedPath).locks).toHaveLength(1);
  });

  it('are looked at at once when a person asks', async () => {
    const { locks } = reader(['free', 'held']);
    await locks.update(NO_CHANGE);
    await locks.refresh([watchedPath]);
    expect(locks.view(watchedPath).locks).toHaveLength(1);
  });
});
