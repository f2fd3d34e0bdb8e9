import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProcessFacts, RecordFacts, ServiceFacts } from '../../src/model/facts';
import type { Service } from '../../src/model/service';
import { ProcessTable } from '../../src/os/linux/processes/processTable';
import { eventually } from '../harness/eventually';
import { actorPath, type Actor } from '../fixtures/actors';
import { FreezableGroup, whyNoFreezer } from '../fixtures/controlGroup';
import { startNamespacedHolder, startNumberedInside, whyNoPidNamespace } from '../fixtures/namespaces';
import { service } from '../fixtures/observe';
import { ageMs, allPids, childrenOf, isZombie, readStat } from '../fixtures/proc';
import { Stage, until } from '../fixtures/stage';
import { startNegligentParent } from '../fixtures/supervisor';
import { Watching } from '../fixtures/watching';

/** What this process has open, by name. */
const openFiles = (): string[] =>
  fs.readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [fs.readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // the directory itself
    }
  });

describe.runIf(process.platform === 'linux')('processes on Linux', () => {
  let stage: Stage;
  let watching: Watching | undefined;

  const watch = async (...services: Service[]): Promise<void> => {
    watching?.close();
    watching = await Watching.start(...services);
  };
  const tick = async (): Promise<readonly ServiceFacts[]> => (await watching?.tick()) ?? [];
  const of = (name = 'a'): ServiceFacts => (watching as Watching).of(name);
  const record = (): RecordFacts | undefined => of().pidFiles[0]?.content;
  const inner = (): readonly number[] | undefined => record()?.inner?.map(({ pid }) => pid);
  const holder = (): ProcessFacts | undefined => of().lockFiles[0]?.locks[0]?.holders[0]?.process;

  beforeEach(() => {
    stage = Stage.open();
  });
  afterEach(async () => {
    watching?.close();
    watching = undefined;
    await stage.close();
  });

  it('have another parent once theirs is a zombie, though they have not run since', async () => {
    // The first process of the negligent parent starts a child that sleeps, and becomes one that sleeps as well.
    const ready = String.raw`echo "{\"ready\":true,\"role\":\"bot\",\"pid\":$$}"`;
    const command = ['sh', '-c', `sleep 1000 & ${ready}; exec sleep 1000`];
    const parent = (await startNegligentParent(stage, command)).pidOf('bot');
    const [child = -1] = childrenOf(parent);
    expect(child).toBeGreaterThan(1);
    const table = new ProcessTable();
    try {
      for (let tick = 0; tick < 3; tick++) table.update(new Set());
      expect(table.parentOf(child)).toBe(parent);
      process.kill(parent, 'SIGKILL');
      await until(() => isZombie(parent), 'it did not end');
      table.update(new Set());
      expect(table.parentOf(child)).toBe(readStat(child)?.ppid);
      expect(table.parentOf(child)).not.toBe(parent);
    } finally {
      table.close();
      process.kill(child, 'SIGKILL');
    }
  });

  describe('that become another program', () => {
    const marked = (text: string): Service => service('a', { process: { kind: 'substring', text } });

    /** A script that waits for a line and then becomes `next`, which says `ready`. */
    async function startWaiting(next: string): Promise<Actor> {
      const script = stage.file('start.sh', `echo waiting; read go; exec ${next}\n`);
      const actor = await stage.startCommand('sh', [script], { roles: [] });
      await actor.waitFor('waiting');
      await eventually(
        'an age of more than 3 s',
        () => ageMs(actor.pid),
        (age) => age > 3_200,
      );
      return actor;
    }

    it.each([
      ['another program', (next: string) => `"${process.execPath}" ${next}`, '"ready":true'],
      ['another script of the same program', (next: string) => `sh ${next}`, 'becoming'],
    ])('are noticed at the next tick however old they are: %s', async (_, command, heard) => {
      const next = stage.path('next');
      if (heard === 'becoming') stage.file('next', 'echo becoming; read end\n');
      else fs.symlinkSync(actorPath('bystander'), next);
      const actor = await startWaiting(command(next));
      await watch(marked(next));
      expect(of().matched).toEqual([]);
      for (let steady = 0; steady < 3; steady++) await tick();
      actor.say('go');
      await actor.waitFor(heard);
      await tick();
      expect(of().matched).toEqual([actor.pid]);
    });

    it('and those that only run on are not looked at closer', async () => {
      const actor = await startWaiting('true');
      await watch(marked(stage.path('start.sh')));
      expect(of().matched).toEqual([actor.pid]);
      for (let steady = 0; steady < 5; steady++) expect(await tick()).toEqual([]);
    });
  });

  it('are kept open while they are there, and let go of when they or the observer end', async () => {
    const keptOf = (pid: number): number =>
      openFiles().filter((name) => name === `/proc/${pid}/schedstat`).length;
    const [one, other] = [await stage.start('bystander', []), await stage.start('bystander', [])];
    await watch(service('a', { lockFiles: [stage.path('a.lock')] }));
    await tick();
    const kept = keptOf(other.pid);
    expect(keptOf(one.pid)).toBe(kept); // 0 by a kernel that has no such file
    await one.killHard();
    await tick();
    await tick();
    expect(openFiles().filter((name) => name.startsWith(`/proc/${one.pid}/`))).toEqual([]);
    expect(keptOf(other.pid)).toBe(kept);
    watching?.close();
    expect(openFiles().filter((name) => name.endsWith('/schedstat'))).toEqual([]);
  });

  describe('of the kernel', () => {
    it('are marked, and programs are not', async (context) => {
      if (readStat(2)?.ppid !== 0) context.skip('no kernel threads in this PID namespace');
      const one = await stage.start('bystander', []);
      await watch(
        service('a', { pidFiles: [stage.file('a.pid', '2\n')] }),
        service('b', { pidFiles: [stage.file('b.pid', String(one.pid))] }),
      );
      const alive = (name: string): ProcessFacts | undefined => {
        const liveness = of(name).pidFiles[0]?.content?.liveness;
        return liveness?.state === 'alive' ? liveness.process : undefined;
      };
      expect(alive('a')).toMatchObject({ pid: 2, kernelThread: true, argv: [] });
      expect(alive('b')?.pid).toBe(one.pid);
      expect(alive('b')).not.toHaveProperty('kernelThread');
      // All others of the kernel are its children, and matter to no service.
      expect([...of('a').processes.keys()]).toEqual([2]);
    });

    it('are not kept open: the descriptors are for programs', (context) => {
      if (readStat(2)?.ppid !== 0) context.skip('no kernel threads in this PID namespace');
      const table = new ProcessTable();
      try {
        for (let look = 0; look < allPids().length * 2; look++) table.update(new Set());
        const kept = openFiles().flatMap((name) => /^\/proc\/(\d+)\/schedstat$/.exec(name)?.[1] ?? []);
        expect(kept.filter((pid) => table.isKernelThread(Number(pid)))).toEqual([]);
      } finally {
        table.close();
      }
    });
  });

  describe('of a nested PID namespace', () => {
    let why: string | undefined;
    beforeEach(() => {
      why = whyNoPidNamespace();
    });

    it('are found by the number that they wrote, and carry both', async (context) => {
      if (why !== undefined) context.skip(why);
      await startNumberedInside(stage, 3);
      const two = await startNumberedInside(stage, 2);
      await watch(service('a', { pidFiles: [stage.file('a.pid', '2\n')] }));
      expect(inner()).toEqual([two.pid]);
      expect(record()?.inner?.[0]?.nsPids).toEqual([two.pid, 2]);
      expect(of().processes.has(two.pid)).toBe(true);
    });

    it('are noticed when they come and when they go', async (context) => {
      if (why !== undefined) context.skip(why);
      await watch(service('a', { pidFiles: [stage.file('a.pid', '2\n')] }));
      const two = await startNumberedInside(stage, 2);
      await tick();
      // Tests that run beside this one have processes of that number too.
      expect(inner()).toContain(two.pid);
      await stage.killHard(two.pid);
      // It stays listed until its parent has collected it.
      for (let ticks = 0; ticks < 50 && inner()?.includes(two.pid) === true; ticks++) await tick();
      expect(inner() ?? []).not.toContain(two.pid);
    });

    it('come first when they hold a lock of the service', async (context) => {
      if (why !== undefined) context.skip(why);
      const before = await startNumberedInside(stage, 2);
      const lock = stage.path('a.lock');
      const holding = await startNumberedInside(stage, 2, ['--file', lock]);
      const after = await startNumberedInside(stage, 2);
      await watch(service('a', { lockFiles: [lock], pidFiles: [stage.file('a.pid', '2\n')] }));
      const [first, ...rest] = inner() ?? [];
      expect(first).toBe(holding.pid);
      expect(rest).toEqual(expect.arrayContaining([before.pid, after.pid]));
    });

    it('are none of this namespace, whatever its number', async (context) => {
      if (why !== undefined) context.skip(why);
      await startNamespacedHolder(stage, ['--file', stage.path('other.lock')]);
      const here = await stage.start('bystander', []);
      await watch(service('a', { pidFiles: [stage.file('a.pid', String(here.pid))] }));
      expect(record()?.liveness).toMatchObject({ state: 'alive', process: { pid: here.pid } });
      expect(inner() ?? []).not.toContain(here.pid);
      expect(of().processes.get(here.pid)).not.toHaveProperty('nsPids');
    });
  });

  describe('in a directory', () => {
    const holdIn = async (cwd: string): Promise<ProcessFacts> => {
      await stage.start('holder', ['--file', stage.path('a.lock')], { cwd });
      await watch(service('a', { lockFiles: [stage.path('a.lock')] }));
      const found = holder();
      if (found === undefined) throw new Error('no holder');
      return found;
    };

    it('have its path and its identity', async () => {
      const found = await holdIn('work');
      const { dev, ino } = fs.statSync(stage.path('work'), { bigint: true });
      expect(found).toMatchObject({
        cwd: stage.path('work'),
        cwdId: { dev: String(dev), ino: String(ino) },
      });
      expect(found).not.toHaveProperty('cwdDeleted');
    });

    it('that has been removed keep its path, and are said to', async () => {
      await stage.start('holder', ['--file', stage.path('a.lock')], { cwd: 'work' });
      const { ino } = fs.statSync(stage.path('work'), { bigint: true });
      fs.rmdirSync(stage.path('work'));
      fs.mkdirSync(stage.path('work'));
      await watch(service('a', { lockFiles: [stage.path('a.lock')] }));
      expect(holder()).toMatchObject({
        cwd: stage.path('work'),
        cwdDeleted: true,
        cwdId: { ino: String(ino) },
      });
    });

    it('that is only called so are in no removed one', async () => {
      const found = await holdIn('work (deleted)');
      expect(found.cwd).toBe(stage.path('work (deleted)'));
      expect(found).not.toHaveProperty('cwdDeleted');
    });
  });

  describe('whose folder a setting names', () => {
    const inFolder = (cwd: string): Service =>
      service('a', {
        process: { kind: 'commandAndCwd', command: { kind: 'substring', text: 'bystander.cjs' }, cwd },
      });
    const matched = (): readonly number[] => of().matched;

    it('match through a symbolic link to it, before and after it leads elsewhere', async () => {
      const first = await stage.start('bystander', [], { cwd: 'r1' });
      const stranger = await stage.start('bystander', [], { cwd: 'other' });
      fs.symlinkSync('r1', stage.path('current'));
      await watch(inFolder(`${stage.path('current')}/`));
      expect(matched()).toEqual([first.pid]);
      stage.subfolder('r2');
      fs.unlinkSync(stage.path('current'));
      fs.symlinkSync('r2', stage.path('current'));
      const second = await stage.start('bystander', [], { cwd: 'r2' });
      await tick();
      expect(matched()).toEqual([first.pid, second.pid].sort((a, b) => a - b));
      expect(matched()).not.toContain(stranger.pid);
    });

    it('match in the folder that was there before it was built anew', async () => {
      const old = await stage.start('bystander', [], { cwd: 'release' });
      fs.rmdirSync(stage.path('release'));
      const young = await stage.start('bystander', [], { cwd: 'release' });
      await watch(inFolder(stage.path('release')));
      expect(matched()).toEqual([old.pid, young.pid].sort((a, b) => a - b));
    });

    it('match wherever it is mounted', async (context) => {
      if (process.getuid?.() !== 0) context.skip('only root mounts');
      const [real, bound] = [stage.subfolder('real'), stage.subfolder('bound')];
      if (spawnSync('mount', ['--bind', real, bound]).status !== 0) context.skip('no bind mounts here');
      try {
        const one = await stage.start('bystander', [], { cwd: 'real' });
        await stage.start('bystander', [], { cwd: 'other' });
        await watch(inFolder(bound));
        expect(matched()).toEqual([one.pid]);
      } finally {
        spawnSync('umount', [bound]);
      }
    });
  });

  describe('that were instances', () => {
    it('are known to have ended, and others are not', async () => {
      const lock = stage.path('a.lock');
      const one = await stage.start('holder', ['--file', lock]);
      const child = await stage.start('bystander', []);
      await watch(service('a', { lockFiles: [lock] }));
      const started = holder()?.startTime;
      const before = Date.now();
      await one.killHard();
      await child.killHard();
      await tick();
      expect(of().ended).toEqual([
        { pid: one.pid, startTime: started, endedAt: expect.any(Number) as number },
      ]);
      expect(of().ended?.[0]?.endedAt).toBeGreaterThanOrEqual(before);
      expect(await tick()).toEqual([]);
    });

    it('and gave up their lock are followed to their end', async () => {
      const lock = stage.path('a.lock');
      const script = 'exec 9>"$1"; flock -n 9; echo holds; read go; exec 9>&-; echo gave up; read end';
      const one = await stage.startCommand('sh', ['-c', script, 'sh', lock], { roles: [] });
      await one.waitFor('holds');
      await watch(service('a', { lockFiles: [lock] }));
      expect(holder()?.pid).toBe(one.pid);
      one.say('go');
      await one.waitFor('gave up');
      const next = await stage.start('holder', ['--file', lock]);
      await tick();
      expect(holder()?.pid).toBe(next.pid);
      expect(of().ended).toBeUndefined();
      await one.killHard();
      await tick();
      expect(of().ended?.map(({ pid }) => pid)).toEqual([one.pid]);
    });

    it('are none that an old record names by chance', async () => {
      const stranger = await stage.start('bystander', []);
      const file = stage.file('a.pid', String(stranger.pid));
      const longAgo = Date.now() / 1000 - 10 * 365 * 86_400;
      fs.utimesSync(file, longAgo, longAgo);
      await watch(service('a', { pidFiles: [file] }));
      await stranger.killHard();
      await tick();
      expect(record()?.liveness?.state).toBe('dead');
      expect(of().ended).toBeUndefined();
    });
  });

  describe.each(['v1', 'v2'] as const)('in a control group that is frozen (%s)', (version) => {
    it('are frozen, and no longer when it is thawed', async (context) => {
      const why = whyNoFreezer(version);
      if (why !== undefined) context.skip(why);
      const one = await stage.start('holder', ['--file', stage.path('a.lock')]);
      const group = FreezableGroup.make(version);
      try {
        group.add(one.pid);
        await watch(service('a', { lockFiles: [stage.path('a.lock')] }));
        expect(holder()).not.toHaveProperty('frozen');
        await group.freeze();
        await tick();
        expect(holder()).toMatchObject({ pid: one.pid, frozen: true });
        expect(await tick()).toEqual([]);
        group.thaw();
        await tick();
        expect(holder()).not.toHaveProperty('frozen');
      } finally {
        group.thaw();
        await one.killHard();
        await group.remove();
      }
    });
  });
});
