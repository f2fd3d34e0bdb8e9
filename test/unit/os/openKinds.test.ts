/** Of which descriptors and mappings each start of a program has its own, and what tells the others. */
import { describe, expect, it } from 'vitest';
import { kindsOf } from '../../../src/os/linux/processes/openKinds';
import { parseSharedMemory } from '../../../src/os/linux/processes/sharedMemory';

const kinds = (link: string, { writes = true, info = '', fd = 5 } = {}): string[] =>
  kindsOf(
    { fd, link, reads: true, writes },
    { pid: 77, terminals: new Set(['/dev/pts/3']), infoOf: () => info },
  ).map(([, kind]) => kind);

describe('a descriptor', () => {
  it.each([
    ['/dev/null'],
    ['/dev/zero'],
    ['/dev/full'],
    ['/dev/random'],
    ['/dev/urandom'],
    ['/dev/tty'],
    ['/dev/pts/3'],
    ['anon_inode:[eventpoll]'],
    ['anon_inode:[eventfd]'],
    ['anon_inode:[timerfd]'],
    ['anon_inode:[signalfd]'],
    ['anon_inode:eventpoll'],
    ['anon_inode:[io_uring]'],
  ])('is one that each start has: %s', (link) => {
    expect(kinds(link)).toEqual([]);
  });

  it.each([
    '/usr/share/fonts/a.ttf',
    '/lib/x86_64/libc.so',
    '/lib64/a',
    '/etc/ssl/a.pem',
    '/snap/a/1/b',
    '/proc/77/stat',
  ])('is read by all, and written by few: %s', (link) => {
    expect(kinds(link, { writes: false })).toEqual([]);
    expect(kinds(link)).toEqual([link]);
  });

  it.each([
    '/usr/local/bot.db',
    '/srv/bot.db',
    '/proc/78/stat',
    '/sys/class/gpio/value',
    '/dev/ttyUSB0',
    '/dev/pts/4',
    '/dev/shm/ring',
    '/tmp/spool (deleted)',
    '/opt/etc/a',
    '/proc/770/stat',
    '/dev/nullx',
    '/srv/dev/null',
  ])('is told by its path: %s', (link) => {
    expect(kinds(link, { writes: false })).toEqual([link]);
  });

  it('is told by its kind where its name is of one start', () => {
    expect(kinds('/dev/shm/sem.Ab12 (deleted)')).toEqual(['/dev/shm (deleted)']);
    expect(kinds('/dev/pts/ptmx')).toEqual(['/dev/ptmx']);
    expect(kinds('anon_inode:bpf-map')).toEqual(['anon_inode:bpf-map']);
    expect(kinds('net:[4026531840]')).toEqual(['net:']);
    expect(kinds('anon_inode:[eventfd-b]')).toEqual(['anon_inode:[eventfd-b]']);
    expect(kinds('/dev/shm/ring')).toEqual(['/dev/shm/ring']);
  });

  it.each(['/dev/ptmx', '/dev/pts/ptmx', 'anon_inode:bpf-map', 'net:[4026531840]'])(
    'is another one in each process where no path leads to it: %s',
    (link) => {
      const identity = (pid: number, fd: number): string | undefined =>
        kindsOf(
          { fd, link, reads: true, writes: true },
          { pid, terminals: new Set(), infoOf: () => '' },
        )[0]?.[0];
      expect(new Set([identity(77, 5), identity(78, 5), identity(77, 6), identity(77, 5)]).size).toBe(3);
    },
  );

  it('is told by what it watches, or for whose end it waits', () => {
    const info =
      'flags:\t00\ninotify wd:2 ino:2a sdev:fd00000 mask:8\ninotify wd:1 ino:1b sdev:fd00000 mask:8\n';
    expect(kinds('anon_inode:inotify', { info })).toEqual([
      'inotify ino:2a sdev:fd00000',
      'inotify ino:1b sdev:fd00000',
    ]);
    expect(kinds('anon_inode:[inotify]', { info })).toHaveLength(2);
    expect(kinds('anon_inode:inotify')).toEqual([]);
    const mounts = 'fanotify flags:10 event-flags:0\nfanotify mnt_id:12 mflags:0 mask:1 ignored_mask:0\n';
    expect(kinds('anon_inode:[fanotify]', { info: mounts })).toEqual(['fanotify mnt_id:12']);
    expect(kinds('anon_inode:[pidfd]', { info: 'flags:\t02\nPid:\t12\nNSpid:\t12\n' })).toEqual(['pid:12']);
    expect(kinds('pidfd:[99]', { info: 'Pid:\t12\n' })).toEqual(['pid:12']);
    expect(kinds('pidfd:[99]', { info: 'Pid:\t-1\n' })).toEqual([]);
    expect(kinds('pidfd:[99]', { info: 'NSpid:\t7\n' })).toEqual([]);
  });

  it('is told by all that it watches, up to a number', () => {
    const watching = (count: number): string[] =>
      kinds('anon_inode:inotify', {
        info: Array.from({ length: count }, (_, wd) => `inotify wd:${wd} ino:${wd} sdev:1 mask:8\n`).join(''),
      });
    expect(watching(1024)).toHaveLength(1024);
    expect(watching(1025)).toEqual(['anon_inode:inotify 77/5']);
  });
});

describe('a mapping', () => {
  const of = (rights: string, name: string): string[] =>
    parseSharedMemory(`7f0c00000000-7f0c00001000 ${rights} 00000000 fd:00 131     ${name}\n`).map(
      ([, kind]) => kind,
    );

  it('is told where it is shared and writable', () => {
    expect(of('rw-s', '/srv/my bot.db')).toEqual(['memory /srv/my bot.db']);
    expect(of('rw-s', '/SYSV005a5a02 (deleted)')).toEqual(['memory /SYSV005a5a02 (deleted)']);
    expect(of('rw-s', '/dev/shm/Ab12 (deleted)')).toEqual(['memory /dev/shm (deleted)']);
    expect(of('rwxs', '/srv/hsperfdata_a/bot.db')).toEqual(['memory /srv/hsperfdata_a/bot.db']);
  });

  it('is the same as another’s only of one device and inode', () => {
    const identity = (device: string, inode: number): string | undefined =>
      parseSharedMemory(`7f0c0000-7f0c1000 rw-s 00000000 ${device} ${inode}     /srv/bot.db\n`)[0]?.[0];
    const all = [identity('fd:00', 1), identity('fd:00', 2), identity('fd:01', 1), identity('fd:00', 1)];
    expect(new Set(all).size).toBe(3);
  });

  it.each([
    ['r--s', '/usr/lib/locale/gconv.cache'],
    ['rw-p', '/srv/bot.db'],
    ['rw-s', '/dev/zero (deleted)'],
    ['rw-s', 'anon_inode:[io_uring]'],
    ['rw-s', '/tmp/hsperfdata_ann/4711'],
    ['rwxp', '/srv/bot.db'],
    ['r-xs', '/srv/bot.db'],
  ])('is nothing where it is %s %s', (rights, name) => {
    expect(of(rights, name)).toEqual([]);
  });
});
