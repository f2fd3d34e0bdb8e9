import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WatchedFile } from '../../../src/os/observer/watchedFile';

describe('the heartbeat of a lock directory', () => {
  let folder: string;
  let lock: WatchedFile;
  const seconds = Math.floor(Date.now() / 1000) - 600;
  /** As proper-lockfile does it. */
  const renew = (at: number): void => fs.utimesSync(lock.path, seconds + at, seconds + at);
  const renewals = (): unknown => {
    lock.check();
    return lock.facts.renewals;
  };

  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'renewals-'));
    lock = new WatchedFile(join(folder, 'job.lock'), () => ({ code: 'EISDIR', syscall: 'read' }));
    fs.mkdirSync(lock.path);
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('is counted with its longest interval', () => {
    renew(0);
    expect(renewals()).toBeUndefined();
    renew(5);
    expect(renewals()).toEqual({ count: 1, longestMs: 5000 });
    renew(15);
    expect(renewals()).toEqual({ count: 2, longestMs: 10_000 });
    expect(renewals()).toEqual({ count: 2, longestMs: 10_000 });
    renew(16);
    expect(renewals()).toEqual({ count: 3, longestMs: 10_000 });
  });

  it('is not what making and removing something in it does to its time', () => {
    renew(0);
    renewals();
    fs.writeFileSync(join(lock.path, 'pid'), '42');
    expect(renewals()).toBeUndefined();
    fs.rmSync(join(lock.path, 'pid'));
    expect(renewals()).toBeUndefined();
  });

  it('is not that of another directory, nor of a time set back', () => {
    renew(10);
    renewals();
    renew(5);
    expect(renewals()).toBeUndefined();
    renew(15);
    expect(renewals()).toMatchObject({ count: 1 });
    // Both are there at once, so that the new one has another inode.
    fs.mkdirSync(`${lock.path}.new`);
    fs.rmdirSync(lock.path);
    fs.renameSync(`${lock.path}.new`, lock.path);
    renew(20);
    expect(renewals()).toBeUndefined();
  });

  it('is none of a file', () => {
    fs.rmdirSync(lock.path);
    fs.writeFileSync(lock.path, '');
    renew(0);
    renewals();
    renew(5);
    expect(renewals()).toBeUndefined();
  });
});
