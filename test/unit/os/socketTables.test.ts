/** What the lists of the kernel's sockets say of each, as they are printed. */
import { describe, expect, it } from 'vitest';
import { parseSockets, type SocketUse } from '../../../src/os/linux/ports/socketTables';

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
    expect(udp(40001)).toEqual({ use: 'counted', kind: 'udp' });
    expect(udp(40001, '08080808:0035', '01')).toMatchObject({ use: 'connected' });
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
