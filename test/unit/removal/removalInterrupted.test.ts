/** What an interrupted clean-up has left: decided only where its owner is proven gone, and by one who claims it. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { plainGuards } from '../../../src/os/plainGuards';
import { isAsideName, newAsideName } from '../../../src/os/removal/asideName';
import {
  IntentFile,
  intentFor,
  listIntentFiles,
  readIntentFile,
  type Intent,
} from '../../../src/os/removal/intents';
import { isProvenGone, newOwner, type Owner } from '../../../src/os/removal/owner';
import { recoverRecords } from '../../../src/os/removal/recover';
import { failure, unreadable } from '../../../src/os/removal/results';
import { withFaults, type Rule } from '../../faults/inject';
import { KINDS, Place, type Kind } from './place';

let place = new Place();
beforeEach(() => {
  place.close();
  place = new Place();
});
afterEach(() => place.close());

const storage = (): string => path.join(place.folder, 'storage');
const written = (): string[] => (fs.existsSync(storage()) ? fs.readdirSync(storage()) : []);
const self = newOwner({ markSelf: () => ({ pid: process.pid, startTicks: 7, bootId: 'b' }) });
const before: Owner = { ...self, life: 'before' };

/** As a crash right after the rename leaves it. */
function leave(kind: Kind, more: Partial<Intent> = {}, owner = before, at = Date.now()): string {
  const { ino } = place.make(kind);
  const intent: Intent = { path: place.record, aside: newAsideName(), kind, ino: String(ino), ...more };
  IntentFile.write(storage(), { owner, at, intents: [intent] }, place.guards);
  const aside = path.join(place.folder, intent.aside);
  fs.renameSync(place.record, aside);
  return aside;
}
const recover = async (who = self) => {
  const { recovered, pending } = await recoverRecords(storage(), who, place.guards);
  return { said: recovered.map(({ outcome }) => outcome.result), recovered, pending };
};

/** With another lstat(2). */
async function withLstat<T>(lstatSync: typeof fs.lstatSync, act: () => Promise<T>): Promise<T> {
  const own = fs.lstatSync;
  Object.assign(fs, { lstatSync });
  syncBuiltinESMExports();
  try {
    return await act();
  } finally {
    Object.assign(fs, { lstatSync: own });
    syncBuiltinESMExports();
  }
}

describe('a record that was left aside', () => {
  test.each(KINDS)('gets its name back, once: a %s', async (kind) => {
    const aside = leave(kind);
    const content = place.read(aside).content;
    const { recovered, pending } = await recover();
    expect(recovered).toEqual([{ path: place.record, at: aside, outcome: { result: 'back' } }]);
    expect(pending).toBe(false);
    expect(place.read().content).toEqual(content);
    expect([place.names(), written()]).toEqual([['bot.pid', 'storage'], []]);
    expect(await recover()).toEqual({ said: [], recovered: [], pending: false });
  });

  test.each(KINDS)('stays where it is when a new one has the name: a %s', async (kind) => {
    const aside = leave(kind);
    if (kind === 'directory') {
      fs.mkdirSync(place.record);
      fs.writeFileSync(path.join(place.record, 'x'), '');
    } else {
      fs.writeFileSync(place.record, '5555');
    }
    expect((await recover()).said).toEqual(['superseded']);
    expect(fs.lstatSync(aside).isDirectory()).toBe(kind === 'directory');
    expect(written()).toEqual([]);
  });

  test.each<[string, Partial<Intent>]>([
    ['another inode', { ino: '1' }],
    ['another kind', { kind: 'symlink' }],
  ])('is not touched when it is something else: %s', async (_, more) => {
    const aside = leave('file', more);
    expect((await recover()).said).toEqual(['notOurs']);
    expect(fs.existsSync(aside)).toBe(true);
    expect(fs.existsSync(place.record)).toBe(false);
  });

  type Was = NonNullable<Intent['was']>;
  /** As a clean-up writes it down, with other values in it. */
  function leaveKnown(more: Partial<Was> = {}): string {
    place.make();
    const { was, ...intent } = intentFor(place.record, place.read());
    if (was === undefined) throw new Error('it is not known');
    const known = { ...intent, was: { ...was, ...more } };
    IntentFile.write(storage(), { owner: before, at: Date.now(), intents: [known] }, place.guards);
    const aside = path.join(place.folder, intent.aside);
    fs.renameSync(place.record, aside);
    return aside;
  }

  test.each<[string, Partial<Was>]>([
    ['made and written at another time', { born: '1', mtimeNs: '1' }],
    ['made at another time, and of another size', { born: '1', size: '5' }],
  ])('is not touched when its inode number was given to another file: %s', async (_, more) => {
    const aside = leaveKnown(more);
    expect((await recover()).said).toEqual(['notOurs']);
    expect([fs.existsSync(aside), fs.existsSync(place.record)]).toEqual([true, false]);
  });

  test('gets its name back though it was written to since, or was copied by its file system', async () => {
    const aside = leaveKnown();
    fs.appendFileSync(aside, '42');
    expect((await recover()).said).toEqual(['back']);
    expect(fs.readFileSync(place.record, 'utf8')).toBe('424242');
    fs.rmSync(place.record);
    leaveKnown({ born: '1' });
    expect((await recover()).said).toEqual(['back']);
  });

  test.runIf(process.platform !== 'win32')('is not touched when it is no file at all', async () => {
    const aside = leave('file');
    fs.rmSync(aside);
    spawnSync('mkfifo', [aside]);
    expect(fs.statSync(aside).isFIFO()).toBe(true);
    expect((await recover()).said).toEqual(['notOurs']);
    expect(fs.existsSync(aside)).toBe(true);
    expect(fs.existsSync(place.record)).toBe(false);
    expect(written()).toEqual([]);
  });

  test('is back though that it is done cannot be written down', async () => {
    leave('file');
    place.guards.openFolder = (at) => {
      const [name = ''] = written();
      const file = path.join(storage(), name);
      if (fs.statSync(file).isFile()) {
        fs.rmSync(file);
        fs.mkdirSync(file);
      }
      return plainGuards.openFolder(at);
    };
    expect((await recover()).said).toEqual(['back']);
    expect(fs.existsSync(place.record)).toBe(true);
  });

  test('stays where another file system has a file of its number under its name', async () => {
    const aside = leave('file');
    fs.writeFileSync(place.record, '5555');
    const { lstatSync } = fs;
    const { ino, dev } = lstatSync(aside, { bigint: true });
    const elsewhere = ((at: string, options: object) => {
      const stat = lstatSync(at, options);
      return at === place.record ? Object.assign(stat, { ino, dev: dev + 1n }) : stat;
    }) as typeof lstatSync;
    const said = await withLstat(elsewhere, () => recover());
    expect(said.said).toEqual(['superseded']);
    expect(fs.existsSync(aside)).toBe(true);
  });

  test('that has both of its names again loses the other', async () => {
    const aside = leave('file');
    fs.linkSync(aside, place.record);
    expect((await recover()).said).toEqual([]);
    expect([place.names(), written()]).toEqual([['bot.pid', 'storage'], []]);
  });

  test('that was decided is nothing any more', async () => {
    fs.rmSync(leave('file'));
    expect((await recover()).said).toEqual([]);
    expect(written()).toEqual([]);
  });

  test('is tried again at the next start where it could not be reached, for a month', async () => {
    const elsewhere = { path: path.join(place.folder, 'gone', 'bot.pid') };
    leave('file', elsewhere);
    expect((await recover()).said).toEqual([]);
    expect(written()).toHaveLength(1);
    fs.rmSync(storage(), { recursive: true });
    leave('file', elsewhere, before, Date.now() - 31 * 86_400_000);
    expect((await recover()).said).toEqual([]);
    expect(written()).toEqual([]);
  });

  test('leaves no folder open, whether it is back or not', async () => {
    let closed = 0;
    place.guards.openFolder = (at) => ({ ...plainGuards.openFolder(at), close: () => void (closed += 1) });
    leave('file');
    const rule: Rule = ({ operation }) => (operation === 'linkSync' ? 'EIO' : undefined);
    expect((await withFaults(rule, () => recover())).said).toEqual(['failed']);
    expect(closed).toBe(1);
    expect((await recover({ ...self, life: 'next' })).said).toEqual(['back']);
    expect(closed).toBe(2);
  });

  test('as a directory leaves none of its own where it cannot go back', async () => {
    const aside = leave('directory');
    const rule: Rule = ({ operation, path: at }) =>
      operation === 'renameSync' && at === aside ? 'EIO' : undefined;
    const { recovered } = await withFaults(rule, () => recover());
    expect(recovered.map(({ outcome }) => outcome)).toEqual([
      { result: 'failed', code: 'EIO', syscall: 'rename' },
    ]);
    expect([fs.existsSync(aside), fs.existsSync(place.record)]).toEqual([true, false]);
  });

  test.each(['linkSync', 'lstatSync'])('stays written down where it failed: %s', async (operation) => {
    const aside = leave('file');
    const rule: Rule = ({ operation: of, path: at }) =>
      of === operation && at === aside ? 'EIO' : undefined;
    const { recovered } = await withFaults(rule, () => recover());
    expect(recovered).toEqual([
      {
        path: place.record,
        at: aside,
        outcome: { result: 'failed', code: 'EIO', syscall: operation.replace('Sync', '') },
      },
    ]);
    expect(written()).toHaveLength(1);
    expect((await recover({ ...self, life: 'next' })).said).toEqual(['back']);
  });

  test('is decided by one of two who start together', async () => {
    leave('file');
    const both = await Promise.all([recover(), recover({ ...self, life: 'other' })]);
    expect(both.flatMap(({ said }) => said)).toEqual(['back']);
    expect(written()).toEqual([]);
  });

  test('is not claimed where that cannot be written down', async () => {
    leave('file');
    place.guards.syncFolder = () => {
      throw new Error('EIO');
    };
    expect((await recover()).said).toEqual([]);
    expect(written().length).toBeGreaterThan(0);
    expect(fs.existsSync(place.record)).toBe(false);
  });

  test.each<[string, Owner, boolean]>([
    ['who may be at work', { ...self, host: 'elsewhere', life: 'x' }, true],
    ['who is oneself', self, false],
  ])('by somebody %s is left to him', async (_, owner, pending) => {
    leave('file', {}, owner);
    expect(await recover()).toMatchObject({ said: [], pending });
    expect(written()).toHaveLength(1);
  });
});

describe('an owner', () => {
  const alive = { mayStillRun: () => true };
  const dead = { mayStillRun: () => false };
  test.each<[string, Partial<Owner>, typeof alive, boolean]>([
    ['another life of this process', { life: 'x' }, alive, true],
    ['this very life', {}, dead, false],
    ['another process that runs', { pid: 1, life: 'x' }, alive, false],
    ['another process that is gone', { pid: 1, life: 'x' }, dead, true],
    ['a former process of this number', { startTicks: 6, life: 'x' }, dead, true],
    ['another start of this number that runs', { startTicks: 6, life: 'x' }, alive, false],
    ['of another host', { host: 'elsewhere', life: 'x' }, dead, false],
    ['of another boot', { bootId: 'a', life: 'x' }, alive, true],
    ['of a boot that is not known', { bootId: undefined as never, life: 'x' }, dead, false],
    ['of another namespace', { pidNamespace: 'n', life: 'x' }, dead, false],
  ])('%s', (_, more, guards, isGone) => {
    expect(isProvenGone({ ...self, ...more }, self, guards)).toBe(isGone);
  });

  test('whose boot is not known to whoever asks is not gone', () => {
    const unknown = { host: self.host, pid: self.pid, life: self.life };
    expect(isProvenGone(before, unknown, dead)).toBe(false);
  });
});

describe('what is written down', () => {
  const intent: Intent = { path: '/run/bot.pid', aside: newAsideName(), kind: 'file', ino: '7' };
  const was = { size: '4', mtimeNs: '1', born: '1' };
  const whole = { owner: self, at: 1, intents: [intent, { ...intent, was }] };

  test('is whole, for this user alone, on disk, and gone when it is settled', async () => {
    let synced = '';
    place.guards.syncFolder = (folder) => void (synced = folder);
    const file = IntentFile.write(storage(), whole, place.guards);
    expect(synced).toBe(storage());
    const [name = ''] = written();
    expect(name).toMatch(/^[0-9a-f-]{36}\.json$/);
    if (process.platform !== 'win32') {
      expect(fs.statSync(storage()).mode & 0o777).toBe(0o700);
      expect(fs.statSync(path.join(storage(), name)).mode & 0o777).toBe(0o600);
    }
    expect(await listIntentFiles(storage())).toEqual([path.join(storage(), name)]);
    expect(await readIntentFile(path.join(storage(), name))).toEqual(whole);
    const left = { ...intent, ino: '8' };
    file.settle([left]);
    expect(await readIntentFile(path.join(storage(), name))).toEqual({ ...whole, intents: [left] });
    file.settle([]);
    file.settle([]);
    expect(written()).toEqual([]);
  });

  test('is looked for where there is none, and among other files', async () => {
    expect(await listIntentFiles(storage())).toEqual([]);
    fs.mkdirSync(storage());
    fs.writeFileSync(path.join(storage(), 'x.json.new'), '');
    expect(await listIntentFiles(storage())).toEqual([]);
    expect(await readIntentFile(path.join(storage(), 'absent.json'))).toBeUndefined();
  });

  test('is closed when it cannot be written', () => {
    fs.mkdirSync(storage());
    const open = (): number => (process.platform === 'linux' ? fs.readdirSync('/proc/self/fd').length : 0);
    const count = open();
    const bad = { ...whole, at: 1n as never };
    expect(() => IntentFile.write(storage(), bad, place.guards)).toThrow(TypeError);
    expect(open()).toBe(count);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['no owner', { ...whole, owner: undefined }],
    ['an owner that is text', { ...whole, owner: 'x' }],
    ['an owner that is null', { ...whole, owner: null }],
    ['an owner without a host', { ...whole, owner: { ...self, host: 1 } }],
    ['an owner without a life', { ...whole, owner: { ...self, life: undefined } }],
    ['a pid that is text', { ...whole, owner: { ...self, pid: '1' } }],
    ['half a tick', { ...whole, owner: { ...self, startTicks: 0.5 } }],
    ['a boot that is a number', { ...whole, owner: { ...self, bootId: 1 } }],
    ['a namespace that is a number', { ...whole, owner: { ...self, pidNamespace: 1 } }],
    ['no time', { ...whole, at: '1' }],
    ['no list', { ...whole, intents: {} }],
    ['an intent that is null', { ...whole, intents: [null] }],
    ['one of two without a path', { ...whole, intents: [intent, { ...intent, path: 1 }] }],
    ['a relative path', { ...whole, intents: [{ ...intent, path: 'run/bot.pid' }] }],
    ['another name aside', { ...whole, intents: [{ ...intent, aside: 'bot.pid' }] }],
    ['a list aside', { ...whole, intents: [{ ...intent, aside: [intent.aside] }] }],
    ['a number aside', { ...whole, intents: [{ ...intent, aside: 1 }] }],
    ['a path aside', { ...whole, intents: [{ ...intent, aside: `../${intent.aside}` }] }],
    ['another kind', { ...whole, intents: [{ ...intent, kind: 'fifo' }] }],
    ['an inode that is a number', { ...whole, intents: [{ ...intent, ino: 7 }] }],
    ['no state that is text', { ...whole, intents: [{ ...intent, was: 'x' }] }],
    ['half of a state', { ...whole, intents: [{ ...intent, was: { size: '1', mtimeNs: '1' } }] }],
    ['a size that is a number', { ...whole, intents: [{ ...intent, was: { ...was, size: 1 } }] }],
  ])('by another program is left alone: %s', async (_, value) => {
    fs.mkdirSync(storage());
    const file = path.join(storage(), 'x.json');
    fs.writeFileSync(file, value === undefined ? '{' : JSON.stringify(value));
    expect(await readIntentFile(file)).toBeUndefined();
    expect(await recover()).toMatchObject({ said: [], pending: false });
    expect(written()).toEqual(['x.json']);
  });

  test('may lack what there is only on Linux', async () => {
    fs.mkdirSync(storage());
    const file = path.join(storage(), 'x.json');
    const plain = { ...whole, owner: { host: 'h', pid: 1, life: 'x' } };
    fs.writeFileSync(file, JSON.stringify(plain));
    expect(await readIntentFile(file)).toEqual(plain);
  });
});

test('a name aside is one that no file has', () => {
  expect(isAsideName(newAsideName())).toBe(true);
  expect(newAsideName()).not.toBe(newAsideName());
  for (const name of ['.aside', 'x.aside', `x${newAsideName()}`, `${newAsideName()}x`, '.0123.aside']) {
    expect(isAsideName(name), name).toBe(false);
  }
});

describe('what could not be done or seen', () => {
  const error = (code: string, syscall: string) => Object.assign(new Error(code), { code, syscall });
  test('is said with its code and its call', () => {
    expect(failure(error('EIO', 'link'))).toEqual({ result: 'failed', code: 'EIO', syscall: 'link' });
    expect(failure(error('ENOENT', 'rename'))).toEqual({
      result: 'failed',
      code: 'ENOENT',
      syscall: 'rename',
    });
    expect(failure(error('ENOTDIR', 'open'))).toEqual({ result: 'failed', code: 'ENOENT', syscall: 'open' });
  });
  test.each([
    [{ problem: 'absent' }, { result: 'absent' }],
    [{ problem: 'special' }, { result: 'changed' }],
    [{ problem: 'notEmpty' }, { result: 'changed' }],
    [{ problem: 'tooLarge' }, { result: 'changed' }],
    [
      { problem: 'failed', code: 'EIO', syscall: 'lstat' },
      { result: 'failed', code: 'EIO', syscall: 'lstat' },
    ],
  ] as const)('%j', (problem, expected) => {
    expect(unreadable(problem)).toEqual(expected);
  });
});
