/** The reader of watched ports by itself, with servers of this very process: no process starts when they begin to listen. */
import * as fs from 'node:fs';
import * as net from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { listeningSockets } from '../../src/os/linux/ports/listening';
import { LinuxPortReader } from '../../src/os/linux/ports/portReader';
import type { PortView } from '../../src/os/readers';
import { withFaults } from '../faults/inject';

const NO_CHANGE = { added: [], removed: [], changed: [] };

const servers: net.Server[] = [];
const listen = async (port = 0): Promise<{ server: net.Server; port: number }> => {
  const server = net.createServer().listen(port, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  return { server, port: (server.address() as net.AddressInfo).port };
};
const close = (server: net.Server): Promise<unknown> => new Promise((resolve) => server.close(resolve));

const OWN = { listeners: [{ address: '127.0.0.1', uid: process.getuid?.(), pids: [process.pid] }] };
const NONE: PortView = { listeners: [] };

/** How often the table of sockets is opened, and how often the descriptors of any process are listed. */
async function counted(act: () => Promise<unknown>): Promise<{ tables: number; scans: number }> {
  const counts = { tables: 0, scans: 0 };
  await withFaults(({ operation, path }) => {
    if (operation === 'openSync' && path === '/proc/self/net/tcp') counts.tables += 1;
    if (operation === 'readdirSync' && path === '/proc') counts.scans += 1;
    return undefined;
  }, act);
  return counts;
}

/** Lets the monotonic clock run ahead, by so much more at each look at it. */
function clockAhead(ms: number, perLook = 0): void {
  const now = performance.now.bind(performance);
  let ahead = ms;
  vi.spyOn(performance, 'now').mockImplementation(() => now() + (ahead += perLook));
}

describe.runIf(process.platform === 'linux')('the reader of watched ports', () => {
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const server of servers.splice(0)) if (server.listening) await close(server);
  });

  test('notices by the number of sockets that a process which was there begins to listen, and that it ends', async () => {
    const { server, port } = await listen();
    const reader = new LinuxPortReader();
    expect(reader.view(port)).toEqual({ listeners: [], unknown: 'pending' });
    reader.watch(new Set([port]));
    expect(await reader.update(NO_CHANGE)).toEqual([port]);
    expect(reader.view(port)).toEqual(OWN);
    await close(server);
    // That it is gone is said after two reads.
    expect(await counted(() => reader.update(NO_CHANGE))).toEqual({ tables: 2, scans: 0 });
    expect(reader.view(port)).toEqual(NONE);
    await listen(port);
    expect(await reader.update(NO_CHANGE)).toEqual([port]);
    expect(reader.view(port)).toEqual(OWN);
    expect(await reader.update(NO_CHANGE)).toEqual([]);
  });

  test('reads nothing while the number is the same, but after a process has started, and every half a minute', async () => {
    const { port } = await listen();
    const reader = new LinuxPortReader();
    reader.watch(new Set([port]));
    await reader.update(NO_CHANGE);
    const quiet: object[] = [];
    for (let tick = 0; tick < 3; tick += 1) quiet.push(await counted(() => reader.update(NO_CHANGE)));
    // Another program of this machine may open a socket just now.
    expect(quiet).toContainEqual({ tables: 0, scans: 0 });
    expect(await counted(() => reader.update({ ...NO_CHANGE, added: [process.pid] }))).toEqual({
      tables: 1,
      scans: 0,
    });
    clockAhead(31_000);
    expect(await counted(() => reader.update(NO_CHANGE))).toEqual({ tables: 1, scans: 0 });
  });

  test('reads all of it again when asked to trust nothing', async () => {
    const { port } = await listen();
    const reader = new LinuxPortReader();
    reader.watch(new Set([port]));
    await reader.update(NO_CHANGE);
    expect(await counted(() => reader.refresh(new Set([port])))).toEqual({ tables: 1, scans: 1 });
    // Of another port nothing is looked for.
    expect((await counted(() => reader.refresh(new Set([1])))).scans).toBe(0);
    expect(reader.view(port)).toEqual(OWN);
  });

  test('looks for the holder later where scans have taken too long, and says that it is not known yet', async () => {
    const { port } = await listen();
    const second = await listen();
    await close(second.server);
    const reader = new LinuxPortReader();
    reader.watch(new Set([port, second.port]));
    clockAhead(0, 1000);
    await reader.update(NO_CHANGE);
    vi.restoreAllMocks();
    await listen(second.port);
    const added = { ...NO_CHANGE, added: [process.pid] };
    clockAhead(0);
    await reader.update(added);
    expect(reader.view(second.port)).toMatchObject({ listeners: [{ pids: [] }], unknown: 'pending' });
    expect(reader.view(port)).toEqual(OWN);
    vi.restoreAllMocks();
    clockAhead(100_000_000);
    await reader.update(NO_CHANGE);
    expect(reader.view(second.port)).toEqual(OWN);
  });

  test('forgets a port that is no longer of interest, and keeps the others', async () => {
    const [one, two] = [await listen(), await listen()];
    const reader = new LinuxPortReader();
    reader.watch(new Set([one.port, two.port]));
    await reader.update(NO_CHANGE);
    reader.watch(new Set([two.port]));
    expect(reader.view(one.port)).toEqual({ listeners: [], unknown: 'pending' });
    expect(reader.view(two.port)).toEqual(OWN);
    reader.watch(new Set([one.port, two.port]));
    await reader.update(NO_CHANGE);
    expect(reader.view(one.port)).toEqual(OWN);
  });

  test('says of a process whether it is in this network namespace', () => {
    const reader = new LinuxPortReader();
    expect(reader.isInThisNetwork(process.pid)).toBe(true);
    expect(reader.isInThisNetwork(4_194_304)).toBe(false);
  });

  test('reads no more of the table than has listeners', async () => {
    const { server, port } = await listen();
    const sockets: net.Socket[] = [];
    server.on('connection', (socket) => sockets.push(socket));
    for (let index = 0; index < 40; index += 1) {
      const client = net.connect(port, '127.0.0.1');
      await new Promise((resolve) => client.once('connect', resolve));
      sockets.push(client);
    }
    let reads = 0;
    await withFaults(
      ({ operation, path }) => {
        if (operation === 'readSync' && path === '/proc/self/net/tcp') reads += 1;
        return undefined;
      },
      () => Promise.resolve(listeningSockets()),
    );
    const lines = fs.readFileSync('/proc/self/net/tcp', 'latin1').split('\n');
    const listeners = lines.filter((line) => / 0A /.test(line)).length;
    // Four lines a read, the first of which is the heading, and one that does not listen.
    expect(reads).toBeLessThanOrEqual(Math.ceil((listeners + 2) / 4) + 1);
    expect(lines.length).toBeGreaterThan(listeners + 80);
    for (const socket of sockets) socket.destroy();
  });

  test('says what failed where the table cannot be read, and knows all of it afterwards', async () => {
    const { port } = await listen();
    const reader = new LinuxPortReader();
    reader.watch(new Set([port]));
    await reader.update(NO_CHANGE);
    await withFaults(
      ({ operation, path }) =>
        operation === 'openSync' && path.startsWith('/proc/self/net/tcp') ? 'EACCES' : undefined,
      () => reader.update({ ...NO_CHANGE, added: [process.pid] }),
    );
    expect(reader.view(port)).toEqual({ listeners: [], unknown: { code: 'EACCES', syscall: 'open' } });
    await reader.update(NO_CHANGE);
    expect(reader.view(port)).toEqual(OWN);
  });
});
