import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRegularFile, readRegularFile } from '../../../src/os/linux/regularFile';

describe.runIf(process.platform === 'linux')('reading a watched path', () => {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regular-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('reads a regular file, also behind a link, and no more of it than is wanted', () => {
    const [file, link] = [path.join(folder, 'a'), path.join(folder, 'b')];
    fs.writeFileSync(file, '4242\n');
    fs.symlinkSync(file, link);
    for (const one of [file, link]) {
      expect(Buffer.from(readRegularFile(one, 100) as Uint8Array).toString()).toBe('4242\n');
    }
    expect(readRegularFile(file, 2)).toHaveLength(2);
  });

  it('opens no FIFO, whose writer would be let go, no folder and no device', () => {
    const fifo = path.join(folder, 'fifo');
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
    for (const one of [fifo, folder, '/dev/null']) {
      expect(() => openRegularFile(one)).toThrow(expect.objectContaining({ code: 'ENOTFILE' }) as Error);
      expect(readRegularFile(one, 100)).toMatchObject({ code: 'ENOTFILE' });
    }
    expect(readRegularFile(path.join(folder, 'absent'), 100)).toEqual({ code: 'ENOENT', syscall: 'open' });
  });

  it('leaves no descriptor open', () => {
    const open = (): number => fs.readdirSync('/proc/self/fd').length;
    const file = path.join(folder, 'a');
    fs.writeFileSync(file, '4242');
    const before = open();
    readRegularFile(file, 100);
    readRegularFile(folder, 100);
    readRegularFile('/dev/null', 100);
    expect(open()).toBe(before);
  });
});
