import { describe, expect, it } from 'vitest';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import type { PidRecord } from '../../../src/model/records/pidRecordTypes';

const text = (content: string, fileName = 'bot.pid'): PidRecord => parsePidRecord({ fileName, content });
const link = (symlinkTarget: string): PidRecord => parsePidRecord({ fileName: 'lock', symlinkTarget });
const UTC = Date.UTC(2026, 0, 31, 9, 5, 7);

describe('pid records', () => {
  it.each([
    ['4242', 4242],
    ['4242\n', 4242],
    ['4242\r\n', 4242],
    ['\ufeff4242\n', 4242],
    ['      4242\n', 4242],
    ['0004242', 4242],
    ['+4242', 4242],
    ['4242\0\0\0', 4242],
  ])('reads the plain integer %j', (content, pid) => {
    expect(text(content)).toEqual({ shape: 'integer', pid });
  });

  it('reads what PowerShell writes', () => {
    const content = new Uint8Array([0xff, 0xfe, 0x34, 0, 0x32, 0, 0x0d, 0, 0x0a, 0]);
    expect(parsePidRecord({ fileName: 'bot.pid', content })).toEqual({ shape: 'integer', pid: 42 });
  });

  it('reads a pid, a blank line and an ISO time', () => {
    expect(text('4242\n\n2026-01-31T09:05:07.123456+00:00\n')).toEqual({
      shape: 'lines',
      pid: 4242,
      startedAt: UTC + 123,
    });
    expect(text('4242\r\n8080\r\n2026-01-31T10:05:07+01:00\r\n')).toEqual({
      shape: 'lines',
      pid: 4242,
      port: 8080,
      startedAt: UTC,
    });
  });

  it('reads postmaster.pid, also of the single-user mode', () => {
    const rest = '/var/lib/postgresql/data\n1769850307\n5432\n/tmp\nlocalhost\n';
    const expected = { shape: 'lines', pid: 4242, startedAt: 1_769_850_307_000, port: 5432 };
    expect(text(`4242\n${rest}`)).toEqual(expected);
    expect(text(`-4242\n${rest}`)).toEqual({ ...expected, negative: true });
  });

  it('reads pid and host on lines and leaves the token', () => {
    expect(text('4242\nbuild-7.example\n6f1ed002ab5595859014ebf0951522d9\n', 'x.lock')).toEqual({
      shape: 'lines',
      pid: 4242,
      host: 'build-7.example',
    });
  });

  it.each([
    ['{"pid":4242}', { pid: 4242 }],
    ['{"pid":"4242"}\n', { pid: 4242 }],
    ['{"pid":4242,"start_time":1234567}', { pid: 4242, mayBeTicks: 1_234_567 }],
    ['{"pid":4242,"start_time":null}', { pid: 4242 }],
    ['{"pid":4242,"startTime":1769850307123}', { pid: 4242, startedAt: 1_769_850_307_123 }],
    ['{"pid":4242,"start_time":1769850307.5}', { pid: 4242, startedAt: 1_769_850_307_500 }],
    ['{"pid":4242,"startedAt":1769850307}', { pid: 4242, startedAt: 1_769_850_307_000 }],
    ['{"pid":4242,"createdAt":"2026-01-31T09:05:07Z"}', { pid: 4242, startedAt: UTC }],
    // 204 days of ticks, or the last day of January 2026 in seconds.
    [
      '{"pid":4242,"start_time":1769850307}',
      { pid: 4242, mayBeTicks: 1_769_850_307, startedAt: 1_769_850_307_000 },
    ],
    [
      '{"pid":4242,"argv":["hermes","gateway"]}',
      { pid: 4242, argv: ['hermes', 'gateway'], command: 'hermes gateway' },
    ],
    [
      '{"pid":4242,"command":"hermes gateway","port":"8080"}',
      { pid: 4242, command: 'hermes gateway', port: 8080 },
    ],
    ['{"pid":4242,"hostname":"tower"}', { pid: 4242, host: 'tower' }],
    [
      '{"pid":4242,"port":3000,"hostname":"box","appUrl":"http://box:3000"}',
      { pid: 4242, port: 3000, url: 'http://box:3000/' },
    ],
    ['{"pid":-1}', {}],
    ['{"pid":0}', {}],
    ['{"pid":1.5}', {}],
    ['{"pid":"x"}', {}],
    ['{"ID":"a","Who":"ann@tower"}', {}],
  ])('reads the JSON %s', (content, expected) => {
    expect(text(content)).toEqual({ shape: 'json', ...expected });
  });

  it.each([
    ['build-host-7-4242', { shape: 'hostPid', pid: 4242, host: 'build-host-7' }],
    ['tower:4242', { shape: 'hostPid', pid: 4242, host: 'tower' }],
    ['tower/F0000ABC:4242', { shape: 'hostPid', pid: 4242, host: 'tower', pidNamespace: 'f0000abc' }],
    ['127.0.1.1:+4242', { shape: 'hostPid', pid: 4242, host: '127.0.1.1' }],
    [
      'ann@tower.example.4242:1769850307',
      { shape: 'userHostPid', pid: 4242, host: 'tower.example', bootTime: 1_769_850_307 },
    ],
    ['ann@tower.4242', { shape: 'userHostPid', pid: 4242, host: 'tower' }],
    ['../run/server-4242', { shape: 'none' }],
    ['/run/server-4242', { shape: 'none' }],
    ['releases/v-12', { shape: 'none' }],
    ['pid-17x', { shape: 'none' }],
    ['pid_17', { shape: 'labelled', pid: 17 }],
    ['tower', { shape: 'none' }],
    ['', { shape: 'none' }],
  ])('reads the symlink target %j', (target, expected) => {
    expect(link(target)).toEqual(expected);
  });

  it.each([
    [
      'ann@tower.4242:1769850307',
      { shape: 'userHostPid', pid: 4242, host: 'tower', bootTime: 1_769_850_307 },
    ],
    ['tower/f0000abc:4242', { shape: 'hostPid', pid: 4242, host: 'tower', pidNamespace: 'f0000abc' }],
    ['4242 tower', { shape: 'pidHost', pid: 4242, host: 'tower' }],
    ['4242@tower', { shape: 'pidHost', pid: 4242, host: 'tower' }],
    ['pid 4242', { shape: 'labelled', pid: 4242 }],
    ['PID: 4242\n', { shape: 'labelled', pid: 4242 }],
    ['pid=4242\nport=80', { shape: 'labelled', pid: 4242, port: 80 }],
  ])('reads %j', (content, expected) => {
    expect(text(content)).toEqual(expected);
  });

  it.each([
    '127.0.0.1:8080',
    'localhost:8080',
    '4242 0',
    'hello',
    'v1.2.3',
    '0',
    '-0',
    '99999999999',
    '1e3',
    '0x10',
    '{"pid":42',
    '["4242"]',
    '"4242"',
  ])('finds no pid in %j', (content) => {
    expect(text(content).pid).toBeUndefined();
  });

  it('finds no record in binary data', () => {
    for (const bytes of [
      [0],
      [0, 0, 0],
      [0x7f, 0x45, 0x4c, 0x46, 2],
      [52, 0, 50],
      [0xff, 0xff, 52],
      [3, 52, 50, 0xc3],
    ]) {
      expect(parsePidRecord({ fileName: 'x.pid', content: new Uint8Array(bytes) })).toEqual({
        shape: 'none',
      });
    }
  });

  it.each(['', '\n', '  \r\n', '\ufeff'])('calls %j empty', (content) => {
    expect(text(content)).toEqual({ shape: 'empty' });
  });

  it('reads the pid in the name of an empty file, and takes no port for one', () => {
    expect(text('', 'jpserver-4242.json')).toEqual({ shape: 'fileName', pid: 4242 });
    expect(text('', 'bot.pid.4242')).toEqual({ shape: 'fileName', pid: 4242 });
    expect(text('', 'server-6379.pid')).toEqual({ shape: 'empty' });
    expect(text('', 'server-0123456789012345.pid')).toEqual({ shape: 'empty' });
    expect(text('', 'tower@123456789.4242-7f00aa17')).toEqual({
      shape: 'fileName',
      pid: 4242,
      host: 'tower',
    });
    expect(text('', 'tower.example.4242-17')).toEqual({
      shape: 'fileName',
      pid: 4242,
      host: 'tower.example',
    });
  });
});
