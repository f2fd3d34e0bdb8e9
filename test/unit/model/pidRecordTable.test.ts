/** What is read from what stands in a record: beside each shape the text that only nearly has it. */
import { expect, test } from 'vitest';
import { parsePidRecord } from '../../../src/model/records/pidRecord';
import type { PidRecord } from '../../../src/model/records/pidRecordTypes';

test.each<[string, string, PidRecord]>([
  ['bot.pid', '{"pid":42', { shape: 'none' }],
  ['bot.pid', '[42]', { shape: 'none' }],
  ['bot.pid', 'null', { shape: 'none' }],
  ['bot.pid', '{"pid":" 42 "}', { shape: 'json', pid: 42 }],
  ['bot.pid', '{"pid":42,"command":"","cmdline":"x y"}', { shape: 'json', pid: 42, command: 'x y' }],
  ['bot.pid', '{"pid":42,"argv":["a",7,"b"]}', { shape: 'json', pid: 42, argv: ['a', 'b'], command: 'a b' }],
  ['bot.pid', '{"pid":42,"argv":[]}', { shape: 'json', pid: 42 }],
  ['bot.pid', '{"pid":42,"argv":"a"}', { shape: 'json', pid: 42 }],
  ['bot.pid', 'pid 42', { shape: 'labelled', pid: 42 }],
  ['bot.pid', 'xpid 42', { shape: 'none' }],
  ['bot.pid', 'pid 42x', { shape: 'none' }],
  ['bot.pid', 'PID  42', { shape: 'labelled', pid: 42 }],
  ['bot.pid', 'pid: 42', { shape: 'labelled', pid: 42 }],
  ['bot.pid', 'pid: "42"', { shape: 'labelled', pid: 42 }],
  ['bot.pid', 'pid: x"42"', { shape: 'none' }],
  ['bot.pid', 'pid: "42" # me', { shape: 'none' }],
  ['bot.pid', "pid: '42'", { shape: 'labelled', pid: 42 }],
  ['bot.pid', '# c\npid: 42\nhost: h # c', { shape: 'labelled', pid: 42, host: 'h' }],
  ['bot.pid', 'pid: 42\npid: 43', { shape: 'none' }],
  ['bot.pid', 'pid: 42\nhost: a\nhost: b', { shape: 'labelled', pid: 42, host: 'a' }],
  ['bot.pid', '---\npid: 42', { shape: 'labelled', pid: 42 }],
  ['bot.pid', 'x---\npid: 42', { shape: 'none' }],
  ['bot.pid', 'pid=42\nhost=tower\nmode=x\nstart=1738314000', { shape: 'labelled', pid: 42, host: 'tower' }],
  ['bot.pid', '=x\npid=42', { shape: 'none' }],
  ['bot.pid', '42 tower', { shape: 'pidHost', pid: 42, host: 'tower' }],
  ['bot.pid', '42@tower', { shape: 'pidHost', pid: 42, host: 'tower' }],
  ['bot.pid', 'x42 tower', { shape: 'none' }],
  ['bot.pid', '42   tower', { shape: 'pidHost', pid: 42, host: 'tower' }],
  ['bot.pid', '42 tower x', { shape: 'none' }],
  ['bot.pid', '42 -', { shape: 'none' }],
  ['bot.pid', '42 43 44', { shape: 'pids', pid: 42, pids: [42, 43, 44] }],
  ['bot.pid', '42 43 x', { shape: 'none' }],
  ['bot.pid', '42 42', { shape: 'pids', pid: 42, pids: [42, 42] }],
  ['bot.pid', '42\n43', { shape: 'pids', pid: 42, pids: [42, 43] }],
  ['bridge.pid', '42\n86040000', { shape: 'lines', pid: 42, mayBeTicks: 86040000 }],
  ['bot.pid', '42\n86040000', { shape: 'lines', pid: 42, mayBeTicks: 86040000 }],
  [
    'bot.pid',
    '42\n1738314000',
    { shape: 'lines', pid: 42, mayBeTicks: 1738314000, startedAt: 1738314000000 },
  ],
  ['bot.pid', '42\n1738314000.5', { shape: 'lines', pid: 42, startedAt: 1738314000500 }],
  ['bot.pid', '42\nx1738314000', { shape: 'lines', pid: 42, host: 'x1738314000' }],
  ['bot.pid', '42\n1738314000x\n', { shape: 'lines', pid: 42, host: '1738314000x' }],
  ['bot.lock', '42\nbot\ntower\n', { shape: 'lines', pid: 42, host: 'bot' }],
  [
    'bot.lock',
    '42\nbot\ntower\nmachine\n0f0e0d0c-0b0a-4000-8000-0102030405aa\n',
    { shape: 'lines', pid: 42, host: 'bot' },
  ],
  [
    'bot.pid',
    '42\n8080\n2026-01-31T09:05:07Z\n',
    { shape: 'lines', pid: 42, port: 8080, startedAt: 1769850307000 },
  ],
  [
    'bot.pid',
    '42\n/srv/data\n1738314000\n5432\n',
    { shape: 'lines', pid: 42, startedAt: 1738314000000, port: 5432 },
  ],
  [
    'bot.pid',
    '42\nC:\\data\n1738314000\n5432\n',
    { shape: 'lines', pid: 42, startedAt: 1738314000000, port: 5432 },
  ],
  ['bot.pid', '  42  ', { shape: 'integer', pid: 42 }],
  ['bot.pid', '-42', { shape: 'integer', pid: 42, negative: true }],
  ['bot.pid', '0', { shape: 'none' }],
  ['bot.pid', '4294967296', { shape: 'none' }],
  ['bot.pid', '42x', { shape: 'none' }],
  ['bot.pid', '\ufeff42\n', { shape: 'integer', pid: 42 }],
  ['bot.pid', '42\ufeff', { shape: 'integer', pid: 42 }],
  ['bot.pid', '\u0000\u0000', { shape: 'none' }],
  ['bot.pid', '42\u0000\u0000', { shape: 'none' }],
  ['bot.pid', '42\u0000\u0000\u0000', { shape: 'integer', pid: 42 }],
  ['bot.pid', '4\u00002', { shape: 'none' }],
  ['bot.pid', 'tower:42', { shape: 'hostPid', pid: 42, host: 'tower' }],
  [
    'bot.pid',
    'ann@tower.42:1738314000',
    { shape: 'userHostPid', pid: 42, host: 'tower', bootTime: 1738314000 },
  ],
  ['bot.pid', 'tower/f0000abc:42', { shape: 'hostPid', pid: 42, host: 'tower', pidNamespace: 'f0000abc' }],
  ['bot.pid', 'tower-42', { shape: 'none' }],
  ['bot.pid', '10.0.0.1-42', { shape: 'none' }],
  ['job~42.lock', '', { shape: 'empty' }],
  ['bot.42', '', { shape: 'empty' }],
  ['bot-42.pid', '', { shape: 'empty' }],
  ['bot.pid', '', { shape: 'empty' }],
  ['bot.42.pid', '', { shape: 'empty' }],
])('in %s, %j', (fileName, content, expected) => {
  expect(parsePidRecord({ fileName, content })).toEqual(expected);
  expect(parsePidRecord({ fileName, content: new TextEncoder().encode(content) })).toEqual(expected);
});

test.each<[string, PidRecord]>([
  ['tower:42', { shape: 'hostPid', pid: 42, host: 'tower' }],
  ['ann@tower.42:1738314000', { shape: 'userHostPid', pid: 42, host: 'tower', bootTime: 1738314000 }],
  ['tower-42', { shape: 'hostPid', pid: 42, host: 'tower' }],
  ['42', { shape: 'integer', pid: 42 }],
  ['pid-42', { shape: 'labelled', pid: 42 }],
  ['pid:42', { shape: 'labelled', pid: 42 }],
  ['tower.42', { shape: 'none' }],
  ['127.0.1.1:+42', { shape: 'hostPid', pid: 42, host: '127.0.1.1' }],
  ['tower-0', { shape: 'none' }],
  ['x', { shape: 'none' }],
  ['pid:[42]', { shape: 'none' }],
  ['[::1]:42', { shape: 'none' }],
  ['tower:42x', { shape: 'none' }],
  ['a-b-42', { shape: 'hostPid', pid: 42, host: 'a-b' }],
])('as the target of a symlink, %s', (symlinkTarget, expected) => {
  expect(parsePidRecord({ fileName: 'lock', symlinkTarget })).toEqual(expected);
});

test.each<[string, number[], PidRecord]>([
  ['UTF-16 with its mark', [0xff, 0xfe, 0x34, 0, 0x32, 0], { shape: 'integer', pid: 42 }],
  ['half of that mark', [0xff, 0x34, 0x32], { shape: 'none' }],
  ['the other half', [0x34, 0xfe], { shape: 'none' }],
  ['bytes that are no text', [0x34, 0x32, 0xc3], { shape: 'none' }],
])('%s', (_, bytes, expected) => {
  expect(parsePidRecord({ fileName: 'bot.pid', content: Uint8Array.from(bytes) })).toEqual(expected);
});
