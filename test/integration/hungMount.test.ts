import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceSnapshot } from '../../src/api';
import type { MonitorClient } from '../../src/monitor/client';
import type { MonitorConfig, MonitorStatus } from '../../src/monitor/protocol';
import type { Service } from '../../src/model/service';
import { within } from '../fixtures/actors';
import { clientOf } from '../fixtures/client';
import { buildDist, type Built } from '../fixtures/dist';
import { mountHung, whyNoHungMount, type HungMount } from '../fixtures/hungMount';
import { service } from '../fixtures/observe';
import { childrenOf, isRunning } from '../fixtures/proc';
import { Stage, until } from '../fixtures/stage';

const why = whyNoHungMount();
const title = `a mount that does not answer${why === undefined ? '' : `: ${why}`}`;

describe.skipIf(why !== undefined)(title, () => {
  let built: Built;
  let stage: Stage;
  let client: MonitorClient;
  let mount: HungMount | undefined;
  let statuses: MonitorStatus[];
  let logged: string[];

  beforeAll(() => {
    built = buildDist();
  });
  afterAll(() => built.remove());
  beforeEach(() => {
    stage = Stage.open();
    statuses = [];
    logged = [];
    client = clientOf(built, {
      historyFolder: stage.path('history'),
      cleanUpFolder: stage.path('clean-up'),
      log: (_level, message) => logged.push(message),
      patience: { everyMs: 200, tellAfterMs: 2000, leaveAfterMs: 4000 },
    });
    client.onDidChangeStatus((status) => statuses.push(status));
  });
  afterEach(async () => {
    // Whoever waits for it could not be ended.
    await mount?.end();
    mount = undefined;
    await client.dispose();
    await stage.close();
  });

  const configure = (services: readonly Service[], more: Partial<MonitorConfig> = {}): void =>
    client.configure({ services, pollIntervalMs: 250, activeProbe: 'never', ...more });
  const named = (name: string): ServiceSnapshot | undefined =>
    client.snapshot.services.find((each) => each.name === name);
  const becomes = (name: string, state: string): Promise<void> =>
    until(() => named(name)?.state === state, `${name} is not ${state} but ${named(name)?.state}`);
  const isSilent = (status: MonitorStatus): boolean =>
    status.kind === 'watching' && status.silent !== undefined && status.silent.length > 0;

  it('is named within seconds, its files are unverified, and everything else is watched on', async () => {
    mount = await mountHung(stage.path('hung'));
    const other = stage.path('other.lock');
    configure([
      service('there', {
        lockFiles: [path.join(mount.folder, 'a.lock')],
        pidFiles: [path.join(mount.folder, 'a.pid')],
      }),
      service('here', { lockFiles: [other] }),
    ]);
    await until(() => isSilent(client.status), 'the mount was never named', 10_000);
    expect(client.status).toMatchObject({
      kind: 'watching',
      silent: [{ point: mount.folder, type: 'fuse.sshfs', since: expect.any(Number) as number }],
    });
    await becomes('there', 'unverified');
    expect(
      named('there')
        ?.findings.map(({ message }) => message)
        .join('\n'),
    ).toContain(`${mount.folder} (fuse.sshfs) does not answer`);

    await stage.start('holder', ['--file', other]);
    await becomes('here', 'held');
    await within(5000, () => 'Refresh gave no answer', client.refresh());
    const { id = '' } = named('there') ?? {};
    const report = await within(8000, () => 'the evidence gave no answer', client.inspect(id));
    expect(report?.snapshot.state).toBe('unverified');
    expect(statuses.filter(({ kind }) => kind === 'failing')).toEqual([]);
    await within(3000, () => 'dispose did not return', client.dispose());
  });

  it('is watched again once it is gone', async () => {
    mount = await mountHung(stage.path('hung'));
    configure([service('there', { lockFiles: [path.join(mount.folder, 'a.lock')] })]);
    await until(() => isSilent(client.status), 'the mount was never named', 10_000);
    await mount.end();
    mount = undefined;
    await becomes('there', 'absent');
    fs.writeFileSync(stage.path('hung', 'a.lock'), '');
    await becomes('there', 'free');
    expect(isSilent(client.status)).toBe(false);
  });

  it('holds up neither patterns, logs nor the search for known tools that lead there', async () => {
    mount = await mountHung(stage.path('ws', 'hung'));
    const folder = stage.path('ws');
    const here = stage.file('ws/run/here.lock');
    configure(
      [
        service('pattern there', { lockFiles: [`${mount.folder}/*.lock`] }),
        service('pattern above', { lockFiles: [`${folder}/**/*.lock`] }),
        service('log', {
          lockFiles: [here],
          log: { path: `${mount.folder}/bot.log`, patterns: ['Conflict'] },
        }),
      ],
      { presets: { folders: [{ name: 'ws', path: folder, setting: true }], setting: true, excluded: [] } },
    );
    await until(() => isSilent(client.status), 'the mount was never named', 10_000);
    await stage.start('holder', ['--file', here]);
    await becomes('pattern above', 'held');
    await becomes('log', 'held');
    expect(named('pattern above')?.lockFiles.map((file) => file.path)).toEqual([here]);
    expect(statuses.filter(({ kind }) => kind === 'failing')).toEqual([]);
  });

  it('keeps one process waiting at most, however often it is asked', async () => {
    mount = await mountHung(stage.path('hung'));
    const before = new Set(childrenOf(process.pid));
    configure([service('there', { lockFiles: [path.join(mount.folder, 'a.lock')] })]);
    await until(() => isSilent(client.status), 'the mount was never named', 10_000);
    const helpers = (): number[] => childrenOf(process.pid).filter((pid) => !before.has(pid));
    for (let times = 0; times < 5; times += 1) {
      await client.refresh();
      expect(helpers().length).toBeLessThanOrEqual(1);
    }
    await client.dispose();
    await until(() => helpers().every((pid) => !isRunning(pid)), 'a process stayed behind');
  });

  it('that a link leads to all at once: the waiting thread is named and left, and another watches', async () => {
    mount = await mountHung(stage.path('hung'));
    const link = stage.path('link.lock');
    const other = stage.path('other.lock');
    fs.symlinkSync(stage.file('target.lock'), link);
    configure([service('link', { lockFiles: [link] }), service('here', { lockFiles: [other] })]);
    await becomes('link', 'free');

    const target = path.join(mount.folder, 'a.lock');
    fs.symlinkSync(target, stage.path('next'));
    fs.renameSync(stage.path('next'), link);
    await until(() => client.status.kind === 'failing', 'nothing was said', 10_000);
    const { message } = client.status as Extract<MonitorStatus, { kind: 'failing' }>;
    expect(message).toMatch(/^No answer from the observer for [2-4] s: /);
    expect(message).toContain(`${target} on mount ${mount.folder} (fuse.sshfs), since `);
    const asked = [client.refresh(), client.heldLocks(undefined), client.inspect('link')];
    for (const question of asked) await expect(question).rejects.toThrow(/^No answer from the observer/);

    await until(() => client.status.kind === 'watching', 'no other observer watches', 20_000);
    await stage.start('holder', ['--file', other]);
    await becomes('here', 'held');
    await becomes('link', 'unverified');
    await until(() => isSilent(client.status), 'the mount was not named again');
    await client.refresh();
    await within(3000, () => 'dispose did not return', client.dispose());
  });
});
