/** Records whose process is gone while the service lives under another number: real processes, and nothing offered. */
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CleanUpPlan } from '../../src/actions/index';
import type { Actor } from '../fixtures/actors';
import { withStage, type Stage } from '../fixtures/stage';
import { Rig, service } from './actionsRig';

/** A pid that was a process of this stage and is none any more. */
async function deadPid(stage: Stage): Promise<number> {
  const actor = await stage.start('bystander', []);
  await actor.killHard();
  return actor.pid;
}

/** A program of a few lines, which writes `"ready":true` once it is. */
const startProgram = (stage: Stage, name: string, text: string): Promise<Actor> =>
  stage.startCommand(process.execPath, [stage.file(name, text)], {}, name);

async function planFor(
  record: string,
  rig = new Rig([service({ pidFiles: [record] })]),
): Promise<CleanUpPlan> {
  try {
    return await rig.actions.planCleanUp(['service']);
  } finally {
    rig.observer.close();
  }
}

const offered = ({ items }: CleanUpPlan): [string, boolean][] =>
  items.map((item) => [path.basename(item.path), item.preselected]);
const reasons = ({ refused }: CleanUpPlan): string[] => refused.map(({ reason }) => reason);

const SERVER = `
  const server = require('node:net').createServer().listen(process.env.AT || 0, () =>
    process.send ? process.send(server.address().port) : console.log('"ready":true'));
  process.on('disconnect', () => undefined);`;
const CLI = `
  const child = require('node:child_process').fork(__dirname + '/server.cjs');
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
    }));
});
