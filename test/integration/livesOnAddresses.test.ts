/** Records whose process is gone while something serves an address that they name in whatever form: real sockets. */
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { freePort } from '../fixtures/freePort';
import { whyNoPidNamespace } from '../fixtures/namespaces';
import { withStage } from '../fixtures/stage';
import { deadPid, offered, planFor, reasons, SERVER, startProgram } from './livesOnRig';

const DATAGRAMS = `
  const socket = require('node:dgram').createSocket('udp4').bind(0, '127.0.0.1', () =>
    console.log(JSON.stringify({ ready: true, role: 'udp', port: socket.address().port })));`;

const FORMS: [string, (pid: number, port: number) => string][] = [
  ['x.pid', (pid, port) => `${pid}\n${port}\n`],
  ['y.pid', (pid, port) => `${pid} ${port}\n`],
  ['a.json', (pid, port) => JSON.stringify({ pid, addr: `:${port}` })],
  ['b.json', (pid, port) => JSON.stringify({ pid, listen: port })],
  ['c.json', (pid, port) => JSON.stringify({ pid, at: ['127.0.0.1', port] })],
  ['d.json', (pid, port) => JSON.stringify({ pid, url: `http://app.localhost:${port}` })],
];

describe.runIf(process.platform === 'linux')('a record whose process is gone', () => {
  test('is kept while something listens on any of its numbers, and is offered afterwards', () =>
    withStage(async (stage) => {
      const pid = await deadPid(stage);
      const port = await freePort();
      const records = FORMS.map(([name, text]) => stage.file(name, text(pid, port)));
      const server = await stage.startCommand(process.execPath, [stage.file('server.cjs', SERVER)], {
        env: { AT: String(port) },
      });
      for (const record of records) {
        const plan = await planFor(record);
        expect(offered(plan)).toEqual([]);
        expect(reasons(plan)).toEqual([expect.stringContaining(`${port}`)]);
      }
      await server.killHard();
      for (const record of records) {
        expect(offered(await planFor(record))).toMatchObject([[expect.any(String), true]]);
      }
    }));

  const why = whyNoPidNamespace();
  test.skipIf(why !== undefined).each([
    ['port', () => freePort().then(String)],
    ['Unix socket', (folder: string) => Promise.resolve(path.join(folder, 'x.sock'))],
  ])('is kept while its %s is served in a network namespace of its own', (_, placeIn) =>
    withStage(async (stage) => {
      const program = stage.file('server.cjs', SERVER);
      const at = await placeIn(path.dirname(program));
      const record = stage.file('x.json', JSON.stringify({ pid: await deadPid(stage), at }));
      const apart = ['--user', '--map-root-user', '--net', process.execPath, program];
      const server = await stage.startCommand('unshare', apart, { env: { AT: at } });
      expect(reasons(await planFor(record))).toEqual([expect.stringContaining('But a socket listens at')]);
      await server.killHard();
      expect(offered(await planFor(record))).toEqual([['x.json', true]]);
    }),
  );

  test('is kept while a socket of UDP has its port', () =>
    withStage(async (stage) => {
      const server = await startProgram(stage, 'udp.cjs', DATAGRAMS);
      const { port } = server.ready('udp');
      const record = stage.file('x.json', JSON.stringify({ pid: await deadPid(stage), port }));
      expect(reasons(await planFor(record))).toEqual([
        expect.stringContaining(`But a socket listens at 127.0.0.1:${String(port)}`),
      ]);
      await server.killHard();
      expect(offered(await planFor(record))).toEqual([['x.json', true]]);
    }));
});
