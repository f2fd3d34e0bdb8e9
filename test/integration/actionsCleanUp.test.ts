import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { factsIn } from '../../src/model/evidenceLine';
import type { PidFileFacts, ServiceFacts } from '../../src/model/facts';
import { parsePidRecord } from '../../src/model/records/pidRecord';
import type { PidRecord } from '../../src/model/records/pidRecordTypes';
import type { ProcessMatcher } from '../../src/model/service';
import { isRunning } from '../fixtures/proc';
import { makeReusedPidRecord } from '../fixtures/records';
import { withStage, type Stage } from '../fixtures/stage';
import { Rig, service } from './actionsRig';

/** A pid that was a process of this stage and is none any more. */
async function deadPid(stage: Stage): Promise<number> {
  const actor = await stage.start('bystander', []);
  await actor.killHard();
  return actor.pid;
}

const bystanderIn = (stage: Stage): ProcessMatcher => ({
  kind: 'commandAndCwd',
  command: { kind: 'substring', text: 'bystander.cjs' },
  cwd: stage.folder,
});

/** As on a machine whose clock was never set: a virtual one that was paused gives every clock hours of tolerance. */
const steadyClock = (facts: ServiceFacts): ServiceFacts => ({
  ...facts,
  host: { ...facts.host, clockStepMs: 0 },
});

/** Of every record only its pid is known. */
function withoutTicks(facts: ServiceFacts): ServiceFacts {
  const vague = ({ content, ...file }: PidFileFacts): PidFileFacts =>
    content === undefined ? file : { ...file, content: { ...content, record: plainRecord(content.record) } };
  return { ...facts, pidFiles: facts.pidFiles.map(vague) };
}

/** Of a record only its pid. */
const plainRecord = ({ pid }: PidRecord): PidRecord =>
  parsePidRecord({ fileName: 'bot.pid', content: String(pid) });

const names = (stage: Stage): string[] => fs.readdirSync(stage.folder).sort();

describe.runIf(process.platform === 'linux')('Clean Up Stale PID Files', () => {
  test('removes the record of a dead process, and Undo brings it back with content, mode and time', () =>
    withStage(async (stage) => {
      const record = stage.file('bot.pid', `${await deadPid(stage)}\n`);
      const old = new Date(Date.now() - 60_000);
      fs.chmodSync(record, 0o640);
      fs.utimesSync(record, old, old);
      const before = fs.statSync(record);
      const content = fs.readFileSync(record, 'utf8');
      const rig = new Rig([service({ pidFiles: [record] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan).toMatchObject({
        refused: [],
        items: [{ path: record, kind: 'file', verdict: 'dead', preselected: true }],
      });
      expect(plan.items[0]?.evidence.length).toBeGreaterThan(0);
      const result = await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      expect(result).toEqual({
        outcomes: [{ serviceId: 'service', path: record, removed: true, sentence: `${record} was removed.` }],
        sentence: `${record} was removed.`,
        undoable: true,
      });
      expect(names(stage)).toEqual([]);

      expect(await rig.actions.undoCleanUp(plan.id)).toMatchObject({ sentence: `${record} was restored.` });
      expect(names(stage)).toEqual(['bot.pid']);
      expect(fs.readFileSync(record, 'utf8')).toBe(content);
      const after = fs.statSync(record);
      expect([after.mode, after.uid, Math.round(after.mtimeMs)]).toEqual([
        before.mode,
        before.uid,
        Math.round(before.mtimeMs),
      ]);
      expect(await rig.actions.undoCleanUp(plan.id)).toMatchObject({ outcomes: [] });
    }));

  test('Undo brings a record back to the release that it was taken from, wherever “current” leads by then', () =>
    withStage(async (stage) => {
      const record = stage.file('one/bot.pid', `${await deadPid(stage)}\n`);
      stage.subfolder('two');
      fs.symlinkSync('one', stage.path('current'));
      const rig = new Rig([service({ pidFiles: [stage.path('current/bot.pid')] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      const ids = plan.items.map(({ id }) => id);
      expect(await rig.actions.cleanUp(plan.id, ids)).toMatchObject({ undoable: true });
      fs.rmSync(stage.path('current'));
      fs.symlinkSync('two', stage.path('current'));
      expect(await rig.actions.undoCleanUp(plan.id)).toMatchObject({ sentence: `${record} was restored.` });
      expect([fs.readdirSync(stage.path('one')), fs.readdirSync(stage.path('two'))]).toEqual([
        ['bot.pid'],
        [],
      ]);
    }));

  test('removes a record whose pid belongs to a stranger now, and leaves the stranger alone', () =>
    withStage(async (stage) => {
      const { stranger, record } = await makeReusedPidRecord(stage, 'gateway.pid', 'json');
      const rig = new Rig([service({ pidFiles: [record] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan.items).toMatchObject([{ verdict: 'reused', recordedPid: stranger }]);
      const result = await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      expect(result.outcomes).toMatchObject([{ removed: true }]);
      expect(fs.existsSync(record)).toBe(false);
      expect(isRunning(stranger)).toBe(true);
    }));

  test('does not offer a record whose service holds its lock', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const record = stage.file('bot.pid', String(await deadPid(stage)));
      const holder = await stage.start('holder', ['--file', lock]);
      const rig = new Rig([service({ lockFiles: [lock], pidFiles: [record] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan.items).toEqual([]);
      expect(plan.refused).toMatchObject([{ path: record }]);
      expect(plan.refused[0]?.reason).toContain(`is held by pid ${holder.pid} `);
      expect(plan.nothing).toContain('not offered');
    }));

  test('keeps a record that became protected by a lock after the plan', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const record = stage.file('bot.pid', String(await deadPid(stage)));
      const rig = new Rig([service({ lockFiles: [lock], pidFiles: [record] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan.refused).toEqual([]);
      expect(plan.items).toHaveLength(1);
      const holder = await stage.start('holder', ['--file', lock]);
      const result = await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      expect(result).toMatchObject({ undoable: false, outcomes: [{ removed: false }] });
      expect(result.sentence).toContain(`is held by pid ${holder.pid} `);
      expect(fs.existsSync(record)).toBe(true);
    }));

  test('keeps a record that another watched service protects by its lock', () =>
    withStage(async (stage) => {
      const lock = stage.file('bot.lock');
      const record = stage.file('bot.pid', String(await deadPid(stage)));
      await stage.start('holder', ['--file', lock]);
      const rig = new Rig([
        service({ pidFiles: [record] }),
        service({ id: 'other', name: 'other', lockFiles: [lock], pidFiles: [record] }),
      ]);
      const plan = await rig.actions.planCleanUp(['service', 'other']);
      expect(plan.items).toEqual([]);
      expect(plan.refused).toMatchObject([{ path: record, serviceName: 'other' }]);
    }));

  test('never removes a lock file, held or not, not even one that carries a dead pid', () =>
    withStage(async (stage) => {
      const dead = await deadPid(stage);
      const lock = stage.file('bot.lock', JSON.stringify({ pid: dead }));
      const record = stage.file('bot.pid', String(dead));
      const rig = new Rig([service({ lockFiles: [lock], pidFiles: [record] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan.refused).toEqual([]);
      expect(plan.items.map(({ path }) => path)).toEqual([record]);
      await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      expect(names(stage)).toEqual(['bot.lock']);
    }));

  test('keeps what cannot be verified: a record of another host', () =>
    withStage(async (stage) => {
      const record = stage.file(
        'bot.pid',
        JSON.stringify({ pid: await deadPid(stage), host: 'elsewhere.example' }),
      );
      const rig = new Rig([service({ pidFiles: [record] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan.items).toEqual([]);
      expect(plan.refused[0]?.reason).toContain('elsewhere.example');
    }));

  test('gives the vendor’s own procedure instead of offering what must not be removed', () =>
    withStage(async (stage) => {
      const record = stage.file('postmaster.pid', `${await deadPid(stage)}\n/var/lib/db\n`);
      // Named by a setting, and by a pattern that does not say what it matches.
      for (const path of [record, stage.path('*.pid')]) {
        const rig = new Rig([service({ pidFiles: [path] })]);
        const plan = await rig.actions.planCleanUp(['service']);
        expect(plan.items).toEqual([]);
        expect(plan.refused).toMatchObject([
          { path: record, reason: expect.stringContaining('pg_ctl') as unknown },
        ]);
      }
    }));

  test('keeps a record that was written again between the dialog and the removal', () =>
    withStage(async (stage) => {
      const record = stage.file('bot.pid', String(await deadPid(stage)));
      const rig = new Rig([service({ pidFiles: [record] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      const live = await stage.start('bystander', []);
      fs.writeFileSync(record, String(live.pid));
      const result = await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      expect(result).toMatchObject({ undoable: false, outcomes: [{ removed: false }] });
      expect(result.sentence).toContain('It is no longer stale');
      expect(fs.readFileSync(record, 'utf8')).toBe(String(live.pid));
    }));

  test('keeps a record that was replaced by another stale one: only what was shown is removed', () =>
    withStage(async (stage) => {
      const dead = String(await deadPid(stage));
      const record = stage.file('bot.pid', dead);
      // Of the same time: one that is newer would be a heartbeat.
      const then = new Date('2026-01-02T03:04:05Z');
      fs.utimesSync(record, then, then);
      const rig = new Rig([service({ pidFiles: [record] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      fs.writeFileSync(`${record}.new`, dead);
      fs.utimesSync(`${record}.new`, then, then);
      fs.renameSync(`${record}.new`, record);
      const result = await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      expect(result.sentence).toContain('It has changed since it was judged stale');
      expect(names(stage)).toEqual(['bot.pid']);
    }));

  test('keeps a record that a process has open', () =>
    withStage(async (stage) => {
      const record = stage.file('bot.pid', String(await deadPid(stage)));
      // By a name that does not say which file it is: else the record would not be offered at all.
      const reader = await stage.start('holder', ['--file', '/proc/self/cwd/bot.pid', '--kind', 'none']);
      const rig = new Rig([service({ pidFiles: [record] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      const result = await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      expect(result.sentence).toContain(`It is open in process ${reader.pid}`);
      expect(names(stage)).toEqual(['bot.pid']);
    }));

  test('removes a stale symlink record itself, and Undo makes the same link', () =>
    withStage(async (stage) => {
      const target = `${(await import('node:os')).hostname()}-${await deadPid(stage)}`;
      const lock = stage.path('SingletonLock');
      fs.symlinkSync(target, lock);
      const rig = new Rig([service({ lockFiles: [lock], existence: true })]);
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan.items).toMatchObject([{ path: lock, kind: 'symlink', verdict: 'dead' }]);
      const result = await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      expect(result.outcomes).toMatchObject([{ removed: true }]);
      expect(names(stage)).toEqual([]);
      await rig.actions.undoCleanUp(plan.id);
      expect(fs.readlinkSync(lock)).toBe(target);
    }));

  test('does not follow a symlink to remove what it leads to, nor removes the link', () =>
    withStage(async (stage) => {
      const record = stage.file('elsewhere/real.pid', String(await deadPid(stage)));
      const link = stage.path('bot.pid');
      fs.symlinkSync(record, link);
      const rig = new Rig([service({ pidFiles: [link] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan.items).toEqual([]);
      expect(plan.refused[0]?.reason).toContain('symbolic link');
      expect(fs.existsSync(record) && fs.existsSync(link)).toBe(true);
    }));

  test('does not offer a record that has a second name, until it has one only', () =>
    withStage(async (stage) => {
      const record = stage.file('bot.pid', String(await deadPid(stage)));
      fs.linkSync(record, stage.path('kept.pid'));
      const rig = new Rig([service({ pidFiles: [record] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan.items).toEqual([]);
      expect(plan.refused[0]?.reason).toContain('It has 2 names (hard links)');
      fs.rmSync(stage.path('kept.pid'));
      expect((await rig.actions.planCleanUp(['service'])).items).toMatchObject([{ path: record }]);
    }));

  test('removes an empty lock directory whose heartbeat was seen and has stopped, and no other', () =>
    withStage(async (stage) => {
      const start = Math.floor(Date.now() / 1000) - 130;
      const renew = (name: string, at: number): void =>
        fs.utimesSync(stage.path(name), start + at, start + at);
      for (const name of ['stopped.lock', 'full.lock', 'fresh.lock', 'mutex.lock']) {
        fs.mkdirSync(stage.path(name));
        renew(name, 0);
      }
      const lockFiles = names(stage).map((name) => stage.path(name));
      fs.writeFileSync(stage.path('full.lock', 'x'), '');
      const rig = new Rig([service({ lockFiles, existence: true })], { facts: steadyClock });
      for (const at of [0, 5, 10]) {
        for (const name of ['stopped.lock', 'full.lock', 'fresh.lock']) renew(name, at);
        await rig.observer.tick();
      }
      renew('fresh.lock', 125);
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan.items).toMatchObject([
        {
          path: stage.path('stopped.lock'),
          kind: 'directory',
          verdict: 'heartbeat',
          proof: 'plausible',
          preselected: false,
        },
      ]);
      const reasons = new Map(plan.refused.map(({ path, reason }) => [path, reason]));
      expect(reasons.get(stage.path('full.lock'))).toContain('not empty');
      expect(reasons.get(stage.path('mutex.lock'))).toContain('its age says nothing');
      expect(reasons.size).toBe(2);
      const result = await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      expect(result.outcomes).toMatchObject([{ removed: true }]);
      expect(names(stage)).toEqual(['fresh.lock', 'full.lock', 'mutex.lock']);
      await rig.actions.undoCleanUp(plan.id);
      expect(Math.round(fs.statSync(stage.path('stopped.lock')).mtimeMs)).toBe((start + 10) * 1000);
    }));

  test('keeps a record while an instance of its service runs, until it has ended', () =>
    withStage(async (stage) => {
      const record = stage.file('bot.pid', String(await deadPid(stage)));
      const instance = await stage.start('bystander', []);
      const rig = new Rig([service({ pidFiles: [record], process: bystanderIn(stage) })]);
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan.items).toEqual([]);
      expect(plan.refused).toMatchObject([
        {
          path: record,
          reason: expect.stringContaining(`Process ${instance.pid} of this service is running`) as unknown,
        },
      ]);
      await instance.killHard();
      expect((await rig.actions.planCleanUp(['service'])).items).toMatchObject([{ path: record }]);
    }));

  test('offers a record, unselected, while a shell sleeps that will start its service', () =>
    withStage(async (stage) => {
      const record = stage.file('bot.pid', String(await deadPid(stage)));
      const text = 'sleep 600 & echo ready; wait; node bystander.cjs';
      const shell = await stage.startCommand('sh', ['-c', text], { roles: [] });
      await shell.waitFor('ready');
      const rig = new Rig([service({ pidFiles: [record], process: bystanderIn(stage) })]);
      const { items, refused } = await rig.actions.planCleanUp(['service']);
      expect(refused).toEqual([]);
      expect(items).toMatchObject([{ path: record, proof: 'plausible', preselected: false }]);
      expect(factsIn(items[0]?.evidence ?? []).join('\n')).toContain(
        `Process ${shell.pid} (sh -c ${text}) may start the service at any moment`,
      );
      await shell.killHard();
      const later = await rig.actions.planCleanUp(['service']);
      expect(later.items).toMatchObject([{ path: record, preselected: true }]);
    }));

  test('keeps a record whose service was started between the dialog and the removal', () =>
    withStage(async (stage) => {
      const record = stage.file('bot.pid', String(await deadPid(stage)));
      const rig = new Rig([service({ pidFiles: [record], process: bystanderIn(stage) })]);
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan.items).toHaveLength(1);
      const instance = await stage.start('bystander', []);
      const result = await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      expect(result.sentence).toContain(`Process ${instance.pid} of this service is running`);
      expect(names(stage)).toEqual(['bot.pid']);
    }));

  test('offers what only a clock calls stale, unselected', () =>
    withStage(async (stage) => {
      const { record } = await makeReusedPidRecord(stage, 'gateway.pid', 'plain');
      const rig = new Rig([service({ pidFiles: [record] })], { facts: steadyClock });
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan.items).toMatchObject([
        { path: record, verdict: 'reused', proof: 'plausible', preselected: false },
      ]);
      expect(factsIn(plan.items[0]?.evidence ?? []).join('\n')).toContain('rests on the wall clock alone');
    }));

  test('does not offer what was replaced between two looks at it', () =>
    withStage(async (stage) => {
      const dead = String(await deadPid(stage));
      const other = String(await deadPid(stage));
      const record = stage.file('bot.pid', dead);
      const rig = new Rig([service({ pidFiles: [record] })], {
        onInspect: (count) => {
          if (count !== 2) return;
          fs.writeFileSync(`${record}.new`, other);
          fs.renameSync(`${record}.new`, record);
        },
      });
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan.items).toEqual([]);
      expect(plan.refused).toMatchObject([{ path: record, reason: 'It is being written right now.' }]);
    }));

  test('removes what was selected, nothing else, and says how far it is', () =>
    withStage(async (stage) => {
      const dead = String(await deadPid(stage));
      const records = ['a.pid', 'b.pid', 'c.pid'].map((name) => stage.file(name, dead));
      const rig = new Rig([service({ pidFiles: records })]);
      const plan = await rig.actions.planCleanUp(['service']);
      const chosen = plan.items.filter(({ path }) => path !== records[1]).map(({ id }) => id);
      const result = await rig.actions.cleanUp(plan.id, chosen);
      expect(result.outcomes.map(({ path }) => path)).toEqual([records[0], records[2]]);
      expect(names(stage)).toEqual(['b.pid']);
      expect(rig.progress).toEqual(['1 of 2', '2 of 2']);
      expect((await rig.actions.cleanUp(plan.id, [])).sentence).toContain('nothing was removed');
      expect(names(stage)).toEqual(['b.pid']);
    }));

  test.each(['service', 'other'])(
    'asks every service that names it again: %s was locked meanwhile',
    (locked) =>
      withStage(async (stage) => {
        const record = stage.file('bot.pid', String(await deadPid(stage)));
        const lockOf = { service: stage.file('first.lock'), other: stage.file('second.lock') };
        const rig = new Rig([
          service({ pidFiles: [record], lockFiles: [lockOf.service] }),
          service({ id: 'other', name: 'other', pidFiles: [record], lockFiles: [lockOf.other] }),
        ]);
        const plan = await rig.actions.planCleanUp(['service', 'other']);
        expect(plan.items).toHaveLength(1);
        const holder = await stage.start('holder', ['--file', lockOf[locked as keyof typeof lockOf]]);
        const result = await rig.actions.cleanUp(
          plan.id,
          plan.items.map(({ id }) => id),
        );
        expect(result.sentence).toContain(`is held by pid ${holder.pid} `);
        expect(fs.existsSync(record)).toBe(true);
      }),
  );

  test('keeps a record that names another dead process by now: that one was never shown', () =>
    withStage(async (stage) => {
      const [one, two] = [await deadPid(stage), await deadPid(stage)];
      const record = stage.file('bot.pid', String(one));
      const rig = new Rig([service({ pidFiles: [record] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      fs.writeFileSync(record, String(two));
      const result = await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      expect(result.sentence).toContain('It is no longer stale');
      expect(fs.readFileSync(record, 'utf8')).toBe(String(two));
    }));

  test('keeps a record that was proven stale when it was shown, and is only probably so now', () =>
    withStage(async (stage) => {
      const { record } = await makeReusedPidRecord(stage, 'gateway.pid', 'json');
      const hourAgo = Date.now() / 1000 - 3600;
      fs.utimesSync(record, hourAgo, hourAgo);
      // As if the record's start ticks were no longer to be had.
      let isVague = false;
      const rig = new Rig([service({ pidFiles: [record] })], {
        facts: (facts) => steadyClock(isVague ? withoutTicks(facts) : facts),
      });
      const plan = await rig.actions.planCleanUp(['service']);
      expect(plan.items).toMatchObject([{ proof: 'proven', preselected: true }]);
      isVague = true;
      const result = await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      expect(result.sentence).toContain('It is no longer stale');
      expect(fs.existsSync(record)).toBe(true);
    }));

  test('takes the weaker of two services’ proofs for the same record', () =>
    withStage(async (stage) => {
      const { record } = await makeReusedPidRecord(stage, 'gateway.pid', 'json');
      const hourAgo = Date.now() / 1000 - 3600;
      fs.utimesSync(record, hourAgo, hourAgo);
      for (const vague of ['service', 'other']) {
        const rig = new Rig(
          [service({ pidFiles: [record] }), service({ id: 'other', name: 'other', pidFiles: [record] })],
          { facts: (facts) => steadyClock(facts.service.id === vague ? withoutTicks(facts) : facts) },
        );
        const plan = await rig.actions.planCleanUp(['service', 'other']);
        expect(plan.items).toMatchObject([{ proof: 'plausible', preselected: false }]);
      }
    }));

  test('undoes the last clean-up, then the one before, also after other plans', () =>
    withStage(async (stage) => {
      const dead = String(await deadPid(stage));
      const records = ['a.pid', 'b.pid'].map((name) => stage.file(name, dead));
      const rig = new Rig([service({ pidFiles: records })]);
      expect((await rig.actions.undoCleanUp()).sentence).toBe('There is nothing to restore.');
      const plan = async () => rig.actions.planCleanUp(['service']);
      const [first, second] = [await plan(), await plan()];
      await rig.actions.cleanUp(second.id, [`service\0${records[1]}`]);
      await rig.actions.cleanUp(first.id, [`service\0${records[0]}`]);
      expect(names(stage)).toEqual([]);
      for (let more = 0; more < 25; more += 1) await plan();
      expect((await rig.actions.undoCleanUp()).outcomes).toMatchObject([
        { serviceId: 'service', path: records[0], restored: true },
      ]);
      expect((await rig.actions.undoCleanUp()).outcomes).toMatchObject([{ path: records[1] }]);
      expect((await rig.actions.undoCleanUp()).outcomes).toEqual([]);
      expect(names(stage)).toEqual(['a.pid', 'b.pid']);
    }));

  test('cancelled, decides the record in hand and leaves the others', () =>
    withStage(async (stage) => {
      const dead = String(await deadPid(stage));
      const records = ['a.pid', 'b.pid', 'c.pid'].map((name) => stage.file(name, dead));
      let planId = '';
      const rig: Rig = new Rig([service({ pidFiles: records })], {
        wait: (ms) => {
          rig.actions.cancelCleanUp(planId);
          return delay(ms);
        },
      });
      const plan = await rig.actions.planCleanUp(['service']);
      planId = plan.id;
      const result = await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      expect(result.outcomes.map(({ removed }) => removed)).toEqual([true, false, false]);
      expect(names(stage)).toEqual(['b.pid', 'c.pid']);
    }));

  test('keeps a record whose service cannot be inspected again', () =>
    withStage(async (stage) => {
      const record = stage.file('bot.pid', String(await deadPid(stage)));
      let isBroken = false;
      const rig = new Rig([service({ pidFiles: [record] })], {
        onInspect: () => {
          if (isBroken) throw new Error('the table cannot be read');
        },
      });
      const plan = await rig.actions.planCleanUp(['service']);
      isBroken = true;
      const result = await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      expect(result.sentence).toContain('It could not be re-checked');
      expect(names(stage)).toEqual(['bot.pid']);
    }));

  test('does not put a record back over a new one', () =>
    withStage(async (stage) => {
      const record = stage.file('bot.pid', String(await deadPid(stage)));
      const rig = new Rig([service({ pidFiles: [record] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      fs.writeFileSync(record, 'new');
      const undone = await rig.actions.undoCleanUp(plan.id);
      expect(undone).toMatchObject({ outcomes: [{ restored: false }] });
      expect(undone.sentence).toContain('a new file is there, and it was kept');
      expect(fs.readFileSync(record, 'utf8')).toBe('new');
      expect(names(stage)).toEqual(['bot.pid']);
    }));

  test('writes what it saw and did to the log, with times and without the record’s secrets', () =>
    withStage(async (stage) => {
      const pid = await deadPid(stage);
      const record = stage.file('ide.lock', JSON.stringify({ pid, authToken: 'swordfish' }));
      const rig = new Rig([service({ pidFiles: [record] })]);
      const plan = await rig.actions.planCleanUp(['service']);
      await rig.actions.cleanUp(
        plan.id,
        plan.items.map(({ id }) => id),
      );
      const log = rig.log.join('\n');
      expect(log).toMatch(/clean up \+[\d.]+ ms: .*still stale; inode \d+/);
      expect(log).toContain(`"pid":${pid}`);
      expect(log).toContain('moved aside as');
      expect(`${log}${JSON.stringify(plan)}`).not.toContain('swordfish');
    }));
});
