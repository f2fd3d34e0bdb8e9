import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LockFacts, ServiceFacts } from '../../src/model/facts';
import { STARTING_MS } from '../../src/model/instances/rivals';
import type { Service } from '../../src/model/service';
import { createPlatform } from '../../src/os/index';
import type { Observer } from '../../src/os/platform';
import { startLockFarm, Churner } from '../fixtures/farm';
import { service } from '../fixtures/observe';
import { holdsLock } from '../fixtures/ownLocks';
import { isRunning, readStat, timesRun } from '../fixtures/proc';
import { startMainEnds } from '../fixtures/mainEnds';
import { eventually } from '../harness/eventually';
import { startWithPid, whyNoReusedPid, withNumbersApart } from '../fixtures/reusedPid';
import { Stage, until } from '../fixtures/stage';

/** One observer and the newest facts of each service. */
class Facts {
  readonly observer: Observer = createPlatform().createObserver();
  readonly of = new Map<string, ServiceFacts>();
  constructor(services: readonly Service[]) {
    this.observer.configure(services, { probe: undefined, probePolicy: 'never' });
  }

  async tick(): Promise<readonly ServiceFacts[]> {
    const { changed, problem } = await this.observer.tick();
    expect(problem).toBeUndefined();
    for (const facts of changed) this.of.set(facts.service.id, facts);
    return changed;
  }

  locks(name: string): readonly LockFacts[] {
    return this.of.get(name)?.lockFiles.flatMap(({ locks }) => locks) ?? [];
  }

  holders(name: string): number[] {
    return this.locks(name)
      .flatMap(({ holders }) => holders.map(({ process }) => process.pid))
      .sort((a, b) => a - b);
  }

  /** Ticks until it is so; an error after `ticks`. */
  async within(ticks: number, isSo: () => boolean, otherwise: string): Promise<number> {
    for (let tick = 1; tick <= ticks; tick++) {
      await this.tick();
      if (isSo()) return tick;
    }
    throw new Error(`${otherwise}: not within ${ticks} ticks; ${JSON.stringify(this.locks('a'), plain)}`);
  }
}

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
const sorted = (...pids: number[]): number[] => pids.sort((a, b) => a - b);

describe.runIf(process.platform === 'linux')('observing on Linux', () => {
  let stage: Stage;
  let seen: Facts | undefined;
  const watch = (...services: Service[]): Facts => (seen = new Facts(services));
  const lockFile = (name = 'a.lock'): Service => service('a', { lockFiles: [stage.path(name)] });

  beforeEach(() => {
    stage = Stage.open();
  });
  afterEach(async () => {
    seen?.observer.close();
    seen = undefined;
    await stage.close();
  });

  describe('holders', () => {
    it('follows a lock from its taker to its heir, and to nobody', async () => {
      const actor = await stage.start('holder', ['--file', stage.path('a.lock'), '--heirs', '1'], {
        roles: ['holder', 'heir-1'],
      });
      const heir = actor.pidOf('heir-1');
      const facts = watch(lockFile());
      await facts.tick();
      expect(facts.holders('a')).toEqual(sorted(actor.pid, heir));
      expect(facts.locks('a')[0]).toMatchObject({ taker: actor.pid, deletedInode: false });
      expect(facts.locks('a')[0]?.holders.map(({ inherited, proven }) => [inherited, proven])).toEqual([
        [false, true],
        [true, true],
      ]);
      await actor.killHard();
      await facts.tick();
      expect(facts.holders('a')).toEqual([heir]);
      expect(facts.locks('a')[0]).toMatchObject({ taker: actor.pid });
      await stage.killHard(heir);
      // Its first thread is gone; the last of the others lets go of the lock.
      await facts.within(20, () => facts.locks('a').length === 0, 'it is free');
      expect(facts.of.get('a')?.lockFiles[0]?.certainty).toBe('certain');
    });

    it('notices a child that was given the lock later', async () => {
      const actor = await stage.start('holder', ['--file', stage.path('a.lock'), '--hand-over-on-term']);
      const facts = watch(lockFile());
      await facts.tick();
      expect(facts.holders('a')).toEqual([actor.pid]);
      actor.kill('SIGTERM');
      const { pid: heir } = await actor.waitForEvent('handed over');
      await actor.exited;
      await facts.within(3, () => facts.holders('a').includes(Number(heir)), 'the heir holds it');
      expect(facts.holders('a')).toEqual([heir]);
    });

    it('shows every holder of shared locks, and each only once', async () => {
      const args = ['--file', stage.path('a.lock'), '--mode', 'shared'];
      const one = await stage.start('holder', args);
      const two = await stage.start('holder', args);
      const facts = watch(lockFile());
      await facts.tick();
      expect(facts.locks('a').map(({ access }) => access)).toEqual(['read', 'read']);
      expect(facts.holders('a')).toEqual(sorted(one.pid, two.pid));
      await one.killHard();
      await facts.tick();
      expect(facts.holders('a')).toEqual([two.pid]);
    });

    it('never believes the stranger who has the dead taker’s pid', async (context) => {
      const why = whyNoReusedPid();
      if (why !== undefined) context.skip(why);
      const actor = await withNumbersApart(() =>
        stage.start('holder', ['--file', stage.path('a.lock'), '--heirs', '1'], {
          roles: ['holder', 'heir-1'],
          session: 'shared',
        }),
      );
      const heir = actor.pidOf('heir-1');
      const taker = actor.pid;
      await actor.killHard();
      const stranger = await startWithPid(stage, taker);
      try {
        if (stranger === undefined) context.skip('another process was faster');
        const facts = watch(lockFile());
        await facts.tick();
        expect(facts.locks('a')[0]).toMatchObject({ taker });
        expect(facts.holders('a')).toEqual([heir]);
      } finally {
        await stranger?.killHard();
      }
    });

    it('shows who waits, and no longer once it holds', async () => {
      const actor = await stage.start('holder', ['--file', stage.path('a.lock')]);
      const waiter = await stage.start('lock_waiter', ['--file', stage.path('a.lock')]);
      const facts = watch(lockFile());
      await facts.tick();
      expect(facts.holders('a')).toEqual([actor.pid]);
      expect(facts.locks('a')[0]?.waiters.map(({ pid }) => pid)).toEqual([waiter.pid]);
      await actor.killHard();
      await waiter.waitForEvent('acquired');
      await facts.tick();
      expect(facts.holders('a')).toEqual([waiter.pid]);
      expect(facts.locks('a')[0]?.waiters).toEqual([]);
    });

    it.each(['posix', 'ofd'] as const)('resolves %s locks, with their range', async (kind) => {
      const actor = await stage.start('holder', ['--file', stage.path('a.lock'), '--kind', kind]);
      const facts = watch(lockFile());
      await facts.tick();
      expect(facts.locks('a')).toMatchObject([{ kind, start: '0', end: 'EOF', access: 'write' }]);
      expect(facts.holders('a')).toEqual([actor.pid]);
      expect(facts.locks('a')[0]?.taker).toBe(kind === 'ofd' ? undefined : actor.pid);
    });

    it('takes no lease for a lock', async () => {
      const file = stage.file('a.lock');
      await stage.start('holder', ['--file', file, '--kind', 'lease', '--mode', 'shared', '--open', 'r']);
      const facts = watch(lockFile());
      await facts.tick();
      expect(facts.locks('a')).toEqual([]);
    });

    it('notices that a holder stops and goes on', async () => {
      const actor = await stage.start('holder', ['--file', stage.path('a.lock'), '--die-with-parent']);
      const facts = watch(lockFile());
      await facts.tick();
      const state = (): string | undefined => facts.locks('a')[0]?.holders[0]?.process.state;
      actor.kill('SIGSTOP');
      await until(() => readStat(actor.pid)?.state === 'T', 'it does not stop');
      await facts.within(2, () => state() === 'T', 'stopped is seen');
      const ran = timesRun(actor.pid);
      actor.kill('SIGCONT');
      if (ran !== undefined) await until(() => timesRun(actor.pid) !== ran, 'it does not go on');
      await facts.within(2, () => state() !== 'T', 'going on is seen');
    });

    it('finds the lock of a process whose first thread has ended', async (context) => {
      const one = (await startMainEnds(stage, stage.path('a.lock'))) ?? context.skip('no C compiler');
      const pidFile = stage.file('a.pid', String(one.pid));
      const facts = watch(service('a', { lockFiles: [stage.path('a.lock')], pidFiles: [pidFile] }));
      await facts.tick();
      expect(facts.holders('a')).toEqual([one.pid]);
      expect(facts.of.get('a')?.pidFiles[0]?.content?.liveness).toMatchObject({ state: 'alive' });
      const argv = [stage.path('main_ends'), stage.path('a.lock')];
      const folder = fs.statSync(stage.path('.'), { bigint: true });
      expect(facts.of.get('a')?.processes.get(one.pid)).toMatchObject({
        argv,
        exe: stage.path('main_ends'),
        cwd: stage.path('.'),
        cwdId: { dev: String(folder.dev), ino: String(folder.ino) },
      });
      await facts.tick();
      expect(facts.holders('a')).toEqual([one.pid]);
      await one.killHard();
    });

    it('names the process that got the lock when it went from one to another between two looks', async () => {
      const one = await stage.start('holder', ['--file', stage.path('a.lock')]);
      const facts = watch(lockFile());
      await facts.tick();
      await one.killHard();
      const two = await stage.start('holder', ['--file', stage.path('a.lock')]);
      await facts.tick();
      expect(facts.holders('a')).toEqual([two.pid]);
    });
  });

  describe('files that are deleted, made again, moved', () => {
    it('remembers the old inode while it is locked', async () => {
      const file = stage.path('a.lock');
      const one = await stage.start('holder', ['--file', file]);
      const facts = watch(lockFile());
      await facts.tick();
      fs.rmSync(file);
      await facts.tick();
      expect(facts.of.get('a')?.lockFiles[0]?.file.status).toBe('absent');
      expect(facts.locks('a')).toMatchObject([{ deletedInode: true }]);
      expect(facts.holders('a')).toEqual([one.pid]);
      const two = await stage.start('holder', ['--file', file]);
      await facts.tick();
      const byPid = new Map(
        facts.locks('a').map(({ holders, deletedInode }) => [holders[0]?.process.pid, deletedInode] as const),
      );
      expect(byPid).toEqual(
        new Map([
          [two.pid, false],
          [one.pid, true],
        ]),
      );
      await one.killHard();
      await facts.tick();
      expect(facts.holders('a')).toEqual([two.pid]);
    });

    it('finds the holder of a deleted file at first sight', async () => {
      const file = stage.path('a.lock');
      const one = await stage.start('holder', ['--file', file]);
      fs.rmSync(file);
      const two = await stage.start('holder', ['--file', file]);
      const facts = watch(lockFile());
      await facts.tick();
      expect(facts.holders('a')).toEqual(sorted(one.pid, two.pid));
      expect(facts.locks('a').filter(({ deletedInode }) => deletedInode)).toHaveLength(1);
    });

    it('finds a lock taken on a deleted file while watching, also through a link to its folder', async () => {
      fs.mkdirSync(stage.path('real'));
      fs.symlinkSync('real', stage.path('link'));
      const file = stage.path('real/a.lock');
      const one = await stage.start('holder', ['--file', file, '--kind', 'none']);
      fs.rmSync(file);
      const two = await stage.start('holder', ['--file', file]);
      const facts = watch(lockFile('link/a.lock'));
      await facts.tick();
      expect(facts.holders('a')).toEqual([two.pid]);
      // Takes it through the descriptor that is open on the deleted inode.
      const late = await stage.start('holder', ['--file', `/proc/${one.pid}/fd/${fdOf(one.pid, file)}`]);
      await facts.within(
        3,
        () => facts.holders('a').includes(late.pid),
        'the lock on the deleted inode is seen',
      );
      expect(facts.holders('a')).toEqual(sorted(two.pid, late.pid));
      fs.rmSync(stage.path('link'));
      fs.rmSync(stage.path('real'), { recursive: true });
    });

    it('is not misled by a file that is really called "… (deleted)"', async () => {
      const other = await stage.start('holder', ['--file', stage.path('a.lock (deleted)')]);
      const one = await stage.start('holder', ['--file', stage.path('a.lock')]);
      const facts = watch(lockFile());
      await facts.tick();
      expect(facts.holders('a')).toEqual([one.pid]);
      expect(facts.holders('a')).not.toContain(other.pid);
      fs.rmSync(stage.path('a.lock (deleted)'));
    });

    it('forgets a file that was moved away, and watches what has its name now', async () => {
      const file = stage.path('a.lock');
      await stage.start('holder', ['--file', file]);
      const facts = watch(lockFile());
      await facts.tick();
      fs.renameSync(file, stage.path('moved'));
      fs.writeFileSync(file, '');
      await facts.tick();
      expect(facts.locks('a').filter(({ deletedInode }) => !deletedInode)).toEqual([]);
      fs.rmSync(stage.path('moved'));
    });

    it('sees a file, and its lock, appear under a pattern', async () => {
      const facts = watch(service('a', { lockFiles: [stage.path('*.lock')] }));
      await facts.tick();
      expect(facts.of.get('a')?.lockFiles).toEqual([]);
      const one = await stage.start('holder', ['--file', stage.path('new.lock')]);
      await facts.tick();
      expect(facts.holders('a')).toEqual([one.pid]);
    });
  });

  describe('pid records', () => {
    const recordOf = (facts: Facts) => facts.of.get('a')?.pidFiles[0]?.content;

    it('follow the process they name: alive, then gone', async () => {
      const one = await stage.start('bystander', []);
      const file = stage.file('a.pid', `${one.pid}\n`);
      const facts = watch(service('a', { pidFiles: [file] }));
      await facts.tick();
      expect(recordOf(facts)?.liveness).toMatchObject({ state: 'alive', process: { pid: one.pid } });
      await one.killHard();
      await facts.tick();
      expect(recordOf(facts)?.liveness).toEqual({ state: 'dead', why: 'gone' });
    });

    it('that name a thread name no process', async () => {
      const one = await stage.start('bystander', []);
      const thread = fs
        .readdirSync(`/proc/${one.pid}/task`)
        .map(Number)
        .find((tid) => tid !== one.pid);
      const facts = watch(service('a', { pidFiles: [stage.file('a.pid', String(thread))] }));
      await facts.tick();
      const liveness = recordOf(facts)?.liveness;
      expect(liveness).toMatchObject({ state: 'dead', why: 'thread', threadOf: one.pid });
      expect(liveness?.state === 'dead' ? liveness.startTime : 0).toBeCloseTo(Date.now(), -5);
    });

    it('are read when they are written, and not lost when they are truncated', async () => {
      const one = await stage.start('bystander', []);
      const file = stage.file('a.pid');
      const facts = watch(service('a', { pidFiles: [file] }));
      await facts.tick();
      expect(recordOf(facts)?.record).toEqual({ shape: 'empty' });
      fs.writeFileSync(file, String(one.pid));
      await facts.tick();
      expect(recordOf(facts)?.record.pid).toBe(one.pid);
      fs.truncateSync(file);
      await facts.tick();
      expect(recordOf(facts)?.record).toEqual({ shape: 'empty' });
    });

    it('come with start time, user, directory and parent of a live process', async () => {
      const one = await stage.start('bystander', [], { cwd: 'here' });
      const facts = watch(service('a', { pidFiles: [stage.file('a.pid', String(one.pid))] }));
      await facts.tick();
      const found = facts.of.get('a')?.processes.get(one.pid);
      expect(found).toMatchObject({
        pid: one.pid,
        ppid: process.pid,
        cwd: fs.realpathSync(stage.path('here')),
        uid: process.getuid?.(),
        startTicks: readStat(one.pid)?.startTicks,
      });
      expect(found?.argv.join(' ')).toContain('bystander.cjs');
      expect(Math.abs((found?.startTime ?? 0) - Date.now())).toBeLessThan(60_000);
      // Ancestors come along, so that a tree can be told.
      expect(facts.of.get('a')?.processes.has(process.pid)).toBe(true);
    });
  });

  describe('paths that are no plain files', () => {
    it('leaves FIFOs, folders, loops and huge files alone, and the writer of a FIFO alive', async () => {
      const fifo = stage.path('fifo');
      execFileSync('mkfifo', [fifo]);
      const writer = await stage.startCommand(
        'sh',
        ['-c', 'echo ready; exec 3>"$1"; echo never', 'sh', fifo],
        {
          roles: [],
        },
      );
      await writer.waitFor('ready');
      fs.symlinkSync('loop', stage.path('loop'));
      fs.mkdirSync(stage.path('folder.lock'));
      const huge = fs.openSync(stage.path('huge'), 'w');
      fs.ftruncateSync(huge, 10 * 1024 ** 3);
      fs.closeSync(huge);
      const names = ['fifo', 'loop', 'folder.lock', 'huge', 'nowhere'];
      const facts = watch(
        service('a', { lockFiles: names.map((name) => stage.path(name)), pidFiles: [fifo] }),
      );
      for (let tick = 0; tick < 3; tick++) await facts.tick();
      const status = facts.of.get('a')?.lockFiles.map(({ file }) => file.status);
      expect(status).toEqual(['special', 'unreadable', 'directory', 'file', 'absent']);
      // What cannot be looked at is the same every time: no news.
      expect(await facts.tick()).toEqual([]);
      expect(isRunning(writer.pid)).toBe(true);
      expect(writer.lines).toEqual(['ready']);
      for (const name of names) fs.rmSync(stage.path(name), { recursive: true, force: true });
    });

    it('sees a lock on a folder, and takes one that is not locked for a lock by existence', async () => {
      fs.mkdirSync(stage.path('a.lock'));
      const facts = watch(lockFile());
      await facts.tick();
      expect(facts.of.get('a')?.lockFiles[0]).toMatchObject({ existence: true, locks: [] });
      const one = await stage.start('holder', ['--file', stage.path('a.lock'), '--open', 'r']);
      await facts.tick();
      expect(facts.holders('a')).toEqual([one.pid]);
      fs.rmdirSync(stage.path('a.lock'));
    });

    it('reads the record in a link that leads nowhere', async () => {
      fs.symlinkSync(`some-host-${process.pid}`, stage.path('a.lock'));
      const facts = watch(lockFile());
      await facts.tick();
      expect(facts.of.get('a')?.lockFiles[0]).toMatchObject({
        existence: true,
        file: { status: 'symlink' },
        record: { record: { pid: process.pid, host: 'some-host' } },
      });
      fs.rmSync(stage.path('a.lock'));
    });
  });

  describe('tick after tick', () => {
    it('says nothing while nothing changes', async () => {
      const { files } = await startLockFarm(stage, { locks: 20, processes: 4 });
      const started = performance.now();
      const facts = watch(
        ...files.map((file) =>
          service(file, { lockFiles: [file], process: { kind: 'substring', text: 'lock_farm' } }),
        ),
      );
      expect(await facts.tick()).toHaveLength(20);
      // The actors have just started: their threads and states may still settle, and they are not counted at once.
      await until(() => performance.now() - started > STARTING_MS, 'time stands still');
      await facts.tick();
      for (let tick = 0; tick < 10; tick++) {
        const changed = await facts.tick();
        expect(changed.map((each) => each.service.name)).toEqual([]);
      }
    });

    it('says nothing where what is above it, and starts anything, starts something else', async () => {
      const started = performance.now();
      const holder = await stage.start('holder', ['--file', stage.path('a.lock')]);
      const facts = watch(lockFile());
      await facts.tick();
      await until(() => performance.now() - started > STARTING_MS, 'time stands still');
      await eventually(
        'a holder that has come to rest',
        () => facts.tick(),
        (changed) => changed.length === 0,
      );
      // This process is above the holder, and the monitor's own.
      await stage.start('bystander', []);
      expect((await facts.tick()).map(({ service: { id } }) => id)).toEqual([]);
      expect(facts.holders('a')).toEqual([holder.pid]);
    });

    it('loses none of 2,000 locks and doubles none while others churn', { timeout: 300_000 }, async () => {
      const { files } = await startLockFarm(stage, { locks: 2_000, processes: 4 });
      const churners = [
        await Churner.start(stage, { count: 10, folder: 'churn-1' }),
        await Churner.start(stage, { count: 10, folder: 'churn-2' }),
      ];
      const churned = churners.flatMap((churner) => churner.files);
      const facts = watch(
        ...files.map((file) => service(file, { lockFiles: [file] })),
        ...churned.map((file) => service(file, { lockFiles: [file] })),
      );
      const stable = new Set(files);
      // The actors have just started: until they sleep, their state is news of each of their locks.
      await eventually(
        'actors that have come to rest',
        () => facts.tick(),
        (changed) => !changed.some(({ service: { name } }) => stable.has(name)),
      );
      for (const churner of churners) await churner.begin();
      const wrong: unknown[] = [];
      for (let tick = 0; tick < 25; tick++) {
        const changed = await facts.tick();
        const news = changed.filter(({ service: { name } }) => stable.has(name));
        if (news.length > 0) wrong.push({ tick, news: news.length, first: news[0] });
        for (const file of files) {
          if (facts.holders(file).length !== 1) wrong.push({ tick, holders: facts.holders(file) });
        }
        // An exclusive lock has one taker at a time, however often it changed hands while the table was read.
        for (const file of churned) {
          if (facts.locks(file).length > 1) wrong.push({ tick, locks: facts.locks(file) });
        }
      }
      expect(wrong).toEqual([]);
      for (const churner of churners) await churner.stop();
      await facts.tick();
      for (const file of churned) expect(facts.locks(file)).toEqual([]);
    });

    it('survives processes that come and go', async () => {
      const facts = watch(
        service('a', { lockFiles: [stage.path('a.lock')], process: { kind: 'substring', text: 'true' } }),
      );
      const loop = await stage.startCommand('sh', ['-c', 'while :; do /bin/true & done'], { roles: [] });
      for (let tick = 0; tick < 50; tick++) await facts.tick();
      expect(isRunning(loop.pid)).toBe(true);
      await loop.killHard();
    });

    it('changes only what the settings changed', async () => {
      const one = service('a', { lockFiles: [stage.file('a.lock')] });
      const two = service('b', { lockFiles: [stage.file('b.lock')] });
      const facts = watch(one, two);
      await facts.tick();
      const options = { probe: undefined, probePolicy: 'never' } as const;
      facts.observer.configure([one, { ...two, maxInstances: 2 }, service('c', {})], options);
      expect((await facts.tick()).map((each) => each.service.id)).toEqual(['b', 'c']);
      facts.observer.configure([one], options);
      expect(await facts.tick()).toEqual([]);
      expect(await facts.observer.inspect('b')).toBeUndefined();
    });
  });

  describe('processes of a service', () => {
    it('are matched when they start, exec or end', async () => {
      const mark = stage.file(`mark-of-${process.pid}.sh`, 'read line; exec sleep 600');
      const facts = watch(service('a', { process: { kind: 'substring', text: mark } }));
      await facts.tick();
      const matched = (): readonly number[] => facts.of.get('a')?.matched ?? [];
      expect(matched()).toEqual([]);
      const one = await stage.startCommand('sh', [mark], { roles: [] });
      await facts.tick();
      expect(matched()).toEqual([one.pid]);
      one.say('go');
      await until(() => fs.readFileSync(`/proc/${one.pid}/comm`, 'utf8') === 'sleep\n', 'no exec');
      await facts.within(2, () => matched().length === 0, 'another program is no match');
      await one.killHard();
    });

    it('that might be duplicates come along: same script, same directory', async () => {
      const first = await stage.start('bystander', ['--tag', 'one'], { cwd: 'here' });
      const lock = await stage.start('holder', ['--file', stage.path('a.lock')], { cwd: 'here' });
      const facts = watch(lockFile());
      await facts.tick();
      expect(facts.of.get('a')?.processes.has(first.pid)).toBe(false);
      const second = await stage.start('holder', ['--file', stage.path('b.lock')], { cwd: 'here' });
      const elsewhere = await stage.start('holder', ['--file', stage.path('c.lock')], { cwd: 'there' });
      await facts.tick();
      expect(facts.holders('a')).toEqual([lock.pid]);
      expect(facts.of.get('a')?.processes.has(second.pid)).toBe(true);
      expect(facts.of.get('a')?.processes.has(elsewhere.pid)).toBe(false);
      await second.killHard();
      await facts.tick();
      expect(facts.of.get('a')?.processes.has(second.pid)).toBe(false);
    });
  });

  describe('looking at one service, and at every lock', () => {
    it('inspects what is true now, without a tick in between', async () => {
      const one = await stage.start('holder', ['--file', stage.path('a.lock'), '--heirs', '1'], {
        roles: ['holder', 'heir-1'],
      });
      const facts = watch(lockFile());
      await facts.tick();
      await one.killHard();
      const now = await facts.observer.inspect('a');
      expect(now?.lockFiles[0]?.locks[0]?.holders.map(({ process }) => process.pid)).toEqual([
        one.pidOf('heir-1'),
      ]);
      // The tick that follows tells of it too.
      expect((await facts.tick()).map((each) => each.service.id)).toEqual(['a']);
    });

    it('lists the locks below a folder, with holders and waiters', async () => {
      const here = stage.subfolder('here');
      const one = await stage.start('holder', ['--file', `${here}/x.lock`, '--heirs', '1'], {
        roles: ['holder', 'heir-1'],
      });
      const waiter = await stage.start('lock_waiter', ['--file', `${here}/x.lock`]);
      await stage.start('holder', ['--file', stage.path('outside.lock')]);
      const gone = await stage.start('holder', ['--file', `${here}/gone.lock`, '--kind', 'posix']);
      fs.rmSync(`${here}/gone.lock`);
      const facts = watch();
      const held = await facts.observer.heldLocks([here]);
      expect(held.map(({ path, kind, deletedInode }) => [path, kind, deletedInode])).toEqual([
        [`${here}/gone.lock`, 'posix', true],
        [`${here}/x.lock`, 'flock', false],
      ]);
      expect(held[0]?.holders.map(({ process }) => process.pid)).toEqual([gone.pid]);
      expect(held[1]?.holders.map(({ process }) => process.pid)).toEqual([one.pid, one.pidOf('heir-1')]);
      expect(held[1]?.waiters).toEqual([waiter.pid]);
      const all = await facts.observer.heldLocks(undefined);
      expect(all.map(({ path }) => path)).toContain(stage.path('outside.lock'));
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    });
  });

  describe('asking by a probe', () => {
    /** flock(1) is a process of its own: slow, but it asks the same question as the extension's probe. */
    const asked: string[] = [];
    const probe = (path: string): Promise<'held' | 'free'> => {
      asked.push(path);
      const { status } = spawnSync('flock', ['--nonblock', '--shared', path, 'true']);
      return Promise.resolve(status === 0 ? 'free' : 'held');
    };
    beforeEach(() => asked.splice(0));

    it('is not done where the table knows', async () => {
      const facts = watch();
      facts.observer.configure([service('a', { lockFiles: [stage.file('a.lock')] })], {
        probe,
        probePolicy: 'auto',
      });
      await facts.tick();
      expect(asked).toEqual([]);
    });

    it('is done, when wanted always, for free files alone and not in every tick', async () => {
      await stage.start('holder', ['--file', stage.path('held.lock')]);
      const free = stage.file('free.lock');
      // It locks by being there: whoever asked would open what git is about to rename.
      const ofGit = stage.file('shop/.git/index.lock');
      const facts = watch();
      facts.observer.configure([service('a', { lockFiles: [free, stage.path('held.lock'), ofGit] })], {
        probe,
        probePolicy: 'always',
      });
      for (let tick = 0; tick < 5; tick++) await facts.tick();
      expect(asked).toEqual([free]);
      expect(facts.of.get('a')?.lockFiles.map(({ locks }) => locks.length)).toEqual([0, 1, 0]);
    });

    it('makes a lock that only it can see held by somebody unknown', async () => {
      const file = stage.file('a.lock');
      const facts = watch();
      facts.observer.configure([service('a', { lockFiles: [file] })], {
        probe: () => Promise.resolve('held'),
        probePolicy: 'always',
      });
      await facts.tick();
      expect(facts.locks('a')).toMatchObject([{ kind: 'flock', holders: [], unknown: 'probeOnly' }]);
    });

    it('costs nothing but the answer when it fails', async () => {
      const facts = watch();
      facts.observer.configure([service('a', { lockFiles: [stage.file('a.lock')] })], {
        probe: () => Promise.reject(new Error('no such thing')),
        probePolicy: 'always',
      });
      await facts.tick();
      expect(facts.of.get('a')?.lockFiles[0]).toMatchObject({ locks: [], certainty: 'certain' });
    });
  });

  describe('controlling processes', () => {
    const { processes } = createPlatform();

    it('signals exactly the process that was opened, and says when it is gone', async () => {
      const one = await stage.start('bystander', []);
      const handle = processes.open(one.pid);
      expect(handle?.read()).toMatchObject({ pid: one.pid, startTicks: readStat(one.pid)?.startTicks });
      expect(await handle?.signal('SIGTERM')).toEqual({ result: 'sent' });
      await one.exited;
      expect(handle?.read()).toBeUndefined();
      expect(await handle?.signal('SIGKILL')).toEqual({ result: 'gone' });
      handle?.close();
      expect(await handle?.signal('SIGKILL')).toEqual({ result: 'gone' });
    });

    it('never signals init, itself or its ancestors', async () => {
      for (const pid of [1, process.pid, process.ppid]) {
        const handle = processes.open(pid);
        expect((await handle?.signal('SIGCONT'))?.result).toBe('unproven');
        handle?.close();
      }
    });

    it('opens no thread, no dead process and no nonsense', async () => {
      const one = await stage.start('bystander', []);
      const thread = fs
        .readdirSync(`/proc/${one.pid}/task`)
        .map(Number)
        .find((tid) => tid !== one.pid);
      expect(processes.open(thread ?? 0)).toBeUndefined();
      await one.killHard();
      for (const pid of [one.pid, 0, -1, 1.5, Number.NaN]) expect(processes.open(pid)).toBeUndefined();
    });

    it('tells who holds a lock by its own descriptors', async () => {
      const one = await stage.start('holder', ['--file', stage.path('a.lock')]);
      const two = await stage.start('bystander', []);
      const facts = watch(lockFile());
      await facts.tick();
      const id = facts.locks('a')[0]?.id ?? { dev: '', ino: '' };
      expect(holdsLock(one.pid, id)).toBe(true);
      expect(holdsLock(two.pid, id)).toBe(false);
      await two.killHard();
      expect(holdsLock(two.pid, id)).toBe(false);
    });
  });
});

function fdOf(pid: number, file: string): number {
  const found = fs
    .readdirSync(`/proc/${pid}/fd`)
    .find((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(file));
  return Number(found);
}
