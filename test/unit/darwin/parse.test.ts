import { describe, expect, it } from 'vitest';
import { DARWIN_LOCK } from '../../../src/os/native/fileLocks';
import * as layouts from '../../../src/os/native/darwin/layouts';
import {
  fileKey,
  parseArguments,
  parseBsdInfo,
  parseDescriptors,
  parseListeningSocket,
  parseShortInfo,
  parseVnode,
  textAt,
} from '../../../src/os/native/darwin/parse';

describe('the layouts of xnu-11417', () => {
  it('are those of proc_info.h, fcntl.h and sysctl.h', () => {
    expect({ ...layouts }).toEqual({
      UNIQUE_IDENTIFIER: { flavor: 17, arg: 1, size: 56, uniqueId: 16, idVersion: 32 },
      AUDIT_TOKEN: { size: 32, pid: 20, idVersion: 28 },
      BSD_INFO: {
        ...{ flavor: 3, arg: 1, size: 136, status: 4, pid: 12, parent: 16, uid: 20, shortName: 48 },
        ...{ shortNameSize: 16, name: 64, nameSize: 32, group: 100, seconds: 120, microseconds: 128 },
      },
      SHORT_INFO: {
        ...{ flavor: 13, arg: 1, size: 64, pid: 0, parent: 4, group: 8, status: 12, shortName: 16 },
        ...{ shortNameSize: 16, uid: 36 },
      },
      SOCKET_LIST: {
        name: 'net.inet.tcp.pcblist_n',
        align: 8,
        kind: 4,
        head: { size: 24, count: 4 },
        inpcb: { kind: 0x10, size: 104, port: 18, versions: 44, address: 64 },
        socket: { kind: 1, size: 104, handle: 8, family: 40, uid: 64 },
        tcpcb: { kind: 0x20, size: 204, state: 36 },
      },
      STATES: { 1: 'R', 2: 'R', 3: 'S', 4: 'T', 5: 'Z' },
      DESCRIPTORS: { flavor: 1, size: 8, fd: 0, type: 4, vnode: 1, socket: 2 },
      VNODE: { flavor: 1, size: 176, openFlags: 0, status: 4, device: 24, mode: 28, links: 30, inode: 32 },
      VNODE_PATH: { flavor: 2, size: 1200, path: 176 },
      SOCKET: {
        ...{ flavor: 3, size: 792, socket: 160, family: 184, kind: 256, port: 268, versions: 288 },
        ...{ address: 312, state: 344 },
      },
      SOCKET_IS: { ipv4: 2, ipv6: 30, tcp: 2, listening: 1, onlyIpv4: 1 },
      FOLDERS: { flavor: 9, size: 2352, path: 152, pathSize: 1024 },
      OPEN_FLAGS: { read: 1, write: 2, wasLocked: 0x4000 },
      SHARED_FILE: 1,
      ARGUMENTS: { name: [1, 49], align: 8 },
      PATH_SIZE: 4096,
      GET_LOCK_OF_PID: 66,
    });
    expect(DARWIN_LOCK.size).toBe(24);
  });
});

/** argc, the path, `padding` NULs, and words that each end with one. */
const args = (count: number, path: string, padding: number, ...words: string[]): Buffer => {
  const argc = Buffer.alloc(4);
  argc.writeInt32LE(count);
  const text = `${path}${'\0'.repeat(padding)}${words.map((word) => `${word}\0`).join('')}`;
  return Buffer.concat([argc, Buffer.from(text)]);
};

describe('KERN_PROCARGS2', () => {
  it.each<[string, Buffer, string[]]>([
    ['one argument', args(1, '/bin/sleep', 6, 'sleep', 'HOME=/'), ['sleep']],
    ['a path that ends at the boundary', args(2, '/bin/ls', 1, 'ls', '-l', 'HOME=/'), ['ls', '-l']],
    ['a path that leaves seven bytes', args(1, '/bin/cat', 8, 'cat'), ['cat']],
    ['an empty argument between others', args(3, '/bin/ls', 1, 'ls', '', 'b'), ['ls', '', 'b']],
    ['no environment', args(2, '/bin/ls', 1, 'ls', 'a b'), ['ls', 'a b']],
    ['a title over the arguments', args(3, '/bin/ls', 1, 'a title', '', ''), ['a title']],
    ['other letters', args(2, '/bin/ls', 1, 'ls', 'ä🎈'), ['ls', 'ä🎈']],
  ])('gives %s', (_, bytes, expected) => {
    expect(parseArguments(bytes)).toEqual(expected);
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['a cut count', Buffer.from([1, 0, 0])],
    ['no path', args(1, '/bin/ls', 0)],
    ['a count of none', args(0, '/bin/ls', 1, 'ls')],
    ['a negative count', args(-1, '/bin/ls', 1, 'ls')],
    [
      'a count that no system allows',
      Buffer.concat([args(1 << 20, '/bin/ls', 1), Buffer.alloc(1 << 21, 'a\0')]),
    ],
    ['fewer words than it says', args(3, '/bin/ls', 1, 'ls', '-l')],
    ['a word that does not end', args(2, '/bin/ls', 1, 'ls', '-l').subarray(0, -1)],
    ['something in the padding', args(1, '/bin/sleep', 3, 'sl', 'ep', 'HOME=/')],
    ['an empty program, which could be more padding', args(1, '/bin/ls', 1, '', 'HOME=/')],
    ['an end in the padding', args(1, '/bin/sleep', 2)],
  ])('gives nothing for %s, and never a part of the environment', (_, bytes) => {
    expect(parseArguments(bytes)).toBeUndefined();
  });
});

describe('structures', () => {
  it('of a process have its own name where it has one, and the start to the ms', () => {
    const bytes = Buffer.alloc(136);
    [0, 4, 0, 501, 1, 502].forEach((word, index) => bytes.writeUInt32LE(word, index * 4));
    bytes.write('python3.13-fram', 48);
    bytes.writeUInt32LE(500, 100);
    bytes.writeBigUInt64LE(1_763_630_101n, 120);
    bytes.writeBigUInt64LE(999_999n, 128);
    const common = { pid: 501, ppid: 1, pgid: 500, uid: 502, state: 'T', startTime: 1_763_630_101_999 };
    expect(parseBsdInfo(bytes)).toEqual({ ...common, name: 'python3.13-fram' });
    bytes.write('x'.repeat(32), 64);
    expect(parseBsdInfo(bytes)).toEqual({ ...common, name: 'x'.repeat(32) });
    bytes.writeUInt32LE(9, 4);
    expect(parseBsdInfo(bytes)).not.toHaveProperty('state');
  });

  it('of another user’s process say less', () => {
    const bytes = Buffer.alloc(64);
    [80, 1, 79, 5].forEach((word, index) => bytes.writeUInt32LE(word, index * 4));
    bytes.write('logd', 16);
    expect(parseShortInfo(bytes)).toEqual({ pid: 80, ppid: 1, pgid: 79, uid: 0, name: 'logd', state: 'Z' });
  });

  it('of descriptors name those of one kind only, and no half of one', () => {
    const bytes = Buffer.alloc(28);
    [3, 1, 4, 2, 5, 1, 6].forEach((word, index) => bytes.writeUInt32LE(word, index * 4));
    expect(parseDescriptors(bytes, 'vnode')).toEqual([3, 5]);
    expect(parseDescriptors(bytes, 'socket')).toEqual([4]);
    expect(parseDescriptors(Buffer.alloc(0), 'vnode')).toEqual([]);
  });

  it.each([
    [0x0001, { mayRead: true, mayWrite: false, tookFlock: false }],
    [0x0002, { mayRead: false, mayWrite: true, tookFlock: false }],
    [0x4003, { mayRead: true, mayWrite: true, tookFlock: true }],
    [0x8003, { mayRead: true, mayWrite: true, tookFlock: false }],
  ])('of an open file with flags %x', (flags, expected) => {
    const bytes = Buffer.alloc(176);
    bytes.writeUInt32LE(flags, 0);
    bytes.writeUInt32LE(0x0100_0004, 24);
    bytes.writeUInt16LE(0o100644, 28);
    bytes.writeUInt16LE(1, 30);
    bytes.writeBigUInt64LE(2n ** 63n + 1n, 32);
    const common = {
      key: '16777220:9223372036854775809',
      isRegular: true,
      isDeleted: false,
      isShared: false,
    };
    expect(parseVnode(bytes)).toEqual({ ...common, ...expected });
    bytes.writeUInt32LE(3, 4);
    bytes.writeUInt16LE(0o040755, 28);
    bytes.writeUInt16LE(0, 30);
    expect(parseVnode(bytes)).toMatchObject({ isRegular: false, isDeleted: true, isShared: true });
    bytes.writeUInt32LE(2, 4);
    expect(parseVnode(bytes).isShared).toBe(false);
  });

  const socket = (more: Partial<Record<'family' | 'kind' | 'state' | 'versions', number>> = {}): Buffer => {
    const bytes = Buffer.alloc(792);
    bytes.writeBigUInt64LE(2n ** 63n + 1n, 160);
    bytes.writeInt32LE(more.family ?? 2, 184);
    bytes.writeInt32LE(more.kind ?? 2, 256);
    // The port of the other side, and behind ours what nothing says of.
    Buffer.from([0x0b, 0xb9, 0, 0, 0x0b, 0xb8, 0xff, 0xff]).copy(bytes, 264);
    bytes.writeUInt8(more.versions ?? 1, 288);
    Buffer.from([10, 0, 0, 9]).copy(bytes, 308);
    Buffer.from([127, 0, 0, 1]).copy(bytes, 324);
    bytes.writeInt32LE(more.state ?? 1, 344);
    return bytes;
  };

  it.each<[string, Parameters<typeof socket>[0], string]>([
    ['IPv4', {}, '127.0.0.1'],
    ['IPv6', { family: 30, versions: 2 }, '::7f00:1'],
    ['IPv6, for both', { family: 30, versions: 3 }, '::7f00:1'],
    ['IPv6, bound to an address of IPv4', { family: 30, versions: 1 }, '::ffff:127.0.0.1'],
  ])('of a socket that listens, of %s', (_, more, address) => {
    expect(parseListeningSocket(socket(more))).toEqual({
      ...{ socket: '9223372036854775809', port: 3000, address },
    });
  });

  it.each<[string, Parameters<typeof socket>[0]]>([
    ['is connected', { state: 4 }],
    ['is closed', { state: 0 }],
    ['is of UDP', { kind: 1 }],
    ['is a Unix socket', { family: 1, kind: 3 }],
    ['is of another family', { family: 17 }],
  ])('of a socket that %s say nothing', (_, more) => {
    expect(parseListeningSocket(socket(more))).toBeUndefined();
  });

  it('have text up to the first NUL, or to their end', () => {
    expect(textAt(Buffer.from('abc\0de\0'), 1, 3)).toBe('bc');
    expect(textAt(Buffer.from('abcdef\0'), 1, 3)).toBe('bcd');
    expect(textAt(Buffer.from('abcdef'), 1, 3)).toBe('bcd');
  });
});

it('names a device alike, signed or not', () => {
  expect(fileKey(BigInt(-5), -1n)).toBe(fileKey(4_294_967_291n, 2n ** 64n - 1n));
});
