/** The ports of services: real servers on this machine's loopback, and what a tick says and costs. */
import { spawnSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { PortSnapshot, ServiceSnapshot } from '../../src/api';
import type { Service } from '../../src/model/service';
import { withFaults } from '../faults/inject';
import type { Actor } from '../fixtures/actors';
import { freePort } from '../fixtures/freePort';
import { observerOf, Seen, service } from '../fixtures/observe';
import { withStage, type Stage } from '../fixtures/stage';
import { eventually } from '../harness/eventually';

const portOf = (actor: Actor, role = 'server'): number => Number(actor.ready(role)['port']);

async function watching(services: readonly Service[], act: (seen: Seen) => Promise<void>): Promise<void> {
  const seen = new Seen(observerOf(services));
  try {
    await seen.tick();
    await act(seen);
  } finally {
    seen.observer.close();
  }
}

const portIn = ({ ports = [] }: ServiceSnapshot): PortSnapshot | undefined => ports[0];
const relationsIn = (snapshot: ServiceSnapshot): [number, string][] =>
  (portIn(snapshot)?.listeners ?? []).map(({ pid, relation }) => [pid, relation]);
const kindsOf = ({ findings }: ServiceSnapshot): string[] => findings.map(({ kind }) => kind);
const conflictIn = ({ findings }: ServiceSnapshot): string | undefined =>
  findings.find(({ kind }) => kind === 'portConflict')?.message;

/** A server that holds a lock, so that it is a proven owner. */
const startOwner = (stage: Stage, args: readonly string[] = []): Promise<Actor> =>
  stage.start('dev_server', ['--lock', stage.path('web.lock'), ...args]);
/** In another folder, so that it is no second run of the same. */
const startStranger = (stage: Stage, port: number): Promise<Actor> =>
  stage.start('dev_server', ['--port', String(port), '--role', 'stranger'], { cwd: 'elsewhere' });
const owned = (stage: Stage, more: Partial<Service> = {}): Service =>
  service('web', { lockFiles: [stage.path('web.lock')], ...more });

describe.runIf(process.platform === 'linux')('the port of a service', () => {
  test('is its instance’s while that listens, free when it closes, and another’s in the next tick', () =>
    withStage(async (stage) => {
      const web = await startOwner(stage);
      const port = portOf(web);
      await watching([owned(stage, { ports: [port] })], async (seen) => {
        expect(relationsIn(seen.of('web'))).toEqual([[web.pid, 'instance']]);
        expect(kindsOf(seen.of('web'))).toEqual([]);
        expect(portIn(seen.of('web'))?.url).toBe(`http://localhost:${port}/`);

        web.say('close');
        await web.waitForEvent('close');
        await seen.tick();
        expect(portIn(seen.of('web'))).toEqual({ port, listeners: [] });

        // Began before the owner listens again, and has neither its lock nor its family.
        const stranger = await startStranger(stage, port);
        await seen.tick();
        expect(relationsIn(seen.of('web'))).toEqual([[stranger.pid, 'other']]);
        expect(seen.of('web').state).toBe('conflict');
        expect(conflictIn(seen.of('web'))).toContain(`but port ${port} is taken by ${stranger.pid} (`);

        await stranger.killHard();
        web.say('listen');
        await web.waitForEvent('listen');
        await seen.tick();
        expect(relationsIn(seen.of('web'))).toEqual([[web.pid, 'instance']]);
        expect(seen.of('web').state).toBe('held');
      });
    }));

  test('stays its instance’s when only a child still has the socket, or shares it', () =>
    withStage(async (stage) => {
      const web = await startOwner(stage, ['--share']);
      const child = Number(web.ready('server')['child']);
      await watching([owned(stage, { ports: [portOf(web)] })], async (seen) => {
        expect(relationsIn(seen.of('web')).sort()).toEqual(
          [
            [web.pid, 'instance'],
            [child, 'instance'],
          ].sort(),
        );
        web.say('close');
        await web.waitForEvent('close');
        // After scans that were slow, as on a busy machine, the next is put off.
        await eventually(
          'the child alone',
          async () => {
            await seen.tick();
            return relationsIn(seen.of('web'));
          },
          (relations) => isDeepStrictEqual(relations, [[child, 'instance']]),
        );
        expect(kindsOf(seen.of('web'))).toEqual([]);
      });
    }));

  test('is taken for the second of two services with one port, by the name of the first', () =>
    withStage(async (stage) => {
      const web = await startOwner(stage);
      const port = portOf(web);
      const api = service('api', { lockFiles: [stage.file('api.lock')], ports: [port] });
      await watching([api, owned(stage, { ports: [port] })], async (seen) => {
        expect(conflictIn(seen.of('web'))).toBeUndefined();
        expect(relationsIn(seen.of('api'))).toEqual([[web.pid, 'other']]);
        expect(conflictIn(seen.of('api'))).toMatch(
          new RegExp(
            `^Port ${port} is taken by ${web.pid} \\(.*\\) of service web, so api cannot start there`,
          ),
        );
        await web.killHard();
        await seen.tick();
        expect(conflictIn(seen.of('api'))).toBeUndefined();
        expect(portIn(seen.of('api'))?.listeners).toEqual([]);
      });
    }));

  test('is known to be another service’s as soon as that one’s record is written', () =>
    withStage(async (stage) => {
      const web = await stage.start('dev_server', []);
      const port = portOf(web);
      const api = service('api', { pidFiles: [stage.path('api.pid')], ports: [port] });
      const other = service('web', { pidFiles: [stage.path('dev.json')], ports: [port] });
      await watching([api, other], async (seen) => {
        await seen.tick();
        expect(conflictIn(seen.of('api'))).toBeUndefined();
        stage.file('dev.json', JSON.stringify({ pid: web.pid, port }));
        await seen.tick();
        expect(conflictIn(seen.of('api'))).toMatch(/taken by .* of service web/);
        expect(conflictIn(seen.of('web'))).toBeUndefined();
      });
    }));

  test('is the recorded one where the settings name none, with the recorded address', () =>
    withStage(async (stage) => {
      const record = stage.path('dev.json');
      const web = await startOwner(stage, ['--record', record]);
      const port = portOf(web);
      await watching([owned(stage, { pidFiles: [record] })], async (seen) => {
        expect(portIn(seen.of('web'))).toMatchObject({
          port,
          recordedIn: [record],
          url: `http://localhost:${port}/app`,
          listeners: [{ pid: web.pid, relation: 'instance' }],
        });
        // A record of another port, as after a restart.
        const other = await startStranger(stage, 0);
        const port2 = portOf(other, 'stranger');
        stage.file(
          'dev.json',
          JSON.stringify({ pid: web.pid, port: port2, url: 'command:workbench.action.quit' }),
        );
        await seen.tick();
        expect(portIn(seen.of('web'))?.port).toBe(port2);
        expect(relationsIn(seen.of('web'))).toEqual([[other.pid, 'other']]);
        expect(JSON.stringify(seen.of('web'))).not.toContain('command:');
      });
    }));

  test('is of this network namespace: what an instance in another one listens on is not known', (context) =>
    withStage(async (stage) => {
      const unshare = ['--user', '--map-root-user', '--net'];
      const tried = spawnSync('unshare', [...unshare, 'true'], { encoding: 'utf8' });
      if (tried.status !== 0) context.skip(`unshare(1) says: ${tried.stderr}`);
      const port = await freePort();
      const lock = stage.path('web.lock');
      const program = `require('node:fs').writeSync(1, JSON.stringify({ ready: true, role: 'inside', pid: process.pid }) + '\\n'); setInterval(() => {}, 1e6);`;
      await stage.startCommand(
        'unshare',
        [...unshare, 'flock', '--no-fork', lock, process.execPath, '-e', program],
        {},
        'inside',
      );
      await stage.start('dev_server', ['--port', String(port)]);
      await watching([owned(stage, { ports: [port] })], async (seen) => {
        const { findings, ports } = seen.of('web');
        expect(ports?.[0]?.listeners.map(({ relation }) => relation)).toEqual(['unknown']);
        expect(findings.map(({ kind }) => kind)).not.toContain('portConflict');
        await seen.tick();
      });
    }));

  test('has an unknown listener where processes may not be looked into', (context) =>
    withStage(async (stage) => {
      if (process.getuid?.() !== 0) context.skip('only root can become another user');
      const port = portOf(await stage.start('dev_server', []));
      process.seteuid?.(65534);
      try {
        await watching([service('only', { ports: [port] })], async (seen) => {
          expect(seen.of('only').state).toBe('held');
          expect(portIn(seen.of('only'))?.unknownReason).toContain('a process of user 0 listens');
          await seen.tick();
        });
      } finally {
        process.seteuid?.(0);
      }
    }));

  test('costs one link for each that listens while nothing changes, and no scan of the processes', () =>
    withStage(async (stage) => {
      const web = await stage.start('dev_server', []);
      const free = await freePort();
      await watching([service('web', { ports: [portOf(web), free] })], async (seen) => {
        await seen.tick();
        const links: string[] = [];
        const folders: string[] = [];
        const tables: string[] = [];
        const tick = (): Promise<unknown> =>
          withFaults(
            ({ operation, path }) => {
              const isLink = /^\/proc\/\d+\/(?:task\/\d+\/)?fd\//.test(path);
              if (operation === 'readlinkSync' && isLink) links.push(path);
              if (operation === 'readdirSync' && /^\/proc\/\d+\/fd$/.test(path)) folders.push(path);
              if (operation === 'openSync' && /^\/proc\/self\/net\/tcp/.test(path)) tables.push(path);
              return undefined;
            },
            () => seen.tick(),
          );
        // Processes of other programs come and go on this machine: the quietest of some ticks is a steady one.
        const costs: number[][] = [];
        for (let round = 0; round < 8; round += 1) {
          links.length = folders.length = tables.length = 0;
          await tick();
          costs.push([links.length, folders.length, tables.length]);
        }
        expect(costs).toContainEqual([1, 0, 0]);
        // The first new listener is worth one.
        folders.length = 0;
        await startStranger(stage, free);
        await tick();
        expect(folders.length).toBeGreaterThan(0);
        expect(seen.of('web').ports?.[1]?.listeners).toHaveLength(1);
      });
    }));
});
