import { expect, it } from 'vitest';
import { portsIn, socketsIn } from '../../../src/model/records/recordAddresses';
import { parseUnixTable } from '../../../src/os/linux/ports/unixSockets';

it.each<[string, string, number[]]>([
  ['a URL', '{"url":"http://localhost:18432/x"}', [18432]],
  ['puma’s state', '---\npid: 7\ncontrol_url: tcp://127.0.0.1:9293\n', [9293]],
  ['IPv6', 'listen [::1]:8080 and [::]:8081', [8080, 8081]],
  ['every address', 'bind: 0.0.0.0:80, *:81', [80, 81]],
  ['this host', 'http://tower:3000/', [3000]],
  ['a key of any name', '{"debugPort": 9229, "port":"3001"}', [9229, 3001]],
  ['an assignment', 'SERVER_PORT=8443', [8443]],
  ['a list', '{"ports": [3000, 3001]}', [3000, 3001]],
  ['a name that may lead here', 'https://app.localhost:5432/', [5432]],
  ['an address without a host', '{"addr":":38491"}', [38491]],
  ['a key that does not say so', '{"listen":38491,"http":"38492"}', [38491, 38492]],
  ['a list without keys', '["127.0.0.1",38491]', [38491]],
  ['a second number in a file of pids', '4242\n38491\n', [38491]],
  ['a second number in its line', '4242 38491', [38491]],
  ['the number of the pid, said once more', '{"pid":4242,"control":4242}', [4242]],
  ['a word', 'pid=4242\napp-8080 port8081\n', [8080, 8081]],
  ['a time', 'started 2026-01-31T10:30:00Z', []],
  ['other times', '10:22:53 on 22/11/2026, Nov 22, 22. November; took 22s', []],
  ['a version, an address and a big number', 'v22.1.0 10.0.0.22 [fe80::22] 1795789818', []],
  ['no port', 'none: 0 65536 99999', []],
  ['the last port', 'at 65535', [65535]],
  ['numbers right beside an address', '8080[fe80::22]8081', [8080, 8081]],
  ['a pid', '4242\n', []],
  ['a pid and a number', '4242\n8080 1795789818\n', [8080]],
])('the ports of this machine are read off a record: %s', (_, text, ports) => {
  expect([...portsIn(text, 'app.pid')]).toEqual(ports);
});

it.each(['server.lock', 'server', 'server.txt'])('a number alone in %s may be a port', (fileName) => {
  expect([...portsIn(' 8080\n', fileName)]).toEqual([8080]);
});

it.each<[string, string, number[]]>([
  ['with its label, beside a port', '{"pid":4242,"port":3000}', [3000]],
  ['in a text that names none', 'ready on 8080', [8080]],
])('a pid in a file that is not called so is no port: %s', (_, text, ports) => {
  expect([...portsIn(text, 'state.json')]).toEqual(ports);
});

it.each<[string, string, string, boolean]>([
  ['as an address', 'control_url: unix:///run/app.sock', '/run/app.sock', true],
  ['as a path', '{"socket":"/run/app.sock"}', '/run/app.sock', true],
  ['as JSON of PHP', '{"socket":"\\/run\\/app.sock"}', '/run/app.sock', true],
  ['as JSON of PHP, with a blank', '{"socket":"\\/run\\/my app.sock"}', '/run/my app.sock', true],
  ['as JSON of PHP, bound by a relative name', '{"socket":"\\/srv\\/tmp\\/app.sock"}', 'tmp/app.sock', true],
  ['with a blank', '/run/my app.sock', '/run/my app.sock', true],
  ['bound by a relative name', 'unix:///srv/shop/tmp/app.sock', 'tmp/app.sock', true],
  ['named by a relative name', 'socket=./tmp/app.sock', '/srv/shop/tmp/app.sock', true],
  ['named by a relative name behind its kind', 'unix:tmp/app.sock', '/srv/shop/tmp/app.sock', true],
  ['in a folder with a colon, bound by a relative name', 'socket=/srv/x:y/app.sock', 'x:y/app.sock', true],
  ['in a folder that ends in a dot', 'socket=run./app.sock', '/srv/run./app.sock', true],
  ['abstract', 'unix:@app/17', '@app/17', true],
  ['not at all', '4242', '/run/app.sock', false],
  ['by a longer abstract name', 'unix:@app/17', '@app/1', false],
  ['by another name', '/run/app2.sock', '/run/app.sock', false],
  ['by a word that is no name of a file', 'app', '/run/app', false],
])('a socket is named %s', (_, text, bound, isNamed) => {
  expect(socketsIn(text, [bound])).toEqual(isNamed ? [bound] : []);
});

it('the sockets that wait for someone are read off the kernel’s list', () => {
  const list = [
    'Num       RefCount Protocol Flags    Type St Inode Path',
    '0000000000000000: 00000002 00000000 00010000 0001 01 23456 /run/listens.sock',
    '0000000000000000: 00000003 00000000 00000000 0001 03 23457 /run/listens.sock',
    '0000000000000000: 00000003 00000000 00000000 0001 03 23458 /run/connected.sock',
    '0000000000000000: 00000002 00000000 00000000 0002 01 23459 /run/datagram.sock',
    '0000000000000000: 00000002 00000000 00010000 0001 01 23460 @abstract@@@@',
    '0000000000000000: 00000002 00000000 00000000 0001 01 23461',
    '0000000000000000: 00000002 00000000 00010000 0005 01 23462 /run/my app.sock',
    '',
  ].join('\n');
  expect(parseUnixTable(list).map(({ name }) => name)).toEqual([
    '/run/listens.sock',
    '/run/datagram.sock',
    '@abstract',
    '/run/my app.sock',
  ]);
  expect(parseUnixTable('')).toEqual([]);
});
