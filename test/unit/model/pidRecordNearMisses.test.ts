/** What a record nearly says: beside each text that names a process the closest one that does not, or says less. */
import { describe, expect, it, test } from 'vitest';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import { RECORD_BYTES } from '../../../src/model/records/recordBytes';
import { parseOwner } from '../../../src/model/records/pidRecordOwner';
import { parseSymlinkTarget } from '../../../src/model/records/pidRecordSymlink';
import type { PidRecord } from '../../../src/model/records/pidRecordTypes';
import {
  looksLikeHost,
  looksLikeMachineId,
  MAX_PID,
  parseBootId,
  parsePid,
  validPid,
  validPort,
} from '../../../src/model/records/pidRecordValues';

const text = (content: string, fileName = 'bot.pid'): PidRecord => parsePidRecord({ fileName, content });
const hostPid = (host: string, more: Partial<PidRecord> = {}): PidRecord => ({
  shape: 'hostPid',
  pid: 42,
  host,
  ...more,
});
const userHostPid = (host: string, more: Partial<PidRecord> = {}): PidRecord => ({
  shape: 'userHostPid',
  pid: 42,
  host,
  ...more,
});

describe('the owner of Mercurial, Firefox and Emacs', () => {
  it.each<[string, PidRecord | undefined]>([
    ['tower7:42', hostPid('tower7')],
    ['7tower:42', hostPid('7tower')],
    ['10.0.0.1:42', undefined],
    ['7:42', undefined],
    ['::1:42', undefined],
    ['localhost:42', undefined],
    ['localhost:+42', hostPid('localhost')],
    ['10.0.0.1:+42', hostPid('10.0.0.1')],
    ['tower:-42', undefined],
    ['tower:++42', undefined],
    [':42', undefined],
    ['+42', undefined],
    ['42', undefined],
    ['my tower:42', undefined],
    ['tower/a:42', hostPid('tower', { pidNamespace: 'a' })],
    ['tower/AB12:42', hostPid('tower', { pidNamespace: 'ab12' })],
    ['tower/xab:42', undefined],
    ['tower/abx:42', undefined],
    ['tower/:42', undefined],
    ['tower/a/b:42', undefined],
    ['/a:42', undefined],
  ])('%s', (owner, expected) => expect(parseOwner(owner)).toEqual(expected));

  it.each<[string, PidRecord | undefined]>([
    ['a@t.42', userHostPid('t')],
    ['@t.42', undefined],
    ['ann@.42', undefined],
    ['ann@tower', undefined],
    ['tower.42', undefined],
    ['ann@tower.x', undefined],
    ['a@b@tower.42', userHostPid('tower')],
    ['a.42@tower', undefined],
    ['ann@tower.42:7', userHostPid('tower', { bootTime: 7 })],
    ['ann@tower.42:0', userHostPid('tower')],
    ['ann@tower.42:x7', undefined],
    ['ann@tower.42:7x', undefined],
    ['ann@tower.42:', undefined],
    ['ann@tower.42:7:8', undefined],
  ])('%s', (owner, expected) => expect(parseOwner(owner)).toEqual(expected));

  it('is no text of any length, and has no control characters', () => {
    const long = 'a'.repeat(1021);
    expect(parseOwner(`${long}:42`)).toMatchObject({ pid: 42 });
    expect(parseOwner(`${long}a:42`)).toBeUndefined();
    for (const c of ['\u0000', '\u001f', '\u007f']) {
      expect(parseOwner(`to${c}wer:42`)).toBeUndefined();
      expect(parseSymlinkTarget(`to${c}wer-42`)).toEqual({ shape: 'none' });
    }
  });
});

describe('the target of a symlink', () => {
  it.each<[string, PidRecord]>([
    [' 42 ', { shape: 'integer', pid: 42 }],
    ['a-42', hostPid('a')],
    ['-42', { shape: 'none' }],
    ['a-b', { shape: 'none' }],
    ['a/b-42', { shape: 'none' }],
    // Paths, whatever their last part looks like.
    ['./a:42', { shape: 'none' }],
    ['.ann@tower.42', { shape: 'none' }],
    ['/ann@tower.42', { shape: 'none' }],
    ['.a-42', { shape: 'none' }],
    ['ann@tower.42', userHostPid('tower')],
  ])('%j', (target, expected) => expect(parseSymlinkTarget(target)).toEqual(expected));

  it('is no text of any length', () => {
    const long = 'a'.repeat(1021);
    expect(parseSymlinkTarget(`${long}-42`)).toMatchObject({
      pid: 42,
      host: expect.stringMatching(/^a{254}…$/) as string,
    });
    expect(parseSymlinkTarget(`${long}a-42`)).toEqual({ shape: 'none' });
    expect(parseSymlinkTarget(`${' '.repeat(1024)}a-42`)).toMatchObject({ pid: 42 });
  });
});

describe('values', () => {
  it('a pid has nothing but digits, and is one that a process can have', () => {
    expect(['1', '042', '42'].map(parsePid)).toEqual([1, 42, 42]);
    for (const no of ['', 'x42', '42x', '-42', '4.2', ' 42', '0', '4194304', '0'.repeat(20) + '1']) {
      expect(parsePid(no)).toBeUndefined();
    }
    expect(parsePid('0'.repeat(19) + '1')).toBe(1);
    expect([1, MAX_PID].map(validPid)).toEqual([1, MAX_PID]);
    for (const no of [0, -1, MAX_PID + 1, 1.5, NaN, Infinity]) expect(validPid(no)).toBeUndefined();
  });

  it('a port is a number up to 65535, also as text', () => {
    expect([1, 65_535, '1', '8080', '65535'].map(validPort)).toEqual([1, 65_535, 1, 8080, 65_535]);
    for (const no of [
      0,
      65_536,
      80.5,
      -1,
      '0',
      'x80',
      '80x',
      '',
      ' 80',
      '65536',
      '008080',
      [80],
      null,
      true,
    ]) {
      expect(validPort(no)).toBeUndefined();
    }
  });

  it('a host has a letter, and nothing that no name has', () => {
    for (const host of ['a', 'tower', '7up', 'build-7.example_1', 'a'.repeat(255)]) {
      expect(looksLikeHost(host)).toBe(true);
    }
    for (const no of ['', '7', '10.0.0.1', '-tower', '.a', 'to wer', 'tower!', '!tower', 'a'.repeat(256)]) {
      expect(looksLikeHost(no)).toBe(false);
    }
  });

  it('ids of a boot and of a machine are whole', () => {
    const uuid = '94e4e828-3b5e-4873-bb23-93993b6ef8a7';
    const id = '2f0c1a9be5d7428f8a0b6f3d5e9c7a14';
    expect([uuid, uuid.toUpperCase()].map(parseBootId)).toEqual([uuid, uuid]);
    for (const no of [`x${uuid}`, `${uuid}0`, id, '']) expect(parseBootId(no)).toBeUndefined();
    expect([uuid, id, id.toUpperCase()].map(looksLikeMachineId)).toEqual([true, true, true]);
    for (const no of [`a${id}`, `${id}a`, id.slice(1), `${id.slice(1)}x`, '']) {
      expect(looksLikeMachineId(no)).toBe(false);
    }
  });
});

/** Of a record of lines. */
const lines = (more: Partial<PidRecord> = {}): PidRecord => ({ shape: 'lines', pid: 42, ...more });
const labelled = (more: Partial<PidRecord> = {}): PidRecord => ({ shape: 'labelled', pid: 42, ...more });
const NONE: PidRecord = { shape: 'none' };
const UTC = Date.UTC(2026, 0, 31, 9, 5, 7);
const ISO = '2026-01-31T09:05:07Z';
const MACHINE = '2f0c1a9be5d7428f8a0b6f3d5e9c7a14';
const BOOT = '94e4e828-3b5e-4873-bb23-93993b6ef8a7';

test.each<[string, PidRecord]>([
  ['-+42', NONE],
  ['+-42', NONE],
  ['42-', NONE],
  ['42+', NONE],
  ['-42\ntower', lines({ negative: true, host: 'tower' })],
  // A data folder, and what only has one in it.
  ['42\nC:/data\n1738314000', lines({ startedAt: 1_738_314_000_000 })],
  ['42\nsee C:/data\n1738314000', lines()],
  ['42\ndata/\n1738314000', lines()],
  ['42\nC:data\n1738314000', lines()],
  ['42\n7:/data\n1738314000', lines()],
  ['42\n/data\n98765\n5432', lines({ startUnit: 'unknown', port: 5432, others: [98_765, 5432] })],
  ['42\n/data\n1738314000\n543200', lines({ startedAt: 1_738_314_000_000, others: [543_200] })],
  ['42\n/data', lines()],
  // Numbers that are no pids.
  ['42\n0', lines()],
  ['42\n17\n0', NONE],
  ['42\n17\nx7', lines({ port: 17, others: [17] })],
  ['42\n17\n7x', lines({ port: 17, others: [17] })],
  ['42\n86040000.', lines()],
  ['42\n.86040000', lines()],
  ['42\nx86040000.5', lines({ host: 'x86040000.5' })],
  ['42\n86040000.5x', lines({ host: '86040000.5x' })],
  // Times of the first lines, with what stands between.
  [`42\n\n\n\n${ISO}`, lines({ startedAt: UTC })],
  [`42\n\n\n\n\n${ISO}`, lines()],
  [`42\n80800\n${ISO}`, lines({ startedAt: UTC, others: [80_800] })],
  // A host, and a token only on the last line.
  ['42\ntower\n98765', lines({ host: 'tower', others: [98_765] })],
  ['42\ntower\n98765\n', lines({ host: 'tower', mayBeTicks: 98_765 })],
  ['42\ntower\n98765\n\nmore\n', lines({ host: 'tower', others: [98_765] })],
  // QLockFile: five lines, or four on Windows.
  [`42\nbot\ntower\n${MACHINE}`, lines({ program: 'bot', host: 'tower' })],
  [`42\nbot\n-tower\n${MACHINE}`, lines({ host: 'bot' })],
  [`42\nbot\ntower!\n${MACHINE}`, lines({ host: 'bot' })],
  [`42\nb=t\ntower\n${MACHINE}`, lines({ host: 'tower' })],
  [`42\nb:t\ntower\n${MACHINE}`, lines({ host: 'tower' })],
  [`42\nbot\ntower\n\n${BOOT}`, lines({ program: 'bot', host: 'tower', bootId: BOOT })],
  [`42\nbot\ntower\n\nx${BOOT}`, lines({ host: 'bot' })],
  [`42\nbot\ntower\n${BOOT}`, lines({ program: 'bot', host: 'tower' })],
  // Lines with keys.
  ['pid: 42\n\n# c\n\tport: 80\nport: 81', labelled({ port: 81 })],
  ['pid: 42\n port: 80', labelled()],
  ['pid: 42\nport: 80 # c', labelled({ port: 80 })],
  ['pid: 42\nport: 80#c', labelled()],
  ['pid: 42\nhost: " tower "', labelled({ host: ' tower ' })],
  ["pid: 42\nhost: 'tower", labelled({ host: "'tower" })],
  ["pid: 42\nhost: tower'", labelled({ host: "tower'" })],
  ['pid: 42\nhost: "a"b"', labelled({ host: '"a"b"' })],
  ['pid: 42\nPort: 80', labelled()],
  ['pid: 42\nno key\nport: 80', labelled()],
  ['---\npid: 42\nno key\nport: 80', labelled({ port: 80 })],
  ['--- # c\npid: 42', labelled()],
  ['---x\npid: 42', NONE],
  ['pid: 42\npid: 42', labelled()],
  ['pid\t42', labelled()],
  ['pid 42 x', NONE],
  ["pid: x'42'", NONE],
  ["pid: '42' # me", NONE],
  ['pid: 42  # me', labelled()],
  ['pid: 42\nhost: tower  # c', labelled({ host: 'tower' })],
  ['42 tower\nmore', NONE],
  ['tower:42\nmore', NONE],
  ['42\n  tower\n', lines({ host: 'tower' })],
  ['-42\n8080', lines({ negative: true, port: 8080, others: [8080] })],
  ['-42\n4194303', lines({ negative: true, others: [4_194_303] })],
  ['-42\n4194304', lines({ negative: true, mayBeTicks: 4_194_304 })],
])('in %j', (content, expected) => {
  expect(text(content)).toEqual(expected);
});

test.each<[string, PidRecord]>([
  ['42\n4194304', lines({ mayBeTicks: 4_194_304 })],
  ['42\n4194303', lines({ mayBeTicks: 4_194_303 })],
  ['42\nx86040000', lines({ host: 'x86040000' })],
  ['42\n86040000x', lines({ host: '86040000x' })],
])('in the bridge.pid of hermes, %j', (content, expected) => {
  expect(text(content, 'bridge.pid')).toEqual(expected);
});

test.each<[object, object]>([
  [{ startedAt: 1e9 }, { startedAt: 1e12 }],
  [{ startedAt: 1e9 - 1 }, { startUnit: 'unknown' }],
  [{ startedAt: 1e10 }, { startUnit: 'unknown' }],
  [{ startedAt: 1e10 - 1 }, { startedAt: 1e13 - 1000 }],
  [{ startedAt: ' 1769850307 ' }, { startedAt: UTC }],
  [{ startedAt: '2026-99-31T09:05:07Z' }, {}],
  [{ start_time: 100 }, { mayBeTicks: 100 }],
  [{ startTicks: 100 }, { startTicks: 100 }],
  [{ startTicks: 99 }, { startUnit: 'unknown' }],
  [{ start_time: 99 }, { startUnit: 'unknown' }],
  [
    { hostname: 'box', url: 'http://tower:3000/' },
    { host: 'box', url: 'http://tower:3000/' },
  ],
  [
    { hostname: 'box', url: 'http://boxer/' },
    { host: 'box', url: 'http://boxer/' },
  ],
  [{ hostname: 'box', url: 'http://box/a' }, { url: 'http://box/a' }],
  [
    { hostname: 'box', url: 7 },
    { host: 'box', others: [7] },
  ],
  [{ url: 'http://box:65535/' }, { url: 'http://box:65535/' }],
  [{ url: 'http://box:65536/' }, {}],
  [{ url: `http://box/${'a'.repeat(501)}` }, { url: `http://box/${'a'.repeat(501)}` }],
  [{ url: `http://box/${'a'.repeat(502)}` }, {}],
])('of JSON with %j', (fields, expected) => {
  expect(text(JSON.stringify({ pid: 42, ...fields }))).toEqual({ shape: 'json', pid: 42, ...expected });
});

test('a number beyond all numbers is no start, and a mark with nothing behind it no empty record', () => {
  expect(text('{"pid":42,"startedAt":1e999}')).toEqual({ shape: 'json', pid: 42 });
  expect(text('\ufeff\0\0')).toEqual(NONE);
});

test('a marker of py-filelock is read of its first = on, and of the keys that are known', () => {
  const marker = (more: string): PidRecord => text(`filelock/2\npid=42\nhost=tower\nmode=x\n${more}`);
  expect(marker('start=98765\n')).toEqual(labelled({ host: 'tower', mayBeTicks: 98_765 }));
  expect(marker('start=1=2\n')).toEqual(labelled({ host: 'tower' }));
  expect(marker('=x\n')).toEqual(labelled({ host: 'tower' }));
  expect(text('filelock/2\npid=42\nhost=a=b\nmode=\n')).toEqual(labelled({ host: 'a=b' }));
});

test('a record is read as far as 64 KiB, and bytes behind that are not looked at', () => {
  const far = ' '.repeat(65_534);
  expect(text(`42${far}x`)).toEqual({ shape: 'integer', pid: 42, isCut: true });
  expect(text(`42${far.slice(1)}x`)).not.toMatchObject({ shape: 'integer' });
  expect(text(`42${far}17 x`)).toEqual({ shape: 'integer', pid: 42, isCut: true });
  const bytes = new TextEncoder().encode(`42${far}`);
  const read = (content: Uint8Array): PidRecord => parsePidRecord({ fileName: 'bot.pid', content });
  expect(read(Uint8Array.from([...bytes, 0xff]))).toEqual({
    ...{ shape: 'integer', pid: 42, isCut: true },
  });
  expect(read(Uint8Array.from([...bytes.subarray(1), 0xff]))).toEqual(NONE);
});

describe('a record of which only the beginning is read', () => {
  const head = 'pid: 42\nnote: ';
  const upTo = (end: string, bytes = RECORD_BYTES): string =>
    head + 'x'.repeat(bytes - head.length - end.length) + end;
  const read = (content: string): PidRecord =>
    parsePidRecord({ fileName: 'bot.pid', content: new TextEncoder().encode(content) });

  it('says so, and loses the word at the cut, which may be half of one', () => {
    expect(read(upTo('\nworkerPid: 17'))).toEqual(labelled({ isCut: true }));
    expect(read(upTo('\nworkerPid: 17 '))).toEqual(labelled({ isCut: true, pids: [42, 17] }));
    expect(read(upTo('\nnote: x\u00e9', RECORD_BYTES - 1).slice(0, -1) + '\u00e9')).toEqual(
      labelled({ isCut: true }),
    );
    const half = new TextEncoder().encode(upTo('\nnote: x\u00e9')).subarray(0, RECORD_BYTES);
    expect(half.at(-1)).toBe(0xc3);
    expect(parsePidRecord({ fileName: 'bot.pid', content: half })).toEqual(labelled({ isCut: true }));
    // Near miss: one byte less is all of it.
    expect(read(upTo('\nworkerPid: 17', RECORD_BYTES - 1))).toEqual(labelled({ pids: [42, 17] }));
  });

  it('is none where it is one word, or JSON without its end', () => {
    expect(read(`some words ${'x '.repeat(RECORD_BYTES / 2)}`)).not.toHaveProperty('isCut');
    expect(read('4'.repeat(RECORD_BYTES))).toEqual(NONE);
    expect(read(`\n ${'4'.repeat(RECORD_BYTES)}`)).toEqual(NONE);
    expect(read(`{"pid":42,"note":"${'x'.repeat(RECORD_BYTES)}`)).toEqual(NONE);
  });

  it('has as many lines as there are', () => {
    const lines = Array.from({ length: 70 }, (_, i) => `k${i}: v`).join('\n');
    expect(read(`pid: 42\n${lines}\nworkerPid: 17\n`)).toEqual(labelled({ pids: [42, 17] }));
  });
});

test.each<[string, PidRecord]>([
  ['pid42', { shape: 'fileName', pid: 42 }],
  ['bot.pid-42', { shape: 'fileName', pid: 42 }],
  ['bot.PID_42.lock', { shape: 'fileName', pid: 42 }],
  ['rapid42', { shape: 'empty' }],
  ['jpserver-42.json', { shape: 'fileName', pid: 42 }],
  ['xjpserver-42.json', { shape: 'empty' }],
  ['jpserver-42.jsonx', { shape: 'empty' }],
  ['tower.42-7f', { shape: 'fileName', pid: 42, host: 'tower' }],
  ['tower.42-7g', { shape: 'empty' }],
  ['-tower.42-7f', { shape: 'empty' }],
  ['tower.0-7f', { shape: 'empty' }],
  ['pid-0.pid-42', { shape: 'empty' }],
  [`${'x'.repeat(300)}.pid-42`, { shape: 'fileName', pid: 42 }],
])('the name of an empty file: %s', (fileName, expected) => {
  expect(text('', fileName)).toEqual(expected);
});

describe('one number in a file', () => {
  it.each([
    ...['app.port', 'run_PORT', 'build.version', 'exit.code', 'last-exit', 'x.count', 'boot.epoch'],
    ...['port', 'port.txt', 'server-port.txt', 'version', 'uid', 'build.number', 'notification-fd'],
  ])('is no pid in %s', (fileName) => {
    for (const content of ['3000', '3000\nmore', '3000\n3001', '3000 tower', 'tower:3000']) {
      expect(text(content, fileName)).toEqual({ shape: 'none' });
    }
  });

  it('is no pid in what Chrome leaves', () => {
    expect(text('9222\n/devtools/browser/6f8e-11\n', 'DevToolsActivePort')).toEqual({ shape: 'none' });
  });

  it.each([
    ...['bot.pid', 'port.pid', 'passport.lock', 'PIDFILE', 'serverPid', 'server.pid.txt', 'pid', 'my_pid.1'],
    ...[
      'LCK..ttyS0',
      'lockfile',
      'SingletonLock',
      '.hmr-lock',
      'bot.lck',
      '.X0-lock',
      'lock',
      'bot.lock.old',
    ],
  ])('is one in %s', (fileName) => {
    expect(text('3000', fileName)).toEqual({ shape: 'integer', pid: 3000 });
  });

  it.each([
    ...['httpport', 'exitcode', 'timeout-kill', 'lastrun', 'airport', 'master', 'rapid', 'pidgin'],
    ...['version.lock', 'port.lock', 'clock', 'blocks'],
  ])('may be one or anything else in %s', (fileName) => {
    expect(text('3000', fileName)).toEqual({ shape: 'integer', pid: 3000, mayBeOther: true });
    expect(text('3000\n3001', fileName)).toMatchObject({ mayBeOther: true });
    // What says itself that it is a pid.
    for (const content of [
      'pid: 3000',
      '{"pid":3000}',
      'pid 3000',
      'ann@tower.3000',
      `3000\nbot\ntower\n\n${BOOT}`,
    ]) {
      expect(text(content, fileName)).not.toHaveProperty('mayBeOther');
    }
  });

  it.each([
    ['tower:9222', 'server.lock', true],
    ['tower:65535', 'server.lock', true],
    ['tower:65536', 'server.lock', false],
    ['tower/f0000abc:9222', 'server.lock', false],
    ['tower:9222', 'server.pid', false],
  ])('may be a port behind a host: %s in %s', (content, fileName, mayBeOther) => {
    expect(text(content, fileName).mayBeOther).toBe(mayBeOther || undefined);
  });

  it.each<[string, number[], number | undefined]>([
    ['72 as 32 bits, which are 12,855', [0x37, 0x32, 0, 0], undefined],
    ['72 as 64 bits', [0x37, 0x32, 0, 0, 0, 0, 0, 0], undefined],
    ['7 and the end of a line', [0x37, 0x0a, 0, 0], undefined],
    ['three digits', [0x37, 0x32, 0x33, 0], undefined],
    ['four digits, which no pid of 32 bits has', [0x37, 0x32, 0x33, 0x34, 0, 0, 0, 0], 7234],
    ['two and one NUL', [0x37, 0x32, 0], 72],
  ])('is not read of bytes that may be a number themselves: %s', (_, bytes, pid) => {
    expect(parsePidRecord({ fileName: 'bot.pid', content: Uint8Array.from(bytes) }).pid).toBe(pid);
  });
});
