/** What the lists of the kernel's sockets say of each, as they are printed. */
import { describe, expect, it } from 'vitest';
import {
  parseSockets,
  readSockets,
  SocketLists,
  type SocketUse,
} from '../../../src/os/linux/ports/socketTables';
import { SHOWN_PID, withShown, type Shown } from '../../fixtures/shownProc';

const PORTS = { low: 32768, high: 60999 };

const inet = (from: string, to: string, state: string, inode: number): string =>
  `   0: ${from} ${to} ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0 100 0 0 10 0`;
const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
const LOCAL = '0100007F';
const REMOTE = '08080808';

const useOf = (tables: {
  tcp?: string;
  udp?: string;
  unix?: string;
  netlink?: string;
}): SocketUse | undefined =>
  parseSockets({ tcp: '', udp: '', unix: '', netlink: '', ...tables }, PORTS).byInode.get('9');

describe('a TCP socket', () => {
  const tcp = (port: number, state = '01'): SocketUse | undefined =>
    useOf({ tcp: inet(`${LOCAL}:${hex(port)}`, `${REMOTE}:01BB`, state, 9) });

  it('listens', () => {
    expect(tcp(8080, '0A')).toEqual({ use: 'listens', at: '8080' });
  });

  it.each([
    ['from a port that connect(2) gives', 34196, 'connected'],
    ['from a port that bind(2) gives', 34197, 'accepted'],
    ['from a port that the kernel gives to none', 8080, 'accepted'],
    ['from the first of the range', 32768, 'connected'],
    ['from one above the range', 61000, 'accepted'],
  ])('is connected %s', (_, port, use) => {
    expect(tcp(port)).toMatchObject({ use, to: `${REMOTE}:443` });
  });

  it('is connected from a port that is as odd as the first of the range', () => {
    const tcp = inet(`${LOCAL}:${hex(40_001)}`, `${REMOTE}:01BB`, '01', 9);
    const { byInode } = parseSockets({ tcp, udp: '', unix: '', netlink: '' }, { low: 32769, high: 60999 });
    expect(byInode.get('9')?.use).toBe('connected');
  });

  it('has the same ends in the lists of IPv4 and IPv6', () => {
    const mapped = `0000000000000000FFFF0000${LOCAL}`;
    const line = inet(`${mapped}:86A0`, `${mapped}:1F90`, '01', 9);
    expect(useOf({ tcp: line })).toEqual({ use: 'connected', from: `${LOCAL}:34464`, to: `${LOCAL}:8080` });
  });

  it('is pending while none has accepted it', () => {
    const { pending } = parseSockets(
      { tcp: inet(`${LOCAL}:1F90`, `${LOCAL}:86A0`, '01', 0), udp: '', unix: '', netlink: '' },
      PORTS,
    );
    expect([...pending]).toEqual([`${LOCAL}:8080>${LOCAL}:34464`]);
  });
});

describe('a UDP socket', () => {
  const udp = (port: number, to = '00000000:0000', state = '07'): SocketUse | undefined =>
    useOf({ udp: inet(`00000000:${hex(port)}`, to, state, 9) });

  it('takes what comes, but for one from which something was sent', () => {
    expect(udp(5353)).toEqual({ use: 'listens' });
    for (const port of [32768, 40001, 60999]) expect(udp(port)).toEqual({ use: 'counted', kind: 'udp' });
    for (const port of [32767, 61000]) expect(udp(port)).toEqual({ use: 'listens' });
    for (const [to, shown] of [
      ['08080808:0035', '08080808:53'],
      ['08080808:0000', '08080808:0'],
      ['00000000:0035', '00000000:53'],
    ] as const) {
      expect(udp(40001, to, '01')).toMatchObject({ use: 'connected', to: shown });
    }
  });
});

describe('a Unix socket', () => {
  const unix = (flags: string, type: string, state: string, name = ''): SocketUse | undefined =>
    useOf({ unix: `0000000087397fa4: 00000003 00000000 ${flags} ${type} ${state}     9${name}` });

  it.each([
    ['listens', '00010000', '0001', '01', ' /run/a.sock', { use: 'listens' }],
    ['takes what comes', '00000000', '0002', '01', ' @a', { use: 'listens' }],
    ['was accepted', '00000000', '0001', '03', ' /run/a.sock', { use: 'accepted' }],
    ['is connected', '00000000', '0001', '03', '', { use: 'counted', kind: 'unix' }],
    ['is bound and nothing more', '00000000', '0001', '01', ' @bot-b', undefined],
  ])('%s', (_, flags, type, state, name, use) => {
    expect(unix(flags, type, state, name)).toEqual(use);
  });
});

it('of netlink is told by its protocol', () => {
  const text = 'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n';
  expect(useOf({ netlink: `${text}0000000087397fa4 15  712 00000002 0 0 0 2 0 9       ` })).toEqual({
    use: 'counted',
    kind: 'netlink 15',
  });
});

it('that is in no list is none, whatever else stands in it', () => {
  const text = '  sl  local_address rem_address   st\nNum       RefCount Protocol\n\n';
  const netlink = 'sk               Eth Pid        Groups   Inode\n\n0000 15\n';
  const { byInode, pending } = parseSockets({ tcp: text, udp: text, unix: text, netlink }, PORTS);
  expect([byInode.size, pending.size]).toEqual([0, 0]);
});

describe('the sockets of a network', () => {
  const AT = `/proc/${SHOWN_PID}`;
  const HEAD = 'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n';
  const TABLES: Shown = {
    [`${AT}/net/tcp`]: inet(`${LOCAL}:1F90`, '00000000:0000', '0A', 1),
    [`${AT}/net/tcp6`]: inet(`${'0'.repeat(32)}:1F91`, `${'0'.repeat(32)}:0000`, '0A', 2),
    [`${AT}/net/udp`]: inet(`${LOCAL}:14E9`, '00000000:0000', '07', 3),
    [`${AT}/net/udp6`]: inet(`${'0'.repeat(32)}:14E9`, `${'0'.repeat(32)}:0000`, '07', 4),
    [`${AT}/net/unix`]: '0000000087397fa4: 00000003 00000000 00000000 0001 03     5',
    [`${AT}/net/netlink`]: `${HEAD}0000000087397fa4 15  712 00000002 0 0 0 2 0 6       `,
    [`${AT}/ns/net`]: { link: 'net:[1]' },
  };

  it('are those of each of its lists that can be read', () => {
    const inodes = (shown: Shown): string[] =>
      withShown({ '/proc/sys/net/ipv4/ip_local_port_range': '32768\t60999\n', ...shown }, () => [
        ...readSockets(SHOWN_PID).byInode.keys(),
      ]);
    expect(inodes(TABLES)).toEqual(['1', '2', '3', '4', '5', '6']);
    for (const [index, name] of ['tcp', 'tcp6', 'udp', 'udp6', 'unix', 'netlink'].entries()) {
      const one = { ...TABLES, [`${AT}/net/${name}`]: { refused: 'EACCES' } };
      expect(inodes(one), name).toEqual(['1', '2', '3', '4', '5', '6'].filter((_, at) => at !== index));
    }
  });

  it('are told by the ports that this machine gives to who asks for none', () => {
    const useOn = (range: Shown[string]): string | undefined =>
      withShown(
        {
          ...TABLES,
          [`${AT}/net/tcp`]: inet(`${LOCAL}:${hex(20_000)}`, `${REMOTE}:01BB`, '01', 9),
          '/proc/sys/net/ipv4/ip_local_port_range': range,
        },
        () => readSockets(SHOWN_PID).byInode.get('9')?.use,
      );
    expect(useOn('10000\t30000\n')).toBe('connected');
    expect(useOn('20001\t30000\n')).toBe('accepted');
    expect(useOn({ refused: 'EACCES' })).toBe('accepted');
  });

  it('are read once for all that are in it until they are forgotten, and each time where it is not known', () => {
    const lists = new SocketLists();
    const sizeOf = (shown: Shown): number => withShown(shown, () => lists.of(SHOWN_PID).byInode.size);
    const without = { ...TABLES, [`${AT}/net/unix`]: '' };
    expect([sizeOf(TABLES), sizeOf(without)]).toEqual([6, 6]);
    expect(sizeOf({ ...without, [`${AT}/ns/net`]: { link: 'net:[2]' } })).toBe(5);
    lists.forget();
    expect(sizeOf(without)).toBe(5);
    const hidden = { [`${AT}/ns/net`]: { refused: 'EACCES' } } as const;
    expect([sizeOf({ ...TABLES, ...hidden }), sizeOf({ ...without, ...hidden })]).toEqual([6, 5]);
  });
});
