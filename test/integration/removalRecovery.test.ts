/** What a clean-up has begun is finished, or undone at the next start: across a crash, a reload, another window. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recoverInterrupted } from '../../src/actions/cleanUp/recovery';
import type { MonitorClient } from '../../src/monitor/client';
import { newAsideName } from '../../src/os/removal/asideName';
import { IntentFile, type Intent } from '../../src/os/removal/intents';
import { isProvenGone, newOwner, type Owner } from '../../src/os/removal/owner';
import { recoverRecords, type Recovered } from '../../src/os/removal/recover';
import { isProblem, readGeneration } from '../../src/os/recordGeneration';
import { programAlone } from '../fixtures/aloneProgram';
import { clientOf } from '../fixtures/client';
import { buildDist, type Built } from '../fixtures/dist';
import { readStat } from '../fixtures/proc';
import { withStage } from '../fixtures/stage';
import { eventually } from '../harness/eventually';
import { Rig, service } from './actionsRig';
import { guards } from '../fixtures/removalGuards';

let folder = '';
let storage = '';
let record = '';
beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'recovery-')));
  storage = path.join(folder, 'storage');
  record = path.join(folder, 'run', 'bot.pid');
  fs.mkdirSync(path.dirname(record));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A pid that was a process and is none any more. */
const DEAD = String(spawnSync(process.execPath, ['-e', '']).pid);

const here = (): string[] => fs.readdirSync(path.dirname(record)).sort();
const written = (): string[] => (fs.existsSync(storage) ? fs.readdirSync(storage) : []);

const self = newOwner(guards);
/** As one that a crash has ended: another life of this process. */
const gone = { ...self, life: 'before' };

/** As a crash right after the rename leaves it. */
function leaveAside(owner: Owner = gone, more: Partial<Intent> = {}): Intent {
  const read = readGeneration(record);
  if (isProblem(read)) throw new Error(read.problem);
  const intent = { path: record, aside: newAsideName(), kind: read.kind, ino: String(read.ino), ...more };
  IntentFile.write(storage, { owner, at: Date.now(), intents: [intent] }, guards);
  fs.renameSync(record, path.join(path.dirname(record), intent.aside));
  return intent;
}

const outcomes = (recovered: readonly Recovered[]): string[] =>
  recovered.map(({ outcome }) => outcome.result);

describe('an interrupted clean-up', () => {
  test.each(['file', 'symlink', 'directory'])('gets its record back under its name: a %s', async (kind) => {
    if (kind === 'file') fs.writeFileSync(record, '4242');
    else if (kind === 'symlink') fs.symlinkSync('tower-4242', record);
    else fs.mkdirSync(record);
    const before = readGeneration(record);
    leaveAside();
    const { recovered, pending } = await recoverRecords(storage, self, guards);
    expect(outcomes(recovered)).toEqual(['back']);
    expect(pending).toBe(false);
    expect(readGeneration(record)).toEqual(before);
    expect(here()).toEqual(['bot.pid']);
    expect(written()).toEqual([]);
    expect(await recoverRecords(storage, self, guards)).toEqual({ recovered: [], pending: false });
  });

  test('never replaces a new record, and says where the old one is', async () => {
    fs.writeFileSync(record, '4242');
    const { aside } = leaveAside();
    fs.writeFileSync(record, '5555');
    const { recovered } = await recoverRecords(storage, self, guards);
    const at = path.join(path.dirname(record), aside);
    expect(recovered).toEqual([{ path: record, at, outcome: { result: 'superseded' } }]);
    expect(fs.readFileSync(record, 'utf8')).toBe('5555');
    expect(fs.readFileSync(at, 'utf8')).toBe('4242');
    // Said once.
    expect(written()).toEqual([]);
  });

  test('never takes something else for the record', async () => {
    fs.writeFileSync(record, '4242');
    leaveAside(gone, { ino: '1' });
    expect(outcomes((await recoverRecords(storage, self, guards)).recovered)).toEqual(['notOurs']);
    expect(fs.existsSync(record)).toBe(false);
    expect(here()).toHaveLength(1);
  });

  test('that had given the name back already loses the second one only', async () => {
    fs.writeFileSync(record, '4242');
    const { aside } = leaveAside();
    fs.linkSync(path.join(path.dirname(record), aside), record);
    expect((await recoverRecords(storage, self, guards)).recovered).toEqual([]);
    expect(here()).toEqual(['bot.pid']);
  });

  test('that had decided, or had not begun, leaves nothing to do', async () => {
    fs.writeFileSync(record, '4242');
    const { aside } = leaveAside();
    fs.unlinkSync(path.join(path.dirname(record), aside));
    expect((await recoverRecords(storage, self, guards)).recovered).toEqual([]);
    expect(here()).toEqual([]);
    expect(written()).toEqual([]);
  });

  test('is tried again at the next start while its folder is not there, for a month', async () => {
    fs.writeFileSync(record, '4242');
    const intent = leaveAside();
    fs.renameSync(path.dirname(record), `${folder}/unmounted`);
    expect((await recoverRecords(storage, self, guards)).recovered).toEqual([]);
    expect(written()).toHaveLength(1);
    fs.renameSync(`${folder}/unmounted`, path.dirname(record));
    // The one that tried has ended too.
    const next = { ...self, life: 'after' };
    expect(outcomes((await recoverRecords(storage, next, guards)).recovered)).toEqual(['back']);
    expect(written()).toEqual([]);

    const at = Date.now() - 31 * 86_400_000;
    IntentFile.write(
      storage,
      { owner: gone, at, intents: [{ ...intent, path: `${folder}/no/bot.pid` }] },
      guards,
    );
    expect((await recoverRecords(storage, self, guards)).recovered).toEqual([]);
    expect(written()).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)('says where it is when it cannot be put back', async (context) => {
    fs.writeFileSync(record, '4242');
    const { aside } = leaveAside();
    const run = path.dirname(record);
    // A folder that takes nothing new: a file system that does not know the flag skips.
    if (spawnSync('chattr', ['+i', run]).status !== 0) context.skip('no chattr here');
    try {
      const at = path.join(run, aside);
      const told: string[] = [];
      await recoverInterrupted({
        folder: storage,
        owner: self,
        guards,
        wait: () => Promise.resolve(),
        log: () => undefined,
        tell: (sentence, isComplete) => told.push(`${isComplete}: ${sentence}`),
      });
      expect(told).toEqual([
        `false: A clean-up was interrupted. ${record} could not be restored (link: EPERM); it is at ${at}.`,
      ]);
      expect(written()).toHaveLength(1);
    } finally {
      spawnSync('chattr', ['-i', run]);
    }
  });

  test('of two windows that start together is decided by one', () =>
    withStage(async (stage) => {
      const { pid } = await stage.start('bystander', []);
      const other = { ...self, pid, startTicks: readStat(pid)?.startTicks ?? 0, life: 'other' };
      const ended = { ...self, pid: Number(DEAD), life: 'ended' };
      for (let round = 0; round < 20; round += 1) {
        fs.rmSync(record, { force: true });
        fs.writeFileSync(record, '4242');
        leaveAside(ended);
        const both = await Promise.all([
          recoverRecords(storage, self, guards),
          recoverRecords(storage, other, guards),
        ]);
        expect(both.flatMap(({ recovered }) => outcomes(recovered))).toEqual(['back']);
        expect(here()).toEqual(['bot.pid']);
        expect(written()).toEqual([]);
      }
      // Nor is it told twice what stays aside.
      leaveAside(ended);
      fs.writeFileSync(record, '5555');
      const both = await Promise.all([
        recoverRecords(storage, self, guards),
        recoverRecords(storage, other, guards),
      ]);
      expect(both.flatMap(({ recovered }) => outcomes(recovered))).toEqual(['superseded']);
    }));

  test('is not read from what is no such file', async () => {
    fs.mkdirSync(storage);
    fs.writeFileSync(record, '4242');
    const intent = { path: record, aside: 'bot.pid', kind: 'file', ino: '1' };
    const texts = [
      'no JSON',
      '{"owner":{},"intents":[]}',
      JSON.stringify({ owner: gone, at: 1, intents: [intent] }),
      JSON.stringify({ owner: gone, at: 1, intents: [{ ...intent, aside: '../../x' }] }),
      JSON.stringify({
        owner: gone,
        at: 1,
        intents: [{ ...intent, path: 'bot.pid', aside: newAsideName() }],
      }),
    ];
    const { aside } = leaveAside();
    const relative = { path: path.relative(process.cwd(), record), aside, kind: 'file', ino: '1' };
    relative.ino = String(fs.statSync(path.join(path.dirname(record), aside), { bigint: true }).ino);
    fs.rmSync(storage, { recursive: true });
    fs.mkdirSync(storage);
    texts.push(JSON.stringify({ owner: gone, at: 1, intents: [relative] }));
    texts.forEach((text, index) => fs.writeFileSync(path.join(storage, `${index}.json`), text));
    expect(await recoverRecords(storage, self, guards)).toEqual({ recovered: [], pending: false });
    expect(here()).toEqual([aside]);
  });
});

describe('who has begun a clean-up', () => {
  test('is not gone while that process lives, and is once it has ended', () =>
    withStage(async (stage) => {
      const actor = await stage.start('bystander', []);
      const startTicks = readStat(actor.pid)?.startTicks;
      const other: Owner = {
        ...self,
        pid: actor.pid,
        life: 'other',
        ...(startTicks === undefined ? {} : { startTicks }),
      };
      expect(isProvenGone(other, self, guards)).toBe(false);
      // A later process with its number is another one.
      if (startTicks !== undefined) {
        expect(isProvenGone({ ...other, startTicks: startTicks - 1 }, self, guards)).toBe(true);
      }
      await actor.killHard();
      expect(isProvenGone(other, self, guards)).toBe(true);
    }));

  test('is another life of this very process, never the own one', () => {
    expect(isProvenGone(gone, self, guards)).toBe(true);
    expect(isProvenGone(self, self, guards)).toBe(false);
  });

  test('is gone with the boot, and never proven gone from another machine or namespace', () => {
    const dead = { ...gone, pid: 2 ** 22 + 1 };
    expect(isProvenGone(dead, self, guards)).toBe(true);
    expect(isProvenGone({ ...dead, host: 'elsewhere' }, self, guards)).toBe(false);
    expect(isProvenGone({ ...gone, host: 'elsewhere' }, self, guards)).toBe(false);
    if (process.platform !== 'linux') return;
    expect(isProvenGone({ ...dead, pidNamespace: 'pid:[1]' }, self, guards)).toBe(false);
    expect(isProvenGone({ ...self, bootId: 'before', pidNamespace: 'pid:[1]' }, self, guards)).toBe(true);
    const unknown = Object.fromEntries(Object.entries(dead).filter(([key]) => key !== 'bootId'));
    expect(isProvenGone(unknown as unknown as Owner, self, guards)).toBe(false);
  });

  test('keeps what it has aside while it may be at work', async () => {
    fs.writeFileSync(record, '4242');
    leaveAside({ ...self, host: 'elsewhere', life: 'other' });
    expect(await recoverRecords(storage, self, guards)).toEqual({ recovered: [], pending: true });
    expect(here()[0]).toMatch(/\.aside$/);
    expect(written()).toHaveLength(1);
  });

  test('is asked again, ever less often, until it has ended', async () => {
    fs.writeFileSync(record, '4242');
    leaveAside({ ...self, host: 'elsewhere', life: 'other' });
    const waits: number[] = [];
    const told: string[] = [];
    await recoverInterrupted({
      folder: storage,
      owner: self,
      guards,
      log: () => undefined,
      tell: (sentence) => told.push(sentence),
      wait: (ms) => {
        waits.push(ms);
        if (waits.length < 9) return Promise.resolve();
        // It says itself that it is done with it.
        for (const name of written()) {
          const file = path.join(storage, name);
          const text = fs.readFileSync(file, 'utf8').replace('elsewhere', os.hostname());
          fs.writeFileSync(file, text);
        }
        return Promise.resolve();
      },
    });
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600].map((seconds) => seconds * 1000));
    expect(told).toEqual([`A clean-up was interrupted. ${record} was restored.`]);
  });
});

describe('a clean-up', () => {
  test('is written down before the rename, without the content, and forgotten when it is done', async () => {
    fs.writeFileSync(record, JSON.stringify({ pid: Number(DEAD), token: 'swordfish' }));
    const seen: string[] = [];
    const rig = new Rig([service({ pidFiles: [record] })], {
      cleanUpFolder: storage,
      wait: async (ms) => {
        seen.push(...written().map((name) => fs.readFileSync(path.join(storage, name), 'utf8')));
        await new Promise((resolve) => setTimeout(resolve, ms));
      },
    });
    const plan = await rig.actions.planCleanUp(['service']);
    expect(written()).toEqual([]);
    const result = await rig.actions.cleanUp(plan.id, [plan.items[0]?.id ?? '']);
    expect(result.outcomes).toMatchObject([{ removed: true }]);
    const [first = ''] = seen;
    expect(JSON.parse(first)).toMatchObject({ intents: [{ path: record, kind: 'file' }] });
    expect(first).not.toContain('swordfish');
    expect(fs.statSync(storage).mode & 0o777).toBe(0o700);
    expect(written()).toEqual([]);
  });

  test('touches nothing when it cannot be written down', async () => {
    fs.writeFileSync(record, DEAD);
    fs.writeFileSync(storage, 'in the way');
    const rig = new Rig([service({ pidFiles: [record] })], { cleanUpFolder: storage });
    const plan = await rig.actions.planCleanUp(['service']);
    const result = await rig.actions.cleanUp(plan.id, [plan.items[0]?.id ?? '']);
    expect(result.sentence).toContain('must be written down first');
    expect(result.sentence).toContain(storage);
    expect(here()).toEqual(['bot.pid']);
  });

  test('stopped in the middle decides the record in hand and leaves the others', async () => {
    const records = ['a.pid', 'b.pid', 'c.pid'].map((name) => path.join(path.dirname(record), name));
    for (const one of records) fs.writeFileSync(one, DEAD);
    let stopped: Promise<void> | undefined;
    const rig: Rig = new Rig([service({ pidFiles: records })], {
      cleanUpFolder: storage,
      wait: async (ms) => {
        stopped ??= rig.actions.finishCleanUps();
        await new Promise((resolve) => setTimeout(resolve, ms));
      },
    });
    const plan = await rig.actions.planCleanUp(['service']);
    const running = rig.actions.cleanUp(
      plan.id,
      plan.items.map(({ id }) => id),
    );
    await eventually(
      'the clean-up stopped',
      () => stopped !== undefined,
      (asked) => asked,
    );
    await stopped;
    // Nothing is aside, nothing is written down any more.
    expect(here()).toEqual(['b.pid', 'c.pid']);
    expect(written()).toEqual([]);
    const { outcomes: ended } = await running;
    expect(ended.map(({ removed }) => removed)).toEqual([true, false, false]);
    expect(ended[1]?.sentence).toContain('was stopped before it reached this record');
    // Nothing more is begun.
    const next = await rig.actions.planCleanUp(['service']);
    const ids = next.items.map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(await rig.actions.cleanUp(next.id, ids)).toMatchObject({ outcomes: [] });
    expect(here()).toEqual(['b.pid', 'c.pid']);
  });
});

describe.runIf(process.platform === 'linux')('the worker', () => {
  let built: Built;
  beforeAll(() => {
    built = buildDist();
  });
  afterAll(() => built.remove());
  const clientOn = (log: (message: string) => void, told: string[] = []): MonitorClient => {
    const client = clientOf(built, {
      log: (_, message) => log(message),
      cleanUpFolder: storage,
      historyFolder: path.join(folder, 'history'),
      onRecovery: (sentence) => told.push(sentence),
    });
    client.configure({
      services: [service({ pidFiles: [record] })],
      pollIntervalMs: 250,
      activeProbe: 'never',
    });
    return client;
  };

  test('that is to end decides the record in hand first', async () => {
    fs.writeFileSync(record, DEAD);
    let closed: Promise<void> | undefined;
    const client = clientOn((message) => {
      if (message.includes('moved aside')) closed ??= client.dispose();
    });
    const plan = await client.actions.planCleanUp(['service']);
    const result = await client.actions.cleanUp(
      plan.id,
      plan.items.map(({ id }) => id),
      () => undefined,
      new AbortController().signal,
    );
    expect(result.outcomes).toMatchObject([{ removed: true }]);
    await closed;
    expect(here()).toEqual([]);
    expect(written()).toEqual([]);
    expect(closed).toBeDefined();
  });

  test('that was ended with a record aside puts it back at the next start, and says so', async () => {
    fs.writeFileSync(record, DEAD);
    const alone = await programAlone('interrupted', path.join(import.meta.dirname, 'removalInterrupted.ts'));
    const worker = new Worker(alone.program, { workerData: { record, storage } });
    // As a window that is reloaded, at the worst moment.
    await new Promise<void>((resolve, reject) => {
      worker.on('message', () => void worker.terminate().then(() => resolve()));
      worker.on('error', reject);
    });
    fs.rmSync(alone.folder, { recursive: true });
    expect(here()[0]).toMatch(/\.aside$/);
    expect(written()).toHaveLength(1);

    const told: string[] = [];
    const client = clientOn(() => undefined, told);
    try {
      await eventually(
        'the record back',
        () => told,
        (sentences) => sentences.length > 0,
      );
      expect(told).toEqual([`A clean-up was interrupted. ${record} was restored.`]);
      expect(here()).toEqual(['bot.pid']);
      expect(fs.readFileSync(record, 'utf8')).toBe(DEAD);
      expect(written()).toEqual([]);
    } finally {
      await client.dispose();
    }
  });
});
