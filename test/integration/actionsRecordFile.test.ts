/** The removal of one record, with somebody else acting in the middle of it. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeRecord, type RemovalResult } from '../../src/os/recordFile';
import { isProblem, readGeneration, type RecordGeneration } from '../../src/os/recordGeneration';

let folder = '';
let record = '';

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'record-file-'));
  record = path.join(folder, 'bot.pid');
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function generation(): RecordGeneration {
  const read = readGeneration(record);
  if (isProblem(read)) throw new Error(read.problem);
  return read;
}

/** `meanwhile` runs while the record is aside. */
const remove = (
  judged: RecordGeneration,
  meanwhile: (aside: string) => void = () => undefined,
): Promise<RemovalResult> =>
  removeRecord(record, judged, {
    waitMs: 2,
    log: () => undefined,
    wait: () => {
      const aside = fs.readdirSync(folder).find((name) => name.endsWith('.aside'));
      meanwhile(path.join(folder, aside ?? ''));
      return Promise.resolve();
    },
  });

describe('removing a record', () => {
  test('leaves nothing behind', async () => {
    fs.writeFileSync(record, '4242');
    expect(await remove(generation())).toEqual({ result: 'removed' });
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('keeps a new record that was made while the old one was aside', async () => {
    fs.writeFileSync(record, '4242');
    expect(await remove(generation(), () => fs.writeFileSync(record, '5555', { flag: 'wx' }))).toEqual({
      result: 'removed',
    });
    expect(fs.readFileSync(record, 'utf8')).toBe('5555');
  });

  test('puts back what was written to while it was aside', async () => {
    fs.writeFileSync(record, '4242');
    const { ino } = generation();
    const result = await remove(generation(), (aside) => fs.writeFileSync(aside, '5555'));
    expect(result).toEqual({ result: 'putBack', because: 'changed', openers: [] });
    expect(fs.readFileSync(record, 'utf8')).toBe('5555');
    expect(generation().ino).toBe(ino);
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
  });

  test('notices bytes of the same length written with the same time', async () => {
    fs.writeFileSync(record, '4242');
    const judged = generation();
    const result = await remove(judged, (aside) => {
      fs.writeFileSync(aside, '5555');
      fs.utimesSync(aside, fs.statSync(aside).atime, Number(judged.mtimeNs) / 1e9);
    });
    expect(result.result).toBe('putBack');
    expect(fs.readFileSync(record, 'utf8')).toBe('5555');
  });

  test('never overwrites: a new record stays, and the bytes of the one aside are handed over for the log', async () => {
    fs.writeFileSync(record, '4242');
    const result = await remove(generation(), (aside) => {
      fs.writeFileSync(aside, '5555');
      fs.writeFileSync(record, '6666', { flag: 'wx' });
    });
    expect(result).toMatchObject({ result: 'superseded', because: 'changed' });
    expect(result.result === 'superseded' && result.aside.toString()).toBe('5555');
    expect(fs.readFileSync(record, 'utf8')).toBe('6666');
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
  });

  test.runIf(process.platform === 'linux')('puts it back when somebody has it open', async () => {
    fs.writeFileSync(record, '4242');
    let fd = -1;
    const result = await remove(generation(), (aside) => {
      fd = fs.openSync(aside, 'r');
    });
    fs.closeSync(fd);
    expect(result).toEqual({ result: 'putBack', because: 'open', openers: [{ pid: process.pid, fd }] });
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
  });

  test('touches nothing that is not what was judged', async () => {
    fs.writeFileSync(record, '4242');
    const judged = generation();
    fs.writeFileSync(record, '5555');
    expect(await remove(judged)).toEqual({ result: 'changed' });
    fs.rmSync(record);
    expect(await remove(judged)).toEqual({ result: 'absent' });
    fs.mkdirSync(record);
    expect(await remove(judged)).toEqual({ result: 'changed' });
  });

  test('acts in the folder it began in, even if that is moved away meanwhile', async () => {
    fs.writeFileSync(record, '4242');
    const moved = `${folder}-moved`;
    const result = await remove(generation(), () => {
      fs.renameSync(folder, moved);
      fs.mkdirSync(folder);
      fs.writeFileSync(record, '4242');
    });
    expect(result.result).toBe(process.platform === 'linux' ? 'removed' : 'failed');
    expect(fs.existsSync(record)).toBe(true);
    fs.rmSync(moved, { recursive: true, force: true });
  });

  test('restores an empty lock directory with its heartbeat when its owner renewed it meanwhile', async () => {
    const old = new Date(Date.now() - 120_000);
    fs.mkdirSync(record);
    fs.utimesSync(record, old, old);
    const renewed = new Date(Date.now() - 1000);
    const result = await remove(generation(), (aside) => fs.utimesSync(aside, renewed, renewed));
    expect(result).toMatchObject({ result: 'putBack', because: 'changed' });
    expect(Math.round(fs.statSync(record).mtimeMs)).toBe(renewed.getTime());
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
  });

  test('does not remove a directory into which something was put', async () => {
    fs.mkdirSync(record);
    const result = await remove(generation(), (aside) => fs.writeFileSync(path.join(aside, 'x'), ''));
    expect(result).toMatchObject({ result: 'putBack', because: 'changed' });
    expect(fs.readdirSync(folder)).toEqual(['bot.pid']);
    expect(fs.readdirSync(record)).toEqual(['x']);
  });

  test('puts a replaced symlink back, whatever it leads to', async () => {
    fs.symlinkSync('host-4242', record);
    const result = await remove(generation(), (aside) => {
      fs.unlinkSync(aside);
      fs.symlinkSync('host-5555', aside);
    });
    expect(result).toMatchObject({ result: 'putBack', because: 'changed' });
    expect(fs.readlinkSync(record)).toBe('host-5555');
  });
});
