/** What tests of records need whose process is gone while the service may live on. */
import * as path from 'node:path';
import type { CleanUpPlan } from '../../src/actions/index';
import type { Actor } from '../fixtures/actors';
import type { Stage, StartOptions } from '../fixtures/stage';
import { Rig, service } from './actionsRig';

export const DAEMON = `setInterval(() => undefined, 60_000); console.log('"ready":true');`;
/** Listens at `AT`: a port or the path of a Unix socket. */
export const SERVER = `
  const server = require('node:net').createServer().listen(process.env.AT || 0, () =>
    process.send ? process.send(server.address().port) : console.log('"ready":true'));
  process.on('disconnect', () => undefined);`;

/** A pid that was a process of this stage and is none any more. */
export async function deadPid(stage: Stage): Promise<number> {
  const actor = await stage.start('bystander', []);
  await actor.killHard();
  return actor.pid;
}

/** A program of a few lines, which writes `"ready":true` once it is. */
export const startProgram = (stage: Stage, name: string, text: string): Promise<Actor> =>
  stage.startCommand(process.execPath, [stage.file(name, text)], {}, name);

export const startDaemon = (
  stage: Stage,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Actor> =>
  stage.startCommand(process.execPath, [stage.file('daemon.cjs', DAEMON), ...args], options);

export async function planFor(
  record: string,
  rig = new Rig([service({ pidFiles: [record] })]),
): Promise<CleanUpPlan> {
  try {
    return await rig.actions.planCleanUp(['service']);
  } finally {
    rig.observer.close();
  }
}

export const offered = ({ items }: CleanUpPlan): [string, boolean][] =>
  items.map((item) => [path.basename(item.path), item.preselected]);
export const reasons = ({ refused }: CleanUpPlan): string[] => refused.map(({ reason }) => reason);
