/** Undo: complete before it gets its name, and never over what has it. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { plainGuards } from '../../../src/os/plainGuards';
import { restoreRecord } from '../../../src/os/removal/restore';
import type { TakenFrom } from '../../../src/os/removal/takenFrom';
import { removeRecord } from '../../../src/os/removal/remove';
import { linuxGuards } from '../../../src/os/linux/removalGuards';
import { withFaults, type Rule } from '../../faults/inject';
import { KINDS, Place, type Kind } from './place';

let place = new Place();
beforeEach(() => {
  place.close();
  place = new Place();
});
afterEach(() => place.close());

const AT = new Date('2025-03-04T05:06:07.891Z');

/** A record as it was, and gone. */
function removed(kind: Kind) {
  place.make(kind);
  if (kind !== 'symlink') fs.chmodSync(place.record, kind === 'file' ? 0o640 : 0o750);
  fs.lutimesSync(place.record, AT, AT);
  const judged = place.read();
  fs.rmSync(place.record, { recursive: true });
  return judged;
}
const restore = (judged: ReturnType<typeof removed>) => restoreRecord(place.record, judged, place.guards);

test.each(KINDS)('brings back content, mode, owner and time: a %s', (kind) => {
  const judged = removed(kind);
  expect(restore(judged)).toEqual({ result: 'restored' });
  const { content, mode, uid, gid, mtimeNs, kind: is } = place.read();
  expect({ content, mode, uid, gid, is }).toEqual({
    content: judged.content,
    mode: judged.mode,
    uid: judged.uid,
    gid: judged.gid,
    is: kind,
  });
  expect(Number(mtimeNs / 1000n)).toBeCloseTo(Number(judged.mtimeNs / 1000n), -1);
  expect(place.names()).toEqual(['bot.pid']);
});

describe('a path that leads to another folder by now', () => {
  const release = (name: string): string => path.join(place.folder, name);
  const lead = (to: string): void => {
    fs.rmSync(release('current'), { force: true });
    fs.symlinkSync(to, release('current'));
  };
  /** Taken from `one`, by way of `current`. */
  async function taken(): Promise<(guards?: typeof plainGuards) => ReturnType<typeof restoreRecord>> {
    for (const name of ['one', 'two']) fs.mkdirSync(release(name));
    lead('one');
    const record = path.join(release('current'), 'bot.pid');
    fs.writeFileSync(record, '4242');
    const judged = place.read(record);
    let from: TakenFrom | undefined;
    const options = { waitMs: 1, log: () => undefined, wait: () => Promise.resolve() };
    const onFolder = (folder: TakenFrom | undefined): void => void (from = folder);
    expect(await removeRecord(record, judged, { guards: plainGuards, ...options, onFolder })).toEqual({
      result: 'removed',
    });
    return (guards = plainGuards) => restoreRecord(record, judged, guards, from);
  }
  const there = (): string[] =>
    ['one', 'two'].filter((name) => fs.existsSync(path.join(release(name), 'bot.pid')));

  test.each([
    ['as it was', () => undefined, undefined],
    ['led to another', () => lead('two'), 'one/bot.pid'],
    ['gone', () => fs.rmSync(release('current')), 'one/bot.pid'],
  ])('is restored where it was taken from: the link is %s', async (_, act, at) => {
    const restoreIt = await taken();
    act();
    expect(restoreIt()).toEqual({
      result: 'restored',
      ...(at === undefined ? {} : { at: release(at) }),
    });
    expect(there()).toEqual(['one']);
  });

  test('is not restored where it is not known to which: the path may not be followed', async () => {
    const restoreIt = await taken();
    const openFolder: typeof plainGuards.openFolder = (at) => {
      if (at !== release('current')) return plainGuards.openFolder(at);
      throw Object.assign(new Error('EACCES'), { code: 'EACCES', syscall: 'open' });
    };
    const failed = { result: 'failed', code: 'EACCES', syscall: 'open' };
    expect(restoreIt({ ...plainGuards, openFolder })).toEqual(failed);
    expect(there()).toEqual([]);
  });

  test('is not restored where that is another folder too, and all that was opened is closed', async () => {
    const restoreIt = await taken();
    lead('two');
    fs.renameSync(release('one'), release('old'));
    let open = 0;
    const guards = {
      ...plainGuards,
      openFolder: (at: string) => {
        const folder = plainGuards.openFolder(at);
        open += 1;
        return { ...folder, close: () => void (open -= 1) };
      },
    };
    expect(restoreIt(guards)).toMatchObject({ result: 'failed', code: 'ENOENT' });
    fs.mkdirSync(release('one'));
    expect(restoreIt(guards)).toEqual({ result: 'elsewhere', folder: release('one') });
    expect([there(), open]).toEqual([[], 0]);
  });
});

test.each(KINDS)('keeps what has the name: instead of a %s', (kind) => {
  const judged = removed(kind);
  fs.writeFileSync(place.record, '5555');
  expect(restore(judged)).toEqual({ result: 'exists' });
  expect(fs.readFileSync(place.record, 'utf8')).toBe('5555');
  expect(place.names()).toEqual(['bot.pid']);
});

test('fails where the folder is gone, and closes what it has opened', () => {
  const judged = removed('file');
  let closed = 0;
  place.guards.openFolder = (at) => ({ ...plainGuards.openFolder(at), close: () => void (closed += 1) });
  expect(restore(judged)).toEqual({ result: 'restored' });
  fs.rmSync(place.folder, { recursive: true });
  expect(restore(judged)).toMatchObject({ result: 'failed', code: 'ENOENT' });
  expect(closed).toBe(2);
  place.guards.openFolder = () => {
    throw Object.assign(new Error('EMFILE'), { code: 'EMFILE', syscall: 'open' });
  };
  expect(restore(judged)).toEqual({ result: 'failed', code: 'EMFILE', syscall: 'open' });
});

test.runIf(process.platform === 'linux')(
  'brings back the very nanosecond where the folder is held open',
  () => {
    const judged = { ...removed('file'), mtimeNs: 1_741_064_767_891_234_567n };
    expect(restoreRecord(place.record, judged, linuxGuards)).toEqual({ result: 'restored' });
    expect(place.read().mtimeNs).toBe(judged.mtimeNs);
  },
);

describe.runIf(process.platform === 'linux')('the very nanosecond', () => {
  const target = (): string => path.join(place.folder, 'target');
  const at = 1_741_064_767_000_004_567n;

  test.each(KINDS)('is brought back with its leading zeros: a %s', (kind) => {
    const judged = { ...removed(kind), mtimeNs: at };
    expect(restoreRecord(place.record, judged, linuxGuards)).toEqual({ result: 'restored' });
    expect(place.read().mtimeNs).toBe(at);
    expect(place.names()).toEqual(['bot.pid']);
  });

  test('of a symlink is not given to what it leads to', () => {
    fs.writeFileSync(target(), '');
    fs.utimesSync(target(), AT, AT);
    fs.symlinkSync(target(), place.record);
    const judged = { ...place.read(), mtimeNs: at };
    fs.rmSync(place.record);
    expect(restoreRecord(place.record, judged, linuxGuards)).toEqual({ result: 'restored' });
    expect(place.read().mtimeNs).toBe(at);
    expect(fs.statSync(target()).mtimeMs).toBe(AT.getTime());
  });

  test('is brought back of a name that looks like an option', () => {
    const record = path.join(place.folder, '--help');
    const judged = { ...removed('file'), mtimeNs: at };
    expect(restoreRecord(record, judged, linuxGuards)).toEqual({ result: 'restored' });
    expect(place.read(record).mtimeNs).toBe(at);
  });
});

test.runIf(process.platform === 'linux')('no program is started where none is needed', () => {
  const judged = { ...removed('file'), mtimeNs: 1_741_064_767_000_000_000n };
  const before = process.env['PATH'];
  // A touch(1) that would show itself.
  const bin = path.join(place.folder, 'bin');
  fs.mkdirSync(bin);
  fs.writeFileSync(path.join(bin, 'touch'), `#!/bin/sh\n: > '${place.folder}/started'\n`, { mode: 0o755 });
  process.env['PATH'] = bin;
  try {
    // Without the folder's descriptor there is no path to give it; and this second is exact as it is.
    expect(restore({ ...judged, mtimeNs: judged.mtimeNs + 1n })).toEqual({ result: 'restored' });
    fs.rmSync(place.record);
    expect(restoreRecord(place.record, judged, linuxGuards)).toEqual({ result: 'restored' });
    expect(place.names()).toEqual(['bin', 'bot.pid']);
    fs.rmSync(place.record);
    restoreRecord(place.record, { ...judged, mtimeNs: judged.mtimeNs + 1n }, linuxGuards);
    expect(place.names()).toEqual(['bin', 'bot.pid', 'started']);
  } finally {
    process.env['PATH'] = before;
  }
});

test.each(KINDS)('says whose it was where it could not be given back: a %s', async (kind) => {
  const judged = removed(kind);
  const theirs = { ...judged, uid: judged.uid + 1 };
  const rule: Rule = ({ operation }) => (/chownSync$/.test(operation) ? 'EPERM' : undefined);
  const said = await withFaults(rule, () => Promise.resolve(restore(theirs)));
  expect(said).toEqual({ result: 'restored', lostOwner: theirs.uid });
  expect(place.read().content).toEqual(judged.content);
});

test('says of no owner where users have no numbers', async () => {
  const judged = removed('file');
  const theirs = { ...judged, uid: judged.uid + 1 };
  const rule: Rule = ({ operation }) => (operation === 'fchownSync' ? 'EPERM' : undefined);
  const own = Object.getOwnPropertyDescriptor(process, 'getuid');
  delete process.getuid;
  try {
    const said = await withFaults(rule, () => Promise.resolve(restore(theirs)));
    expect(said).toEqual({ result: 'restored' });
  } finally {
    if (own !== undefined) Object.defineProperty(process, 'getuid', own);
  }
});

test('says of several steps that failed which was the first, and whose it was all the same', async () => {
  const judged = removed('file');
  const theirs = { ...judged, uid: judged.uid + 1 };
  const refuse =
    (...calls: string[]): Rule =>
    ({ operation }) =>
      calls.includes(operation) ? 'EIO' : undefined;
  const said = (...calls: string[]) => withFaults(refuse(...calls), () => Promise.resolve(restore(theirs)));
  const failed = (syscall: string) => ({ code: 'EIO', syscall });
  expect(await said('linkSync', 'unlinkSync')).toEqual({ result: 'failed', ...failed('link') });
  fs.rmSync(place.aside());
  expect(await said('unlinkSync', 'lstatSync')).toEqual({ result: 'restored', failed: failed('unlink') });
  for (const name of place.names()) fs.rmSync(path.join(place.folder, name));
  const rule: Rule = ({ operation }) => (/unlinkSync|chownSync/.test(operation) ? 'EIO' : undefined);
  expect(await withFaults(rule, () => Promise.resolve(restore(theirs)))).toEqual({
    result: 'restored',
    lostOwner: theirs.uid,
    failed: failed('unlink'),
  });
});

/** What came of it, by the call that was refused. */
const CAME = {
  file: [
    'open: failed',
    'writeFile: failed',
    'fchown: restored',
    'fchmod: failed',
    'close: failed',
    'lutimes: failed',
    'link: failed',
    'unlink: restored, but unlink',
    'lstat: restored, but lstat',
  ],
  symlink: [
    'symlink: failed',
    'lchown: restored',
    'lutimes: restored, but lutimes',
    'lstat: restored, but lstat',
  ],
  directory: [
    'mkdir: failed',
    'lchown: restored',
    'chmod: restored, but chmod',
    'lutimes: restored, but lutimes',
    'lstat: restored, but lstat',
  ],
} as const;

describe('each call refused in turn', () => {
  test.each(KINDS)('a %s is back whole, or not there, and no draft of it is left', async (kind) => {
    const said: string[] = [];
    for (let refused = 1; ; refused += 1) {
      place.close();
      place = new Place();
      const judged = removed(kind);
      let calls = 0;
      let what = '';
      const rule: Rule = ({ operation }) => {
        calls += 1;
        if (calls !== refused) return undefined;
        what = operation.replace('Sync', '');
        return 'EIO';
      };
      const result = await withFaults(rule, () => Promise.resolve(restore(judged)));
      if (what === '') break;
      const failed = result.result === 'restored' ? result.failed : undefined;
      said.push(`${what}: ${result.result}${failed === undefined ? '' : `, but ${failed.syscall}`}`);
      // What is said to have failed is not there, and can be tried again.
      expect(place.names().includes('bot.pid'), what).toBe(result.result === 'restored');
      if (result.result === 'restored') expect(place.read().content, what).toEqual(judged.content);
      if (what !== 'unlink') {
        expect(
          place.names().filter((name) => name !== 'bot.pid'),
          what,
        ).toEqual([]);
      }
    }
    expect(said).toEqual(CAME[kind]);
  });
});
