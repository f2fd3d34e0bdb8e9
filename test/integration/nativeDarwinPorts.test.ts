/** Who listens on a port of macOS: its calls by a stand-in, with the processes that a test has told it of. */
import * as os from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { darwinListeners } from '../../src/os/darwin/ports';
import { DarwinPortReader } from '../../src/os/darwin/portReader';
import { DarwinProcessListing } from '../../src/os/darwin/processTable';
import { createDarwinReaders } from '../../src/os/darwin/index';
import { diagnose } from '../../src/model/diagnose';
import { lookAtPort } from '../../src/monitor/lookups/process';
import { UserList } from '../../src/monitor/lookups/userList';
import { FactsObserver } from '../../src/os/observer/factsObserver';
import { ListedProcesses } from '../../src/os/ps/processTable';
import { readHost } from '../../src/os/ps/host';
import type { PortListeners } from '../../src/os/platform';
import type { PortView } from '../../src/os/readers';
import { whyNoCompiler } from '../fixtures/compile';
import { DarwinWorld, type Endpoint, type Native } from '../fixtures/darwinWorld';
import { service } from '../fixtures/observe';
import { withStage } from '../fixtures/stage';

const why = process.platform === 'linux' ? whyNoCompiler() : 'the stand-in is made on Linux';
const NO_CHANGE = { added: [], removed: [], changed: [] };
const MISSING: Native = { ask: () => Promise.resolve({ why: 'no koffi', isLost: false }) };

describe.skipIf(why !== undefined)(`ports of macOS${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let world: DarwinWorld;
  beforeAll(() => {
    world = new DarwinWorld();
  });
  afterAll(() => world.close());
  beforeEach(() => {
    world.script.reset();
    world.tell(501);
  });

  const on = async (port: number, native: Native = world.native()): Promise<PortListeners> =>
    darwinListeners(native, port);
  const addresses = async (port: number): Promise<string[]> =>
    (await on(port)).sockets.map(({ address }) => address);

  describe('asked about now', () => {
    it('have their listener, with its own number, start and arguments', async () => {
      world.listens(501, 9, 3000);
      world.tell(502);
      world.listens(502, 9, 3001);
      expect(await on(3000)).toMatchObject({
        sockets: [{ port: 3000, address: '127.0.0.1', inode: '50109' }],
        processes: [{ pid: 501, uniqueId: '50100', argv: ['python3', 'bot.py'] }],
        hidden: 0,
      });
      expect(await on(3002)).toEqual({ sockets: [], processes: [], hidden: 0 });
    });

    it('have one on IPv4, on IPv6, or on both', async () => {
      world.listens(501, 9, 3000);
      world.listens(501, 10, 3001, { address: '::1' });
      world.listens(501, 11, 3002, { address: '::' });
      world.listens(501, 12, 3003);
      world.listens(501, 13, 3003, { address: '::1' });
      world.listens(501, 14, 3004, { address: '::ffff:127.0.0.1' });
      expect(await Promise.all([3000, 3001, 3002, 3003, 3004].map(addresses))).toEqual([
        ['127.0.0.1'],
        ['::1'],
        ['::'],
        ['127.0.0.1', '::1'],
        ['::ffff:127.0.0.1'],
      ]);
    });

    it.each<[string, number, Endpoint]>([
      ['a connected socket on the same port', 3000, { state: 4 }],
      ['a UDP socket of the same number', 3000, { kind: 1 }],
      ['a Unix socket', 3000, { kind: 3, family: 1 }],
      ['the port with its bytes the other way round', 0xb80b, {}],
    ])('have none by %s', async (_, port, endpoint) => {
      world.listens(501, 9, port, endpoint);
      expect(await on(3000)).toEqual({ sockets: [], processes: [], hidden: 0 });
    });

    it('have every process that shares a socket, once', async () => {
      world.tell(502);
      world.listens(501, 9, 3000, { socket: 7n });
      world.listens(502, 4, 3000, { socket: 7n });
      world.listens(502, 5, 3000, { socket: 7n });
      const { sockets, processes } = await on(3000);
      expect(sockets).toHaveLength(1);
      expect(processes.map(({ pid }) => pid)).toEqual([501, 502]);
    });

    it.each([
      ['gone', 0n],
      ['another process', 9n],
    ])('have none whose number is %s by the end of the look', async (_, unique) => {
      world.listens(501, 9, 3000);
      world.script.becomes(501, 1, unique, 1);
      world.script.break_list(1);
      expect(await on(3000)).toEqual({ sockets: [], processes: [], hidden: 0 });
    });

    it('are looked at once more when the number was another’s by the end of the look', async () => {
      world.listens(501, 9, 3000);
      world.script.becomes(501, 1, 0n, 1);
      expect(await on(3000)).toEqual({ sockets: [], processes: [], hidden: 0 });
      world.tell(501);
      world.script.becomes(501, 1, 9n, 1);
      expect(await on(3000)).toMatchObject({ sockets: [{}], processes: [{ pid: 501, uniqueId: '9' }] });
    });

    it('do not name a process whose number is another one’s after the look', async () => {
      world.listens(501, 9, 3000);
      world.script.becomes(501, 2, 9n, 1);
      expect(await on(3000)).toMatchObject({ sockets: [{ port: 3000 }], processes: [] });
    });

    const say = async (): Promise<UserList['sentences']> => {
      const list = new UserList();
      await lookAtPort({ list, listeners: on, platform: 'darwin' }, 3000);
      return list.sentences;
    };
    const COMMANDS = ['sudo lsof -nP -iTCP:3000 -sTCP:LISTEN'];

    it('have one of another user, which does not show its descriptors, or none', async () => {
      world.tell(80, { uid: 0 });
      world.script.deny(80);
      expect(await on(3000)).toEqual({ sockets: [], processes: [], hidden: 0 });
      expect(await say()).toEqual({
        unknown: [],
        notes: [expect.stringContaining('No process listens on port 3000 now')],
        commands: [],
      });
      world.listens(80, 9, 3000, { address: '::' });
      expect(await on(3000)).toEqual({
        sockets: [{ port: 3000, address: '::', uid: 0, inode: '8009' }],
        processes: [],
        hidden: 1,
      });
      expect(await say()).toEqual({
        unknown: [
          'A process of user 0 listens on port 3000 and does not show its descriptors. Processes of that kind: 1.',
        ],
        notes: [],
        commands: COMMANDS,
      });
      // Another port of it says nothing of this one.
      expect((await on(3001)).sockets).toEqual([]);
    });

    it('have one of another user beside one of this user', async () => {
      world.tell(80, { uid: 0 });
      world.script.deny(80);
      world.listens(80, 9, 3000);
      world.listens(501, 9, 3000, { address: '::1' });
      expect(await on(3000)).toMatchObject({
        sockets: [
          { address: '::1', inode: '50109' },
          { address: '127.0.0.1', uid: 0 },
        ],
        processes: [{ pid: 501 }],
      });
    });

    it.each([
      ['is refused', 1],
      ['has a larger xinpcb_n', 2],
      ['has a larger xsocket_n', 5],
      ['has a larger xtcpcb_n', 6],
      ['is cut off', 3],
    ])('may have one of another user where the list of sockets %s', async (_, fault) => {
      world.tell(80, { uid: 0 });
      world.script.deny(80);
      world.listens(80, 9, 3000);
      world.script.break_list(fault);
      expect(await on(3000)).toEqual({ sockets: [], processes: [], hidden: 1 });
      expect(await say()).toEqual({
        unknown: [
          'No process of yours listens on port 3000. One of another user may: 1 processes do not show their descriptors.',
        ],
        notes: [],
        commands: COMMANDS,
      });
      world.listens(501, 9, 3000);
      expect(await say()).toEqual({ unknown: [], notes: [], commands: [] });
      world.script.forget(80);
      expect((await on(3001)).hidden).toBe(0);
    });

    it('may have one of another user where the list of sockets names those of this user otherwise', () => {
      world.tell(80, { uid: 0 });
      world.script.deny(80);
      world.listens(501, 9, 3000);
      world.script.break_list(4);
      expect(world.calls.listeners([3000])).toEqual({
        listeners: [expect.objectContaining({ pid: 501 })],
        hidden: 1,
      });
    });

    it('have their own listener that came during the look, and none of a stranger', () => {
      // Made by another user, such as a process that was root then.
      world.tell(501, { uid: 4321 });
      world.listens(501, 9, 3000, { socket: 7n });
      world.script.appears(7n, 1);
      expect(world.calls.listeners([3000])).toEqual({
        listeners: [expect.objectContaining({ pid: 501, socket: '7' })],
        hidden: 0,
        others: [],
      });
      expect(world.script.scanned()).toBe(2);
    });

    it('have one of this user that no process shows, after a second and a third look', () => {
      world.tell(502);
      world.script.deny(502);
      world.listens(502, 9, 3000);
      expect(world.calls.listeners([3000])).toMatchObject({
        listeners: [],
        others: [{ socket: '50209', port: 3000, address: '127.0.0.1', uid: os.userInfo().uid }],
      });
      expect(world.script.scanned()).toBe(3);
    });

    it('are not known without the helper', async () => {
      expect(await on(3000, MISSING)).toMatchObject({
        problem: { syscall: 'proc_pidfdinfo', code: 'no koffi' },
      });
    });

    it('are found among more processes and descriptors than a list has room for at first', async () => {
      world.listens(501, 9, 3000);
      world.tell(80, { uid: 0 });
      world.script.deny(80);
      world.listens(80, 9, 3000, { address: '::' });
      world.script.pad(3000);
      expect((await on(3000)).processes.map(({ pid }) => pid)).toEqual([501]);
      expect(await addresses(3000)).toEqual(['127.0.0.1', '::']);
    });
  });

  describe('watched', () => {
    let time: number;
    const readers = (native: Native = world.native()) => {
      time = 0;
      const processes = new ListedProcesses(
        readHost('darwin'),
        new DarwinProcessListing(world.native()),
        () => time,
      );
      const reader = new DarwinPortReader(native, processes, () => time);
      const tick = async (): Promise<readonly number[]> =>
        reader.update(await processes.update(new Set<number>()));
      return { reader, tick };
    };
    const OWN: PortView = { listeners: [{ address: '127.0.0.1', pids: [501] }] };
    /** So often a look at every process was begun by the reader: the list of processes is not counted. */
    const looksDuring = async (act: () => Promise<unknown>): Promise<number> => {
      const before = world.script.scanned();
      await act();
      return world.script.scanned() - before;
    };

    it('are looked at once in five seconds, and announced when something has changed', async () => {
      const { reader, tick } = readers();
      world.listens(501, 9, 3000);
      expect(reader.view(3000)).toEqual({ listeners: [], unknown: 'pending' });
      reader.watch(new Set([3000, 3001]));
      expect(await tick()).toEqual([3000, 3001]);
      expect(reader.view(3000)).toEqual(OWN);
      expect(reader.view(3001)).toEqual({ listeners: [] });
      world.listens(501, 10, 3001);
      time = 4999;
      expect(await looksDuring(() => reader.update(NO_CHANGE))).toBe(0);
      time = 5000;
      expect(await tick()).toEqual([3001]);
      expect(reader.view(3001)).toEqual(OWN);
      time = 10_000;
      expect(await tick()).toEqual([]);
    });

    it('cost nothing where there are none', async () => {
      const { reader } = readers();
      expect(await looksDuring(() => reader.update(NO_CHANGE))).toBe(0);
      reader.watch(new Set([3000]));
      expect(await looksDuring(() => reader.update(NO_CHANGE))).toBe(1);
      reader.watch(new Set());
      time = 60_000;
      expect(await looksDuring(() => reader.update(NO_CHANGE))).toBe(0);
      expect(await looksDuring(() => reader.refresh(new Set([3000])))).toBe(0);
    });

    it('that are new wait for the next look, unless a user asks', async () => {
      const { reader, tick } = readers();
      world.listens(501, 9, 3000);
      reader.watch(new Set([3001]));
      await tick();
      reader.watch(new Set([3000, 3001]));
      expect(await looksDuring(() => reader.update(NO_CHANGE))).toBe(0);
      expect(reader.view(3000)).toEqual({ listeners: [], unknown: 'pending' });
      expect(await reader.refresh(new Set([3000]))).toEqual([3000]);
      expect(reader.view(3000)).toEqual(OWN);
    });

    it.each<[string, number, PortView]>([
      ['is known where the kernel lists it', 0, { listeners: [{ address: '127.0.0.1', uid: 0, pids: [] }] }],
      ['may be there where the list cannot be read', 1, { listeners: [], unknown: 'otherUser' }],
    ])('where none of this user listens: another user’s %s', async (_, fault, view) => {
      const { reader, tick } = readers();
      world.tell(80, { uid: 0 });
      world.script.deny(80);
      world.listens(80, 9, 3001);
      world.listens(501, 9, 3000);
      world.script.break_list(fault);
      reader.watch(new Set([3000, 3001, 3002]));
      await tick();
      expect(reader.view(3000)).toEqual(OWN);
      expect(reader.view(3001)).toEqual(view);
      expect(reader.view(3002)).toEqual({ listeners: [], ...(fault === 0 ? {} : { unknown: 'otherUser' }) });
      // It has come, or gone.
      world.script.break_list(0);
      world.listens(80, 10, 3002, { address: '::1' });
      time = 5000;
      expect(await tick()).toContain(3002);
      expect(reader.view(3002)).toEqual({ listeners: [{ address: '::1', uid: 0, pids: [] }] });
    });

    it('have a listener that has just started once the list of processes has it, which is made sooner for it', async () => {
      const { reader, tick } = readers();
      reader.watch(new Set([3000]));
      await tick();
      world.tell(502);
      world.listens(502, 9, 3000);
      time = 1000;
      expect(await reader.refresh(new Set([3000]))).toEqual([3000]);
      expect(reader.view(3000)).toEqual({ listeners: [], unknown: 'pending' });
      expect(await tick()).toEqual([3000]);
      expect(reader.view(3000)).toEqual({ listeners: [{ address: '127.0.0.1', pids: [502] }] });
    });

    it('have every process that shares a socket as listeners on one', async () => {
      const { reader, tick } = readers();
      world.tell(502);
      world.listens(501, 9, 3000, { socket: 7n });
      world.listens(502, 9, 3000, { socket: 7n });
      world.listens(502, 10, 3000, { address: '::1' });
      reader.watch(new Set([3000]));
      await tick();
      expect(reader.view(3000).listeners).toEqual([
        { address: '127.0.0.1', pids: [501, 502] },
        { address: '::1', pids: [502] },
      ]);
    });

    it('are announced once more when they were not watched meanwhile', async () => {
      const { reader, tick } = readers();
      world.listens(501, 9, 3000);
      reader.watch(new Set([3000]));
      await tick();
      reader.watch(new Set());
      reader.watch(new Set([3000]));
      expect(reader.view(3000)).toEqual({ listeners: [], unknown: 'pending' });
      time = 5000;
      expect(await tick()).toEqual([3000]);
    });

    it('have none of a number that the older list knows as another process', async () => {
      const { reader, tick } = readers();
      world.listens(501, 9, 3000);
      reader.watch(new Set([3000]));
      await tick();
      world.tell(501, { unique: 9n });
      time = 5000;
      expect(await reader.update(NO_CHANGE)).toEqual([3000]);
      expect(reader.view(3000)).toEqual({ listeners: [], unknown: 'pending' });
      expect(await tick()).toEqual([3000]);
      expect(reader.view(3000)).toEqual(OWN);
    });

    it.each<[string, () => unknown]>([
      ['is another process', () => world.tell(501, { unique: 9n })],
      ['has ended', () => world.script.forget(501)],
    ])('have none that %s by a newer list', async (_, change) => {
      const { reader, tick } = readers();
      world.listens(501, 9, 3000);
      reader.watch(new Set([3000]));
      await tick();
      time = 4000;
      await reader.refresh(new Set([3000]));
      expect(reader.view(3000)).toEqual(OWN);
      change();
      time = 5000;
      expect(await tick()).toEqual([3000]);
      expect(reader.view(3000)).toEqual({ listeners: [], unknown: 'pending' });
    });

    it('are not known while the helper gives no answer', async () => {
      const { reader, tick } = readers(MISSING);
      reader.watch(new Set([3000]));
      expect(await tick()).toEqual([3000]);
      expect(reader.view(3000)).toEqual({
        listeners: [],
        unknown: { syscall: 'proc_pidfdinfo', code: 'no koffi' },
      });
    });
  });

  it('make the instance of a service that has nothing but its port, and a conflict of a stranger', () =>
    withStage(async (stage) => {
      const [own, holder] = [await stage.start('bystander', []), await stage.start('bystander', [])];
      const file = stage.file('bot.lock', 'x');
      // An orphan could be a child of the holder.
      world.tell(501, { name: 'zsh', exe: '/bin/zsh', argv: ['zsh'] });
      world.tell(own.pid, { parent: 501 });
      world.tell(holder.pid, { argv: ['node', 'server.js'] });
      world.listens(own.pid, 9, 3000);
      world.lock(file, holder.pid);
      const observer = new FactsObserver(createDarwinReaders(world.native()), undefined);
      observer.configure(
        [
          service('web', { lockFiles: [], ports: [3000] }),
          service('bot', { lockFiles: [file], ports: [3000] }),
        ],
        { probe: undefined, probePolicy: 'auto' },
      );
      try {
        const { changed } = await observer.tick();
        const [web, bot] = ['web', 'bot'].map((name) => {
          const facts = changed.find((one) => one.service.name === name);
          return facts && diagnose(facts);
        });
        expect(web?.instances.map(({ root }) => root.pid)).toEqual([own.pid]);
        expect(web?.ports).toMatchObject([
          { port: 3000, listeners: [{ pid: own.pid, relation: 'instance' }] },
        ]);
        expect(bot?.findings.map(({ kind, severity }) => `${kind} ${severity}`)).toEqual([
          'portConflict conflict',
        ]);
      } finally {
        observer.close();
      }
    }));
});
