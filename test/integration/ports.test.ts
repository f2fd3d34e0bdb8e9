/** Who listens on a port: real sockets on this machine's loopback, and what only looks like one. */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import * as net from 'node:net';
import { describe, expect, test } from 'vitest';
import { createPlatform } from '../../src/os/index';
import type { PortListeners } from '../../src/os/platform';
import { listenersOn } from '../../src/os/linux/ports/index';
import { openPortsOf } from '../../src/os/linux/ports/openPorts';
import type { Actor } from '../fixtures/actors';
import { fixedPort } from '../fixtures/fixedPort';
import { isRunning } from '../fixtures/proc';
import { withStage, type Stage } from '../fixtures/stage';

/** Says its port once it listens; with `fork`, a child shares the socket. */
const LISTENER = `
const { port = 0, host, fork } = JSON.parse(process.argv[1]);
const server = require('node:net').createServer().listen({ port, host }, () => {
  const said = { ready: true, role: 'listener', pid: process.pid, port: server.address().port };
  if (!fork) return console.log(JSON.stringify(said));
  const program = 'process.once("message", (m, server) => { globalThis.kept = server; process.send("kept"); })';
  const child = require('node:child_process').spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send('take', server);
  child.once('message', () => console.log(JSON.stringify({ ...said, child: child.pid })));
});
`;

interface Options {
  port?: number;
  host?: string;
  fork?: true;
}

const program = (options: Options): string[] => ['-e', LISTENER, JSON.stringify(options)];
const listen = (stage: Stage, options: Options): Promise<Actor> =>
  stage.startCommand(process.execPath, program(options), {}, 'listener');
const portOf = (actor: Actor): number => Number(actor.ready('listener')['port']);
const pidsOf = ({ processes }: PortListeners): number[] =>
  processes.map(({ pid }) => pid).sort((a, b) => a - b);

describe.runIf(process.platform === 'linux')('who listens on a port', () => {
  const platform = createPlatform();
  const listeners = (port: number): Promise<PortListeners> => {
    if (platform.listeners === undefined) throw new Error('this platform does not know');
    return platform.listeners(port);
  };

  test('is the process that has the socket, until it ends', () =>
    withStage(async (stage) => {
      const actor = await listen(stage, { host: '127.0.0.1' });
      const other = await listen(stage, { host: '127.0.0.1' });
      const port = portOf(actor);
      const found = await listeners(port);
      expect(found.sockets).toMatchObject([{ port, address: '127.0.0.1', uid: process.getuid?.() }]);
      expect(pidsOf(found)).toEqual([actor.pid]);
      // With its identity, so that a signal reaches this one or nobody.
      const handle = platform.processes.open(actor.pid);
      expect(found.processes[0]?.startTicks).toBe(handle?.read()?.startTicks);
      handle?.close();
      await actor.killHard();
      expect(await listeners(port)).toEqual({ sockets: [], processes: [], hidden: 0 });
      expect(pidsOf(await listeners(portOf(other)))).toEqual([other.pid]);
    }));

  test('is each of two that listen on one number at different addresses', (context) =>
    withStage(async (stage) => {
      const four = await listen(stage, { host: '127.0.0.1' });
      const port = portOf(four);
      const six = await listen(stage, { host: '::1', port }).catch(() => undefined);
      if (six === undefined) context.skip('there is no IPv6 here');
      const found = await listeners(port);
      expect(found.sockets.map(({ address }) => address)).toEqual(['127.0.0.1', '::1']);
      expect(pidsOf(found)).toEqual([four.pid, six?.pid].sort());
    }));

  test('is also a child that was given the socket', () =>
    withStage(async (stage) => {
      const actor = await listen(stage, { host: '127.0.0.1', fork: true });
      const child = Number(actor.ready('listener')['child']);
      expect(pidsOf(await listeners(portOf(actor)))).toEqual([actor.pid, child].sort((a, b) => a - b));
      // The socket lives on with whoever has it.
      await actor.killHard();
      expect(pidsOf(await listeners(portOf(actor)))).toEqual([child]);
    }));

  test('is nobody who is only connected to that port, or uses it for UDP', () =>
    withStage(async (stage) => {
      const actor = await listen(stage, { host: '127.0.0.1' });
      const client = net.connect(portOf(actor), '127.0.0.1');
      await new Promise((resolve) => client.once('connect', resolve));
      const udp = createSocket('udp4').bind(portOf(actor), '127.0.0.1');
      await new Promise((resolve) => udp.once('listening', resolve));
      expect(pidsOf(await listeners(portOf(actor)))).toEqual([actor.pid]);
      // The client's own number is a port too, and nobody listens there.
      expect((await listeners(client.localPort ?? 0)).sockets).toEqual([]);
      client.destroy();
      udp.close();
    }));

  test('is nobody who has the number of a listener that has just ended', () =>
    withStage(async (stage) => {
      const actor = await listen(stage, { host: '127.0.0.1' });
      const { processes } = platform;
      const found = await listenersOn(portOf(actor), {
        ...processes,
        open: () => {
          process.kill(actor.pid, 'SIGKILL');
          while (isRunning(actor.pid)) continue;
          return processes.open(process.pid);
        },
      });
      expect(found.sockets).toHaveLength(1);
      expect(found.processes).toEqual([]);
    }));

  test('is nobody in another network namespace', (context) =>
    withStage(async (stage) => {
      const unshare = ['--user', '--map-root-user', '--net'];
      const tried = spawnSync('unshare', [...unshare, 'true'], { encoding: 'utf8' });
      if (tried.status !== 0) context.skip(`unshare(1) says: ${tried.stderr}`);
      const inside = await stage.startCommand(
        'unshare',
        [...unshare, process.execPath, ...program({ host: '0.0.0.0' })],
        {},
        'listener',
      );
      expect((await listeners(portOf(inside))).sockets).toEqual([]);
      // Not proposed either: from here it cannot be watched.
      expect(openPortsOf(inside.pid)).toEqual([]);
    }));

  test('is known of a process: its own ports, and whether the kernel may have chosen them', () =>
    withStage(async (stage) => {
      const chosen = await fixedPort();
      const own = await listen(stage, { host: '127.0.0.1', port: chosen });
      const other = await listen(stage, { host: '127.0.0.1' });
      expect(openPortsOf(own.pid)).toEqual([{ port: chosen, mayBeHandedOut: false }]);
      expect(openPortsOf(other.pid)).toEqual([{ port: portOf(other), mayBeHandedOut: true }]);
      await own.killHard();
      expect(openPortsOf(own.pid)).toEqual([]);
    }));

  test('is unknown, with its user, where processes may not be looked into', (context) =>
    withStage(async (stage) => {
      if (process.getuid?.() !== 0) context.skip('only root can become another user');
      const actor = await listen(stage, { host: '127.0.0.1' });
      process.seteuid?.(65534);
      try {
        const found = await listeners(portOf(actor));
        expect(found.sockets).toMatchObject([{ uid: 0 }]);
        expect(found.processes).toEqual([]);
        expect(found.hidden).toBeGreaterThan(0);
      } finally {
        process.seteuid?.(0);
      }
    }));
});
