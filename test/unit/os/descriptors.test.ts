/** What the descriptors of a process say of what sets it apart, as the kernel shows them: of one, and of who started it. */
import { describe, expect, it } from 'vitest';
import type { SocketUse } from '../../../src/os/linux/ports/socketTables';
import { readDescriptors } from '../../../src/os/linux/processes/descriptors';
import { linksOf as openLinksOf } from '../../../src/os/linux/processes/links';
import { asOn, SHOWN_PID, withShown, type Shown } from '../../fixtures/shownProc';

const ABOVE = SHOWN_PID + 1;
/** By their numbers: what they lead to, for reading and writing unless it says `r ` or `w ` before. */
type Open = Readonly<Record<number, string>>;

function linksOf(pid: number, open: Open): Shown {
  return Object.fromEntries(
    Object.entries(open).map(([fd, said]) => {
      const [, mode, link = said] = /^([rw]) (.+)$/.exec(said) ?? [];
      return [`/proc/${pid}/fd/${fd}`, { link, open: mode === 'r' || mode === 'w' ? mode : 'rw' }];
    }),
  );
}

interface World {
  above?: Open;
  /** By inode. */
  sockets?: Readonly<Record<string, SocketUse>>;
  pending?: readonly string[];
  more?: Shown;
}

function read(open: Open, { above: opensAbove = {}, sockets = {}, pending = [], more = {} }: World = {}) {
  const tables = { byInode: new Map(Object.entries(sockets)), pending: new Set(pending) };
  const shown = { ...linksOf(SHOWN_PID, open), ...linksOf(ABOVE, opensAbove), ...more };
  const above = () => [openLinksOf(ABOVE) ?? []].flat();
  return withShown(shown, () => readDescriptors(SHOWN_PID, { above, sockets: () => tables }));
}
const uses = (open: Open, world?: World): string[] => [...(read(open, world).uses?.values() ?? [])];
const info = (fd: number, text: string): Shown => ({ [`/proc/${SHOWN_PID}/fdinfo/${fd}`]: text });

const CLOSED_BY_EXEC = 'pos:\t0\nflags:\t02100001\nmnt_id:\t15\n';
const KEPT_BY_EXEC = 'pos:\t0\nflags:\t0100001\nmnt_id:\t15\n';

describe('the input of a process', () => {
  it.each<[string, string, Open, string | undefined]>([
    ['a file', '/srv/b.json', {}, '/srv/b.json'],
    ['a file that is called like a pipe', '/srv/pipe:[9]', {}, '/srv/pipe:[9]'],
    ['a socket', 'socket:[9]', {}, 'socket:[9]'],
    ['a pipe into which one above it writes', 'r pipe:[9]', { 5: 'w pipe:[9]' }, 'pipe:[9]'],
    [
      'a pipe of which one above it has only the other end',
      'r pipe:[9]',
      { 5: 'r pipe:[9]' },
      'left pipe:[9]',
    ],
    ['a pipe, where one above it writes into another', 'r pipe:[9]', { 5: 'w pipe:[8]' }, 'left pipe:[9]'],
    ['nothing', '/dev/null', {}, undefined],
    ['nothing but zeros', '/dev/zero', {}, undefined],
    ['its terminal', '/dev/tty', {}, undefined],
    ['a window', '/dev/pts/4', {}, undefined],
    ['a console', '/dev/tty1', {}, undefined],
    ['the console', '/dev/console', {}, undefined],
    ['a serial line', '/dev/ttyUSB0', {}, '/dev/ttyUSB0'],
  ])('is %s', (_, link, above, input) => {
    expect(read({ 0: link }, { above }).input).toBe(input);
  });

  it('is nothing that it uses besides', () => {
    const sockets = { 9: { use: 'counted', kind: 'unix' } } as const;
    for (const link of ['/srv/b.json', 'pipe:[9]', 'socket:[9]']) {
      expect(uses({ 0: link }, { sockets })).toEqual([]);
    }
    expect(read({ 1: '/srv/b.json' }).input).toBeUndefined();
  });
});

describe('a pipe', () => {
  const readAbove = { above: { 5: 'r pipe:[9]' } };

  it.each([1, 2])('that it says something to, by %i, is of its start where one above it reads that', (fd) => {
    expect(uses({ [fd]: 'w pipe:[9]' }, readAbove)).toEqual([]);
    expect(uses({ [fd]: 'w pipe:[9]' }, { above: { 5: 'w pipe:[9]' } })).toEqual(['out pipe:[9]']);
    expect(uses({ [fd]: 'w pipe:[9]' }, { above: { 5: 'r pipe:[8]' } })).toEqual(['out pipe:[9]']);
  });

  it('of another number is its own', () => {
    expect(uses({ 3: 'w pipe:[9]' }, readAbove)).toEqual(['pipe:[9]']);
    expect(uses({ 0: 'r pipe:[9]' })).toEqual([]);
  });

  it('is what a shell keeps for itself, from 10 on, where it closes that in what it starts', () => {
    const at = (fd: number, text: string): string[] =>
      uses({ [fd]: 'w pipe:[9]' }, { ...readAbove, more: info(fd, text) });
    expect(at(10, CLOSED_BY_EXEC)).toEqual([]);
    expect(at(10, KEPT_BY_EXEC)).toEqual(['pipe:[9]']);
    expect(at(9, CLOSED_BY_EXEC)).toEqual(['pipe:[9]']);
    expect(at(10, 'flags:\t04100001\n')).toEqual(['pipe:[9]']);
    expect(at(10, 'flags:\t06100001\n')).toEqual([]);
  });

  it('leads from who writes into it to who reads it', () => {
    const { writesTo, readsFrom } = read({ 3: 'w pipe:[8]', 4: 'r pipe:[9]' });
    expect([writesTo, readsFrom]).toEqual([new Set(['pipe:[8]']), new Set(['pipe:[9]'])]);
  });
});

describe('a file', () => {
  it.each([
    ['a log', '/srv/bot.log', []],
    ['a log of a shell', '/srv/nohup.out', []],
    ['a log of errors', '/srv/bot.err', []],
    ['no log', '/srv/tenants.csv', ['/srv/tenants.csv']],
    ['another ending', '/srv/bot.log.db', ['/srv/bot.log.db']],
    ['what is only called like a socket', '/srv/socket:[9]', ['/srv/socket:[9]']],
    ['what is only called like a pipe', '/srv/pipe:[9]', ['/srv/pipe:[9]']],
  ])('that it says something to is %s: %s', (_, link, expected) => {
    const world = { sockets: { 9: { use: 'counted', kind: 'unix' } } } as const;
    expect(uses({ 1: link }, world)).toEqual(expected);
    expect(uses({ 2: link }, world)).toEqual(expected);
    expect(uses({ 3: link }, world)).toEqual([link]);
  });

  it('leads from who writes it to who reads it, and what all have open leads nowhere', () => {
    const inotify = info(6, 'inotify wd:1 ino:2a sdev:fd00000 mask:8\n');
    const open = { 3: 'w /srv/a', 4: 'r /srv/b', 5: '/dev/null', 6: 'r anon_inode:inotify' };
    const { writesTo, readsFrom } = read(open, { more: inotify });
    expect([writesTo, readsFrom]).toEqual([new Set(['/srv/a']), new Set(['/srv/b'])]);
    expect(read({ 5: '/dev/null' })).toEqual({ uses: new Map() });
  });
});

describe('a socket', () => {
  const ENDS = { from: '0100007F:8080', to: '0100007F:34464' };
  const one = (use: SocketUse | undefined, fd = 3, world: World = {}) =>
    read({ [fd]: 'socket:[9]' }, { ...world, sockets: use === undefined ? {} : { 9: use } });

  it('that no list has is its own', () => {
    expect(one(undefined)).toEqual({ uses: new Map([['socket:[9]', 'socket:[9]']]) });
  });

  it('of which as many count as another run has is nothing where it is given by who started it', () => {
    const unix = { use: 'counted', kind: 'unix' } as const;
    expect(one(unix).uses).toEqual(new Map([['socket:[9]', 'unix']]));
    for (const fd of [0, 1, 2]) expect(one(unix, fd).uses).toEqual(new Map());
    expect(one(unix, 10, { more: info(10, CLOSED_BY_EXEC) }).uses).toEqual(new Map());
    expect(one(unix, 10, { more: info(10, KEPT_BY_EXEC) }).uses?.size).toBe(1);
  });

  it('that listens takes what is sent to its port, or to none that has a number', () => {
    expect(one({ use: 'listens', at: '8080' })).toEqual({
      uses: new Map(),
      listens: true,
      readsFrom: new Set(['port:8080']),
    });
    expect(one({ use: 'listens' })).toEqual({ uses: new Map(), listens: true });
  });

  it('that is connected leads to its other end, and to the port that has not yet accepted it', () => {
    const connected = { use: 'connected', ...ENDS } as const;
    const ways = {
      writesTo: new Set([`${ENDS.from}>${ENDS.to}`]),
      readsFrom: new Set([`${ENDS.to}>${ENDS.from}`]),
    };
    expect(one(connected)).toEqual({ uses: new Map(), ...ways });
    const pending = [`${ENDS.to}>${ENDS.from}`];
    expect(one(connected, 3, { pending }).writesTo).toEqual(new Set([...ways.writesTo, 'port:34464']));
    expect(one({ use: 'accepted', ...ENDS })).toEqual({
      uses: new Map([['socket:[9]', 'socket:[9]']]),
      ...ways,
    });
  });

  it('that was accepted, and of which the other end does not show, is a connection all the same', () => {
    expect(one({ use: 'accepted' })).toEqual({
      uses: new Map([['socket:[9]', 'socket:[9]']]),
      accepts: true,
    });
  });
});

describe('a terminal', () => {
  const waits = (syscall: string, wchan = 'x'): Shown => ({
    [`/proc/${SHOWN_PID}/task/1/wchan`]: wchan,
    [`/proc/${SHOWN_PID}/task/1/syscall`]: syscall,
  });
  const polled = (target: number, events: string): Shown => ({
    ...waits('232 0x7 0x0'),
    ...info(7, `pos:\t0\nflags:\t02\ntfd:        ${target} events: ${events} data: 0  pos:0 ino:4 sdev:19\n`),
  });
  const POLL = { 0: '/dev/pts/4', 1: 'w /dev/pts/4', 3: '/srv/a', 7: 'anon_inode:[eventpoll]' };

  it('of its own is used by every start, and another one is not', () => {
    expect(uses({ 0: '/dev/pts/4', 5: '/dev/pts/4' })).toEqual([]);
    expect(uses({ 5: '/dev/pts/4' })).toEqual(['/dev/pts/4']);
    expect(uses({ 2: '/dev/pts/4', 3: '/dev/pts/4', 5: '/dev/pts/5' })).toEqual(['/dev/pts/5']);
  });

  it.each<[string, Open, Shown, true | undefined]>([
    ['read by', { 3: '/dev/pts/4' }, waits('0 0x3 0x7f'), true],
    ['read by way of its name', { 3: 'r /dev/tty' }, waits('0 0x3 0x7f'), true],
    ['not read by one that only writes', { 3: 'w /dev/pts/4' }, waits('0 0x3 0x7f'), undefined],
    ['not read by one that reads a file', { 0: '/dev/pts/4', 3: '/srv/a' }, waits('0 0x3 0x7f'), undefined],
    ['polled by', POLL, polled(0, '19'), true],
    ['not polled by one that waits to write', POLL, polled(0, '1c'), undefined],
    ['not polled by one that writes only', POLL, polled(1, '19'), undefined],
    ['not polled by one that waits for another', POLL, polled(3, '19'), undefined],
    ['not polled by what only looks like it', { ...POLL, 7: '/srv/b' }, polled(0, '19'), undefined],
    [
      'not polled by one that has none',
      { 3: '/srv/a', 7: 'anon_inode:[eventpoll]' },
      polled(3, '19'),
      undefined,
    ],
  ])('is %s a process', (_, open, more, expected) => {
    expect(asOn('x64', () => read(open, { more })).readsTerminal).toBe(expected);
  });
});

describe('what a process has besides', () => {
  const maps = `/proc/${SHOWN_PID}/maps`;
  const MAPPED = '7f0c0000-7f0c1000 rw-s 00000000 fd:00 131     /srv/bot.db\n';

  it('is memory that it shares, and queues for which it waits', () => {
    expect(uses({ 3: '/dev/null' }, { more: { [maps]: MAPPED } })).toEqual(['memory /srv/bot.db']);
    const more = { [`/proc/${SHOWN_PID}/task/1/wchan`]: 'do_msgrcv' };
    expect(uses({ 3: '/dev/null' }, { more })).toEqual(['do_msgrcv']);
  });

  it('is not all known where it has too many descriptors or threads, or too much mapped', () => {
    const many = (count: number): Open =>
      Object.fromEntries(Array.from({ length: count }, (_, fd) => [fd, '/dev/null']));
    expect(read(many(1024)).isCut).toBeUndefined();
    expect(read(many(1025)).isCut).toBe(true);
    expect(uses({ ...many(1024), 1024: '/srv/a' })).toEqual([]);
    const threads = (count: number): World => ({
      more: Object.fromEntries(
        Array.from({ length: count }, (_, tid) => [`/proc/${SHOWN_PID}/task/${tid}/wchan`, 'x']),
      ),
    });
    expect(read({ 3: '/dev/null' }, threads(128)).isCut).toBeUndefined();
    expect(read({ 3: '/dev/null' }, threads(129)).isCut).toBe(true);
    const padded = (length: number): World => ({ more: { [maps]: MAPPED.padEnd(length, '-') } });
    expect(read({ 3: '/dev/null' }, padded((8 << 20) - 1)).isCut).toBeUndefined();
    expect(read({ 3: '/dev/null' }, padded(8 << 20)).isCut).toBe(true);
  });

  it('is nothing that may be said where its descriptors may not be read, or it has ended', () => {
    expect(read({}, { more: { [`/proc/${SHOWN_PID}/fd`]: { refused: 'EACCES' } } })).toEqual({});
    expect(read({})).toEqual({});
  });

  it('is not a descriptor that is closed meanwhile', () => {
    const more = { [`/proc/${SHOWN_PID}/fd/4`]: { refused: 'ENOENT' } };
    expect(uses({ 3: '/srv/a' }, { more })).toEqual(['/srv/a']);
    const closed = { [`/proc/${SHOWN_PID}/fd/4`]: { link: '/srv/b', open: 'closed' } } as const;
    expect(read({ 3: '/srv/a' }, { more: closed }).writesTo).toEqual(new Set(['/srv/a']));
  });
});
