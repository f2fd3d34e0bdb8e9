/** Which sockets a record means, as the kernel lists those that wait for someone: in each network, by name or number. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drain } from '../../../src/common/steps';
import { Paths } from '../../../src/os/linux/life/paths';
import { Served, served } from '../../../src/os/linux/life/served';
import { networks } from '../../../src/os/linux/ports/networks';
import { SHOWN_PID, withShown, type Shown } from '../../fixtures/shownProc';

const HEAD = '  sl  local_address rem_address   st\n';
const inet = (address: string, port: number, state: string): string =>
  `   0: ${address}:${port.toString(16).toUpperCase().padStart(4, '0')} ${'0'.repeat(address.length)}:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 9 1 0 100 0 0 10 0\n`;
const LOCAL = '0100007F';
const LOCAL6 = '00000000000000000000000001000000';
const unix = (name: string): string => `0: 00000002 00000000 00010000 0001 01     9 ${name}\n`;

const TABLES = { tcp: HEAD, tcp6: HEAD, udp: HEAD, udp6: HEAD, unix: 'Num       RefCount\n' };

/** What one network has, and what this process sees of its own. */
function look(tables: Partial<typeof TABLES>, own: Shown = {}): Served {
  const shown: Record<string, Shown[string]> = {
    [`/proc/self/net/tcp`]: HEAD,
    [`/proc/self/net/unix`]: 'Num       RefCount\n',
    ...own,
  };
  for (const pid of ['self', SHOWN_PID]) {
    for (const [name, text] of Object.entries({ ...TABLES, ...(pid === 'self' ? {} : tables) })) {
      shown[`/proc/${pid}/net/${name}`] ??= text;
    }
  }
  return withShown(shown, () => drain(served(new Paths(() => false), [SHOWN_PID])));
}

describe.runIf(process.platform === 'linux')('a record means', () => {
  const meant = (tables: Partial<typeof TABLES>, text: string, pid?: number): string[] =>
    look(tables).namedIn(text, '/srv/none/x.json', pid);
  const PORT = '{"pid": 4242, "port": 8080}';

  it.each<[string, Partial<typeof TABLES>, string[]]>([
    ['IPv4', { tcp: HEAD + inet(LOCAL, 8080, '0A') }, ['127.0.0.1:8080']],
    ['IPv6', { tcp6: HEAD + inet(LOCAL6, 8080, '0A') }, ['[::1]:8080']],
    ['UDP', { udp: HEAD + inet(LOCAL, 8080, '07') }, ['127.0.0.1:8080']],
    ['UDP of IPv6', { udp6: HEAD + inet(LOCAL6, 8080, '07') }, ['[::1]:8080']],
    ['another number', { tcp: HEAD + inet(LOCAL, 8081, '0A') }, []],
  ])('a port on which something listens: %s', (_, tables, addresses) => {
    expect(meant(tables, PORT)).toEqual(addresses);
  });

  it.each<[string, string, string, string[]]>([
    ['that it names', '/srv/none/app.sock', '{"at": "/srv/none/app.sock"}', ['/srv/none/app.sock']],
    [
      'that it names from its own folder',
      '/srv/none/app.sock',
      '{"at": "./app.sock"}',
      ['/srv/none/app.sock', 'app.sock'],
    ],
    [
      'that it names by a longer way',
      '/srv/none/app.sock',
      '{"at": "run/..//app.sock"}',
      ['run/..//app.sock'],
    ],
    ['that it names behind other text', '/srv/none/app.sock', 'x/srv/none/app.sock', ['/srv/none/app.sock']],
    ['that has no name in a folder', '@app', '{"at": "@app"}', ['@app']],
    ['that is only called alike', '/srv/other/app.sock', '{"at": "/srv/none/app.sock"}', []],
    ['of another name', '/srv/none/app.sock', '{"at": "/srv/none/b.sock"}', []],
  ])('a Unix socket %s, or does not', (_, bound, text, said) => {
    expect(meant({ unix: unix(bound) }, text)).toEqual(said);
  });

  it('a socket that is called by its pid, where it has one', () => {
    expect(meant({ unix: unix('/tmp/bot-4242.sock') }, 'x', 4242)).toEqual(['/tmp/bot-4242.sock']);
    expect(meant({ unix: unix('/tmp/bot-4243.sock') }, 'x', 4242)).toEqual([]);
    expect(meant({ unix: unix('/tmp/bot-undefined.sock') }, 'x')).toEqual([]);
  });
});

describe.runIf(process.platform === 'linux')('a path is served', () => {
  let folder = '';
  beforeEach(() => {
    folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'served-')));
    fs.mkdirSync(path.join(folder, 'one'));
    fs.symlinkSync('one', path.join(folder, 'current'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));
  const at = (...names: string[]): string => path.join(folder, ...names);
  const isServed = (bound: string, file: string): boolean => look({ unix: unix(bound) }).isServed(file);

  it('whatever links it was bound through, or leads through', () => {
    expect(isServed(at('one', 'a.sock'), at('current', 'a.sock'))).toBe(true);
    expect(isServed(at('current', 'a.sock'), at('one', 'a.sock'))).toBe(true);
    expect(isServed(at('a.sock'), at('one', 'a.sock'))).toBe(false);
    expect(isServed('/srv/none/./x/../a.sock', '/srv/none/a.sock')).toBe(true);
    expect(isServed('/srv/none/a.sock', '/srv/none/x/../a.sock')).toBe(true);
  });

  it('by a relative name of a socket, wherever that starts', () => {
    expect(isServed('a.sock', at('one', 'a.sock'))).toBe(true);
    expect(isServed('../one/a.sock', at('one', 'a.sock'))).toBe(true);
    expect(isServed('./one//a.sock', at('one', 'a.sock'))).toBe(true);
    expect(isServed('two/a.sock', at('one', 'a.sock'))).toBe(false);
    expect(isServed('ne/a.sock', at('one', 'a.sock'))).toBe(false);
  });

  it('not by a socket that has no name in a folder, and not by the end of another name', () => {
    expect(isServed('@/a.sock', at('one', '@', 'a.sock'))).toBe(false);
    expect(isServed('ba.sock', at('one', 'a.sock'))).toBe(false);
    expect(isServed('/srv/none/b.sock', at('one', 'a.sock'))).toBe(false);
  });
});

describe.runIf(process.platform === 'linux')('the sockets', () => {
  it('are hidden where the lists of this process cannot be read, or are empty', () => {
    expect(look({}).isBlind).toBe(false);
    for (const name of ['tcp', 'unix']) {
      expect(look({}, { [`/proc/self/net/${name}`]: { refused: 'EACCES' } }).isBlind, name).toBe(true);
      expect(look({}, { [`/proc/self/net/${name}`]: '' }).isBlind, name).toBe(true);
    }
  });

  it('are hidden where no network can be looked at', () => {
    const own = { '/proc/self/net/tcp': { refused: 'EACCES' } } as const;
    withShown(own, () => {
      expect(drain(networks([]))).toEqual({ of: [], isCut: false });
      expect(drain(served(new Paths(() => false), [])).isBlind).toBe(true);
    });
    expect(new Served(new Paths(() => false), { of: [], isCut: false }).isBlind).toBe(true);
  });
});

describe.runIf(process.platform === 'linux')('the networks of processes', () => {
  const tables = (inodes: readonly number[]): Shown =>
    Object.fromEntries([
      ['/proc/self/net/tcp', { ino: 1 }] as const,
      ...inodes.map((ino, index) => [`/proc/${SHOWN_PID + index}/net/tcp`, { ino }] as const),
    ]);
  const of = (inodes: readonly number[], extra: readonly number[] = []) =>
    withShown(tables(inodes), () =>
      drain(networks([...inodes.map((_, index) => SHOWN_PID + index), ...extra])),
    );

  it('are told by one process of each, this one first, whoever has ended', () => {
    expect(of([1, 2, 2, 3])).toEqual({ of: ['self', SHOWN_PID + 1, SHOWN_PID + 3], isCut: false });
    expect(of([2], [SHOWN_PID + 50])).toEqual({ of: ['self', SHOWN_PID], isCut: false });
  });

  it('are no more than are looked at, and of more it is not known what they have', () => {
    const upTo = (length: number): number[] => Array.from({ length }, (_, index) => index + 2);
    expect(of(upTo(31))).toMatchObject({ isCut: false });
    const cut = of(upTo(60));
    expect(cut.of).toHaveLength(32);
    expect(cut.isCut).toBe(true);
    expect(new Served(new Paths(() => false), { of: ['self'], isCut: true }).isBlind).toBe(true);
  });
});

describe('a path', () => {
  it('is not looked at where it may not answer', () => {
    const file = fs.realpathSync(os.tmpdir());
    expect(new Paths(() => false).real(file)).toBe(file);
    expect(new Paths(() => true).real(file)).toBeUndefined();
    expect(new Paths((one) => one === file).inRealFolder(path.join(file, 'x'))).toBeUndefined();
    expect(new Paths(() => false).inRealFolder('/srv/none/x')).toBeUndefined();
  });

  it('is asked once in a look, and no more than so many are', () => {
    const asked: string[] = [];
    const paths = new Paths((one) => asked.push(one) > 0);
    for (let i = 0; i < 2100; i++) {
      paths.real(`/srv/none/${i}`);
      paths.real('/srv/none/0');
    }
    expect(asked).toEqual(Array.from({ length: 2000 }, (_, i) => `/srv/none/${i}`));
    expect(paths.isCut).toBe(true);
    const few = new Paths(() => false);
    few.real('/srv/none/0');
    expect(few.isCut).toBe(false);
  });
});
