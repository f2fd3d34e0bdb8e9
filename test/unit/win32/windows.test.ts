import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileFacts } from '../../../src/model/facts';
import { WindowsLockReader, type Answer } from '../../../src/os/win32/lockReader';
import { endScript } from '../../../src/os/win32/processes';
import { fileTimeToMs, parseCim } from '../../../src/os/win32/processTable';

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

  it('are ended only behind an open handle and an equal start time', () => {
    const script = endScript(8812, '134081121015321987', true);
    const steps = ['GetProcessById(8812)', '$p.Handle', "-ne '134081121015321987'", '$p.Kill()'];
    const places = steps.map((step) => script.indexOf(step));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(endScript(8812, '1', false)).not.toContain('Kill()');
    expect(endScript(8812, '1', false)).not.toContain('/F');
  });
});

describe('locks of Windows', () => {
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
      () => answers[Math.min(looks++, answers.length - 1)] ?? 'free',
      () => time,
    );
    locks.watch(watchedPath, file);
    return { locks, at: (ms: number) => (time = ms), looks: () => looks };
  }

  it('are held by nobody known where a read meets a sharing or lock violation', async () => {
    const { locks } = reader(['held']);
    expect([...(await locks.update()).paths]).toEqual([watchedPath]);
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
    await locks.update();
    expect(locks.view(watchedPath)).toMatchObject({ locks: [], certainty });
  });

  it('are looked at with the pace of the probe, since each look opens the file', async () => {
    const { locks, at, looks } = reader(['free', 'held']);
    for (let ms = 0; ms < 10_000; ms += 1000) {
      at(ms);
      await locks.update();
    }
    expect(looks()).toBe(1);
    at(10_000);
    await locks.update();
    expect(looks()).toBe(2);
    expect(locks.view(watchedPath).locks).toHaveLength(1);
  });

  it('are looked at at once when a person asks', async () => {
    const { locks } = reader(['free', 'held']);
    await locks.update();
    await locks.refresh([watchedPath]);
    expect(locks.view(watchedPath).locks).toHaveLength(1);
  });
});
