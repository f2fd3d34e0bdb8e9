/** What must be known before a record loses its name: that it can be given it back. */
import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { obstacleTo } from '../../../src/os/removal/obstacle';
import { withFaults, type FaultCode, type Operation } from '../../faults/inject';
import { KINDS, Place, type Kind } from './place';

let place = new Place();
beforeEach(() => {
  place.close();
  place = new Place();
});
afterEach(() => place.close());

/** With one operation refused. */
function obstacle(kind: Kind, operation?: Operation, code: FaultCode = 'EIO', more: object = {}) {
  const judged = { ...place.make(kind), ...more };
  const folder = place.guards.openFolder(place.folder);
  return withFaults(
    (call) => (call.operation === operation ? code : undefined),
    () => Promise.resolve(obstacleTo(folder, 'bot.pid', judged, place.guards)),
  );
}

/** undefined: as on Windows. */
async function asUser<T>(uid: number | undefined, act: () => Promise<T>): Promise<T> {
  const own = process.geteuid;
  process.geteuid = uid === undefined ? (undefined as never) : () => uid;
  try {
    return await act();
  } finally {
    if (own !== undefined) process.geteuid = own;
  }
}

test.each(KINDS)(
  'there is none where it can be tried, and nothing is left of the trial: a %s',
  async (kind) => {
    expect(await obstacle(kind)).toBeUndefined();
    expect(place.names()).toEqual(['bot.pid']);
  },
);

describe('a record that could not be put back', () => {
  test('has other names, which a directory always has', async () => {
    expect(await obstacle('file', undefined, 'EIO', { nlink: 2 })).toEqual({
      result: 'hardLinked',
      names: 2,
    });
    place.close();
    place = new Place();
    expect(await obstacle('directory', undefined, 'EIO', { nlink: 2 })).toBeUndefined();
  });

  test.each<[FaultCode, object]>([
    ['EROFS', { result: 'readOnly' }],
    ['EACCES', { result: 'folderDenied', code: 'EACCES' }],
  ])('is in a folder that lets nothing be changed: %s', async (code, expected) => {
    expect(await obstacle('file', 'accessSync', code)).toEqual(expected);
    expect(place.names()).toEqual(['bot.pid']);
  });

  test.each<[FaultCode, number, object | undefined]>([
    ['ENOENT', 0, undefined],
    ['EROFS', 0, { result: 'readOnly' }],
    ['EMLINK', 0, { result: 'noLinks', code: 'EMLINK' }],
    ['EPERM', 0, { result: 'noLinks', code: 'EPERM' }],
    ['EPERM', 1234, { result: 'otherUser', uid: 77 }],
    ['EPERM', 77, { result: 'noLinks', code: 'EPERM' }],
  ])('cannot be given a second name: %s as user %i', async (code, uid, expected) => {
    expect(await asUser(uid, () => obstacle('file', 'linkSync', code, { uid: 77 }))).toEqual(expected);
    expect(place.names()).toEqual(['bot.pid']);
  });

  test.each(KINDS)('would leave its second name: a %s', async (kind) => {
    const operation = kind === 'directory' ? 'rmdirSync' : 'unlinkSync';
    const said = await obstacle(kind, operation, 'EPERM');
    const left = place.names().find((name) => name !== 'bot.pid') ?? '';
    expect(said).toEqual({ result: 'linkLeft', at: `${place.folder}/${left}`, code: 'EPERM' });
  });

  test.each<[FaultCode, object]>([
    ['EROFS', { result: 'readOnly' }],
    ['EACCES', { result: 'folderDenied', code: 'EACCES' }],
  ])('is a directory where none can be made: %s', async (code, expected) => {
    expect(await obstacle('directory', 'mkdirSync', code)).toEqual(expected);
  });
});

describe('where the system knows no users by number', () => {
  const nameless = <T>(act: () => Promise<T>): Promise<T> => asUser(undefined, act);

  test('a record is as free as in any folder', async () => {
    expect(await nameless(() => obstacle('file'))).toBeUndefined();
    place.close();
    place = new Place();
    if (process.platform !== 'win32') fs.chmodSync(place.folder, 0o1777);
    expect(await nameless(() => obstacle('file'))).toBeUndefined();
    expect(place.names()).toEqual(['bot.pid']);
  });

  test('a second name that is not permitted says nothing of another user', async () => {
    expect(await nameless(() => obstacle('file', 'linkSync', 'EPERM', { uid: 77 }))).toEqual({
      result: 'noLinks',
      code: 'EPERM',
    });
  });
});

describe.runIf(process.platform !== 'win32')('in a folder that keeps each user’s files for him', () => {
  const mine = 4242;
  const theirs = 77;
  const said = (uid: number, sticky: boolean, mayAct: boolean, of: { record: number; folder: number }) => {
    if (sticky) fs.chmodSync(place.folder, 0o1777);
    place.guards.mayActForOwners = () => mayAct;
    const { statSync } = fs;
    const folder = place.guards.openFolder(place.folder);
    const judged = { ...place.make(), uid: of.record };
    const seen = statSync(place.folder);
    // Who owns the folder is a fact that only root could make.
    return asUser(uid, () =>
      Promise.resolve(
        obstacleTo(
          { ...folder, self: of.folder === seen.uid ? folder.self : '/' },
          'bot.pid',
          judged,
          place.guards,
        ),
      ),
    );
  };
  const own = fs.statSync('/').uid;

  test('another user’s record is his', async () => {
    const folder = fs.statSync(place.folder).uid;
    expect(await said(mine, true, true, { record: theirs, folder })).toEqual({
      result: 'otherUser',
      uid: theirs,
    });
  });

  test.each<[string, number, boolean, number]>([
    ['one’s own record is not', mine, true, mine],
    ['nothing is in a folder without that rule', mine, false, theirs],
  ])('%s', async (_, uid, sticky, record) => {
    const folder = fs.statSync(place.folder).uid;
    expect(await said(uid, sticky, false, { record, folder })).toBeUndefined();
  });

  test.runIf(process.getuid?.() === 0)('root may where it may act for owners', async () => {
    fs.chownSync(place.folder, theirs, theirs);
    const of = { record: theirs + 1, folder: theirs };
    expect(await said(0, true, false, of)).toEqual({ result: 'otherUser', uid: theirs + 1 });
    fs.rmSync(place.record);
    expect(await said(0, true, true, of)).toBeUndefined();
  });

  test('the owner of the folder takes any name away', async () => {
    const folder = fs.statSync(place.folder).uid;
    expect(await said(folder, true, false, { record: theirs, folder })).toBeUndefined();
    expect(own).toBe(0);
  });
});
