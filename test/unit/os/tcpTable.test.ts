/** /proc/net/tcp and tcp6: lines as Linux 6.18 printed them for real sockets. */
import { describe, expect, it } from 'vitest';
import { parseTcpTable, parseUdpTable } from '../../../src/os/linux/ports/tcpTable';

const HEAD4 =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n';
const HEAD6 =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line4 = (slot: number, local: string, state: string, uid: string, inode: string): string =>
  `${String(slot).padStart(4)}: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 ${uid.padStart(5)}        0 ${inode} 1 00000000147ada5f 100 0 0 10 0                       \n`;
const line6 = (slot: number, local: string, state: string, inode: string): string =>
  `${String(slot).padStart(4)}: ${local} 00000000000000000000000000000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000091d85ae0 100 0 0 10 0\n`;

describe('the table of TCP sockets', () => {
  it('gives the address, the port, the user and the inode of each listener', () => {
    const text =
      HEAD4 + line4(0, '00000000:07E8', '0A', '0', '579') + line4(1, '0100007F:1F90', '0A', '1000', '90');
    expect(parseTcpTable(text)).toEqual([
      { address: '0.0.0.0', port: 2024, uid: 0, inode: '579' },
      { address: '127.0.0.1', port: 8080, uid: 1000, inode: '90' },
    ]);
  });

  it('reads addresses of IPv6, short as people write them', () => {
    const addresses = [
      ['00000000000000000000000000000000', '::'],
      ['00000000000000000000000001000000', '::1'],
      ['0000000000000000FFFF00000100007F', '::ffff:127.0.0.1'],
      ['000080FE00000000FF005450A1B2C3FE', 'fe80::5054:ff:fec3:b2a1'],
      ['B80D0120000000000000000001000000', '2001:db8::1'],
      // The first of two runs that are equally long; a single zero stays.
      ['B80D0120000001000000000001000000', '2001:db8:1::1'],
      ['B80D0120010000000100010001000100', '2001:db8:0:1:1:1:1:1'],
    ] as const;
    const text = HEAD6 + addresses.map(([hex], slot) => line6(slot, `${hex}:0BB8`, '0A', '7')).join('');
    expect(parseTcpTable(text).map(({ address }) => address)).toEqual(addresses.map(([, text]) => text));
  });

  it('takes no connection, nor one that is just being made, for a listener', () => {
    const text =
      HEAD4 +
      line4(0, '0100007F:1F90', '0A', '1000', '90') +
      line4(1, '0100007F:1F91', '01', '1000', '91') +
      line4(2, '0100007F:1F92', '06', '0', '0');
    expect(parseTcpTable(text).map(({ inode }) => inode)).toEqual(['90']);
    expect(parseTcpTable(HEAD4 + line4(0, '0100007F:1F91', '02', '1000', '91'))).toEqual([]);
  });

  it('goes on after a line that is not understood', () => {
    const text = `${HEAD4}   0: 0100007F\n${line4(1, '0100007F:1F90', '0A', '1000', '90')}`;
    expect(parseTcpTable(text).map(({ inode }) => inode)).toEqual(['90']);
    expect(parseUdpTable(text).map(({ inode }) => inode)).toEqual(['90']);
  });

  it('makes nothing of what is no such table', () => {
    for (const text of ['', HEAD4, 'sl\nno line\n', `${HEAD4}   0: 0100007F:1F90`]) {
      expect(parseTcpTable(text)).toEqual([]);
    }
  });
});

it('gives whoever has bound a port of UDP, connected or not', () => {
  const text =
    HEAD4 + line4(0, '0100007F:9647', '07', '0', '579') + line4(1, '0100007F:1F90', '01', '1000', '90');
  expect(parseUdpTable(text)).toMatchObject([
    { address: '127.0.0.1', port: 38471 },
    { address: '127.0.0.1', port: 8080 },
  ]);
});
