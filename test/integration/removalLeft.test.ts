/** What a clean-up leaves behind where something goes wrong in the middle of it: never less than there was. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newAsideName } from '../../src/os/removal/asideName';
import { IntentFile } from '../../src/os/removal/intents';
import { isProvenGone, newOwner } from '../../src/os/removal/owner';
import { recoverRecords } from '../../src/os/removal/recover';
import { removeRecord } from '../../src/os/removal/remove';
import { restoreRecord } from '../../src/os/removal/restore';
import { isProblem, readGeneration, type RecordGeneration } from '../../src/os/recordGeneration';
import { actorPath } from '../fixtures/actors';
import { isZombie, readStat } from '../fixtures/proc';
import { withStage } from '../fixtures/stage';
import { startNegligentParent } from '../fixtures/supervisor';
import { eventually } from '../harness/eventually';
import { Rig, service } from './actionsRig';
import { guards } from '../fixtures/removalGuards';

let folder = '';
let storage = '';
let run = '';
let record = '';
beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'removal-left-')));
  storage = path.join(folder, 'storage');
  run = path.join(folder, 'run');
  record = path.join(run, 'bot.pid');
  fs.mkdirSync(run);
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A pid that was a process and is none any more. */
const DEAD = String(spawnSync(process.execPath, ['-e', '']).pid);
const self = newOwner(guards);
/** As one that a crash has ended: another life of this process. */
const gone = { ...self, life: 'before' };

const here = (): string[] => fs.readdirSync(run).sort();
const written = (): string[] => (fs.existsSync(storage) ? fs.readdirSync(storage) : []);
function generation(file = record): RecordGeneration {
  const read = readGeneration(file);
  if (isProblem(read)) throw new Error(read.problem);
  return read;
}

test('a record that has given its name to a twin, same bytes and same time, is another one', async () => {
  fs.writeFileSync(record, '4242');
  const at = new Date(1_700_000_000_000);
  fs.utimesSync(record, at, at);
  const judged = generation();
  const options = { guards, waitMs: 1, log: () => undefined, wait: () => Promise.resolve() };
  fs.copyFileSync(record, `${record}.new`);
  fs.utimesSync(`${record}.new`, at, at);
  fs.renameSync(`${record}.new`, record);
  expect(await removeRecord(record, judged, options)).toEqual({ result: 'changed' });
  expect(here()).toEqual(['bot.pid']);
  expect(await removeRecord(record, generation(), options)).toEqual({ result: 'removed' });
});

describe('a record that was moved aside', () => {
  test('goes back when it cannot be verified that it is stale', async () => {
    fs.writeFileSync(record, '4242');
    const removed = await removeRecord(record, generation(), {
      guards,
      waitMs: 1,
      log: () => undefined,
      wait: () => Promise.reject(new Error('no such clock')),
    });
    expect(removed).toEqual({ result: 'putBack', because: 'changed', openers: [] });
    expect(here()).toEqual(['bot.pid']);
  });

  test('and cannot go back stays written down, alone, until it can', async (context) => {
    const other = path.join(run, 'other.pid');
    for (const file of [record, other]) fs.writeFileSync(file, DEAD);
    const blocked = { is: false };
    const rig = new Rig([service({ pidFiles: [record, other] })], {
      cleanUpFolder: storage,
      wait: async (ms) => {
        const aside = here().find((name) => name.endsWith('.aside'));
        if (fs.existsSync(record) || blocked.is || aside === undefined) return delay(ms);
        // Somebody writes into it, and the folder takes no new name at that moment.
        fs.writeFileSync(path.join(run, aside), '5555');
        blocked.is = spawnSync('chattr', ['+i', run]).status === 0;
      },
    });
    try {
      const plan = await rig.actions.planCleanUp(['service']);
      const result = await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      if (!blocked.is) context.skip('no chattr here');
      expect(result.outcomes.map(({ removed }) => removed)).toEqual([false, false]);
      const [file = ''] = written();
      const { intents } = JSON.parse(fs.readFileSync(path.join(storage, file), 'utf8')) as {
        intents: { path: string }[];
      };
      expect(intents.map((intent) => intent.path)).toEqual([record]);
    } finally {
      spawnSync('chattr', ['-i', run]);
    }
    // As after a reload.
    const { recovered } = await recoverRecords(storage, { ...self, life: 'after' }, guards);
    expect(recovered.map(({ outcome }) => outcome.result)).toEqual(['back']);
    expect(fs.readFileSync(record, 'utf8')).toBe('5555');
    expect([here(), written()]).toEqual([['bot.pid', 'other.pid'], []]);
  });

  test('and could not be put back by Undo can be by the next', async () => {
    fs.writeFileSync(record, DEAD);
    const rig = new Rig([service({ pidFiles: [record] })], { cleanUpFolder: storage });
    const plan = await rig.actions.planCleanUp(['service']);
    expect(await rig.actions.cleanUp(plan.id, [plan.items[0]?.id ?? ''])).toMatchObject({ undoable: true });
    fs.renameSync(run, `${run}-unmounted`);
    expect((await rig.actions.undoCleanUp()).outcomes).toMatchObject([{ restored: false }]);
    fs.renameSync(`${run}-unmounted`, run);
    expect((await rig.actions.undoCleanUp()).outcomes).toMatchObject([{ restored: true }]);
    expect(fs.readFileSync(record, 'utf8')).toBe(DEAD);
    expect((await rig.actions.undoCleanUp()).outcomes).toEqual([]);
  });
});

describe('what is written down', () => {
  const intentOf = (file: string, aside: string) => ({
    path: record,
    aside,
    kind: 'file' as const,
    ino: String(generation(file).ino),
  });

  test('is for this user alone', () => {
    fs.writeFileSync(record, DEAD);
    IntentFile.write(storage, { owner: self, at: 1, intents: [intentOf(record, newAsideName())] }, guards);
    const modes = [storage, path.join(storage, written()[0] ?? '')].map(
      (file) => fs.statSync(file).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600]);
  });

  test.each([
    ['another file than one that was moved aside', 'other.pid', gone, ['other.pid']],
    ['a record of nobody', newAsideName(), { ...gone, life: undefined }, undefined],
    // Near miss: both as this extension writes them.
    ['a record that was moved aside', newAsideName(), gone, ['bot.pid']],
  ])('moves nothing but what it may: %s', async (_, aside, owner, left) => {
    const file = path.join(run, aside);
    fs.writeFileSync(file, DEAD);
    fs.mkdirSync(storage);
    const text = JSON.stringify({ owner, at: Date.now(), intents: [intentOf(file, aside)] });
    fs.writeFileSync(path.join(storage, 'x.json'), text);
    await recoverRecords(storage, self, guards);
    expect(here()).toEqual(left ?? [aside]);
  });
});

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test('no descriptor stays open when a record is put back', async () => {
    const open = (): number => fs.readdirSync('/proc/self/fd').length;
    fs.writeFileSync(record, DEAD);
    const judged = generation();
    const aside = newAsideName();
    const intents = [{ path: record, aside, kind: 'file' as const, ino: String(judged.ino) }];
    IntentFile.write(storage, { owner: gone, at: Date.now(), intents }, guards);
    fs.renameSync(record, path.join(run, aside));
    const before = open();
    expect((await recoverRecords(storage, self, guards)).recovered).toMatchObject([
      { outcome: { result: 'back' } },
    ]);
    expect(open()).toBe(before);
    expect(restoreRecord(record, judged, guards)).toEqual({ result: 'exists' });
    fs.rmSync(record);
    expect(restoreRecord(record, judged, guards)).toEqual({ result: 'restored' });
    expect(open()).toBe(before);
  });

  test('whoever has begun a clean-up has ended as a zombie already', () =>
    withStage(async (stage) => {
      const parent = await startNegligentParent(stage, [
        process.execPath,
        actorPath('bystander'),
        '--role',
        'bot',
      ]);
      const pid = parent.pidOf('bot');
      const owner = { ...self, pid, startTicks: readStat(pid)?.startTicks ?? 0, life: 'other' };
      expect(isProvenGone(owner, self, guards)).toBe(false);
      process.kill(pid, 'SIGKILL');
      await eventually(
        'the child a zombie',
        () => isZombie(pid),
        (isOver) => isOver,
      );
      expect(isProvenGone(owner, self, guards)).toBe(true);
    }));
});
