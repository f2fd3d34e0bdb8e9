/** The removal of one record where each step may go wrong: it is gone only if it was what was judged, and never lost. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { plainGuards } from '../../../src/os/plainGuards';
import { isProblem, readGeneration } from '../../../src/os/recordGeneration';
import { newAsideName } from '../../../src/os/removal/asideName';
import { withFaults, type FaultCode, type Rule } from '../../faults/inject';
import { KINDS, Place, type Kind } from './place';
import refused from './refused.json';

const expected: Partial<Record<Kind, object>> = refused;

let place = new Place();
beforeEach(() => {
  place.close();
  place = new Place();
});
afterEach(() => place.close());

const openers = [{ pid: 7, fd: 3 }];
const nobody = { openers: [], hidden: 0 };

describe('a stale record', () => {
  test.each(KINDS)('is removed, and nothing else: a %s', async (kind) => {
    fs.writeFileSync(path.join(place.folder, 'other'), '');
    expect(await place.remove(place.make(kind))).toEqual({ result: 'removed' });
    expect([place.names(), place.waits]).toEqual([['other'], [7]]);
    expect(place.log).toEqual([expect.stringMatching(/^moved aside as \.[0-9a-f]{24}\.aside$/)]);
  });

  test('is called as it was told while it is aside, and in its own folder', async () => {
    const asideName = newAsideName();
    let seen: string[] = [];
    place.meanwhile = () => void (seen = place.names());
    await place.remove(place.make(), { asideName });
    expect(seen).toEqual([asideName]);
    expect(place.log).toEqual([`moved aside as ${asideName}`]);
  });

  test('is looked for by both of its names', async () => {
    const asked: [string, string][] = [];
    place.guards.findOpeners = (at, name) => {
      asked.push([path.basename(at), name]);
      return nobody;
    };
    const asideName = newAsideName();
    await place.remove(place.make(), { asideName });
    expect(asked).toEqual([
      ['bot.pid', 'bot.pid'],
      [asideName, 'bot.pid'],
      [asideName, 'bot.pid'],
    ]);
  });

  test('that is a symlink is open in nobody', async () => {
    place.guards.findOpeners = () => {
      throw new Error('asked');
    };
    expect(await place.remove(place.make('symlink'))).toEqual({ result: 'removed' });
  });
});

describe('a large one, which may be an index of git', () => {
  const large = (bytes: number) => {
    fs.writeFileSync(place.record, Buffer.alloc(bytes, 'x'));
    const judged = readGeneration(place.record, bytes + 1);
    if (isProblem(judged)) throw new Error(judged.problem);
    return judged;
  };

  test.each([40 * 1024, 100 * 1024])('is removed, and read whole before: %i bytes', async (bytes) => {
    expect(await place.remove(large(bytes))).toEqual({ result: 'removed' });
    expect(place.names()).toEqual([]);
  });

  test('is kept where its last byte is another, at the same time', async () => {
    const judged = large(100 * 1024);
    const { mtime } = fs.statSync(place.record);
    const fd = fs.openSync(place.record, 'r+');
    fs.writeSync(fd, 'y', 100 * 1024 - 1);
    fs.closeSync(fd);
    fs.utimesSync(place.record, mtime, mtime);
    expect(
      await place.remove({ ...judged, mtimeNs: fs.statSync(place.record, { bigint: true }).mtimeNs }),
    ).toEqual({
      result: 'changed',
    });
  });

  test.each([
    [100 * 1024, 1],
    [4, 40 * 1024],
  ])('that has grown is told with all of it: %i bytes by %i', async (bytes, more) => {
    const judged = large(bytes);
    place.meanwhile = (aside) => {
      fs.appendFileSync(aside, Buffer.alloc(more, 'y'));
      fs.writeFileSync(place.record, '5555');
    };
    const said = await place.remove(judged);
    expect(said).toMatchObject({ result: 'superseded', because: 'changed' });
    expect(said.result === 'superseded' && said.aside.length).toBe(bytes + more);
  });
});

describe('a record that is not touched', () => {
  test.each<[string, (place: Place) => void, object]>([
    ['changed', ({ record }) => fs.writeFileSync(record, '4243'), { result: 'changed' }],
    ['absent', ({ record }) => fs.rmSync(record), { result: 'absent' }],
    [
      'a full directory now',
      ({ record }) => {
        fs.rmSync(record);
        fs.mkdirSync(record);
        fs.writeFileSync(path.join(record, 'x'), '');
      },
      { result: 'changed' },
    ],
    ['too large now', ({ record }) => fs.writeFileSync(record, 'x'.repeat(2 ** 17)), { result: 'changed' }],
    ['hard linked', ({ record }) => fs.linkSync(record, `${record}.bak`), { result: 'hardLinked', names: 2 }],
  ])('is %s', async (_, change, expected) => {
    const judged = place.make();
    change(place);
    const before = place.names();
    expect(await place.remove(judged)).toEqual(expected);
    expect([place.names(), place.waits, place.log]).toEqual([before, [], []]);
  });

  test('has other bytes now, though its size and its time are the same', async () => {
    place.make();
    const at = new Date(1_700_000_000_000);
    fs.utimesSync(place.record, at, at);
    const judged = place.read();
    fs.writeFileSync(place.record, '4243');
    fs.utimesSync(place.record, at, at);
    expect(await place.remove(judged)).toEqual({ result: 'changed' });
    expect([place.names(), place.waits]).toEqual([['bot.pid'], []]);
  });

  test('is written while it is looked at', async () => {
    const judged = place.make();
    place.guards.findOpeners = () => {
      fs.appendFileSync(place.record, '0');
      return nobody;
    };
    expect(await place.remove(judged)).toEqual({ result: 'changed' });
    expect([place.names(), place.waits, place.log]).toEqual([['bot.pid'], [], []]);
  });

  test('is open in somebody, or locked by somebody who cannot be seen', async () => {
    const judged = place.make();
    place.guards.findOpeners = () => ({ openers, hidden: 0 });
    expect(await place.remove(judged)).toEqual({ result: 'open', openers });
    place.guards.findOpeners = () => ({ openers: [], hidden: 1 });
    place.guards.isInodeLocked = (ino) => ino === judged.ino;
    expect(await place.remove(judged)).toEqual({ result: 'locked' });
    expect([place.names(), place.waits]).toEqual([['bot.pid'], []]);
  });

  test('is locked by nobody where everybody was seen, or where the kernel lists no lock', async () => {
    place.guards.isInodeLocked = () => {
      throw new Error('asked');
    };
    expect(await place.remove(place.make())).toEqual({ result: 'removed' });
    place.guards.findOpeners = () => ({ openers: [], hidden: 1 });
    place.guards.isInodeLocked = () => false;
    place.waits.length = 0;
    expect(await place.remove(place.make())).toEqual({ result: 'removed' });
  });

  test('is in a folder that cannot be opened', async () => {
    const judged = place.make();
    let closed = 0;
    place.guards.openFolder = () => {
      throw Object.assign(new Error('EMFILE'), { code: 'EMFILE', syscall: 'open' });
    };
    expect(await place.remove(judged)).toEqual({ result: 'failed', code: 'EMFILE', syscall: 'open' });
    place.guards.openFolder = () => {
      throw Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open' });
    };
    expect(await place.remove(judged)).toEqual({ result: 'failed', code: 'ENOENT', syscall: 'open' });
    place.guards.openFolder = (at) => ({ ...plainGuards.openFolder(at), close: () => void (closed += 1) });
    expect(await place.remove(judged)).toEqual({ result: 'removed' });
    expect(await place.remove(judged)).toEqual({ result: 'absent' });
    expect(closed).toBe(2);
  });
});

describe('a record that was moved aside', () => {
  const back = async (kind: Kind, because: string, who: object[] = []) => {
    const judged = place.make(kind);
    expect(await place.remove(judged)).toEqual({ result: 'putBack', because, openers: who });
    expect(place.names()).toEqual(['bot.pid']);
    return judged;
  };

  test('goes back when somebody has it open: at the first look, and at the second', async () => {
    for (const look of [2, 3]) {
      let looks = 0;
      place.guards.findOpeners = () => (++looks === look ? { openers, hidden: 0 } : nobody);
      const judged = await back('file', 'open', openers);
      expect(place.read().ino).toBe(judged.ino);
      expect(place.waits).toHaveLength(look - 2);
      expect(place.log.at(-1)).toBe('put back: open, open in pid 7 as 3');
    }
  });

  test('goes back when it has just been locked', async () => {
    let looks = 0;
    place.guards.findOpeners = () => ({ openers: [], hidden: ++looks === 1 ? 0 : 1 });
    place.guards.isInodeLocked = () => true;
    await back('file', 'locked');
    expect(place.log.at(-1)).toBe('put back: locked');
  });

  test.each(KINDS)('goes back when it was changed: a %s', async (kind) => {
    place.meanwhile = (aside) => {
      if (kind === 'file') {
        fs.appendFileSync(aside, '0');
      } else if (kind === 'directory') {
        fs.writeFileSync(path.join(aside, 'x'), '');
      } else {
        fs.symlinkSync('tower-5555', `${aside}.new`);
        fs.renameSync(`${aside}.new`, aside);
      }
    };
    await back(kind, 'changed');
    if (kind === 'file') expect(fs.readFileSync(place.record, 'utf8')).toBe('42420');
    else if (kind === 'symlink') expect(fs.readlinkSync(place.record)).toBe('tower-5555');
    else expect(fs.readdirSync(place.record)).toEqual(['x']);
  });

  test('goes back when it could not be verified', async () => {
    place.meanwhile = () => Promise.reject(new Error('no such clock'));
    await back('file', 'changed');
    expect(place.log.slice(1)).toEqual(['could not verify it: Error: no such clock', 'put back: changed']);
  });

  test('waits for whoever may be about to open it, and then looks again', async () => {
    let left = 3;
    let looks = 0;
    place.guards.watchInFlight = () => () => left-- > 1;
    place.guards.findOpeners = () => ({ openers: ++looks === 3 ? openers : [], hidden: 0 });
    await back('file', 'open', openers);
    expect(place.waits).toEqual([7, 2, 2]);
  });

  test('goes back when somebody has been about to for too long', async () => {
    const now = performance.now.bind(performance);
    let ms = 0;
    performance.now = () => (ms += 300);
    place.guards.watchInFlight = () => () => true;
    try {
      await back('file', 'busy');
    } finally {
      performance.now = now;
    }
    expect(place.waits).toEqual([7, 2, 2, 2, 2, 2, 2]);
  });

  test.each(KINDS)('gives way to a new one under its name: a %s', async (kind) => {
    const judged = place.make(kind);
    place.meanwhile = (aside) => {
      if (kind === 'directory') fs.mkdirSync(place.record);
      else fs.writeFileSync(place.record, '5555');
      if (kind === 'file') {
        fs.writeFileSync(aside, '6666');
      } else if (kind === 'directory') {
        fs.writeFileSync(path.join(aside, 'x'), '');
      } else {
        fs.symlinkSync('tower-6666', `${aside}.new`);
        fs.renameSync(`${aside}.new`, aside);
      }
    };
    const said = await place.remove(judged);
    const aside = { file: '6666', symlink: 'tower-6666', directory: '' }[kind];
    expect(said).toEqual({ result: 'superseded', because: 'changed', aside: Buffer.from(aside) });
    expect(place.log).toContain('a new record already has the name; it was kept');
    if (kind === 'directory') {
      // What came into the old one is not thrown away with it.
      expect(place.log[1]).toMatch(/\.aside could not be removed: Error: ENOTEMPTY/);
      expect(place.names()).toHaveLength(2);
    } else {
      expect(place.names()).toEqual(['bot.pid']);
    }
    if (kind !== 'directory') expect(fs.readFileSync(place.record, 'utf8')).toBe('5555');
  });

  test('gives way to a directory that got an entry at that very moment', async () => {
    const judged = place.make('directory');
    place.guards.watchInFlight = () => () => {
      throw new Error('no such thread');
    };
    const rule: Rule = ({ operation, path: at }) => {
      if (operation === 'renameSync' && at.endsWith('.aside')) {
        fs.writeFileSync(path.join(place.record, 'x'), '');
      }
      return undefined;
    };
    const said = await withFaults(rule, () => place.remove(judged));
    expect(said).toEqual({ result: 'superseded', because: 'changed', aside: Buffer.alloc(0) });
    expect(fs.readdirSync(place.record)).toEqual(['x']);
    expect(place.names()).toEqual(['bot.pid']);
  });

  test('that cannot be looked at any more keeps what was judged for the log', async () => {
    const judged = place.make();
    place.meanwhile = (aside) => {
      fs.rmSync(aside);
      fs.mkdirSync(aside);
      fs.writeFileSync(path.join(aside, 'x'), '');
      fs.mkdirSync(place.record);
      fs.writeFileSync(path.join(place.record, 'y'), '');
    };
    expect(await place.remove(judged)).toMatchObject({ result: 'superseded', aside: Buffer.from('4242') });
  });

  test('that was written at that very moment goes back at once', async () => {
    const judged = place.make();
    const rule: Rule = ({ operation, path: at }) => {
      if (operation === 'renameSync' && at === place.record) fs.appendFileSync(place.record, '0');
      return undefined;
    };
    const said = await withFaults(rule, () => place.remove(judged));
    expect(said).toEqual({ result: 'putBack', because: 'changed', openers: [] });
    expect([place.names(), place.waits, place.log]).toEqual([['bot.pid'], [], ['put back: changed']]);
  });

  test('that cannot be removed after all goes back', async () => {
    const judged = place.make();
    let isAside = false;
    place.meanwhile = () => void (isAside = true);
    const rule: Rule = ({ operation }) => {
      if (!isAside || operation !== 'unlinkSync') return undefined;
      isAside = false;
      return 'EIO';
    };
    const said = await withFaults(rule, () => place.remove(judged));
    expect(said).toEqual({ result: 'putBack', because: 'changed', openers: [] });
    expect(place.names()).toEqual(['bot.pid']);
    expect(place.log[1]).toMatch(/^could not be removed: Error: EIO/);
  });

  test('is said to be open in each of several', async () => {
    let looks = 0;
    const two = [...openers, { pid: 8, fd: 4 }];
    place.guards.findOpeners = () => (++looks === 2 ? { openers: two, hidden: 0 } : nobody);
    await back('file', 'open', two);
    expect(place.log.at(-1)).toBe('put back: open, open in pid 7 as 3, open in pid 8 as 4');
  });
});

describe('each call refused in turn', () => {
  /** What came of it, by the call that was refused. */
  async function each(kind: Kind, code: FaultCode, change = false): Promise<string[]> {
    const said: string[] = [];
    for (let refused = 1; ; refused += 1) {
      place.close();
      place = new Place();
      const judged = place.make(kind);
      const { content } = judged;
      if (change) {
        place.guards.findOpeners = (at) => ({ openers: at === place.record ? [] : openers, hidden: 0 });
      }
      let calls = 0;
      let what = '';
      const rule: Rule = ({ operation, path: at }) => {
        // The folder itself is listed by this test.
        if (!at.startsWith(place.folder) || (operation === 'readdirSync' && at === place.folder)) {
          return undefined;
        }
        calls += 1;
        if (calls !== refused) return undefined;
        const name = path.relative(place.folder, at).replace(/^\.[0-9a-f]{24}\.aside$/, 'aside');
        what = `${operation.replace('Sync', '')} ${name}`.trim();
        return code;
      };
      const result = await withFaults(rule, () => place.remove(judged));
      if (what === '') return said;
      said.push(`${what}: ${result.result}`);
      // Gone only when that is said; else it is under its name, or where the sentence says, whole.
      if (result.result === 'removed') {
        expect(fs.existsSync(place.record), what).toBe(false);
      } else {
        const at = result.result === 'stranded' ? result.at : place.record;
        expect(place.read(at).content, what).toEqual(content);
      }
      if (result.result === 'failed' || result.result === 'stranded') expect(result.code, what).toBe(code);
    }
  }

  // What is expected stands in refused.json, to be read before it is committed. REFUSED=write writes it again.
  test.each(KINDS)('a %s is removed as said, or whole where it is said to be', async (kind) => {
    const seen = {
      EIO: await each(kind, 'EIO'),
      'EIO, put back': await each(kind, 'EIO', true),
      EROFS: await each(kind, 'EROFS'),
    };
    if (process.env['REFUSED'] === 'write') {
      const file = path.join(import.meta.dirname, 'refused.json');
      const all = { ...expected, [kind]: seen };
      Object.assign(expected, all);
      fs.writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
    }
    expect(seen).toEqual(expected[kind]);
  });
});
