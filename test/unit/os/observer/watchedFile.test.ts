import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WatchedFile } from '../../../../src/os/observer/watchedFile';
import { readRegularFile } from '../../../../src/os/linux/regularFile';

const isLinux = process.platform === 'linux';

describe.runIf(isLinux)('a watched path', () => {
  let folder: string;
  let reads: string[];
  const watch = (name: string): WatchedFile =>
    new WatchedFile(join(folder, name), (path, limit) => {
      reads.push(path);
      return readRegularFile(path, limit);
    });
  const text = (file: WatchedFile): string | undefined =>
    file.content?.bytes === undefined ? undefined : Buffer.from(file.content.bytes).toString();
  /** As if it had been written long ago: file times are too coarse to trust a file that changed just now. */
  const age = (name: string): void => fs.utimesSync(join(folder, name), 1_700_000_000, 1_700_000_000);

  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'watched-'));
    reads = [];
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('is absent, then there, then absent again', () => {
    const file = watch('a.pid');
    file.check();
    expect(file.facts.status).toBe('absent');
    fs.writeFileSync(file.path, '42');
    expect(file.check()).toBe(true);
    expect(file.facts).toMatchObject({ status: 'file', size: 2, nlink: 1 });
    expect(text(file)).toBe('42');
    fs.rmSync(file.path);
    expect(file.check()).toBe(true);
    expect(file.facts.status).toBe('absent');
    expect(file.content).toBeUndefined();
  });

  it('is read again only when it changed', async () => {
    fs.writeFileSync(join(folder, 'a.pid'), '42');
    const file = watch('a.pid');
    file.check();
    // A change of time alone is a change of ctime too, which utimes cannot set: let the coarse clock move on.
    while (Date.now() - fs.statSync(file.path).ctimeMs < 120) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    file.check();
    const before = reads.length;
    for (let tick = 0; tick < 10; tick++) expect(file.check()).toBe(false);
    expect(reads.length).toBe(before);
  });

  it('is read again while a second write could hide behind the same times', () => {
    const file = watch('a.pid');
    fs.writeFileSync(file.path, '41');
    const { atime, mtime } = fs.statSync(file.path);
    file.check();
    fs.writeFileSync(file.path, '42');
    fs.utimesSync(file.path, atime, mtime);
    expect(file.check()).toBe(true);
    expect(text(file)).toBe('42');
  });

  it('notices replacement by another file of the same size', () => {
    fs.writeFileSync(join(folder, 'a.pid'), '41');
    age('a.pid');
    const file = watch('a.pid');
    file.check();
    const first = file.facts.id;
    fs.writeFileSync(join(folder, 'b'), '42');
    age('b');
    fs.renameSync(join(folder, 'b'), file.path);
    expect(file.check()).toBe(true);
    expect(file.facts.id).not.toEqual(first);
    expect(text(file)).toBe('42');
  });

  it('gives 4 KiB of a sparse file of ten gigabytes', () => {
    const file = watch('huge.lock');
    const fd = fs.openSync(file.path, 'w');
    fs.ftruncateSync(fd, 10 * 1024 ** 3);
    fs.closeSync(fd);
    file.check();
    expect(file.facts).toMatchObject({ status: 'file', size: 10 * 1024 ** 3 });
    expect(file.content?.bytes).toHaveLength(4096);
  });

  it('never opens a FIFO, and leaves its writer alone', () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const file = watch('pipe');
    file.check();
    expect(file.facts.status).toBe('special');
    expect(reads).toEqual([]);
    // Even when the FIFO takes a file's place between the look and the read.
    expect(readRegularFile(file.path, 10)).toEqual({ code: 'ENOTFILE', syscall: 'fstat' });
  });

  it('sees sockets and devices as special', async () => {
    const server = net.createServer().listen(join(folder, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    const file = watch('socket');
    file.check();
    expect(file.facts.status).toBe('special');
    await new Promise((resolve) => server.close(resolve));
    const device = new WatchedFile('/dev/null', readRegularFile);
    device.check();
    expect(device.facts.status).toBe('special');
  });

  it('reads what passes for a file in procfs without failing', () => {
    for (const path of ['/proc/self/mem', '/proc/kmsg']) {
      const read = readRegularFile(path, 4096);
      expect(read instanceof Uint8Array || typeof read.code === 'string').toBe(true);
    }
  });

  it('gives the time of a directory, whose heartbeat it is', () => {
    fs.mkdirSync(join(folder, 'x.lock'));
    const file = watch('x.lock');
    file.check();
    expect(file.facts.status).toBe('directory');
    const before = file.facts.mtimeNs;
    fs.utimesSync(file.path, 1_800_000_000, 1_800_000_000);
    expect(file.check()).toBe(true);
    expect(file.facts.mtimeNs).not.toBe(before);
  });

  it('gives the target of a link that leads nowhere, and notices a new one', () => {
    const file = watch('SingletonLock');
    fs.symlinkSync('host-123', file.path);
    file.check();
    expect(file.facts.status).toBe('symlink');
    expect(file.content?.symlinkTarget).toBe('host-123');
    fs.rmSync(file.path);
    fs.symlinkSync('host-124', file.path);
    expect(file.check()).toBe(true);
    expect(file.content?.symlinkTarget).toBe('host-124');
  });

  it('follows a link that leads to a file, and notices that the file changed', () => {
    fs.writeFileSync(join(folder, 'real'), '7');
    fs.symlinkSync('real', join(folder, 'a.pid'));
    const file = watch('a.pid');
    file.check();
    expect(file.facts.status).toBe('file');
    expect(file.facts.id?.ino).toBe(fs.statSync(join(folder, 'real'), { bigint: true }).ino.toString());
    fs.writeFileSync(join(folder, 'real'), '88');
    expect(file.check()).toBe(true);
    expect(text(file)).toBe('88');
  });

  it('says ELOOP for a loop of links', () => {
    fs.symlinkSync('b', join(folder, 'a'));
    fs.symlinkSync('a', join(folder, 'b'));
    const file = watch('a');
    file.check();
    expect(file.facts).toMatchObject({ status: 'unreadable', problem: { code: 'ELOOP' } });
    expect(file.check()).toBe(false);
  });

  it('takes a path through something that is no folder for absent', () => {
    fs.writeFileSync(join(folder, 'a'), '');
    const file = watch('a/b.pid');
    file.check();
    expect(file.facts.status).toBe('absent');
  });

  it('says what failed when a file may not be read, and that it is there all the same', () => {
    fs.writeFileSync(join(folder, 'a.pid'), '42');
    const file = new WatchedFile(join(folder, 'a.pid'), () => ({ code: 'EACCES', syscall: 'open' }));
    file.check();
    expect(file.facts).toMatchObject({ status: 'file', problem: { code: 'EACCES', syscall: 'open' } });
    expect(file.content).toBeUndefined();
    expect(file.check()).toBe(false);
  });

  it('tries again after a passing error', () => {
    fs.writeFileSync(join(folder, 'a.pid'), '42');
    let fails = true;
    const file = new WatchedFile(join(folder, 'a.pid'), (path, limit) =>
      fails ? { code: 'EMFILE', syscall: 'open' } : readRegularFile(path, limit),
    );
    file.check();
    expect(file.facts.problem?.code).toBe('EMFILE');
    fails = false;
    expect(file.check()).toBe(true);
    expect(text(file)).toBe('42');
  });
});
