/** Records whose process is gone while the service lives under another number: real processes, and nothing offered. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import { LateObserver } from '../../src/monitor/lateObserver';
import { createObserving } from '../../src/monitor/observing';
import { freePort } from '../fixtures/freePort';
import { withStage } from '../fixtures/stage';
import { Rig, service } from './actionsRig';
import { deadPid, offered, planFor, reasons, SERVER, startDaemon, startProgram } from './livesOnRig';

/** The record as `current/x.pid` beside its folder, the way releases are laid out. */
function linked(record: string): string {
  const link = path.join(path.dirname(path.dirname(record)), 'current');
  fs.symlinkSync(path.dirname(record), link);
  return `--pidfile=${path.join(link, path.basename(record))}`;
}

const MASTER = `
  const child = require('node:child_process').spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  console.log(JSON.stringify({ ready: true, role: 'master', child: child.pid }));
  setInterval(() => undefined, 60_000);`;
/** Writes its number first, and then finds its port taken. */
const WEB = `
  require('node:fs').writeFileSync('x.pid', String(process.pid));
  require('node:net').createServer().listen(process.env.AT, '127.0.0.1', () => console.log('"ready":true'));`;
const CLI = `
  const child = require('node:child_process').fork(__dirname + '/server.cjs', { detached: true });
  child.once('message', (port) => {
    require('node:fs').writeFileSync('dev.json', JSON.stringify({ pid: process.pid, port }));
    console.log(JSON.stringify({ ready: true, role: 'cli', child: child.pid, port }));
  });`;

describe.runIf(process.platform === 'linux')('a record whose process is gone', () => {
  test('is kept while what it started listens on the recorded port, and is offered afterwards', () =>
    withStage(async (stage) => {
      stage.file('server.cjs', SERVER);
      const cli = await startProgram(stage, 'cli.cjs', CLI);
      const { child, port } = cli.ready('cli');
      await cli.killHard();
      const kept = await planFor(stage.path('dev.json'));
      expect(offered(kept)).toEqual([]);
      expect(reasons(kept)).toEqual([
        expect.stringContaining(`But port ${String(port)} of this service is in use`),
      ]);

      await stage.killHard(Number(child));
      expect(offered(await planFor(stage.path('dev.json')))).toEqual([['dev.json', true]]);
    }));

  test('is not removed from a lock directory that stays and locks', () =>
    withStage(async (stage) => {
      const record = stage.file('lock.d/pid', `${await deadPid(stage)}\n`);
      const watched = { pidFiles: [record], lockFiles: [path.dirname(record)] };
      const plan = await planFor(record, new Rig([service(watched)]));
      expect(offered(plan)).toEqual([]);
      expect(reasons(plan)).toContainEqual(expect.stringContaining('It lies in the lock directory'));

      // The same where another service watches the directory.
      const apart = new Rig([
        service({ pidFiles: watched.pidFiles }),
        service({ id: 'other', lockFiles: watched.lockFiles }),
      ]);
      const both = await apart.actions.planCleanUp(['service', 'other']);
      apart.observer.close();
      expect(offered(both)).toEqual([]);
    }));

  test('is not removed while another entry, by another spelling of its path, says that the lock is held', () =>
    withStage(async (stage) => {
      const record = stage.file('real/x.pid', `${await deadPid(stage)}\n`);
      const lock = stage.file('real/x.lock');
      fs.symlinkSync('real', stage.path('alias'));
      const services = [
        service({ id: 'real', pidFiles: [record], lockFiles: [lock] }),
        service({ id: 'alias', pidFiles: [stage.path('alias/x.pid')] }),
      ];
      const holder = await stage.start('holder', ['--file', lock]);
      for (const ids of [['real', 'alias'], ['alias', 'real'], ['alias']]) {
        const rig = new Rig(services);
        const plan = await rig.actions.planCleanUp(ids);
        expect(offered(plan)).toEqual([]);
        expect(reasons(plan)).toContainEqual(expect.stringMatching(/The lock on|beside it is locked/));
        rig.observer.close();
      }
      await holder.killHard();
      const rig = new Rig(services);
      try {
        const plan = await rig.actions.planCleanUp(['alias']);
        expect(offered(plan)).toEqual([['x.pid', true]]);
        // A lock that is taken after the plan protects it as well.
        await stage.start('holder', ['--file', lock]);
        const { outcomes } = await rig.actions.cleanUp(
          plan.id,
          plan.items.map(({ id }) => id),
        );
        expect(outcomes).toMatchObject([{ removed: false }]);
      } finally {
        rig.observer.close();
      }
    }));

  test.each<[string, (record: string) => { args?: string[]; env?: Record<string, string>; cwd?: string }]>([
    ['its path in its arguments', (record) => ({ args: ['--pidfile', record], cwd: 'elsewhere' })],
    ['its path in a text for a shell', (record) => ({ args: [`start --pid='${record}'`], cwd: 'elsewhere' })],
    ['its name from its own folder in its arguments', () => ({ args: ['--pidfile=run/x.pid'] })],
    ['its path in its environment', (record) => ({ env: { PIDFILE: record }, cwd: 'elsewhere' })],
    ['its path through a link of a folder', (record) => ({ args: [linked(record)], cwd: 'elsewhere' })],
    [
      'its name from a folder that is another argument',
      (record) => ({
        args: ['-p', `${path.dirname(path.dirname(record))}/`, '-g', 'pid run/x.pid;'],
        cwd: 'elsewhere',
      }),
    ],
    [
      'a pattern that its name fits',
      (record) => ({ args: [record.replace('x.pid', '%n.pid')], cwd: 'elsewhere' }),
    ],
    ['its path as JSON writes it', (record) => ({ args: [record.replaceAll('/', '\\/')], cwd: 'elsewhere' })],
  ])('is kept while a process has %s, and is offered afterwards', (_, how) =>
    withStage(async (stage) => {
      const record = stage.file('run/x.pid', `${await deadPid(stage)}\n`);
      const { args = [], ...options } = how(record);
      const daemon = await startDaemon(stage, args, options);
      const kept = await planFor(record);
      expect(offered(kept)).toEqual([]);
      expect(reasons(kept)).toEqual([
        expect.stringMatching(new RegExp(`But process ${daemon.pid} .* has the path of this file in its`)),
      ]);
      await daemon.killHard();
      expect(offered(await planFor(record))).toEqual([['x.pid', true]]);
    }),
  );

  test('is not called left behind in its row, either, while a process names its path', () =>
    withStage(async (stage) => {
      const record = stage.file('run/x.pid', `${await deadPid(stage)}\n`);
      const daemon = await startDaemon(stage, ['--pidfile', record]);
      const severities = async (): Promise<string[]> => {
        const observer = new LateObserver(
          { observing: () => Promise.resolve(createObserving({})) },
          { probe: undefined, probePolicy: 'never' },
        );
        try {
          await observer.configure([service({ pidFiles: [record] })], {
            probe: undefined,
            probePolicy: 'never',
          });
          const { snapshots } = await observer.tick();
          return snapshots.flatMap(({ findings }) => findings.map(({ severity }) => severity));
        } finally {
          observer.close();
        }
      };
      expect(await severities()).toEqual(['unverified']);
      await daemon.killHard();
      expect(await severities()).toEqual(['stale']);
    }));

  test('is offered beside processes that name other files', () =>
    withStage(async (stage) => {
      const record = stage.file('run/x.pid', `${await deadPid(stage)}\n`);
      await startDaemon(stage, [`${record}.bak`, '--pidfile=x.pid']);
      expect(offered(await planFor(record))).toEqual([['x.pid', true]]);
    }));

  test('is kept while a socket listens that it names: a Unix one, and one of a URL', () =>
    withStage(async (stage) => {
      const pid = await deadPid(stage);
      const socket = stage.path('x.sock');
      const port = await freePort();
      const records = [
        stage.file('puma.state', `---\npid: ${pid}\ncontrol_url: unix://${socket}\n`),
        stage.file('dev.json', JSON.stringify({ pid, network: [`http://127.0.0.1:${port}/`] })),
      ];
      for (const [index, at] of [socket, String(port)].entries()) {
        const record = records[index] ?? '';
        expect(offered(await planFor(record))).toEqual([[path.basename(record), true]]);
        const program = stage.file(`server${index}.cjs`, SERVER);
        const server = await stage.startCommand(process.execPath, [program], { env: { AT: at } });
        expect(reasons(await planFor(record))).toEqual([expect.stringContaining('But a socket listens at')]);
        await server.killHard();
      }
    }));

  test('is kept while what was seen below it runs in a session of its own, and is offered afterwards', () =>
    withStage(async (stage) => {
      const master = await startProgram(stage, 'master.cjs', MASTER);
      const { child } = master.ready('master');
      const record = stage.file('x.pid', `${master.pid}\n`);
      const rig = new Rig([service({ pidFiles: [record] })]);
      try {
        await rig.observer.tick();
        await master.killHard();
        await rig.observer.tick();
        const kept = await rig.actions.planCleanUp(['service']);
        expect(offered(kept)).toEqual([]);
        expect(reasons(kept)).toEqual([
          expect.stringContaining(
            `${master.pid}, which has ended, but what ran below it still runs: pid ${String(child)} (`,
          ),
        ]);
        await stage.killHard(Number(child));
        const { changed } = await rig.observer.tick();
        expect(changed.map(({ service: { id } }) => id)).toEqual(['service']);
        expect(offered(await rig.actions.planCleanUp(['service']))).toEqual([['x.pid', true]]);
      } finally {
        rig.observer.close();
      }
    }));

  test.each<[string, string, (record: string) => void]>([
    ['rewritten', 'x.pid', () => undefined],
    ['deleted and made again', 'x.pid', (record) => fs.rmSync(record)],
    ['deleted and made again, of a pattern', '*.pid', (record) => fs.rmSync(record)],
  ])('is kept while its owner of before runs on, once it was %s by a start that failed', (_, name, before) =>
    withStage(async (stage) => {
      const port = String(await freePort());
      const web = await stage.startCommand(process.execPath, [stage.file('web.cjs', WEB)], {
        env: { AT: port },
      });
      const rig = new Rig([service({ pidFiles: [stage.path(name)] })]);
      try {
        await rig.observer.tick();
        before(stage.path('x.pid'));
        if (!fs.existsSync(stage.path('x.pid'))) await rig.actions.planCleanUp(['service']);
        const second = await stage.startCommand(process.execPath, [stage.path('web.cjs')], {
          env: { AT: port },
          roles: [],
        });
        await second.exited;
        expect(fs.readFileSync(stage.path('x.pid'), 'utf8')).toBe(String(second.pid));
        const kept = await rig.actions.planCleanUp(['service']);
        expect(offered(kept)).toEqual([]);
        expect(reasons(kept)).toEqual([
          expect.stringMatching(
            new RegExp(`But pid ${web.pid} .* which this record named before, still runs`),
          ),
        ]);
        await web.killHard();
        const { changed } = await rig.observer.tick();
        expect(changed.map(({ service: { id } }) => id)).toEqual(['service']);
        expect(offered(await rig.actions.planCleanUp(['service']))).toEqual([['x.pid', true]]);
      } finally {
        rig.observer.close();
      }
    }),
  );

  test.each([
    ['the session', 'set -m; ', 'x.pid', (leader: number) => `${leader}\n`],
    [
      'a group that the record names too',
      '',
      'x.json',
      (leader: number, dead: number) => JSON.stringify({ pid: dead, pgid: leader }),
    ],
  ])('is kept while %s that it led has members, and is offered afterwards', (_, mode, name, text) =>
    withStage(async (stage) => {
      const dead = await deadPid(stage);
      const record = stage.file(name, `${dead}\n`);
      const rig = new Rig([service({ pidFiles: [record] })]);
      // Who is in which group is looked up before this one is there, too.
      await rig.observer.tick();
      // The stage lets it lead a session. With job control, what a shell starts gets a group of its own.
      const script = `${mode}sleep 60 & echo '{"ready":true,"role":"leader","child":'$!'}'`;
      const leader = await stage.startCommand('sh', ['-c', script], { roles: ['leader'] });
      const { child } = leader.ready('leader');
      await leader.exited;
      stage.file(name, text(leader.pid, dead));
      const kept = await planFor(record, rig);
      expect(offered(kept)).toEqual([]);
      expect(reasons(kept)).toEqual([
        expect.stringContaining('processes of the group or session that it led still run'),
      ]);
      await stage.killHard(Number(child));
      expect(offered(await planFor(record))).toEqual([[name, true]]);
    }),
  );
});
