import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePs, parseStart, splitCommandLine } from '../../../src/os/ps/psOutput';

const captured = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, '../../fixtures/captured', name), 'utf8');

describe('the output of ps', () => {
  it('is read as macOS prints it', () => {
    const processes = parsePs(captured('ps-macos.txt'));
    expect(
      processes.map(({ pid, ppid, pgid, uid, user, state }) => [pid, ppid, pgid, uid, user, state]),
    ).toEqual([
      [1, 0, 1, 0, 'root', 'S'],
      [501, 1, 501, 501, 'dana', 'S'],
      [733, 501, 501, 501, 'dana', 'D'],
      [734, 733, 501, 501, 'dana', 'T'],
      [735, 733, 501, 501, 'dana', 'Z'],
    ]);
    expect(processes[1]).toMatchObject({
      comm: 'python3.13',
      argv: ['/opt/homebrew/bin/python3.13', 'bot.py'],
      startTime: Date.UTC(2025, 10, 20, 9, 15, 1),
    });
    expect(processes[0]?.startTime).toBe(Date.UTC(2025, 10, 6, 8, 1, 12));
    expect(processes[4]?.argv).toEqual([]);
  });

  it('is read as procps prints it', () => {
    const processes = parsePs(captured('ps-procps-linux.txt'));
    expect(processes.map(({ pid }) => pid)).toEqual([2, 4, 30052, 30060]);
    expect(processes[1]).toMatchObject({ state: 'S', argv: [] });
    expect(processes[2]?.argv).toEqual(['node', '-e', 'setTimeout(()=>{},20000)', 'arg', 'with', 'spaces']);
    expect(processes[3]).toMatchObject({ state: 'Z', argv: [] });
  });

  it('loses a line of another shape, not the others', () => {
    expect(
      parsePs('ps: something\n\n 7 1 7 0 S root Thu Nov 20 09:15:01 2025 cat\ngarbage 1 2').map(
        ({ pid }) => pid,
      ),
    ).toEqual([7]);
  });

  it('gives a start in UTC whatever the time zone here', () => {
    expect(parseStart('Thu Jan  1 00:00:01 1970')).toBe(1000);
    expect(parseStart('not a time')).toBeUndefined();
  });

  it('keeps a program whose path has spaces in one piece', () => {
    const program = '/Applications/Visual Studio Code.app/Contents/MacOS/Electron';
    expect(splitCommandLine(`${program} --type=utility`, program)).toEqual([program, '--type=utility']);
    expect(splitCommandLine('/bin/sh -c true', '/bin/s')).toEqual(['/bin/sh', '-c', 'true']);
  });
});
