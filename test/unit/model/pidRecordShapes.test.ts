import { describe, expect, it } from 'vitest';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import type { PidRecord } from '../../../src/model/records/pidRecordTypes';

const text = (content: string, fileName = 'bot.pid'): PidRecord => parsePidRecord({ fileName, content });
const bytes = (content: readonly number[] | string): PidRecord =>
  parsePidRecord({
    fileName: 'bot.pid',
    content: typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content),
  });

const BOOT = '94e4e828-3b5e-4873-bb23-93993b6ef8a7';
const MACHINE = '2f0c1a9be5d7428f8a0b6f3d5e9c7a14';
const UTC = Date.UTC(2026, 0, 31, 9, 5, 7);

describe('numbers that are no pids', () => {
  // 2^22 - 1: the kernel's pid_max is at most 2^22, and one more than the largest pid.
  it('reads the largest pid that there can be, and nothing above it', () => {
    expect(text('4194303')).toEqual({ shape: 'integer', pid: 4_194_303 });
    expect(text('4194304')).toEqual({ shape: 'none' });
  });

  it.each([
    ['seconds since the epoch', '1769850307\n'],
    ['milliseconds since the epoch', '1769850307123'],
    ['a date', '20260131'],
    ['2^32 - 1', '4294967295'],
    ['labelled', 'pid: 1769850307'],
    ['of a YAML file', '---\npid: 1769850307\n'],
    ['before a host', '1769850307 tower'],
    ['behind a host', 'tower:1769850307'],
    ['before another number', '1769850307\n4242\n'],
    ['of a marker', 'filelock/2\npid=1769850307\nhost=tower\nmode=exclusive\n'],
  ])('finds none in %s', (_, content) => {
    expect(text(content)).toEqual({ shape: 'none' });
  });

  it('finds none in JSON, symlinks and names', () => {
    expect(text('{"pid":1769850307}')).toEqual({ shape: 'json' });
    expect(text('{"pid":"1769850307"}')).toEqual({ shape: 'json' });
    expect(text('{"processId":1769850307}')).toEqual({ shape: 'json' });
    for (const symlinkTarget of ['1769850307', 'tower-1769850307', 'tower:1769850307']) {
      expect(parsePidRecord({ fileName: 'lock', symlinkTarget })).toEqual({ shape: 'none' });
    }
    expect(text('', 'pid-5000000')).toEqual({ shape: 'empty' });
  });
});

describe('what is no text', () => {
  it('is no record, whatever stands around it', () => {
    const latin1 = (content: string): PidRecord => bytes(Array.from(content, (c) => c.charCodeAt(0)));
    expect(latin1('4242\nhöst\n')).toEqual({ shape: 'none' });
    expect(latin1('{"pid":4242,"host":"höst"}')).toEqual({ shape: 'none' });
    expect(latin1('4242\nhost\n')).toEqual({ shape: 'lines', pid: 4242, host: 'host' });
    expect(text('4242\n\0\0\0')).toEqual({ shape: 'integer', pid: 4242 });
    expect(text('4242\n\0\0\0tower\n')).toEqual({ shape: 'none' });
    // Half a UTF-16 unit, and half a pair.
    expect(bytes([0xff, 0xfe, 0x34, 0, 0x32])).toEqual({ shape: 'none' });
    expect(bytes([0xff, 0xfe, 0x34, 0, 0x0a, 0, 0x00, 0xd8])).toEqual({ shape: 'none' });
  });

  it('is not text in other letters, nor what another program could not read', () => {
    expect(bytes('{"pid":4242,"host":"höst"}')).toMatchObject({ pid: 4242, host: 'höst' });
    expect(bytes('{"pid":4242,"argv":["bot","caf\ufffd"]}')).toMatchObject({ pid: 4242 });
    expect(bytes('\ufeff4242\n')).toEqual({ shape: 'integer', pid: 4242 });
  });
});

describe('several pids', () => {
  it.each([
    ['on lines', '4242\n17\n98\n', [4242, 17, 98]],
    ['in one line', '4242 17', [4242, 17]],
    ['with blank lines between', '4242\r\n\r\n17\r\n', [4242, 17]],
    ['of which the second could be a port', '4242\n8080\n', [4242, 8080]],
  ])('are all kept, the first as the pid: %s', (_, content, pids) => {
    expect(text(content)).toEqual({ shape: 'pids', pid: 4242, pids });
  });

  it('are no pids when one of them can be none', () => {
    for (const content of ['4242 17 1769850307', '4242\n0\n17', '0\n4242\n17', '4242 -17']) {
      expect(text(content)).toEqual({ shape: 'none' });
    }
  });

  it('are no record when there may be more of them than were read', () => {
    const many = (count: number): string => Array.from({ length: count }, (_, i) => i + 1).join('\n');
    expect(text(many(64)).pids).toHaveLength(64);
    expect(text(many(65))).toEqual({ shape: 'none' });
    expect(text(many(900))).toEqual({ shape: 'none' });
  });

  it('are not seen where a line has another meaning', () => {
    expect(text('4242\n8080\n2026-01-31T09:05:07Z\n')).toEqual({
      shape: 'lines',
      pid: 4242,
      port: 8080,
      startedAt: UTC,
    });
    expect(text('4242').pids).toBeUndefined();
  });
});

describe('a pid and a number on the second line', () => {
  it('may be a start tick, in the bridge.pid of hermes as elsewhere', () => {
    expect(text('4242\n98765432', 'bridge.pid')).toEqual({
      shape: 'lines',
      pid: 4242,
      mayBeTicks: 98_765_432,
    });
    expect(text('4242\n176985030712', 'bridge.pid')).toEqual({
      shape: 'lines',
      pid: 4242,
      startedAt: UTC + 120,
    });
  });

  it('proves nothing there when it may be a port or a pid', () => {
    for (const second of ['8080', '98765']) {
      const record = { shape: 'lines', pid: 4242, mayBeTicks: Number(second) };
      expect(text(`4242\n${second}\n`, 'bridge.pid')).toEqual(record);
    }
    expect(text('4242\n1.0\n', 'bridge.pid')).toEqual({ shape: 'lines', pid: 4242, startUnit: 'unknown' });
  });

  it('proves nothing in other files, unless it can only be a time', () => {
    expect(text('4242\n98765432\n')).toEqual({ shape: 'lines', pid: 4242, mayBeTicks: 98_765_432 });
    expect(text('4242\n176985030712\n')).toEqual({ shape: 'lines', pid: 4242, startUnit: 'unknown' });
    expect(text('4242\n1769850307.25\n')).toEqual({ shape: 'lines', pid: 4242, startedAt: UTC + 250 });
    expect(text('4242\n1769850307000\n')).toEqual({ shape: 'lines', pid: 4242, startedAt: UTC });
    expect(text('4242\n1769850307\n')).toEqual({
      shape: 'lines',
      pid: 4242,
      mayBeTicks: 1_769_850_307,
      startedAt: UTC,
    });
  });

  it('is not a start where another line is', () => {
    expect(text('4242\n98765432\n2026-01-31T09:05:07Z\n')).toEqual({
      shape: 'lines',
      pid: 4242,
      startedAt: UTC,
    });
  });

  it('is no record in one line: a version and a time look the same', () => {
    expect(text('2 1769850307\n')).toEqual({ shape: 'none' });
  });
});

describe('lock files of Qt', () => {
  const record = { shape: 'lines', pid: 4242, program: 'keepassxc', host: 'tower' };

  it('have the program on line 2, the host on line 3 and the boot on line 5', () => {
    expect(text(`4242\nkeepassxc\ntower\n${MACHINE}\n${BOOT}\n`)).toEqual({ ...record, bootId: BOOT });
    expect(text(`4242\nMy Program\ntower\n\n${BOOT}\n`)).toEqual({
      ...record,
      program: 'My Program',
      bootId: BOOT,
    });
  });

  it('have them also when there is no name of a program, or a host named by a number', () => {
    const { host, shape, pid } = record;
    expect(text(`4242\n\ntower\n${MACHINE}\n${BOOT}\n`)).toEqual({ shape, pid, host, bootId: BOOT });
    expect(text(`4242\nkeepassxc\n17\n${MACHINE}\n${BOOT}\n`)).toEqual({
      ...record,
      host: '17',
      bootId: BOOT,
    });
    // Without a host on line 3 it is none of Qt's, and what stands on line 2 may be one.
    expect(text(`4242\nkeepassxc\n\n${MACHINE}\n${BOOT}\n`)).toMatchObject({ host: 'keepassxc' });
  });

  it('keep the boot id of macOS in the case of Linux, and have none on Windows', () => {
    const uuid = BOOT.toUpperCase();
    expect(text(`4242\nkeepassxc\ntower\n${uuid}\n${uuid}\n`)).toEqual({ ...record, bootId: BOOT });
    expect(text(`4242\nkeepassxc\ntower\n${uuid}\n\n`)).toEqual(record);
  });

  it('are not seen in a host with a token, which keeps its host', () => {
    expect(text(`4242\ntower\n${MACHINE}\n`)).toEqual({ shape: 'lines', pid: 4242, host: 'tower' });
    expect(text(`4242\ntower\nkeepassxc\n`)).toEqual({ shape: 'lines', pid: 4242, host: 'tower' });
    expect(text(`4242\ntower\nkeepassxc\nno machine\n${BOOT}\n`)).toMatchObject({ host: 'tower' });
    expect(text(`4242\ntower\nkeepassxc\nno machine\n`)).toMatchObject({ host: 'tower' });
    expect(text(`4242\ntower\nkeepassxc\n${MACHINE}\n12\n`)).toMatchObject({ host: 'tower' });
    expect(text(`4242\ntower\nkeepassxc\n${MACHINE}\n${BOOT}\nmore\n`)).toMatchObject({ host: 'tower' });
  });

  it('never show the machine id, nor a key with its value for a program', () => {
    expect(text(`4242\ntoken = S3CRET\ntower\n${MACHINE}\n`)).toEqual({
      shape: 'lines',
      pid: 4242,
      host: 'tower',
    });
    expect(text(`4242\nkeepassxc\ntoken: S3CRET\n${MACHINE}\n`)).toMatchObject({ host: 'keepassxc' });
    expect(JSON.stringify(text(`4242\nkeepassxc\ntower\n${MACHINE}\n${BOOT}\n`))).not.toContain(MACHINE);
  });
});

describe('lines with keys', () => {
  it.each([
    ['---\npid: 4242\n', {}],
    ['---\ncontrol_url: unix:///tmp/x\npid: 4242 # the server\nport: 9293\n', { port: 9293 }],
    ['---\npid: \'4242\'\nhost: "tower"\n', { host: 'tower' }],
    ['--- !ruby/object:Puma\nconfig:\n  pid: 17\n- x\npid: 4242\n', { others: [17] }],
    ['pid=4242\nhost=build-7\nstart_time=98765\n', { host: 'build-7', mayBeTicks: 98_765 }],
    ['# written by bot\nport=8080\nPID = 4242\n', { port: 8080 }],
    ['processId: 4242\n', {}],
    ['name: bot\n  nested: 1\npid: 4242\n', {}],
    ['pid: 4242\nkind: hermes-gateway\nprofile: ops\n', {}],
    ['pid 4242\nand more\n', {}],
    ['pid: 4242\nstarted by hand\n', {}],
  ])('name the pid in %j', (content, expected) => {
    expect(text(content)).toEqual({ shape: 'labelled', pid: 4242, ...expected });
  });

  it.each([
    ['---\nserver:\n  pid: 4242\n', 'a nested pid'],
    ['---\npid: 4242\n---\npid: 17\n', 'two documents'],
    ['---\nppid: 4242\n', 'a parent'],
    ['---\npid: 4242 17\n', 'two numbers'],
    ['---\npid: ~\n', 'nothing'],
    ['---\n', 'an empty document'],
    ['Server started.\npid: 4242\n', 'prose'],
    ['last_pid=4242\n', 'another key'],
  ])('name none in %j: %s', (content) => {
    expect(text(content)).toEqual({ shape: 'none' });
  });
});

describe('markers of py-filelock', () => {
  const token = ((BigInt(`0x${BOOT.replaceAll('-', '')}`) << 64n) | 98_765n).toString();
  const marker = `filelock/2\npid=4242\nhost=tower\nmode=lease\ntoken=S3CRET\nduration=30.0\nstart=${token}\n`;
  const record = { shape: 'labelled', pid: 4242, host: 'tower' };

  it('name pid, host, boot and start', () => {
    expect(text(marker)).toEqual({ ...record, bootId: BOOT, startTicks: 98_765 });
    expect(text('filelock/2\npid=4242\nhost=tower\nmode=exclusive\n')).toEqual(record);
    expect(text('filelock/2\npid=4242\nhost=tower\nmode=of the future\nnew=field\n')).toEqual(record);
  });

  it('name a host of which no other record would be believed', () => {
    expect(text('filelock/2\npid=4242\nhost=10\nmode=exclusive\n')).toEqual({ ...record, host: '10' });
  });

  it.each([
    ['cut in the start', marker.slice(0, -5)],
    ['cut in the pid', 'filelock/2\npid=42'],
    ['without a mode', 'filelock/2\npid=4242\nhost=tower\n'],
    ['without a host', 'filelock/2\npid=4242\nmode=exclusive\n'],
    ['with an empty host', 'filelock/2\npid=4242\nhost=\nmode=exclusive\n'],
    ['with a line that is no field', 'filelock/2\npid=4242\nhost=tower\nmode=exclusive\nhello\n'],
    ['of another protocol', 'filelock/3\npid=4242\nhost=tower\nmode=exclusive\n'],
  ])('are no record when %s', (_, content) => {
    expect(text(content)).toEqual({ shape: 'none' });
  });
});

describe('what no content tells', () => {
  it('is not told by the name of a directory', () => {
    for (const fileName of ['2.1.33.lock', 'server-4242.pid', 'jpserver-4242.json', '4242', 'bot.pid.4242']) {
      expect(parsePidRecord({ fileName })).toEqual({ shape: 'none' });
    }
    // The same name of an empty file may.
    expect(text('', 'bot.pid.4242')).toEqual({ shape: 'fileName', pid: 4242 });
    expect(text('', '2.1.33.lock')).toEqual({ shape: 'empty' });
  });

  it('is told by a symlink to a bare number, and to no other path', () => {
    const link = (symlinkTarget: string): PidRecord => parsePidRecord({ fileName: 'lock', symlinkTarget });
    expect(link('4242')).toEqual({ shape: 'integer', pid: 4242 });
    for (const target of ['./4242', '/proc/4242', '../4242', 'releases/4242', 'v4242', '0', '-4242', '4.2']) {
      expect(link(target)).toEqual({ shape: 'none' });
    }
  });
});
